package io.xcron.fire;

import io.xcron.wheel.Expiry;
import io.xcron.wheel.TimerWheel;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One timer for each run or write that waits for something: small numbers for those of a partition,
 * and a wheel over them. Grows with the most at one time, which the lane bounds.
 */
final class RunTimers {
  private final TimerWheel wheel;
  private @Nullable Timed[] entries = new Timed[8];
  private int[] free = new int[8];
  private int freeCount;
  private int used;
  private final Expiry expiry = this::expired;
  private Consumer<Timed> told = entry -> {};

  RunTimers(long nowMillis) {
    wheel = new TimerWheel(nowMillis);
  }

  void schedule(Timed entry, long deadlineMillis) {
    if (entry.timer < 0) {
      entry.timer = take(entry);
    }
    wheel.schedule(entry.timer, deadlineMillis);
  }

  void cancel(Timed entry) {
    if (entry.timer >= 0) {
      wheel.cancel(entry.timer);
      release(entry);
    }
  }

  int advance(long nowMillis, int limit, Consumer<Timed> expired) {
    told = expired;
    return wheel.advance(nowMillis, limit, expiry);
  }

  long nextDeadlineMillis() {
    return wheel.nextDeadlineMillis();
  }

  private void expired(int timer, long deadlineMillis) {
    Timed entry = entries[timer];
    if (entry != null) {
      release(entry);
      told.accept(entry);
    }
  }

  private int take(Timed entry) {
    int timer = freeCount > 0 ? free[--freeCount] : used++;
    if (timer == entries.length) {
      entries = Arrays.copyOf(entries, 2 * timer);
      free = Arrays.copyOf(free, 2 * timer);
    }
    entries[timer] = entry;
    return timer;
  }

  private void release(Timed entry) {
    entries[entry.timer] = null;
    free[freeCount++] = entry.timer;
    entry.timer = Timed.NO_TIMER;
  }
}
