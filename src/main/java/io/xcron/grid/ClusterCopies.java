package io.xcron.grid;

import com.hazelcast.cluster.Member;
import com.hazelcast.internal.partition.InternalPartition;
import com.hazelcast.internal.partition.InternalPartitionService;
import com.hazelcast.internal.partition.PartitionReplica;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.journal.PartitionState;
import io.xcron.journal.RecoveredPartition;
import io.xcron.journal.Reservation;
import io.xcron.model.Grant;
import io.xcron.model.Grants;
import io.xcron.model.Seats;
import io.xcron.model.Title;
import io.xcron.model.Titles;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The copies of all partitions on this member: tells each {@link PartitionCopies} what the ledger
 * says, where Hazelcast has replicas and who lives, and carries its messages.
 */
final class ClusterCopies {
  /** Whole copies that are sent at once: they compete with writes for disk and network. */
  private static final int COPIES_AT_ONCE = 8;

  /** Messages about copies that wait for one member. */
  private static final int COPY_BYTES = 64 << 20;

  /** Copies of the contract's three that Hazelcast keeps: its table beyond is not looked at. */
  private static final int REPLICAS = 3;

  private static final long TICK_MILLIS = 50;

  /** How long partitions move that could not wait any more for their runs. */
  private static final long HURRY_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Members that own nothing of a partition look at it once in so many ticks. */
  private static final int IDLE_TICKS = 10;

  private final NodeEngineImpl engine;
  private final GridService service;
  private final Titles titles;
  private final Grants grants;
  private final PartitionEngines engines;
  private final UUID self;
  private final MemberStreams streams;
  private final PartitionCopies[] copies;
  private final AtomicBoolean[] ticking;
  private final Semaphore copyPermits = new Semaphore(COPIES_AT_ONCE);
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("xcron-copies").daemon().factory());
  private final ILogger logger;
  private volatile Set<UUID> living = Set.of();

  /** This member is to be gone: partitions move with runs under way too. */
  private volatile boolean hurries;

  private int round;

  ClusterCopies(
      NodeEngineImpl engine,
      GridService service,
      Titles titles,
      Grants grants,
      PartitionEngines engines) {
    this.engine = engine;
    this.service = service;
    this.titles = titles;
    this.grants = grants;
    this.engines = engines;
    self = engine.getLocalMember().getUuid();
    logger = engine.getLogger(ClusterCopies.class);
    streams =
        new MemberStreams(engine, "copies", COPY_BYTES, batch -> new CopiesOperation(self, batch));
    int count = engine.getPartitionService().getPartitionCount();
    copies = new PartitionCopies[count];
    ticking = new AtomicBoolean[count];
    for (int partition = 0; partition < count; partition++) {
      Replica replica = service.replica(partition);
      LocalCopy local = new LocalCopy(partition, new ReplicaStore(engine, replica));
      PartitionWorld world = new PartitionWorld(replica);
      copies[partition] =
          new PartitionCopies(partition, self, local, CopyLimits.CLUSTER, world, world);
      ticking[partition] = new AtomicBoolean();
      replica.replicated(copies[partition]);
    }
  }

  /** What the journal brought back of a partition; before {@link #start}. */
  void recovered(RecoveredPartition found) {
    boolean whole =
        switch (found.state()) {
          case WHOLE -> true;
          case ABSENT, COPYING -> false;
        };
    copies[found.partition()]
        .local()
        .recovered(
            whole ? new Version(found.epoch(), found.sequence()) : null, found.highestEpoch());
  }

  /** A report of now: what has come in, been written or gone since the start is in it. */
  JournalReports.Report reported(JournalReports.Report atStart, Seats seats) {
    List<RecoveredPartition> now = new ArrayList<>(copies.length);
    for (RecoveredPartition then : atStart.partitions()) {
      LocalCopy local = copies[then.partition()].local();
      Version version = local.version();
      now.add(
          new RecoveredPartition(
              then.partition(),
              version == null ? PartitionState.ABSENT : PartitionState.WHOLE,
              version == null ? 0 : version.epoch(),
              version == null ? 0 : version.sequence(),
              local.highestEpoch(),
              then.entriesAtMost()));
    }
    Reservation then = atStart.reservation();
    return new JournalReports.Report(
        atStart.member(),
        atStart.journal(),
        new Reservation(then.sliceLimit(), then.untilMillis(), then.clean(), seats),
        now);
  }

  void start() {
    titles.onRead(
        read -> {
          if (!ticker.isShutdown()) {
            ticker.execute(() -> round(true));
          }
        });
    var unused =
        ticker.scheduleWithFixedDelay(() -> round(false), 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  void close() {
    ticker.shutdownNow();
  }

  /**
   * Waits until the ledger names this member owner of nothing that another one could own: so long
   * for runs that are under way, and a little longer for the rest. False when the time is over
   * before that; the others then wait for its grants to end.
   */
  boolean awaitHandedOver(long nanos) {
    long startNanos = System.nanoTime();
    while (ownsWhatOthersCould()) {
      long waitedNanos = System.nanoTime() - startNanos;
      hurries |= waitedNanos >= nanos;
      if (waitedNanos >= nanos + HURRY_NANOS || Thread.currentThread().isInterrupted()) {
        return false;
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(TICK_MILLIS));
    }
    return true;
  }

  private boolean ownsWhatOthersCould() {
    Set<UUID> members = living;
    for (int partition = 0; partition < copies.length; partition++) {
      Title title = titles.title(partition);
      if (title != null
          && title.owner().equals(self)
          && title.inSync().stream().anyMatch(m -> !m.equals(self) && members.contains(m))) {
        return true;
      }
    }
    return false;
  }

  PartitionCopies of(int partition) {
    return copies[partition];
  }

  private void round(boolean everything) {
    try {
      lookRound(everything);
    } catch (RuntimeException e) {
      // Thrown on, it would end the rounds for ever.
      logger.severe("A round through the copies failed", e);
    }
  }

  private void lookRound(boolean everything) {
    Set<UUID> members = new HashSet<>();
    for (Member member : engine.getClusterService().getMembers()) {
      members.add(member.getUuid());
    }
    living = members;
    streams.keepOnly(members);
    round++;
    for (int partition = 0; partition < copies.length; partition++) {
      Title title = titles.title(partition);
      boolean own = title != null && title.owner().equals(self);
      if (own || everything || (partition + round) % IDLE_TICKS == 0) {
        tickSoon(partition);
      }
    }
  }

  private void tickSoon(int partition) {
    if (ticking[partition].compareAndSet(false, true)) {
      onPartition(
          partition,
          () -> {
            ticking[partition].set(false);
            copies[partition].tick(
                titles.title(partition), replicas(partition), living, System.nanoTime());
          });
    }
  }

  /** Where Hazelcast has, or will have, replicas; the primary first. */
  private List<UUID> replicas(int partition) {
    InternalPartitionService partitions = engine.getPartitionService();
    InternalPartition table = partitions.getPartition(partition, false);
    List<UUID> members = new ArrayList<>(REPLICAS);
    for (int index = 0; index < REPLICAS; index++) {
      PartitionReplica replica = table.getReplica(index);
      if (replica != null && living.contains(replica.uuid())) {
        members.add(replica.uuid());
      }
    }
    return members;
  }

  /** A message of another member; on a thread that may not wait. */
  void receive(UUID from, CopyMessage message) {
    PartitionCopies ofPartition = copies[message.partition()];
    if (PartitionCopies.isAnswer(message)) {
      ofPartition.acknowledged(from, message, System.nanoTime());
    } else {
      onPartition(
          message.partition(),
          () ->
              ofPartition.receive(message, answer -> streams.send(from, CopyCodec.encode(answer))));
    }
  }

  private void onPartition(int partition, Runnable task) {
    PartitionTask.handIn(
        engine,
        partition,
        task,
        e -> logger.severe("The copies of partition " + partition + " failed", e));
  }

  /** One partition's way to the rest. */
  private final class PartitionWorld implements CopyLeader.World, PartitionCopies.Acting {
    private final Replica replica;
    private boolean draining;

    PartitionWorld(Replica replica) {
      this.replica = replica;
    }

    @Override
    public void send(UUID to, CopyMessage message) {
      streams.send(to, CopyCodec.encode(message));
    }

    @Override
    public boolean granted(long epoch, long nowNanos) {
      return grant(epoch) != null;
    }

    private @Nullable Grant grant(long epoch) {
      Grant grant = grants.grant(replica.partition());
      return grant == null || grant.epoch() != epoch ? null : grant;
    }

    @Override
    public boolean takeCopyPermit() {
      return copyPermits.tryAcquire();
    }

    @Override
    public void giveCopyPermit() {
      copyPermits.release();
    }

    @Override
    public void add(long epoch, UUID member) {
      titles.add(replica.partition(), epoch, member);
    }

    @Override
    public void drop(long epoch, UUID member) {
      titles.drop(replica.partition(), epoch, member);
    }

    @Override
    public void release(long epoch) {
      titles.release(replica.partition(), epoch);
    }

    @Override
    public void wake() {
      tickSoon(replica.partition());
    }

    @Override
    public boolean open(long epoch) {
      Grant grant = grant(epoch);
      if (grant == null) {
        return false;
      }
      draining = false;
      service.show(replica);
      replica.open(grant, engines);
      return true;
    }

    @Override
    public boolean stopAtRest() {
      return hurries || replica.stopAtRest();
    }

    @Override
    public void drain() {
      draining = true;
    }

    @Override
    public boolean idle() {
      return !draining || replica.drained();
    }

    @Override
    public void close() {
      replica.close();
    }
  }
}
