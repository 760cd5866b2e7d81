package io.xcron.grid;

import io.xcron.journal.Durability;
import io.xcron.model.Title;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One partition's copies as this member sees them: its own {@link LocalCopy}, and while the ledger
 * names it owner a {@link CopyLeader}. No Hazelcast and no clock in it: what happens is handed in,
 * with the time.
 *
 * <p>{@link #acknowledged} and {@link #durable} may come from any thread, all else from the
 * partition's.
 */
class PartitionCopies {
  /** What the owner's part of the grid is told; on the partition's thread. */
  interface Acting {
    /**
     * Everything that a former owner may have promised is here: act. False if the grant has run
     * out; then it is asked again.
     */
    boolean open(long epoch);

    /** Start nothing new if nothing is under way now; false if something is, to go on. */
    boolean stopAtRest();

    /** Start nothing new; the partition is to move. */
    void drain();

    /** Whether what was started before {@link #drain} has ended. */
    boolean idle();

    /** It is over. */
    void close();
  }

  private final int partition;
  private final UUID self;
  private final LocalCopy local;
  private final CopyLimits limits;
  private final CopyLeader.World world;
  private final Acting acting;
  private final Object lock = new Object();
  private volatile @Nullable CopyLeader leader;
  private volatile boolean open;

  /** It is being asked whether the beginning of the epoch is durable. */
  private volatile boolean begins;

  private boolean drainTold;
  private boolean lingers;
  private long lingersSinceNanos;
  private long lastLed;

  PartitionCopies(
      int partition,
      UUID self,
      LocalCopy local,
      CopyLimits limits,
      CopyLeader.World world,
      Acting acting) {
    this.partition = partition;
    this.self = self;
    this.local = local;
    this.limits = limits;
    this.world = world;
    this.acting = acting;
  }

  LocalCopy local() {
    return local;
  }

  /**
   * What the ledger says now, where Hazelcast has replicas, the primary first, and who lives; all
   * are cheap to give again.
   */
  void tick(@Nullable Title read, List<UUID> replicas, Set<UUID> living, long nowNanos) {
    if (read == null) {
      return;
    }
    CopyLeader current = leader;
    if (current != null && (!read.owner().equals(self) || read.epoch() != current.epoch())) {
      end(current);
      current = null;
    }
    if (read.owner().equals(self) && current == null && mayLead(read)) {
      current = lead(read);
    }
    if (current != null) {
      guide(current, read, replicas, living, nowNanos);
    } else if (mayRelease(read, replicas, living)) {
      local.release();
    } else {
      local.mend(nowNanos);
    }
  }

  private boolean mayLead(Title read) {
    if (read.epoch() <= lastLed || read.epoch() <= local.highestEpoch()) {
      return false;
    }
    // Alone in sync without ever an epoch here: the ledger says that nobody ever had it.
    boolean neverHad = local.highestEpoch() == 0 && read.inSync().size() == 1;
    return local.version() != null || neverHad;
  }

  private CopyLeader lead(Title read) {
    if (local.version() == null) {
      local.beginEmpty(0);
    }
    CopyLeader made = makeLeader(read.epoch());
    lastLed = read.epoch();
    leader = made;
    awaitBegun(made);
    return made;
  }

  /** The beginning of the epoch may meet a bad disk: it is asked for until it is durable. */
  private void awaitBegun(CopyLeader current) {
    begins = true;
    local
        .store()
        .whenDurable(
            outcome -> {
              begins = false;
              if (outcome == Durability.DURABLE) {
                durable(current, 0);
              }
            });
  }

  CopyLeader makeLeader(long epoch) {
    return new CopyLeader(partition, self, epoch, local, limits, world);
  }

  private boolean sheds(CopyLeader current, long nowNanos) {
    synchronized (lock) {
      return current.sheds(nowNanos);
    }
  }

  private boolean begun(CopyLeader current) {
    synchronized (lock) {
      return current.begun();
    }
  }

  private void guide(
      CopyLeader current, Title read, List<UUID> replicas, Set<UUID> living, long nowNanos) {
    List<Runnable> ended;
    boolean nowOpen;
    boolean over;
    boolean moves = !replicas.isEmpty() && shouldMove(read, replicas.getFirst());
    boolean drains = !mayWrite() || mayMove(moves && !sheds(current, nowNanos), nowNanos);
    if (!begins && !begun(current)) {
      local.mend(nowNanos);
      awaitBegun(current);
    }
    synchronized (lock) {
      current.title(read, nowNanos);
      current.living(living);
      current.replicas(replicas, nowNanos);
      current.shed(replicas, nowNanos);
      if (drains && current.state() == CopyLeader.State.OPEN) {
        current.drain(nowNanos);
      }
      if (open && !drainTold && current.state() == CopyLeader.State.DRAINING) {
        drainTold = true;
        acting.drain();
        current.drainTold(nowNanos);
      }
      current.tick(!open || (drainTold && acting.idle()), nowNanos);
      nowOpen = current.state() == CopyLeader.State.OPEN;
      over = current.state() == CopyLeader.State.OVER;
      ended = current.takeEnded();
    }
    ended.forEach(Runnable::run);
    if (over) {
      end(current);
    } else if (nowOpen && !open) {
      open = acting.open(current.epoch());
      drainTold = false;
    }
  }

  /** Hazelcast's primary is somewhere else, and has a copy in sync to go on from. */
  private boolean shouldMove(Title read, UUID primary) {
    return !primary.equals(self) && read.inSync().contains(primary);
  }

  /** Whether a move need not wait any more for what the next owner would repeat. */
  private boolean mayMove(boolean moves, long nowNanos) {
    if (!moves || !isOpen()) {
      lingers = false;
      return false;
    }
    if (!lingers) {
      lingers = true;
      lingersSinceNanos = nowNanos;
    }
    return nowNanos - lingersSinceNanos >= limits.linger().toNanos() || acting.stopAtRest();
  }

  /** A journal that takes nothing cannot complete a write: somebody else shall own. */
  private boolean mayWrite() {
    return local.store().journalWhole() && local.store().journalAccepts();
  }

  private void end(CopyLeader ending) {
    leader = null;
    if (open) {
      open = false;
      acting.close();
    }
    List<Runnable> ended;
    synchronized (lock) {
      ending.over();
      ended = ending.takeEnded();
    }
    ended.forEach(Runnable::run);
  }

  /**
   * Rule 8: a copy goes only when a later epoch does without it, and nobody would fetch it here. As
   * a start in sync that lives no more may have been one of this member, all must live.
   */
  boolean mayRelease(Title read, List<UUID> replicas, Set<UUID> living) {
    Version version = local.version();
    return version != null
        && !read.inSync().contains(self)
        && living.containsAll(read.inSync())
        && read.inSync().size() >= limits.copies()
        && read.epoch() > Math.max(version.epoch(), local.highestEpoch())
        && !replicas.isEmpty()
        && !replicas.contains(self);
  }

  /** A message of an owner to this copy. */
  void receive(CopyMessage message, LocalCopy.Answers answers) {
    CopyLeader current = leader;
    if (current != null && message.epoch() > current.epoch()) {
      // The ledger has gone on; this member has only not read it yet.
      end(current);
    }
    switch (message) {
      case CopyMessage.Adopt adopt -> local.adopt(adopt, answers);
      case CopyMessage.Entries entries -> local.entries(entries, answers);
      case CopyMessage.Chunk chunk -> local.chunk(chunk, answers);
      case CopyMessage.Ack ack -> throw toOwner(ack);
      case CopyMessage.ChunkAck ack -> throw toOwner(ack);
      case CopyMessage.Behind behind -> throw toOwner(behind);
      case CopyMessage.Refused refused -> throw toOwner(refused);
    }
  }

  private static IllegalArgumentException toOwner(CopyMessage message) {
    return new IllegalArgumentException("an answer to an owner: " + message);
  }

  /** Whether a message is an answer to the owner, good on any thread. */
  static boolean isAnswer(CopyMessage message) {
    return switch (message) {
      case CopyMessage.Adopt adopt -> false;
      case CopyMessage.Entries entries -> false;
      case CopyMessage.Chunk chunk -> false;
      case CopyMessage.Ack ack -> true;
      case CopyMessage.ChunkAck ack -> true;
      case CopyMessage.Behind behind -> true;
      case CopyMessage.Refused refused -> true;
    };
  }

  /** An answer to this member as owner. Any thread. */
  void acknowledged(UUID from, CopyMessage message, long nowNanos) {
    CopyLeader current = leader;
    if (current == null) {
      return;
    }
    List<Runnable> ended;
    synchronized (lock) {
      switch (message) {
        case CopyMessage.Ack ack -> current.acknowledged(from, ack, nowNanos);
        case CopyMessage.ChunkAck ack -> current.chunkTaken(from, ack, nowNanos);
        case CopyMessage.Behind behind -> current.behind(from, behind, nowNanos);
        case CopyMessage.Refused refused -> current.refused(refused);
        case CopyMessage.Adopt adopt -> throw toCopy(adopt);
        case CopyMessage.Entries entries -> throw toCopy(entries);
        case CopyMessage.Chunk chunk -> throw toCopy(chunk);
      }
      ended = current.takeEnded();
    }
    ended.forEach(Runnable::run);
  }

  private static IllegalArgumentException toCopy(CopyMessage message) {
    return new IllegalArgumentException("no answer to an owner: " + message);
  }

  /** Whether this member acts for the partition in this epoch, as far as the copies go. */
  boolean isOpen() {
    CopyLeader current = leader;
    if (!open || current == null) {
      return false;
    }
    synchronized (lock) {
      return current.state() == CopyLeader.State.OPEN;
    }
  }

  /** Whether a write would be taken now. */
  boolean takesWrites() {
    CopyLeader current = leader;
    if (!open || current == null) {
      return false;
    }
    synchronized (lock) {
      return current.takesWrites();
    }
  }

  long epoch() {
    CopyLeader current = leader;
    return current == null ? 0 : current.epoch();
  }

  /** The sequence that the next write must have; only while open. */
  long nextSequence() {
    CopyLeader current = leader;
    if (current == null) {
      throw new IllegalStateException("no owner here of partition " + partition);
    }
    synchronized (lock) {
      return current.nextSequence();
    }
  }

  /** A write was done in memory and appended to the journal under {@link #nextSequence}. */
  void wrote(CopyEntry entry) {
    CopyLeader current = leader;
    if (current != null) {
      synchronized (lock) {
        current.wrote(entry);
      }
    }
  }

  /** Sends what was written, and calls back when all that was written so far is complete. */
  void whenComplete(CopyLeader.Completion completion, long nowNanos) {
    CopyLeader current = leader;
    if (current == null) {
      completion.ended(false);
      return;
    }
    List<Runnable> ended;
    synchronized (lock) {
      current.whenComplete(completion, nowNanos);
      current.flush(nowNanos);
      ended = current.takeEnded();
    }
    ended.forEach(Runnable::run);
    awaitDurable(current);
  }

  private void awaitDurable(CopyLeader current) {
    local.whenDurable(sequence -> durable(current, sequence));
  }

  /** Any thread. */
  private void durable(CopyLeader current, long sequence) {
    List<Runnable> ended;
    synchronized (lock) {
      current.durable(sequence, now());
      ended = current.takeEnded();
    }
    ended.forEach(Runnable::run);
  }

  /** The time of a callback of the journal, which hands none in; a simulation overrides it. */
  long now() {
    return System.nanoTime();
  }
}
