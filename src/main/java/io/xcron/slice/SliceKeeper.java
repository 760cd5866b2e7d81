package io.xcron.slice;

import io.xcron.model.Grant;
import io.xcron.model.Grants;
import io.xcron.model.Seats;
import io.xcron.model.Title;
import io.xcron.model.Titles;
import io.xcron.slice.SliceProtocol.Call;
import io.xcron.slice.SliceProtocol.Move;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps this member's grants: reads the ledger every {@link #POLL}, renews what it grants, carries
 * out what is asked by {@link Titles}, and moves the slice on every {@link #SLICE} when this member
 * leads. What is to be done {@link SliceProtocol} says; here are the thread, the clocks, the store
 * and the journal. {@link #grant} and all of {@link Titles} may be called by any thread.
 *
 * <p>The first slice lies above all that the journals have reserved, so that tokens grow across
 * restarts.
 */
public final class SliceKeeper implements Grants, Titles, AutoCloseable {
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
   * How long a new owner waits before it acts, unless the one before it has released: {@link
   * #GRANT} by a clock that is 5 % slow, measured by one that is 5 % fast.
   */
  public static final Duration WAIT = Duration.ofSeconds(1);

  /** What is asked within this time goes into one change. */
  private static final Duration GATHER = Duration.ofMillis(10);

  /** Reads in one step; when that many changes met a newer ledger, the next poll goes on. */
  private static final int TRIES = 3;

  /** Failures in between are counted, not logged. */
  private static final Duration LOG_AGAIN = Duration.ofSeconds(10);

  private static final Logger LOG = System.getLogger(SliceKeeper.class.getName());

  private final SliceConfig config;
  private final LedgerStore store;
  private final ClusterClock clock;
  private final SliceReserve reserve;
  private final SliceProtocol protocol;
  private final Thread thread;
  private final CountDownLatch ready = new CountDownLatch(1);
  private final List<Consumer<Titles>> listeners = new CopyOnWriteArrayList<>();

  private volatile boolean running = true;
  private volatile boolean asked;
  private volatile Runnable onLapse = () -> {};
  private List<Ledger.Entry> told = List.of();
  private int failures;
  private long loggedNanos;

  /** The keeper of a member that runs alone. */
  public static SliceKeeper alone(
      ClusterClock clock, SliceReserve reserve, UUID journal, int partitionCount, long firstSlice) {
    return alone(new LocalLedgerStore(), clock, reserve, journal, partitionCount, firstSlice);
  }

  static SliceKeeper alone(
      LedgerStore store,
      ClusterClock clock,
      SliceReserve reserve,
      UUID journal,
      int partitionCount,
      long firstSlice) {
    SliceConfig config =
        new SliceConfig(
            UUID.randomUUID(),
            journal,
            1,
            partitionCount,
            firstSlice,
            Seats.alone(journal, Math.max(1, firstSlice)));
    return new SliceKeeper(config, store, clock, reserve, new LoneSight(config));
  }

  /**
   * The keeper of a member of a cluster. The ledger is kept in the store; the keeper is closed
   * before it.
   */
  public static SliceKeeper clustered(
      SliceConfig config,
      LedgerStore store,
      ClusterClock clock,
      SliceReserve reserve,
      ClusterSight sight) {
    return new SliceKeeper(config, store, clock, reserve, sight);
  }

  private SliceKeeper(
      SliceConfig config,
      LedgerStore store,
      ClusterClock clock,
      SliceReserve reserve,
      ClusterSight sight) {
    this.config = config;
    this.store = store;
    this.clock = clock;
    this.reserve = reserve;
    Reservations reservations = new Reservations(config.members() == 1, clock.nanoTime());
    this.protocol = new SliceProtocol(config, sight, new Rules(), reservations);
    this.loggedNanos = clock.nanoTime() - LOG_AGAIN.toNanos();
    this.thread = Thread.ofPlatform().name("xcron-slices").daemon().unstarted(this::run);
  }

  /** Starts without waiting. */
  public void start() {
    thread.start();
  }

  /** Starts, and waits until a ledger was read whose slices and time are reserved here. */
  public void start(Duration timeout) throws InterruptedException {
    start();
    if (!awaitLedger(timeout)) {
      throw new IllegalStateException("no slice was granted within " + timeout);
    }
  }

  /** Whether a ledger was read, whose slices and time are reserved here, within the time. */
  public boolean awaitLedger(Duration timeout) throws InterruptedException {
    return ready.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public @Nullable Grant grant(int partition) {
    return protocol.grant(partition, clock.nanoTime(), clock.wallMillis());
  }

  @Override
  public UUID member() {
    return config.member();
  }

  @Override
  public @Nullable Title title(int partition) {
    return protocol.title(partition);
  }

  @Override
  public boolean outdated() {
    long age = grantAgeMillis();
    return age < 0 || age > GRANT.toMillis();
  }

  @Override
  public void release(int partition, long epoch) {
    protocol.requests().release(partition, epoch);
    wake();
  }

  @Override
  public void add(int partition, long epoch, UUID member) {
    protocol.requests().want(partition, epoch, member, true);
    wake();
  }

  @Override
  public void drop(int partition, long epoch, UUID member) {
    protocol.requests().want(partition, epoch, member, false);
    wake();
  }

  @Override
  public void onRead(Consumer<Titles> listener) {
    listeners.add(listener);
  }

  /**
   * Who is told, on the keeper's thread, each time that the grants ran out before the next read
   * gave new ones: after a pause, a cut, a vote that took long. Without a fault that never happens.
   */
  public void onLapse(Runnable listener) {
    onLapse = listener;
  }

  /** The slice that this member read last; 0 before the first. */
  public long slice() {
    Ledger ledger = protocol.ledger();
    return ledger == null ? 0 : ledger.slice();
  }

  /** The term of the leader of slices; 0 before the first read. */
  public long term() {
    Ledger ledger = protocol.ledger();
    return ledger == null ? 0 : ledger.term();
  }

  /** The start that leads the slices; null before the first read. */
  public @Nullable UUID leader() {
    Ledger ledger = protocol.ledger();
    return ledger == null ? null : ledger.leader();
  }

  /** Slices below this are durably reserved in this member's journal. */
  public long sliceLimit() {
    return protocol.reservations().sliceLimit();
  }

  /** Fires due before this are durably reserved in this member's journal. */
  public long untilMillis() {
    return protocol.reservations().untilMillis();
  }

  /** The seats of this version are durable in this member's journal. */
  public long seatsVersion() {
    return protocol.reservations().seatsVersion();
  }

  /** Whose journals take part, by the ledger that was read last, or else as this journal knows. */
  public Seats seats() {
    return protocol.seats();
  }

  /** Why there is no ledger yet, in words; null if there is one, or nobody knows. */
  public @Nullable String waitsFor() {
    return protocol.waitsFor();
  }

  /**
   * An operator's word that the journals which {@link #waitsFor} tells of are gone for ever: the
   * present ones decide, and what only the others held is lost. Any thread.
   */
  public void giveUpMissing() {
    protocol.giveUpMissing();
  }

  /**
   * Asks for another size of the cluster. Any thread.
   *
   * @param members 3 and more
   * @return ends with null when that size is agreed and durable everywhere, or with the reason why
   *     it cannot be had; null if another change is under way. What has not ended in time may still
   *     be done: whoever loses patience cancels it, and looks at {@link #seats}
   */
  public @Nullable CompletableFuture<@Nullable String> resize(int members) {
    Requests.SizeWish wish = protocol.requests().resize(members);
    wake();
    return wish == null ? null : wish.refused();
  }

  /** Milliseconds since the read that the current grants come from was issued; -1 without one. */
  public long grantAgeMillis() {
    return protocol.ledger() == null
        ? -1
        : TimeUnit.NANOSECONDS.toMillis(clock.nanoTime() - protocol.heldSinceNanos());
  }

  private void run() {
    while (running) {
      asked = false;
      try {
        step();
        failures = 0;
      } catch (RuntimeException e) {
        // Without a ledger the grants run out by themselves; that is all that may be done about it.
        failed(e);
      }
      pause();
    }
  }

  /** One poll: on the keeper's thread. */
  void step() {
    noteLapse();
    clock.observe(protocol.aheadMillis());
    if (config.members() > 1 && !reserve.accepts()) {
      return;
    }
    reserveAhead();
    for (int i = 0; i < TRIES; i++) {
      long wallMillis = clock.wallMillis();
      long issuedNanos = clock.nanoTime();
      long clusterMillis = clock.nowMillis();
      Ledger answer = store.read();
      noteLapse();
      Move move =
          protocol.read(answer, new Call(issuedNanos, wallMillis, clusterMillis, clock.nanoTime()));
      if (move == null) {
        break;
      }
      wallMillis = clock.wallMillis();
      issuedNanos = clock.nanoTime();
      clusterMillis = clock.nowMillis();
      if (store.compareAndSet(move.expected(), move.next())) {
        protocol.moved(move, new Call(issuedNanos, wallMillis, clusterMillis, clock.nanoTime()));
        break;
      }
    }
    tell();
  }

  private void noteLapse() {
    if (protocol.lapsed(clock.nanoTime(), clock.wallMillis())) {
      onLapse.run();
    }
  }

  private void reserveAhead() {
    Reservations.Wanted wanted = protocol.toReserve(clock.nanoTime(), clock.nowMillis());
    if (wanted != null) {
      reserve.reserve(
          wanted.sliceLimit(),
          wanted.untilMillis(),
          false,
          wanted.seats(),
          () -> {
            protocol.reservations().durable(wanted);
            wake();
          });
    }
  }

  private void tell() {
    Ledger ledger = protocol.ledger();
    if (ledger == null) {
      return;
    }
    if (ledger.slice() < sliceLimit()) {
      ready.countDown();
    }
    if (!ledger.partitions().equals(told)) {
      told = ledger.partitions();
      listeners.forEach(listener -> listener.accept(this));
    }
  }

  private void wake() {
    asked = true;
    LockSupport.unpark(thread);
  }

  /** Until the next poll, or shortly after somebody has asked for something. */
  private void pause() {
    long beganNanos = clock.nanoTime();
    long left = POLL.toNanos();
    while (running && left > 0) {
      LockSupport.parkNanos(this, left);
      long passed = clock.nanoTime() - beganNanos;
      left = (asked ? GATHER : POLL).toNanos() - passed;
    }
  }

  private void failed(RuntimeException e) {
    failures++;
    long now = clock.nanoTime();
    if (now - loggedNanos >= LOG_AGAIN.toNanos()) {
      loggedNanos = now;
      LOG.log(
          Logger.Level.WARNING,
          "the slice ledger could not be read or moved, " + failures + " times on end",
          e);
    }
  }

  /** Gives up all grants. */
  @Override
  public void close() {
    running = false;
    protocol.end();
    LockSupport.unpark(thread);
    try {
      if (thread.isAlive()) {
        thread.join(Duration.ofSeconds(5));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Closes after all work has ended, and notes in the journal that nothing is on its way. A member
   * of a cluster does not take back what it has reserved: the others use it.
   */
  public void closeClean() {
    long next = Math.max(slice() + 1, config.sliceLimit());
    close();
    boolean alone = config.members() == 1;
    reserve.reserve(
        alone ? next : Math.max(next, sliceLimit()),
        alone ? clock.nowMillis() : untilMillis(),
        true,
        protocol.seats(),
        () -> {});
  }
}
