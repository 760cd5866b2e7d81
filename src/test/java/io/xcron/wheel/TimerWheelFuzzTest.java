package io.xcron.wheel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Plays random stories on the wheel and on {@link SortedModel} and compares all that can be seen
 * after every step, and every single expiry. To repeat one story, run {@code new Story(seed)}.
 */
class TimerWheelFuzzTest {

  private static final int STORIES = 600;
  private static final int STEPS = 250;

  @Test
  void theWheelBehavesLikeASortedSetInFixedStories() {
    for (long seed = 0; seed < STORIES; seed++) {
      new Story(seed).play();
    }
  }

  @Test
  void theWheelBehavesLikeASortedSetInNewStories() {
    long first = System.nanoTime();
    for (long seed = first; seed < first + STORIES; seed++) {
      new Story(seed).play();
    }
  }

  private static final class Story {
    private static final long NOW_2026 = 1_795_000_000_000L;
    private static final long YEAR_2300 = 10_413_792_000_000L;

    private final long seed;
    private final Random random;
    private final int timers;
    private final boolean extremeClock;
    private final int reach;
    private final SortedModel model = new SortedModel();
    private final TimerWheel wheel;
    private long now;

    Story(long seed) {
      this.seed = seed;
      random = new Random(seed);
      timers = 1 + random.nextInt(random.nextInt(4) == 0 ? 300 : 12);
      extremeClock = random.nextInt(8) == 0;
      reach = 4 + random.nextInt(40);
      now = startMillis();
      wheel = new TimerWheel(now);
    }

    void play() {
      int step = 0;
      try {
        for (; step < STEPS; step++) {
          act();
          compare();
        }
        drain();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ", step " + step + ": " + e, e);
      }
    }

    private void act() {
      switch (random.nextInt(20)) {
        case 0, 1, 2, 3, 4, 5, 6, 7, 8 -> schedule();
        case 9, 10 -> cancel();
        case 11 -> {
          if (random.nextInt(20) == 0) {
            wheel.clear();
            model.clear();
          }
        }
        default -> {
          now = nextNow();
          advance(now, random.nextBoolean() ? 1_000_000 : random.nextInt(5));
        }
      }
    }

    private void schedule() {
      int timer = random.nextInt(timers);
      long deadlineMillis = deadline();
      wheel.schedule(timer, deadlineMillis);
      model.schedule(timer, deadlineMillis);
    }

    private void cancel() {
      int timer = random.nextInt(timers + 2);
      assertEquals(model.cancel(timer), wheel.cancel(timer));
    }

    private void advance(long nowMillis, int limit) {
      int[] expired = {0};
      int left =
          wheel.advance(
              nowMillis,
              limit,
              (timer, deadlineMillis) -> {
                assertTrue(model.hasDue(nowMillis), "nothing was due");
                assertEquals(model.first().timer(), timer);
                assertEquals(model.first().deadlineMillis(), deadlineMillis);
                model.cancel(timer);
                assertFalse(wheel.isScheduled(timer));
                expired[0]++;
                reactTo(timer, deadlineMillis);
              });
      assertEquals(limit - expired[0], left);
      if (left > 0) {
        assertFalse(model.hasDue(nowMillis), "a due timer was left");
        assertTrue(
            wheel.nextDeadlineMillis() > nowMillis || nowMillis == Long.MAX_VALUE,
            "the next deadline would spin");
      }
    }

    /** What the callback does; on average it schedules far less than one timer that is due. */
    private void reactTo(int timer, long deadlineMillis) {
      switch (random.nextInt(12)) {
        case 0 -> schedule();
        case 1, 2 -> cancel();
        case 3 -> {
          long again = deadlineMillis + (1L << random.nextInt(reach));
          wheel.schedule(timer, again);
          model.schedule(timer, again);
        }
        case 4 -> compare();
        case 5 -> {
          if (random.nextInt(30) == 0) {
            wheel.clear();
            model.clear();
          }
        }
        default -> {}
      }
    }

    private void compare() {
      assertEquals(model.size(), wheel.size());
      for (int timer = 0; timer < timers + 2; timer++) {
        assertEquals(model.isScheduled(timer), wheel.isScheduled(timer));
      }
      for (SortedModel.Entry entry : model.entries()) {
        assertEquals(entry.deadlineMillis(), wheel.deadlineMillis(entry.timer()));
      }
      long next = wheel.nextDeadlineMillis();
      if (model.size() == 0) {
        assertEquals(Long.MAX_VALUE, next);
      } else {
        assertTrue(next <= model.first().deadlineMillis(), "the next deadline is too late");
      }
    }

    /** An idle loop: it sleeps until the wheel's next instant, and must not wake too often. */
    private void drain() {
      int wakeUps = 0;
      int most = 12 * model.size() + 1;
      while (model.size() > 0) {
        assertTrue(++wakeUps <= most, "the idle loop spins");
        long nowMillis = wheel.nextDeadlineMillis();
        int left =
            wheel.advance(
                nowMillis,
                1_000_000,
                (timer, deadlineMillis) -> {
                  assertEquals(model.first().timer(), timer);
                  assertEquals(model.first().deadlineMillis(), deadlineMillis);
                  assertTrue(deadlineMillis <= nowMillis, "too early");
                  model.cancel(timer);
                });
        assertTrue(left > 0);
        compare();
      }
      assertEquals(0, wheel.size());
    }

    private long startMillis() {
      return switch (random.nextInt(6)) {
        case 0 -> 0;
        case 1 -> random.nextInt(10_000);
        case 2 -> edgeNear(NOW_2026);
        case 3 -> extremeClock ? Long.MAX_VALUE - random.nextInt(100_000) : YEAR_2300;
        case 4 -> extremeClock ? random.nextLong() : magnitude(50);
        default -> NOW_2026 + random.nextInt(100_000_000);
      };
    }

    private long deadline() {
      return switch (random.nextInt(16)) {
        case 0 -> now;
        case 1 -> now - magnitude(reach);
        case 2 -> edgeNear(now);
        case 3 -> model.size() == 0 ? now + 1 : model.first().deadlineMillis();
        case 4 -> extremeClock ? random.nextLong() : magnitude(63);
        case 5 -> random.nextInt(4) == 0 ? Long.MAX_VALUE : YEAR_2300;
        case 6 -> now + 1 + random.nextInt(3);
        default -> plus(now, magnitude(reach));
      };
    }

    private long nextNow() {
      return switch (random.nextInt(16)) {
        case 0 -> now;
        case 1 -> now - magnitude(Math.min(reach, 20));
        case 2, 3 -> Math.max(now, wheel.nextDeadlineMillis() - 1);
        case 4, 5, 6 -> upToYear2300(wheel.nextDeadlineMillis());
        case 7 -> Math.max(now, edgeNear(now));
        case 8 -> extremeClock ? extremeNow() : plus(now, magnitude(reach + 2));
        case 9, 10, 11 -> plus(now, magnitude(reach));
        default -> plus(now, random.nextInt(100));
      };
    }

    private long upToYear2300(long millis) {
      return extremeClock ? millis : Math.min(millis, YEAR_2300);
    }

    private long extremeNow() {
      return switch (random.nextInt(4)) {
        case 0 -> Long.MAX_VALUE;
        case 1 -> Long.MIN_VALUE;
        case 2 -> NOW_2026;
        default -> random.nextLong();
      };
    }

    /** One before, at or one after the next edge of some level. */
    private long edgeNear(long millis) {
      int shift = 6 * (1 + random.nextInt(7));
      return plus(((millis >> shift) + 1) << shift, random.nextInt(3) - 1);
    }

    private long magnitude(int bits) {
      return random.nextLong() >>> (64 - 1 - random.nextInt(Math.min(63, bits + 1)));
    }

    private static long plus(long millis, long more) {
      long sum = millis + more;
      return more > 0 && sum < millis ? Long.MAX_VALUE : sum;
    }
  }
}
