package io.xcron.node;

import com.hazelcast.internal.util.Clock;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * Hazelcast's clock, made steady: it starts at the wall clock, runs on the monotonic one, and
 * follows the wall clock at one per cent of speed.
 *
 * <p>Hazelcast ignores heartbeats whose timestamp is older than half the heartbeat timeout, so a
 * wall clock that is set by 30 s splits a healthy cluster whose timeout is short. With this clock
 * it takes the 30 s in 50 minutes, and the members' differences stay small all the while. After a
 * suspend of the machine, which the monotonic clock does not count, it lags and catches up
 * likewise.
 *
 * <p>Hazelcast makes one object of the class named by {@value #PROPERTY}, when its {@code Clock} is
 * loaded; {@link #install} must come before that. Tasks do not follow this clock but cluster time.
 */
public final class SteadyClock extends Clock.ClockImpl {
  static final String PROPERTY = "com.hazelcast.clock.impl";

  private static final long OBSERVE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final double SLEW = 0.01;

  private static final AtomicBoolean MADE = new AtomicBoolean();

  private final InstantSource wall;
  private final LongSupplier monotonic;
  private final AtomicReference<Line> line;

  /** Milliseconds as a line over monotonic time. */
  private record Line(long fromNanos, double atMillis, double rate) {
    double at(long nanos) {
      return atMillis + (nanos - fromNanos) * rate / 1e6;
    }
  }

  /** For Hazelcast, which finds the class by its name. */
  public SteadyClock() {
    this(WallClock.machine(), System::nanoTime);
    MADE.set(true);
  }

  SteadyClock(InstantSource wall, LongSupplier monotonic) {
    this.wall = wall;
    this.monotonic = monotonic;
    this.line = new AtomicReference<>(new Line(monotonic.getAsLong(), wall.millis(), 1.0));
  }

  /**
   * Makes it Hazelcast's clock.
   *
   * @return whether it is; false when Hazelcast had loaded another before, as in a process that
   *     starts Hazelcast itself. Then a step of the wall clock may split the cluster
   */
  static boolean install() {
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, SteadyClock.class.getName());
    }
    var unused = Clock.currentTimeMillis();
    return MADE.get();
  }

  @Override
  protected long currentTimeMillis() {
    long nanos = monotonic.getAsLong();
    Line now = line.get();
    if (nanos - now.fromNanos() > OBSERVE_NANOS) {
      // Whoever comes first corrects the course; the others go on along the old line, which agrees.
      double here = now.at(nanos);
      double error = wall.millis() - here;
      double rate =
          1.0 + Math.clamp(error / TimeUnit.NANOSECONDS.toMillis(OBSERVE_NANOS), -SLEW, SLEW);
      line.compareAndSet(now, new Line(nanos, here, rate));
    }
    return (long) now.at(nanos);
  }
}
