package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClusterClockTest {
  private static final long START = 1_800_000_000_000L;

  private long nanos = 5;
  private long wallMillis = START;
  private final ClusterClock clock =
      new ClusterClock(() -> Instant.ofEpochMilli(wallMillis), () -> nanos);

  /** Lets real time pass, half a second at a time, as the keeper of slices does. */
  private void pass(int halfSeconds) {
    for (int i = 0; i < halfSeconds; i++) {
      nanos += 500_000_000L;
      wallMillis += 500;
      long before = clock.nowMillis();
      clock.observe();
      assertTrue(clock.nowMillis() >= before, "time went back");
    }
  }

  @Test
  void itRunsWithTheWallClock() {
    pass(100);

    assertEquals(wallMillis, clock.nowMillis());
  }

  @Test
  void aSmallErrorIsWorkedOffSlowlyAndWithoutGoingBack() {
    wallMillis -= 400;
    pass(2);
    assertTrue(
        clock.nowMillis() - wallMillis >= 340,
        "5 % a second is 50 ms: " + (clock.nowMillis() - wallMillis));
    pass(20);

    assertTrue(
        Math.abs(clock.nowMillis() - wallMillis) <= 2,
        "still off by " + (clock.nowMillis() - wallMillis));
  }

  /** As while a process starts, and its classes are loaded, on a busy machine. */
  @Test
  void aPauseBetweenItsFirstReadingsDoesNotPutItAhead() {
    ClusterClock started =
        new ClusterClock(
            () -> {
              waits(40);
              return Instant.ofEpochMilli(wallMillis);
            },
            () -> {
              waits(40);
              return nanos;
            });
    assertTrue(started.nowMillis() <= wallMillis, "ahead by " + (started.nowMillis() - wallMillis));
    assertTrue(
        started.nowMillis() >= wallMillis - 100, "behind " + (wallMillis - started.nowMillis()));
  }

  private void waits(int millis) {
    nanos += millis * 1_000_000L;
    wallMillis += millis;
  }

  /** A process that hangs observes nothing, and fires what is due the moment it goes on. */
  @Test
  void aCorrectionEndsWhenItIsDoneHoweverLongNobodyObserves() {
    wallMillis += 20;
    pass(1);
    nanos += 60_000_000_000L;
    wallMillis += 60_000;

    assertTrue(
        clock.nowMillis() <= wallMillis, "early by " + (clock.nowMillis() - wallMillis) + " ms");
  }

  @Test
  void aLargeStepIsNotBelievedForTenSeconds() {
    wallMillis += 30_000;
    pass(19);
    assertEquals(wallMillis - 30_000, clock.nowMillis());
    pass(3);

    assertEquals(wallMillis, clock.nowMillis());
  }

  @Test
  void aStepThatIsTakenBackNeverHappened() {
    wallMillis += 30_000;
    pass(10);
    wallMillis -= 30_000;
    pass(30);

    assertEquals(wallMillis, clock.nowMillis());
  }

  @Test
  void afterAStepBackTimeStandsStillUntilTheWallClockHasCaughtUp() {
    wallMillis -= 30_000;
    pass(22);
    long held = clock.nowMillis();
    pass(10);
    assertTrue(clock.nowMillis() - held <= 500, "it must stand still");
    pass(110);

    assertTrue(
        Math.abs(clock.nowMillis() - wallMillis) <= 2,
        "off by " + (clock.nowMillis() - wallMillis));
  }
}
