package io.xcron.wheel;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a timer costs in a wheel that is as full as a partition's, or as a whole cluster's. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TimerWheelBench {

  private static final long NOW = 1_795_000_000_000L;
  private static final int DAY = 86_400_000;
  private static final int DRAWN = 1 << 16;

  @Param({"4000", "1000000"})
  private int timers;

  private final int[] drawnTimers = new int[DRAWN];
  private final int[] drawnDelays = new int[DRAWN];
  private int draw;
  private long now;
  private TimerWheel wheel;
  private final Expiry tomorrow =
      (timer, deadlineMillis) -> wheel.schedule(timer, deadlineMillis + DAY);

  @Setup(Level.Iteration)
  public void fill() {
    SplittableRandom random = new SplittableRandom(42);
    wheel = new TimerWheel(NOW);
    now = NOW;
    for (int timer = 0; timer < timers; timer++) {
      wheel.schedule(timer, NOW + 1 + random.nextInt(DAY));
    }
    for (int i = 0; i < DRAWN; i++) {
      drawnTimers[i] = random.nextInt(timers);
      drawnDelays[i] = 1 + random.nextInt(DAY);
    }
  }

  /** A random timer is cancelled and scheduled anew, somewhere in the next day. */
  @Benchmark
  public boolean cancelAndSchedule() {
    int i = draw++ & (DRAWN - 1);
    boolean cancelled = wheel.cancel(drawnTimers[i]);
    wheel.schedule(drawnTimers[i], now + drawnDelays[i]);
    return cancelled;
  }

  /** Time passes until one timer has expired and been scheduled for the next day. */
  @Benchmark
  public long expireOneAndScheduleForTomorrow() {
    while (wheel.advance(now, 1, tomorrow) > 0) {
      now = wheel.nextDeadlineMillis();
    }
    return now;
  }

  /** 10 ms pass, with one timer due in each 86 ms (4,000: in each 22 s). */
  @Benchmark
  public int advanceTenMillis() {
    now += 10;
    return wheel.advance(now, Integer.MAX_VALUE, tomorrow);
  }
}
