package io.xcron.grid;

import com.hazelcast.config.Config;
import com.hazelcast.internal.partition.IPartitionService;
import com.hazelcast.internal.util.ConcurrencyUtil;
import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.journal.AppendLog;
import io.xcron.journal.Recovered;
import io.xcron.model.Change;
import io.xcron.model.Grants;
import io.xcron.model.Seats;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import io.xcron.model.Titles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The {@link TaskGrid} of one Hazelcast member.
 *
 * <p>In this order: {@link #prepare} adds the grid to a configuration, the instance is started with
 * it, {@link #attach} checks that it came up, {@link #recover} brings back what the journal holds
 * and opens the partitions.
 */
public final class HazelcastGrid implements TaskGrid {
  /** The only Hazelcast whose insides are known to fit. */
  public static final String HAZELCAST_VERSION = "5.4.0";

  /** Messages that wait for one member. */
  private static final int MAIL_BYTES = 8 << 20;

  private final GridService service;
  private final Grants grants;
  private final @Nullable Titles titles;
  private final UUID journalId;
  private final GridRegistry registry;
  private final boolean practice;
  private @Nullable NodeEngineImpl nodeEngine;
  private volatile Peers peers = Peers.NONE;

  /** A grid that is alone for good. */
  public HazelcastGrid(AppendLog journal, Grants grants, Time time) {
    this(journal, grants, time, null, new UUID(0, 0));
  }

  /**
   * A member of a cluster.
   *
   * @param titles what the ledger says; null for a member that is alone for good
   * @param journalId the name of the journal, which stays across starts
   */
  public HazelcastGrid(
      AppendLog journal, Grants grants, Time time, @Nullable Titles titles, UUID journalId) {
    this.service = new GridService(journal, grants, time);
    this.grants = grants;
    this.titles = titles;
    this.journalId = journalId;
    this.registry = new GridRegistry(service.definitions(), this::invoke);
    this.practice = false;
  }

  private HazelcastGrid(HazelcastGrid live, GridService practice) {
    this.service = practice;
    this.grants = live.grants;
    this.titles = null;
    this.journalId = live.journalId;
    this.registry = new GridRegistry(service.definitions(), this::invoke);
    this.nodeEngine = live.engine();
    this.practice = true;
  }

  /**
   * A second grid in the same member, on the same code but with maps and a journal of its own, to
   * practise on: it holds every grant, and only ids of partitions that lie {@linkplain #isLocal
   * here} may be written. One at a time; to be ended by {@link #endPractice}.
   */
  public HazelcastGrid practice(AppendLog journal) {
    return new HazelcastGrid(this, service.openPractice(journal));
  }

  /** Ends the practice that was begun on this grid. */
  public void endPractice() {
    service.closePractice();
  }

  /**
   * Whether this member's memory has the partition of this id first. Hazelcast gives partitions to
   * members when somebody first needs one; this waits for that.
   */
  public boolean isLocal(String id) {
    return engine().getThisAddress().equals(partitions().getPartitionOwnerOrWait(partitionOf(id)));
  }

  /**
   * Adds the grid's maps and its service to a configuration.
   *
   * @param backups copies beside the primary
   */
  public void prepare(Config config, int backups) {
    TaskMaps.configure(config, backups);
    GridFactory.addTo(config);
    service.addTo(config);
  }

  /**
   * Takes hold of the member that was started with the prepared configuration.
   *
   * @throws IllegalStateException if the grid is not at work in it, or it is another Hazelcast than
   *     5.4.0
   */
  public void attach() {
    NodeEngineImpl engine = service.attached();
    String version = engine.getNode().getVersion().toString();
    if (!HAZELCAST_VERSION.equals(version)) {
      throw new IllegalStateException(
          "xcron needs Hazelcast "
              + HAZELCAST_VERSION
              + " but found "
              + version
              + " on the class path");
    }
    RecordStores.guard(engine);
    nodeEngine = engine;
    peers = titles == null ? Peers.NONE : new GridPeers(engine, titles);
  }

  /** Whether the grid is at work in the Hazelcast member of this id. */
  public boolean liesIn(UUID member) {
    return service.isIn(member);
  }

  /**
   * How an orderly shutdown of the instance goes from now on: each partition moves as soon as none
   * of its runs is under way, and acts until then.
   *
   * @param patience so long runs are waited for; the next owner repeats what is left
   * @param handedOver called when nothing is left to be handed over, before the cluster is left
   */
  public void leaving(Duration patience, Runnable handedOver) {
    service.leaving(new GridService.Leaving(patience, handedOver));
  }

  /**
   * Has no part in the Hazelcast member any more, which may live on: nothing is taken, and the
   * journal is left alone.
   */
  public void leave() {
    service.leave();
  }

  /** Services and calendars. */
  public Registry registry() {
    return registry;
  }

  /** Whose journals take part, as this member knows it; to be told with its reports. */
  public void seats(Supplier<Seats> known) {
    service.seats(known);
  }

  /** What the members of the cluster have; for the ledger's recovery. */
  public JournalReports reports() {
    return () -> GridReports.ask(engine());
  }

  /** The other members of the cluster; none before {@link #attach}. */
  public Peers peers() {
    return peers;
  }

  /** From now on this answers what peers ask. */
  public void answerPeers(Peers.Answering answers) {
    service.answering(answers);
  }

  /** Opens the way for messages of which the grid knows nothing; once for a start. */
  public GridMail mail(GridMail.Receiver receiver) {
    NodeEngineImpl engine = service.attached();
    UUID self = engine.getLocalMember().getUuid();
    service.mailReceiver(receiver);
    return new MemberStreams(engine, "runs", MAIL_BYTES, batch -> new MailOperation(self, batch))
        ::send;
  }

  @Override
  public int partitionCount() {
    return partitions().getPartitionCount();
  }

  /** Partitions that this member acts for, as far as its copies go. */
  public int open() {
    int open = 0;
    for (int partition = 0; partition < partitionCount(); partition++) {
      open += service.replica(partition).isOpen() ? 1 : 0;
    }
    return open;
  }

  /** Tasks held on this member; counted while they change. */
  public long size() {
    long size = 0;
    for (int partition = 0; partition < partitionCount(); partition++) {
      size += service.replica(partition).size();
    }
    return size;
  }

  /**
   * Brings back each partition from the journal and opens it as soon as it is complete and granted,
   * on the partition threads, several at once. The future is done when all are open; it fails when
   * one could not be, or was not granted in time.
   *
   * <p>In a cluster it is done when all are read back; each opens when the ledger names this member
   * and enough copies are in step. It fails as well when the instance ends meanwhile.
   */
  public CompletableFuture<Void> recover(Recovered recovered, PartitionEngines engines) {
    GridRecovery recovery = new GridRecovery(engine(), service, recovered);
    Titles ofLedger = titles;
    CompletableFuture<Void> done =
        ofLedger == null
            ? recovery.openAll(engines)
            : recovery.readBack(
                journalId, new ClusterCopies(engine(), service, ofLedger, grants, engines));
    return done.acceptEither(service.ended(), nothing -> {});
  }

  /**
   * Writes those partitions to the journal anew that it missed changes of. Call when the journal
   * accepts again.
   */
  public CompletableFuture<Void> mendJournal() {
    List<CompletableFuture<Void>> partitions = new ArrayList<>();
    for (int partition = 0; partition < partitionCount(); partition++) {
      int number = partition;
      partitions.add(
          PartitionTask.handIn(
              engine(),
              number,
              () -> {
                Replica replica = service.replica(number);
                if (replica.journal().behind() && replica.isOpen() && replica.copies() == null) {
                  replica.writeCopyAnew();
                }
              }));
    }
    return CompletableFuture.allOf(partitions.toArray(CompletableFuture[]::new));
  }

  /** Forgets idempotency keys whose time is over; to be called now and then. */
  public CompletableFuture<Void> sweep() {
    List<CompletableFuture<Object>> sweeps = new ArrayList<>();
    for (int partition = 0; partition < partitionCount(); partition++) {
      if (!service.replica(partition).isOpen()) {
        continue;
      }
      sweeps.add(invoke(new SweepOperation(), partition));
    }
    return CompletableFuture.allOf(sweeps.toArray(CompletableFuture[]::new));
  }

  @Override
  public CompletableFuture<Change.Applied> write(String id, Change change) {
    WriteOperation operation = new WriteOperation(List.of(new Write(id, change)));
    return this.<List<Change.Applied>>invoke(operation, partitionOf(id)).thenApply(List::getFirst);
  }

  @Override
  public CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    CreateOnceOperation create = new CreateOnceOperation(id, key, change, digest);
    if (change == null || id.equals(key)) {
      return invoke(create, partitionOf(id));
    }
    // Two partitions, one after the other: a repeat finds the key taken for it, and goes on.
    return this.<Creation>invoke(new CreateOnceOperation(null, key, null, digest), partitionOf(key))
        .thenCompose(
            taken ->
                switch (taken) {
                  case Creation.Refused refused -> CompletableFuture.completedFuture(refused);
                  case Creation.Created ours -> invoke(create, partitionOf(id));
                });
  }

  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes) {
    Map<Integer, List<Integer>> placesOfPartition = new HashMap<>();
    List<CompletableFuture<Change.Applied>> answers = new ArrayList<>(writes.size());
    for (int place = 0; place < writes.size(); place++) {
      placesOfPartition
          .computeIfAbsent(partitionOf(writes.get(place).id()), p -> new ArrayList<>())
          .add(place);
      answers.add(new CompletableFuture<>());
    }
    placesOfPartition.forEach(
        (partition, places) -> {
          WriteOperation part = new WriteOperation(places.stream().map(writes::get).toList());
          var unused =
              this.<List<Change.Applied>>invoke(part, partition)
                  .whenComplete(
                      (applied, failure) -> {
                        for (int i = 0; i < places.size(); i++) {
                          CompletableFuture<Change.Applied> answer = answers.get(places.get(i));
                          if (failure == null) {
                            answer.complete(applied.get(i));
                          } else {
                            answer.completeExceptionally(failure);
                          }
                        }
                      });
        });
    return answers;
  }

  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    return this.<Optional<TaskRecord>>invoke(new ReadOperation(id, stale), partitionOf(id))
        .thenApply(found -> found.orElse(null));
  }

  @Override
  public CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    Titles ofLedger = titles;
    return new ListWalk(
            this::invoke, System::nanoTime, partitionCount(), filter, after, limit, stale)
        .step()
        .thenCompose(
            page ->
                page.incomplete() && !stale && ofLedger != null && ofLedger.outdated()
                    ? CompletableFuture.failedFuture(
                        GridException.notHere("this member sees no current slice"))
                    : CompletableFuture.completedFuture(page));
  }

  /** The partition in which a task of this id lies. */
  public int partitionOf(String id) {
    return partitions().getPartitionId(Payload.keyData(id));
  }

  private NodeEngineImpl engine() {
    NodeEngineImpl engine = nodeEngine;
    if (engine == null) {
      throw new IllegalStateException("the grid is not attached to a member");
    }
    return engine;
  }

  private IPartitionService partitions() {
    return engine().getPartitionService();
  }

  <T> CompletableFuture<T> invoke(ReplicaOperation operation, int partition) {
    Titles ofLedger = titles;
    if (ofLedger != null) {
      return new GridCall<T>(engine(), ofLedger, operation, partition).answer();
    }
    if (engine().getClusterService().getSize() > 1) {
      // Its answers would come over the wire, from tasks that are not ours.
      return CompletableFuture.failedFuture(
          GridException.notHere("this member runs alone, and another one has joined"));
    }
    if (practice) {
      if (!partitions().isPartitionOwner(partition)) {
        return CompletableFuture.failedFuture(GridException.notHere("practice stays at home"));
      }
      operation.practise();
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    var unused =
        engine()
            .getOperationService()
            .<T>invokeOnPartitionAsync(GridService.NAME, operation, partition)
            .whenCompleteAsync(
                (value, error) -> {
                  if (error == null) {
                    answer.complete(value);
                  } else {
                    answer.completeExceptionally(GridException.translated(error));
                  }
                },
                ConcurrencyUtil.CALLER_RUNS);
    return answer;
  }
}
