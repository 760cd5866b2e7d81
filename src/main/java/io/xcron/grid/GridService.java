package io.xcron.grid;

import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigAccessor;
import com.hazelcast.config.ServiceConfig;
import com.hazelcast.internal.services.GracefulShutdownAwareService;
import com.hazelcast.internal.services.ManagedService;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.map.impl.recordstore.MutationObserver;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.journal.AppendLog;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.Grants;
import io.xcron.model.Seats;
import io.xcron.model.Time;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The grid's part inside a Hazelcast member: an SPI service that has a {@link Replica} for every
 * partition and observes the record stores of the grid's maps. It comes with the configuration, so
 * that a host's own {@code Hazelcast.newHazelcastInstance(config)} starts it.
 *
 * <p>Hazelcast logs what {@link #init} throws and goes on; {@link #failure} keeps it, and the node
 * refuses to start with it.
 */
final class GridService implements ManagedService, GracefulShutdownAwareService {
  static final String NAME = "xcron:grid";

  private final AppendLog journal;
  private final Grants grants;
  private final Time time;
  private final List<String> maps;
  private final DefinitionCopy definitions = new DefinitionCopy();
  private volatile @Nullable RuntimeException failure;
  private volatile Replica @Nullable [] replicas;
  private volatile @Nullable NodeEngineImpl nodeEngine;
  private volatile @Nullable ClusterCopies copies;
  private volatile JournalReports.@Nullable Report report;
  private volatile @Nullable Supplier<Seats> seats;
  private volatile @Nullable GridService practice;
  private volatile Peers.Answering answering =
      question ->
          CompletableFuture.failedFuture(GridException.notHere("this member has not started"));
  private volatile GridMail.@Nullable Receiver mailReceiver;
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile Leaving leaving = new Leaving(CopyLimits.CLUSTER.linger(), () -> {});

  /** How long an orderly stop waits for runs, and what comes when all is handed over. */
  record Leaving(Duration patience, Runnable handedOver) {}

  GridService(AppendLog journal, Grants grants, Time time) {
    this(journal, grants, time, TaskMaps.NAMES);
  }

  private GridService(AppendLog journal, Grants grants, Time time, List<String> maps) {
    this.journal = journal;
    this.grants = grants;
    this.time = time;
    this.maps = maps;
  }

  /** Opens, or replaces, what practice runs on in the same member: other maps, another journal. */
  GridService openPractice(AppendLog practiceJournal) {
    NodeEngineImpl engine = attached();
    GridService opened =
        new GridService(
            practiceJournal,
            partition -> new Grant(partition, 1, 1, Long.MAX_VALUE),
            time,
            TaskMaps.PRACTICE);
    Replica[] all = new Replica[engine.getPartitionService().getPartitionCount()];
    for (int partition = 0; partition < all.length; partition++) {
      all[partition] = new Replica(partition, practiceJournal);
    }
    opened.nodeEngine = engine;
    opened.replicas = all;
    practice = opened;
    return opened;
  }

  /** What operations of practice run on. */
  GridService practice() {
    GridService opened = practice;
    if (opened == null) {
      throw new IllegalStateException("nobody practises on this member");
    }
    return opened;
  }

  /** Practice is over; what is left in its maps means nothing. */
  void closePractice() {
    GridService opened = practice;
    practice = null;
    if (opened != null) {
      opened.closeAll();
    }
  }

  void addTo(Config config) {
    ConfigAccessor.getServicesConfig(config)
        .addServiceConfig(
            new ServiceConfig().setName(NAME).setEnabled(true).setImplementation(this));
  }

  @Override
  public void init(NodeEngine engine, Properties properties) {
    try {
      int count = engine.getPartitionService().getPartitionCount();
      Replica[] all = new Replica[count];
      for (int partition = 0; partition < count; partition++) {
        all[partition] = new Replica(partition, journal);
      }
      all[GridRegistry.PARTITION].tellDefinitions(definitions);
      MapService service = engine.getService(MapService.SERVICE_NAME);
      ObservedPartitionContainer.install(service, count, new Observers(all));
      nodeEngine = (NodeEngineImpl) engine;
      replicas = all;
    } catch (RuntimeException e) {
      failure = e;
      throw e;
    }
  }

  @Override
  public void reset() {
    closeAll();
  }

  @Override
  public void shutdown(boolean terminate) {
    closeAll();
    // What waits for a partition's thread by now waits for ever.
    ended.completeExceptionally(GridException.notHere("the Hazelcast instance has ended"));
  }

  /** Fails when the instance ends. */
  CompletableFuture<Void> ended() {
    return ended;
  }

  void leaving(Leaving how) {
    leaving = how;
  }

  /** Hazelcast moves its replicas away at the same time; the ledger's owners follow them. */
  @Override
  public boolean onShutdown(long timeout, TimeUnit unit) {
    Leaving how = leaving;
    ClusterCopies replicated = copies;
    long patience = Math.min(unit.toNanos(timeout), how.patience().toNanos());
    boolean handedOver = replicated == null || replicated.awaitHandedOver(patience);
    how.handedOver().run();
    return handedOver;
  }

  /** Takes no part any more; to others it is as before it had read its journal back. */
  void leave() {
    closeAll();
    copies = null;
  }

  private void closeAll() {
    ClusterCopies replicated = copies;
    if (replicated != null) {
      replicated.close();
    }
    Replica[] all = replicas;
    if (all != null) {
      for (Replica replica : all) {
        replica.close();
      }
    }
  }

  /** Fails if the member came up without this service at work. */
  NodeEngineImpl attached() {
    NodeEngineImpl engine = nodeEngine;
    if (failure != null || engine == null) {
      throw new IllegalStateException(
          "xcron could not attach itself to the Hazelcast member", failure);
    }
    return engine;
  }

  boolean isIn(UUID member) {
    NodeEngineImpl engine = nodeEngine;
    return engine != null && engine.getLocalMember().getUuid().equals(member);
  }

  Replica replica(int partition) {
    Replica[] all = replicas;
    if (all == null) {
      throw new IllegalStateException("the member has not started");
    }
    return all[partition];
  }

  /** Null while this member is alone, or has not read its journal back. */
  @Nullable ClusterCopies copies() {
    return copies;
  }

  void copies(ClusterCopies started) {
    copies = started;
  }

  Peers.Answering answering() {
    return answering;
  }

  void answering(Peers.Answering answers) {
    answering = answers;
  }

  /** What this member has of each partition; null while it has not read its journal back. */
  JournalReports.@Nullable Report report() {
    JournalReports.Report atStart = report;
    ClusterCopies now = copies;
    Supplier<Seats> known = seats;
    return atStart == null || now == null
        ? atStart
        : now.reported(atStart, known == null ? atStart.reservation().seats() : known.get());
  }

  /** Whose journals take part, as this member knows it by now. */
  void seats(Supplier<Seats> known) {
    seats = known;
  }

  void report(JournalReports.Report ofJournal) {
    report = ofJournal;
  }

  /** Where the writes to a partition are shown, if Hazelcast has a replica of it here. */
  PartitionStore storeOf(Replica replica) {
    NodeEngineImpl engine = attached();
    return replica.copies() == null || ReplicaStore.isShown(engine, replica.partition())
        ? RecordStores.of(engine, replica.partition(), maps)
        : entry -> {};
  }

  /** Makes the record stores show the whole content of a partition. */
  void show(Replica replica) {
    NodeEngineImpl engine = attached();
    if (ReplicaStore.isShown(engine, replica.partition())) {
      RecordStores.of(engine, replica.partition(), maps).showAll(replica);
    }
  }

  GridMail.@Nullable Receiver mailReceiver() {
    return mailReceiver;
  }

  void mailReceiver(GridMail.Receiver receiver) {
    mailReceiver = receiver;
  }

  AppendLog journal() {
    return journal;
  }

  long nowMillis() {
    return time.nowMillis();
  }

  Grant requireGrant(int partition) {
    Grant grant = grants.grant(partition);
    if (grant == null) {
      throw GridException.notHere("partition " + partition + " has no current grant here");
    }
    return grant;
  }

  /** The grant under which a partition may be read or written now. */
  Grant grantFor(Replica replica) {
    Grant grant = requireGrant(replica.partition());
    PartitionCopies replicated = replica.copies();
    boolean open =
        replica.isOpen()
            && (replicated == null || (replicated.isOpen() && replicated.epoch() == grant.epoch()));
    if (!open) {
      throw GridException.notHere(
          "partition " + replica.partition() + " is still being recovered, or moves");
    }
    return grant;
  }

  /** What this member knows of the registry. */
  DefinitionCopy definitions() {
    return definitions;
  }

  /** Refuses what the journal cannot take now, before anything is changed in memory. */
  void requireRoom(Replica replica, Change change) {
    requireRoom(replica, change.needsRoom());
  }

  /**
   * The same for any write.
   *
   * @param adds whether it adds to what is stored
   */
  void requireRoom(Replica replica, boolean adds) {
    switch (journal.state()) {
      case OPEN -> {}
      case LOW -> {
        if (adds) {
          throw new GridException(
              GridException.Kind.NOT_ACCEPTED,
              "disk space is low: new tasks are refused until some is freed");
        }
      }
      case CLOSED_FULL ->
          throw new GridException(GridException.Kind.NOT_ACCEPTED, "the disk is full");
      case CLOSED_FAILED ->
          throw new GridException(
              GridException.Kind.NOT_ACCEPTED, "the journal cannot be written: see the log");
      case STALLED ->
          throw new GridException(
              GridException.Kind.NOT_ACCEPTED, "the disk has not answered for seconds");
      case SHUT ->
          throw new GridException(GridException.Kind.NOT_ACCEPTED, "this member is stopping");
    }
    PartitionCopies replicated = replica.copies();
    if (replicated != null && !replicated.takesWrites()) {
      throw GridException.notHere(
          "partition " + replica.partition() + " has too few copies, or they do not keep up");
    }
    if (replica.journal().behind()) {
      throw new GridException(
          GridException.Kind.NOT_ACCEPTED,
          "partition " + replica.partition() + " is being written anew after the disk was full");
    }
  }

  /** Whether what was done under a grant may still be promised. */
  boolean stillGranted(Grant grant) {
    Grant current = grants.grant(grant.partition());
    return current != null && current.epoch() == grant.epoch();
  }

  private final class Observers implements ObservedPartitionContainer.ReplicaObservers {
    private final Replica[] replicas;

    Observers(Replica[] replicas) {
      this.replicas = replicas;
    }

    @Override
    public boolean observes(String map) {
      return TaskMaps.NAMES.contains(map) || TaskMaps.PRACTICE.contains(map);
    }

    @Override
    public MutationObserver<?> observe(String map, int partition) {
      int number = TaskMaps.NAMES.indexOf(map);
      if (number < 0) {
        return ofPractice(TaskMaps.PRACTICE.indexOf(map), partition);
      }
      Replica replica = replicas[partition];
      return new StoreObserver() {
        @Override
        void put(byte[] key, byte[] value) {
          replica.shown(number, key, value);
        }
      };
    }

    private StoreObserver ofPractice(int number, int partition) {
      return new StoreObserver() {
        @Override
        void put(byte[] key, byte[] value) {
          GridService opened = practice;
          if (opened != null) {
            opened.replica(partition).shown(number, key, value);
          }
        }
      };
    }
  }
}
