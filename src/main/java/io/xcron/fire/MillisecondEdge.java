package io.xcron.fire;

/**
 * Where in the running millisecond we are. The clock tells whole milliseconds; the smallest
 * distance seen between it and the nanosecond clock is that at a millisecond's edge, so a sleeper
 * can wake right behind the next edge instead of up to a millisecond late. One thread.
 */
final class MillisecondEdge {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** A short sleep that may wake just before the edge is followed by another such one. */
  private static final long SHORTEST_NANOS = 50_000;

  /** Aiming this much before the smallest distance seen finds a smaller one, if there is one. */
  private static final long PROBE_NANOS = 40_000;

  /** How fast cluster time may run against the nanosecond clock: 1 part in 16, above the slew. */
  private static final int DRIFT_SHIFT = 4;

  private boolean known;
  private long edgeNanos;
  private long seenNanos;

  /**
   * How long to sleep at {@code nowMillis}, read just before {@code nanoTime}, until a later one.
   */
  long nanosUntil(long nowMillis, long untilMillis, long nanoTime) {
    long distance = nanoTime - nowMillis * NANOS_PER_MILLI;
    long expected = edgeNanos + ((nanoTime - seenNanos) >> DRIFT_SHIFT);
    boolean inStep = known && distance >= edgeNanos && distance - edgeNanos <= NANOS_PER_MILLI;
    edgeNanos = inStep ? Math.min(expected, distance) : distance;
    seenNanos = nanoTime;
    known = true;
    long sleep = edgeNanos + untilMillis * NANOS_PER_MILLI - nanoTime;
    long early = PROBE_NANOS + Math.min(NANOS_PER_MILLI, Math.max(0, sleep) >> DRIFT_SHIFT);
    return Math.max(SHORTEST_NANOS, sleep - early);
  }
}
