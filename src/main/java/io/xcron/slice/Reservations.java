package io.xcron.slice;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far slices and time are reserved in this member's journal. At least 10 s of each remain while
 * the journal answers, at one write in 10 s.
 */
final class Reservations {
  private static final long MILLIS = 20_000;

  /** Alone, two slices a second; in a cluster each owner's change raises the slice too. */
  private static final long SLICES_ALONE = 40;

  private static final long SLICES = 2_000;

  /** How long an unanswered reservation is waited for before another is made. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final long slices;
  private volatile long sliceLimit;
  private volatile long untilMillis;
  private long askedNanos;

  record Wanted(long sliceLimit, long untilMillis) {}

  Reservations(boolean alone, long nowNanos) {
    this(alone ? SLICES_ALONE : SLICES, nowNanos);
  }

  Reservations(long slices, long nowNanos) {
    this.slices = slices;
    askedNanos = nowNanos - ASK_AGAIN.toNanos();
  }

  /** Slices below this are durably reserved. */
  long sliceLimit() {
    return sliceLimit;
  }

  /** Fires due before this are durably reserved. */
  long untilMillis() {
    return untilMillis;
  }

  /** What is to be reserved now, counted from the slice that is used or will be used next. */
  @Nullable Wanted wanted(long slice, long nowNanos, long clusterMillis) {
    boolean enough = sliceLimit - slice > slices / 2 && untilMillis - clusterMillis > MILLIS / 2;
    if (enough || nowNanos - askedNanos < ASK_AGAIN.toNanos()) {
      return null;
    }
    askedNanos = nowNanos;
    return new Wanted(slice + slices, clusterMillis + MILLIS);
  }

  /** On any thread. */
  synchronized void durable(Wanted wanted) {
    untilMillis = wanted.untilMillis();
    sliceLimit = Math.max(sliceLimit, wanted.sliceLimit());
  }
}
