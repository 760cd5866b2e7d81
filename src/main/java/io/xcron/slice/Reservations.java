package io.xcron.slice;

import io.xcron.model.Seats;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How far slices and time are reserved in this member's journal, and which seats it knows. While
 * the journal answers at least 10 s of each remain, at one write in 10 s; of time, for a member
 * that runs alone, 6 s at one write in 2.
 */
final class Reservations {
  private static final long MILLIS = 20_000;

  /** After a crash a lone member cannot tell whether fires due so long after it have started. */
  private static final long MILLIS_ALONE = 8_000;

  /** More than the five seconds after which a disk that does not answer is known to be stalled. */
  private static final long LEFT_ALONE = 6_000;

  /** Alone, two slices a second; in a cluster each owner's change raises the slice too. */
  private static final long SLICES_ALONE = 40;

  private static final long SLICES = 2_000;

  /** How long an unanswered reservation is waited for before another is made. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final long slices;
  private final long millis;
  private final long left;
  private volatile long sliceLimit;
  private volatile long untilMillis;
  private volatile long seatsVersion;
  private long askedNanos;
  private long askedVersion;

  record Wanted(long sliceLimit, long untilMillis, Seats seats) {}

  Reservations(boolean alone, long nowNanos) {
    this(alone ? SLICES_ALONE : SLICES, alone, nowNanos);
  }

  Reservations(long slices, boolean alone, long nowNanos) {
    this.slices = slices;
    millis = alone ? MILLIS_ALONE : MILLIS;
    left = alone ? LEFT_ALONE : MILLIS / 2;
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

  /** The seats of this version are durable here. */
  long seatsVersion() {
    return seatsVersion;
  }

  /**
   * What is to be reserved now, counted from the slice that is used or will be used next.
   *
   * @param seats by the ledger; those found in the journal while there is none
   */
  @Nullable Wanted wanted(long slice, Seats seats, long nowNanos, long clusterMillis) {
    boolean known = seatsVersion == seats.version() || seats.none();
    boolean enough = known && sliceLimit - slice > slices / 2 && untilMillis - clusterMillis > left;
    boolean asked = nowNanos - askedNanos < ASK_AGAIN.toNanos() && askedVersion == seats.version();
    if (enough || asked) {
      return null;
    }
    askedNanos = nowNanos;
    askedVersion = seats.version();
    return new Wanted(slice + slices, clusterMillis + millis, seats);
  }

  /** On any thread. */
  synchronized void durable(Wanted wanted) {
    untilMillis = wanted.untilMillis();
    sliceLimit = Math.max(sliceLimit, wanted.sliceLimit());
    seatsVersion = wanted.seats().version();
  }
}
