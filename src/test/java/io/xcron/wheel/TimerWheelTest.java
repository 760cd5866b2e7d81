package io.xcron.wheel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TimerWheelTest {

  private static final long NOW = 1_795_000_000_000L;
  private static final long DAY = 86_400_000L;
  private static final long YEAR_2300 = 10_413_792_000_000L;

  private final List<Integer> expired = new ArrayList<>();
  private final TimerWheel wheel = new TimerWheel(NOW);

  private int advance(long nowMillis, int limit) {
    return wheel.advance(nowMillis, limit, (timer, deadlineMillis) -> expired.add(timer));
  }

  private void advance(long nowMillis) {
    advance(nowMillis, Integer.MAX_VALUE);
  }

  @Test
  void aTimerExpiresAtItsMillisecondAndNotBefore() {
    for (long delay : new long[] {1, 63, 64, 65, 4095, 4096, DAY, 36_500 * DAY}) {
      wheel.schedule(0, NOW + delay);
      TimerWheel other = new TimerWheel(NOW);
      other.schedule(0, NOW + delay);
      assertEquals(1, other.advance(NOW + delay - 1, 1, (t, d) -> expired.add(t)));
      assertEquals(0, other.advance(NOW + delay, 1, (t, d) -> expired.add(t)));
    }
    assertEquals(8, expired.size());
  }

  @Test
  void everyLevelsEdgeIsExact() {
    for (int level = 1; level <= 10; level++) {
      long edge = 1L << (6 * level);
      for (long start : new long[] {0, edge - 1, edge / 2}) {
        for (long deadline = edge - 1; deadline <= edge + 1; deadline++) {
          TimerWheel fresh = new TimerWheel(start);
          fresh.schedule(3, deadline);
          long[] seen = {-1};
          assertEquals(1, fresh.advance(deadline - 1, 1, (t, d) -> seen[0] = d));
          assertEquals(deadline, fresh.nextDeadlineMillis());
          assertEquals(0, fresh.advance(deadline, 1, (t, d) -> seen[0] = d));
          assertEquals(deadline, seen[0]);
        }
      }
    }
  }

  @Test
  void aLongSleepExpiresAllInOrder() {
    long[] delays = {40 * 365 * DAY, 5, DAY, 64, 4096, 90 * DAY, 63, 1, 262_144, 7 * DAY};
    for (int timer = 0; timer < delays.length; timer++) {
      wheel.schedule(timer, NOW + delays[timer]);
    }
    advance(NOW + 100 * 365 * DAY);
    assertEquals(List.of(7, 1, 6, 3, 4, 8, 2, 9, 5, 0), expired);
    assertEquals(0, wheel.size());
  }

  @Test
  void aWheelBuiltAtTheEpochReachesTheYear2300InOneAdvance() {
    TimerWheel old = new TimerWheel(0);
    old.schedule(0, YEAR_2300);
    old.schedule(1, NOW);
    assertEquals(8, old.advance(YEAR_2300, 10, (t, d) -> expired.add(t)));
    assertEquals(List.of(1, 0), expired);
  }

  @Test
  void oneMillisecondKeepsTheOrderOfSchedulingAcrossLevels() {
    long due = NOW + 3 * DAY;
    wheel.schedule(2, due);
    wheel.schedule(0, due);
    advance(due - 5_000);
    wheel.schedule(1, due);
    advance(due - 1);
    wheel.schedule(3, due);
    wheel.schedule(2, due);
    advance(due);
    assertEquals(List.of(0, 1, 3, 2), expired);
  }

  @Test
  void aPassedDeadlineExpiresInTheNextAdvanceWithTheEarliestFirst() {
    advance(NOW + 1000);
    wheel.schedule(0, NOW + 1000);
    wheel.schedule(1, NOW + 10);
    wheel.schedule(2, 0);
    wheel.schedule(3, NOW + 10);
    wheel.schedule(4, Long.MIN_VALUE);
    assertEquals(Long.MIN_VALUE, wheel.nextDeadlineMillis());
    advance(NOW + 1000);
    assertEquals(List.of(4, 2, 1, 3, 0), expired);
  }

  @Test
  void theLimitIsKeptAndTheRestStaysDueInOrder() {
    for (int timer = 0; timer < 10; timer++) {
      wheel.schedule(timer, NOW + 1 + timer / 4);
    }
    assertEquals(0, advance(NOW + 50, 0));
    assertEquals(0, advance(NOW + 50, 3));
    assertEquals(List.of(0, 1, 2), expired);
    wheel.schedule(20, NOW + 2); // Between those that wait, not behind them.
    assertTrue(wheel.nextDeadlineMillis() <= NOW + 50);
    assertEquals(2, advance(NOW + 50, 10));
    assertEquals(List.of(0, 1, 2, 3, 4, 5, 6, 7, 20, 8, 9), expired);
    assertThrows(IllegalArgumentException.class, () -> advance(NOW + 50, -1));
  }

  @Test
  void aClockThatGoesBackExpiresNothingEarlyAndLosesNothing() {
    wheel.schedule(0, NOW + 100);
    advance(NOW + 50);
    advance(NOW - DAY);
    wheel.schedule(1, NOW + 20);
    wheel.schedule(2, NOW + 200);
    advance(NOW + 19);
    assertEquals(List.of(), expired);
    assertEquals(NOW + 20, wheel.nextDeadlineMillis());
    advance(NOW + 20);
    assertEquals(List.of(1), expired);
    advance(NOW + 200);
    assertEquals(List.of(1, 0, 2), expired);
  }

  @Test
  void aJumpToTheEndOfTimeAndBackLeavesAWorkingWheel() {
    wheel.schedule(0, Long.MAX_VALUE);
    advance(Long.MAX_VALUE);
    assertEquals(List.of(0), expired);
    for (int timer = 1; timer <= 100; timer++) {
      wheel.schedule(timer, NOW + 101 - timer);
    }
    advance(NOW + 50);
    assertEquals(51, expired.size());
    assertEquals(100, expired.get(1));
    advance(NOW + 100);
    assertEquals(101, expired.size());
    assertEquals(1, expired.get(100));
  }

  @Test
  void aCancelledTimerNeverExpires() {
    wheel.schedule(0, NOW + 5);
    wheel.schedule(1, NOW + 5);
    wheel.schedule(2, NOW + 5);
    wheel.schedule(3, NOW - 5);
    assertTrue(wheel.cancel(0));
    assertTrue(wheel.cancel(3));
    assertFalse(wheel.cancel(0));
    assertFalse(wheel.cancel(1_000_000));
    assertEquals(2, wheel.size());
    advance(NOW + DAY);
    assertEquals(List.of(1, 2), expired);
  }

  @Test
  void aRescheduledTimerExpiresOnceAtItsNewDeadline() {
    wheel.schedule(0, NOW + 10);
    wheel.schedule(0, NOW + DAY);
    wheel.schedule(0, NOW + 20);
    assertEquals(1, wheel.size());
    assertEquals(NOW + 20, wheel.deadlineMillis(0));
    advance(NOW + 19);
    assertEquals(List.of(), expired);
    advance(NOW + 2 * DAY);
    assertEquals(List.of(0), expired);
  }

  @Test
  void whatACallbackSchedulesAsDueExpiresInTheSameAdvance() {
    wheel.schedule(0, NOW + 10);
    wheel.schedule(1, NOW + 40);
    List<Long> deadlines = new ArrayList<>();
    int left =
        wheel.advance(
            NOW + 60,
            100,
            (timer, deadlineMillis) -> {
              expired.add(timer);
              deadlines.add(deadlineMillis);
              if (timer == 0) {
                wheel.schedule(0, deadlineMillis + 20);
              } else if (timer == 1) {
                wheel.schedule(2, NOW - 7);
              }
            });
    assertEquals(List.of(0, 0, 1, 2, 0), expired);
    assertEquals(List.of(NOW + 10, NOW + 30, NOW + 40, NOW - 7, NOW + 50), deadlines);
    assertEquals(95, left);
    assertEquals(NOW + 70, wheel.deadlineMillis(0));
  }

  @Test
  void theLimitStopsACallbackThatAlwaysSchedulesDueTimers() {
    wheel.schedule(0, NOW);
    int left = wheel.advance(NOW, 1000, (timer, deadlineMillis) -> wheel.schedule(timer, NOW - 1));
    assertEquals(0, left);
    assertTrue(wheel.isScheduled(0));
  }

  @Test
  void whatACallbackCancelsDoesNotExpire() {
    for (int timer = 0; timer < 6; timer++) {
      wheel.schedule(timer, NOW + 1 + timer / 3);
    }
    wheel.advance(
        NOW + 9,
        100,
        (timer, deadlineMillis) -> {
          expired.add(timer);
          assertFalse(wheel.cancel(timer));
          wheel.cancel(timer + 1);
        });
    assertEquals(List.of(0, 2, 4), expired);
    assertEquals(0, wheel.size());
  }

  @Test
  void aCallbackMayClearTheWheel() {
    wheel.schedule(0, NOW);
    wheel.schedule(1, NOW);
    wheel.advance(
        NOW,
        100,
        (timer, deadlineMillis) -> {
          expired.add(timer);
          wheel.clear();
        });
    assertEquals(List.of(0), expired);
    assertEquals(Long.MAX_VALUE, wheel.nextDeadlineMillis());
  }

  @Test
  void aCallbackThatThrowsLosesNoOtherTimer() {
    wheel.schedule(0, NOW);
    wheel.schedule(1, NOW);
    IllegalStateException broken = new IllegalStateException("broken");
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                wheel.advance(
                    NOW,
                    100,
                    (timer, deadlineMillis) -> {
                      throw broken;
                    }));
    assertEquals(broken, thrown);
    advance(NOW);
    assertEquals(List.of(1), expired);
  }

  @Test
  void anIdleLoopWakesOnceForALoneTimerAndAHandfulOfTimesAmongOthers() {
    wheel.schedule(0, NOW + 3650 * DAY);
    assertEquals(NOW + 3650 * DAY, wheel.nextDeadlineMillis());
    wheel.schedule(1, NOW + 3650 * DAY + 1);
    int wakeUps = 0;
    while (wheel.size() > 1) {
      advance(wheel.nextDeadlineMillis());
      wakeUps++;
    }
    assertTrue(wakeUps <= 8, wakeUps + " wake-ups");
  }

  @Test
  void misuseIsRefused() {
    assertThrows(IndexOutOfBoundsException.class, () -> wheel.schedule(-1, NOW));
    assertThrows(IndexOutOfBoundsException.class, () -> wheel.schedule(Integer.MAX_VALUE, NOW));
    assertThrows(IndexOutOfBoundsException.class, () -> wheel.cancel(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> wheel.isScheduled(-1));
    assertThrows(IllegalStateException.class, () -> wheel.deadlineMillis(0));
    wheel.schedule(1, NOW);
    assertThrows(IllegalStateException.class, () -> wheel.deadlineMillis(0));
  }
}
