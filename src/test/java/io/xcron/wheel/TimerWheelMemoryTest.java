package io.xcron.wheel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TimerWheelMemoryTest {

  private static final long NOW = 1_795_000_000_000L;
  private static final int DAY = 86_400_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private long expiries;

  /** Object headers and fields, rounded up, and the arrays that the wheel holds. */
  private static long bytesOf(TimerWheel wheel) throws IllegalAccessException {
    long bytes = 128;
    for (Field field : TimerWheel.class.getDeclaredFields()) {
      if (field.getType().isArray() && !Modifier.isStatic(field.getModifiers())) {
        field.setAccessible(true);
        Object array = field.get(wheel);
        int width = field.getType() == long[].class ? Long.BYTES : Integer.BYTES;
        bytes += 24 + (long) width * Array.getLength(array);
      }
    }
    return bytes;
  }

  @Test
  void anEmptyWheelIsSmall() throws IllegalAccessException {
    TimerWheel warm = new TimerWheel(NOW);
    long before = THREADS.getCurrentThreadAllocatedBytes();
    TimerWheel wheel = new TimerWheel(NOW);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated <= 3072, allocated + " bytes allocated");
    assertTrue(bytesOf(wheel) <= 3072, bytesOf(wheel) + " bytes held");
    assertEquals(0, warm.size());
  }

  @Test
  void aTimerTakesSixteenToTwentyBytes() throws IllegalAccessException {
    for (int timers : new int[] {100, 1_000, 3_690, 10_000, 100_000, 123_457}) {
      TimerWheel wheel = new TimerWheel(NOW);
      long empty = bytesOf(wheel);
      for (int timer = 0; timer < timers; timer++) {
        wheel.schedule(timer, NOW + timer * 37L);
        if (timer >= 20) {
          double each = (double) (bytesOf(wheel) - empty) / (timer + 1);
          assertTrue(each >= 16 && each <= 20, each + " bytes a timer at " + timer);
        }
      }
    }
  }

  @Test
  void aBacklogInThePastTakesFiveBytesMoreAndGivesThemBack() throws IllegalAccessException {
    TimerWheel wheel = new TimerWheel(NOW);
    long empty = bytesOf(wheel);
    for (int timer = 0; timer < 100_000; timer++) {
      wheel.schedule(timer, NOW - 1 - timer);
    }
    assertTrue(bytesOf(wheel) - empty <= 25 * 100_000);
    assertEquals(1, wheel.advance(NOW, 100_001, (timer, deadlineMillis) -> expiries++));
    assertEquals(100_000, expiries);
    assertTrue(bytesOf(wheel) - empty <= 20 * 100_000);
    wheel.clear();
    assertEquals(empty, bytesOf(wheel));
  }

  @Test
  void aFarTimerNumberTakesNoMoreThanAQuarterOver() throws IllegalAccessException {
    TimerWheel wheel = new TimerWheel(NOW);
    wheel.schedule(1_000_000, NOW);
    assertTrue(bytesOf(wheel) <= 20L * 1_000_001 + 3072);
  }

  @Test
  void aSteadyWheelAllocatesNothing() {
    int timers = 20_000;
    TimerWheel wheel = new TimerWheel(NOW);
    SplittableRandom random = new SplittableRandom(1);
    for (int timer = 0; timer < timers; timer++) {
      wheel.schedule(timer, NOW + random.nextInt(DAY));
    }
    Expiry again =
        (timer, deadlineMillis) -> {
          expiries++;
          wheel.schedule(timer, deadlineMillis + DAY);
        };
    long now = run(wheel, NOW, random, again); // Classes are loaded and the heap has its room.
    long before = THREADS.getCurrentThreadAllocatedBytes();
    run(wheel, now, random, again);
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 1024, allocated + " bytes allocated");
    assertEquals(timers, wheel.size());
    assertTrue(expiries > timers);
  }

  private static long run(TimerWheel wheel, long from, SplittableRandom random, Expiry again) {
    long now = from;
    for (int step = 0; step < 100_000; step++) {
      now += 1000;
      wheel.advance(now, 100, again);
      int timer = random.nextInt(wheel.size());
      wheel.cancel(timer);
      wheel.schedule(timer, now - 500 + random.nextInt(DAY));
    }
    return now;
  }

  /** A sleep of centuries in steps of the wheel's own choice ends at once, or it scans time. */
  @Test
  void theLengthOfAJumpCostsNothing() {
    TimerWheel wheel = new TimerWheel(0);
    long now = 0;
    for (int jump = 0; jump < 200_000; jump++) {
      long due = now + 3_000_000_000_000L + jump;
      wheel.schedule(0, due);
      wheel.advance(due, 1, (timer, deadlineMillis) -> expiries++);
      now = due;
    }
    assertEquals(200_000, expiries);
  }
}
