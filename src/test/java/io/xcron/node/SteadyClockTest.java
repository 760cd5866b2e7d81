package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The clock under Hazelcast, on hand-driven clocks. */
class SteadyClockTest {
  private final AtomicLong nanos = new AtomicLong(5);
  private long wallMillis = 1_000_000;
  private final SteadyClock clock =
      new SteadyClock((InstantSource) () -> Instant.ofEpochMilli(wallMillis), nanos::get);

  @Test
  void aStepOfTheWallClockIsTakenAtOnePerCent() {
    run(Duration.ofSeconds(5));
    wallMillis += 30_000;
    long before = clock.currentTimeMillis();
    run(Duration.ofSeconds(100));
    long passed = clock.currentTimeMillis() - before;

    assertTrue(passed > 100_500 && passed <= 101_000, "passed " + passed);
  }

  @Test
  void timeNeverGoesBackWhenTheWallClockDoes() {
    run(Duration.ofSeconds(5));
    wallMillis -= 30_000;
    long last = clock.currentTimeMillis();
    for (int i = 0; i < 10_000; i++) {
      run(Duration.ofMillis(7));
      long now = clock.currentTimeMillis();
      assertTrue(now >= last, now + " after " + last);
      last = now;
    }
  }

  @Test
  void aSmallErrorIsWorkedOff() {
    wallMillis += 40;
    run(Duration.ofSeconds(60));

    assertTrue(Math.abs(wallMillis - clock.currentTimeMillis()) <= 2);
  }

  /** Both clocks run, and the steady one is asked as often as Hazelcast asks. */
  private void run(Duration time) {
    for (long left = time.toMillis(); left > 0; left -= 100) {
      long step = Math.min(left, 100);
      nanos.addAndGet(Duration.ofMillis(step).toNanos());
      wallMillis += step;
      var unused = clock.currentTimeMillis();
    }
  }
}
