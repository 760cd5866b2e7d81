package io.xcron.slice;

import io.xcron.model.Grant;
import io.xcron.model.Grants;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this member's grants: reads the ledger every {@link #POLL}, renews what it grants, and
 * moves the slice on every {@link #SLICE} when this member leads. One thread; {@link #grant} may be
 * called by any.
 *
 * <p>Start it with the slice limit that the journal holds: the first slice lies at that limit, so
 * that tokens grow across restarts.
 */
public final class SliceKeeper implements Grants, AutoCloseable {
  /**
   * How long a slice lasts. Shorter means more Raft commits; longer means coarser tokens and slower
   * take-over.
   */
  public static final Duration SLICE = Duration.ofMillis(500);

  /** How often the ledger is read. Longer leaves less of a grant for a read that is late. */
  public static final Duration POLL = Duration.ofMillis(100);

  /**
   * How long a grant lasts from before its read was issued. A member cut off stops within this and
   * one poll.
   */
  public static final Duration GRANT = Duration.ofMillis(900);

  /**
   * Slices and time that are reserved ahead in one write to the journal: at least 10 s of each
   * remain.
   */
  private static final long RESERVED_SLICES = 40;

  private static final long RESERVED_MILLIS = RESERVED_SLICES * SLICE.toMillis();

  /** How long an unanswered reservation is waited for before another is made. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private static final Logger LOG = System.getLogger(SliceKeeper.class.getName());

  private final UUID member = UUID.randomUUID();
  private final LedgerStore store;
  private final ClusterClock clock;
  private final SliceReserve reserve;
  private final int partitionCount;
  private final long firstSlice;
  private final Thread thread;
  private final CountDownLatch granted = new CountDownLatch(1);

  private volatile Held held = Held.NOTHING;
  private volatile long durableSliceLimit;
  private volatile long durableUntilMillis;
  private volatile boolean running = true;
  private long askedNanos;
  private long movedNanos;

  /** All that one read of the ledger grants. */
  private record Held(long slice, long expiresNanos, @Nullable Ledger ledger) {
    static final Held NOTHING = new Held(0, 0, null);
  }

  /** The keeper of a member that runs alone. */
  public static SliceKeeper alone(
      ClusterClock clock, SliceReserve reserve, int partitionCount, long firstSlice) {
    return new SliceKeeper(new LocalLedgerStore(), clock, reserve, partitionCount, firstSlice);
  }

  /**
   * The keeper of a member of a cluster. The ledger is kept in the store; the keeper is closed before
   * it.
   */
  public static SliceKeeper clustered(
      SliceConfig config,
      LedgerStore store,
      ClusterClock clock,
      SliceReserve reserve,
      ClusterSight sight) {
    throw new UnsupportedOperationException("the protocol of several members follows");
  }

  /** Slices below this are durably reserved in this member's journal. */
  public long sliceLimit() {
    return durableSliceLimit;
  }

  /** Fires due before this are durably reserved in this member's journal. */
  public long untilMillis() {
    return durableUntilMillis;
  }

  SliceKeeper(
      LedgerStore store,
      ClusterClock clock,
      SliceReserve reserve,
      int partitionCount,
      long firstSlice) {
    this.store = store;
    this.clock = clock;
    this.reserve = reserve;
    this.partitionCount = partitionCount;
    this.firstSlice = Math.max(1, firstSlice);
    this.askedNanos = clock.nanoTime() - ASK_AGAIN.toNanos();
    this.thread = Thread.ofPlatform().name("xcron-slices").daemon().unstarted(this::run);
  }

  /** Starts, and waits until the first grants are held. */
  public void start(Duration timeout) throws InterruptedException {
    thread.start();
    if (!granted.await(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("no slice was granted within " + timeout);
    }
  }

  @Override
  public @Nullable Grant grant(int partition) {
    Held now = held;
    Ledger ledger = now.ledger();
    if (ledger == null || now.expiresNanos() - clock.nanoTime() <= 0) {
      return null;
    }
    Ledger.Entry entry = ledger.partitions().get(partition);
    return entry.owner().equals(member)
        ? new Grant(partition, now.slice(), entry.epoch(), now.expiresNanos())
        : null;
  }

  /** The slice that this member read last; 0 before the first. */
  public long slice() {
    return held.slice();
  }

  /** The term of the leader of slices; 0 before the first read. */
  public long term() {
    Ledger ledger = held.ledger();
    return ledger == null ? 0 : ledger.term();
  }

  /** This start of the member. */
  public UUID member() {
    return member;
  }

  /** Milliseconds since the read that the current grants come from was issued; -1 without one. */
  public long grantAgeMillis() {
    Held now = held;
    return now.ledger() == null
        ? -1
        : TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - (now.expiresNanos() - GRANT.toNanos()));
  }

  private void run() {
    while (running) {
      try {
        step();
      } catch (RuntimeException e) {
        // Without a ledger the grants run out by themselves; that is all that may be done about it.
        LOG.log(Logger.Level.WARNING, "the slice ledger could not be read or moved", e);
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /** One poll: on the keeper's thread. */
  void step() {
    clock.observe();
    reserveAhead();
    long issuedNanos = clock.nanoTime();
    Ledger ledger = store.read();
    if (ledger == null) {
      ledger = begin();
    } else if (ledger.leader().equals(member) && issuedNanos - movedNanos >= SLICE.toNanos()) {
      ledger = move(ledger);
    }
    if (ledger != null
        && ledger.slice() < durableSliceLimit
        && clock.nowMillis() < durableUntilMillis) {
      held = new Held(ledger.slice(), issuedNanos + GRANT.toNanos(), ledger);
      granted.countDown();
    }
  }

  private @Nullable Ledger begin() {
    if (firstSlice >= durableSliceLimit) {
      return null;
    }
    Ledger first = Ledger.alone(member, firstSlice, clock.nowMillis(), partitionCount);
    movedNanos = clock.nanoTime();
    return store.compareAndSet(null, first) ? first : null;
  }

  private Ledger move(Ledger ledger) {
    Ledger next = ledger.moved(clock.nowMillis());
    if (next.slice() >= durableSliceLimit || !store.compareAndSet(ledger, next)) {
      return ledger;
    }
    movedNanos = clock.nanoTime();
    return next;
  }

  private void reserveAhead() {
    long slice = Math.max(firstSlice, slice());
    long nowMillis = clock.nowMillis();
    boolean enough =
        durableSliceLimit - slice > RESERVED_SLICES / 2
            && durableUntilMillis - nowMillis > RESERVED_MILLIS / 2;
    if (enough || clock.nanoTime() - askedNanos < ASK_AGAIN.toNanos()) {
      return;
    }
    askedNanos = clock.nanoTime();
    long limit = slice + RESERVED_SLICES;
    long until = nowMillis + RESERVED_MILLIS;
    reserve.reserve(
        limit,
        until,
        false,
        () -> {
          durableUntilMillis = until;
          durableSliceLimit = limit;
          LockSupport.unpark(thread);
        });
  }

  /** Gives up all grants. */
  @Override
  public void close() {
    running = false;
    held = Held.NOTHING;
    LockSupport.unpark(thread);
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    held = Held.NOTHING;
  }

  /** Closes after all work has ended, and notes in the journal that nothing is on its way. */
  public void closeClean() {
    long next = slice() + 1;
    close();
    reserve.reserve(Math.max(next, firstSlice), clock.nowMillis(), true, () -> {});
  }
}
