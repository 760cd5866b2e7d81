package io.xcron.slice;

import io.xcron.model.Time;
import java.lang.System.Logger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Cluster time: a wall clock that does not jump when the machine's does.
 *
 * <p>It runs on the monotonic clock from where the wall clock stood at first. What the wall clock
 * says is observed each slice. An error of up to a second is worked off at 5 % of speed. A larger
 * one is believed only when it has lasted for ten seconds: then time jumps forward, so that what
 * was skipped is fired late, or stands still until the wall clock has caught up; it never goes
 * back, so nothing fires twice.
 */
public final class ClusterClock implements Time {
  private static final Logger LOG = System.getLogger(ClusterClock.class.getName());

  private static final double SLEW = 0.05;
  private static final long CORRECTED_NANOS = SliceKeeper.SLICE.toNanos();
  private static final long SLEWED_NANOS = Duration.ofSeconds(1).toNanos();
  private static final long BELIEVED_NANOS = Duration.ofSeconds(10).toNanos();

  /** Readings of both clocks that lie no further apart are taken at once. */
  private static final long QUICK_NANOS = 20_000;

  private static final int READINGS = 5;

  private final InstantSource wall;
  private final LongSupplier monotonic;
  private volatile Course course;
  private long strangeSinceNanos;
  private boolean strange;

  /**
   * Cluster time over monotonic time: at its speed, but for a correction that is spread over {@link
   * #CORRECTED_NANOS} and then done, however late the next observation comes. Nanoseconds since the
   * epoch fit a long until 2262; {@link #observe} is then due.
   *
   * @param running false while time stands still
   */
  private record Course(long fromNanos, long atEpochNanos, long correctionNanos, boolean running) {
    static Course straight(long fromNanos, long atEpochNanos) {
      return new Course(fromNanos, atEpochNanos, 0, true);
    }

    long at(long nanoTime) {
      if (!running) {
        return atEpochNanos;
      }
      long passed = nanoTime - fromNanos;
      long corrected =
          passed >= CORRECTED_NANOS
              ? correctionNanos
              : (long) (correctionNanos * (double) passed / CORRECTED_NANOS);
      return atEpochNanos + passed + corrected;
    }
  }

  public ClusterClock() {
    this(InstantSource.system());
  }

  /**
   * @param wall the machine's time of day
   */
  public ClusterClock(InstantSource wall) {
    this(wall, System::nanoTime);
  }

  ClusterClock(InstantSource wall, LongSupplier monotonic) {
    this.wall = wall;
    this.monotonic = monotonic;
    Reading first = read();
    this.course = Course.straight(first.nanoTime(), first.wallNanos());
  }

  @Override
  public long nowMillis() {
    return Math.floorDiv(course.at(monotonic.getAsLong()), 1_000_000L);
  }

  @Override
  public long nanoTime() {
    return monotonic.getAsLong();
  }

  /** How far the wall clock is ahead of cluster time now, in milliseconds. */
  public long offsetMillis() {
    return (epochNanos(wall.instant()) - course.at(monotonic.getAsLong())) / 1_000_000L;
  }

  /** This machine's time of day, whatever the cluster's is. */
  long wallMillis() {
    return wall.millis();
  }

  /** Compares with the wall clock alone. */
  public void observe() {
    observe(0);
  }

  /**
   * Compares with the wall clock and corrects the course. One thread calls this, at least twice a
   * second.
   *
   * @param aheadMillis how far cluster time is ahead of this machine's wall clock, as the ledger
   *     says
   */
  void observe(long aheadMillis) {
    Reading reading = read();
    long nanoTime = reading.nanoTime();
    long now = course.at(nanoTime);
    long error = reading.wallNanos() + aheadMillis * 1_000_000L - now;
    if (Math.abs(error) <= SLEWED_NANOS) {
      strange = false;
      long most = (long) (SLEW * CORRECTED_NANOS);
      course = new Course(nanoTime, now, Math.clamp(error, -most, most), true);
      return;
    }
    if (!strange) {
      strange = true;
      strangeSinceNanos = nanoTime;
      LOG.log(
          Logger.Level.WARNING,
          "the machine''s clock is {0} ms off cluster time; believed if that lasts for 10 s",
          error / 1_000_000L);
    }
    if (nanoTime - strangeSinceNanos < BELIEVED_NANOS) {
      course = Course.straight(nanoTime, now);
    } else if (error > 0) {
      LOG.log(Logger.Level.WARNING, "cluster time jumps forward by {0} ms", error / 1_000_000L);
      strange = false;
      course = Course.straight(nanoTime, now + error);
    } else {
      course = new Course(nanoTime, now, 0, false);
    }
  }

  /** Both clocks, as far as they can be read at once. */
  private record Reading(long nanoTime, long wallNanos) {}

  /**
   * A pause between the two looks like an error of the clock: the quickest of a few pairs is taken.
   * Seen from a later reading the wall clock can only be ahead, so time never runs before it.
   */
  private Reading read() {
    long quickest = Long.MAX_VALUE;
    Reading best = new Reading(0, 0);
    for (int i = 0; i < READINGS && quickest > QUICK_NANOS; i++) {
      long before = monotonic.getAsLong();
      long wallNanos = epochNanos(wall.instant());
      long after = monotonic.getAsLong();
      if (after - before < quickest) {
        quickest = after - before;
        best = new Reading(after, wallNanos);
      }
    }
    return best;
  }

  private static long epochNanos(Instant instant) {
    return instant.getEpochSecond() * 1_000_000_000L + instant.getNano();
  }
}
