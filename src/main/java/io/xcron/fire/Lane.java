package io.xcron.fire;

import io.xcron.model.Progress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Some of the partitions, and the one thread that decides for them. Everything but the sleeping is
 * here, so that a test can drive it: {@link #sweep} does all that there is to do now.
 */
final class Lane {
  /** How soon a lane looks again when it may not act for something that is due. */
  private static final long LOOK_AGAIN_MILLIS = 20;

  /**
   * So many runs that are due together go to the targets by priority. More would hold up the first
   * of a burst until its last has been decided.
   */
  private static final int TOGETHER = 1_024;

  private final Surroundings around;
  private final int maxRuns;
  private final List<PartitionFires> partitions = new CopyOnWriteArrayList<>();
  private final AtomicReference<@Nullable Signal> inbox = new AtomicReference<>();
  private final AtomicInteger runs = new AtomicInteger();
  private final Outbox outbox = new Outbox();
  private final CalendarWatch calendars;
  private long refusedWake = Progress.NEVER;
  private volatile boolean draining;
  private volatile Runnable waker = () -> {};
  private volatile long sleepsUntilMillis = Long.MIN_VALUE;

  Lane(Surroundings around) {
    this.around = around;
    this.calendars = new CalendarWatch(around.calendars());
    this.maxRuns = Math.max(1, around.config().maxRuns() / around.config().lanes());
  }

  void onWake(Runnable wake) {
    waker = wake;
  }

  void add(PartitionFires partition) {
    partitions.add(partition);
  }

  void remove(PartitionFires partition) {
    partitions.remove(partition);
  }

  /** The calendars that there are; any thread. */
  Set<String> calendars() {
    return calendars.names();
  }

  Outbox outbox() {
    return outbox;
  }

  boolean draining() {
    return draining;
  }

  void drain() {
    draining = true;
    waker.run();
  }

  /** Any thread. The limit is that of the runs: each leaves one signal at a time. */
  void signal(Signal signal, boolean wake) {
    Signal earlier;
    do {
      earlier = inbox.get();
    } while (!inbox.compareAndSet(earlier, signal.after(earlier)));
    if (wake) {
      waker.run();
    }
  }

  /** Something is due at this instant; wakes the lane if it would sleep longer. Any thread. */
  void notBeyond(long deadlineMillis) {
    if (deadlineMillis < sleepsUntilMillis) {
      waker.run();
    }
  }

  /** To be called before the lane sleeps, and {@link #hasWorkBefore} after it. */
  void sleepsUntil(long millis) {
    sleepsUntilMillis = millis;
  }

  /** Whether something has come up since the sweep that wants to sleep until then. */
  boolean hasWorkBefore(long millis) {
    if (inbox.get() != null) {
      return true;
    }
    for (PartitionFires partition : partitions) {
      if (partition.nextWakeMillis() < millis && partition.mayGoOn()) {
        return true;
      }
    }
    return false;
  }

  void runsAdded(int count) {
    runs.addAndGet(count);
  }

  int runs() {
    return runs.get();
  }

  /** How many more runs may be taken into memory. */
  int room() {
    return Math.max(0, maxRuns - runs.get());
  }

  /** How many attempts and writes are under way. */
  int underWay() {
    int count = 0;
    for (PartitionFires partition : partitions) {
      count += partition.underWay();
    }
    return count;
  }

  /**
   * Does all that is due at this instant, each partition up to its limit.
   *
   * @return when there is more to do: {@code nowMillis} when a limit was reached, {@link
   *     Progress#NEVER} for nothing
   */
  long sweep(long nowMillis) {
    handleSignals(nowMillis);
    Set<String> changed = calendars.changed(nowMillis);
    if (!changed.isEmpty()) {
      partitions.forEach(partition -> partition.recount(changed));
    }
    long next = calendars.wakeMillis();
    for (PartitionFires partition : partitions) {
      long wake = partition.nextWakeMillis();
      if (wake <= nowMillis) {
        partition.sweep(nowMillis, around.config().sweepLimit());
        outbox.flushWrites(around.grid());
        if (outbox.starts() >= TOGETHER) {
          flush(nowMillis);
        }
        wake = partition.nextWakeMillis();
        if (!partition.mayGoOn()) {
          wake = Math.max(wake, nowMillis + LOOK_AGAIN_MILLIS);
        }
      }
      next = Math.min(next, wake);
    }
    return flush(nowMillis) ? Math.min(next, refusedWake) : next;
  }

  private void handleSignals(long nowMillis) {
    Signal signal = inFirstOrder(inbox.getAndSet(null));
    while (signal != null) {
      PartitionFires home = signal.home();
      home.handle(signal, nowMillis);
      flush(nowMillis);
      signal = signal.next();
    }
  }

  private static @Nullable Signal inFirstOrder(@Nullable Signal newest) {
    Signal reversed = null;
    for (Signal signal = newest; signal != null; signal = signal.next()) {
      reversed = signal.after(reversed);
    }
    return reversed;
  }

  /**
   * Sends all that the sweep has decided. Answers whether a partition has been told of runs that
   * the targets did not take, so that it may wake sooner than it has said.
   */
  private boolean flush(long nowMillis) {
    refusedWake = Progress.NEVER;
    boolean told = false;
    while (!outbox.isEmpty()) {
      outbox.flushWrites(around.grid());
      for (Run run : List.copyOf(outbox.flushStarts(around.targets()))) {
        run.home().refused(run, nowMillis);
        refusedWake = Math.min(refusedWake, run.home().nextWakeMillis());
        told = true;
      }
    }
    return told;
  }
}
