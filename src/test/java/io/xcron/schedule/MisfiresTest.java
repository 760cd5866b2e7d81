package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.Policy;
import io.xcron.model.Policy.Misfire;
import io.xcron.model.Schedule;
import io.xcron.schedule.Misfires.Decision;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class MisfiresTest {
  private static final long MINUTE = 60_000;
  private static final long NOON = Instant.parse("2026-06-01T12:00:00Z").toEpochMilli();
  private static final long NO_WINDOW = Long.MAX_VALUE;
  private static final List<Misfire> POLICIES = List.of(Misfire.values());

  private static Timeline minutely() {
    return cron("* * * * *", ZoneOffset.UTC);
  }

  private static Timeline cron(String text, ZoneId zone) {
    return Timeline.of(
        CompiledSchedule.compile(new Schedule.Cron(text, zone, Dialect.UNIX, DstRule.DEFAULT)),
        null,
        null,
        0);
  }

  private static Timeline every(long millis) {
    return Timeline.of(
        CompiledSchedule.compile(new Schedule.Every(Duration.ofMillis(millis))), null, null, 0);
  }

  @Test
  void nothingIsCollapsedWhileNothingIsMissed() {
    Decision decision =
        Misfires.decide(minutely(), NOON, NOON + MINUTE, 0, MINUTE, NO_WINDOW, Misfire.SKIP);
    assertEquals(
        new Decision(0, false, Timeline.NONE, NOON, false), decision, "exactly as late as allowed");
  }

  @Test
  void onceFiresTheLatestMissedOneAndAllYoungerOnes() {
    // At 12:10:30 with a minute's grace: 12:00 to 12:09 are missed, 12:10 is not.
    Decision decision =
        Misfires.decide(
            minutely(), NOON, NOON + 10 * MINUTE + 30_000, 0, MINUTE, NO_WINDOW, Misfire.ONCE);
    assertEquals(new Decision(9, false, NOON + 8 * MINUTE, NOON + 9 * MINUTE, true), decision);
  }

  @Test
  void skipFiresOnlyWhatIsNotMissed() {
    Decision decision =
        Misfires.decide(
            minutely(), NOON, NOON + 10 * MINUTE + 30_000, 0, MINUTE, NO_WINDOW, Misfire.SKIP);
    assertEquals(new Decision(10, false, NOON + 9 * MINUTE, NOON + 10 * MINUTE, false), decision);
  }

  @Test
  void allFiresEveryOneInsideTheWindow() {
    long now = NOON + 10 * MINUTE + 30_000;
    assertEquals(
        new Decision(0, false, Timeline.NONE, NOON, true),
        Misfires.decide(minutely(), NOON, now, 0, MINUTE, NO_WINDOW, Misfire.ALL));
    assertEquals(
        new Decision(6, false, NOON + 5 * MINUTE, NOON + 6 * MINUTE, true),
        Misfires.decide(minutely(), NOON, now, 0, MINUTE, 5 * MINUTE, Misfire.ALL));
  }

  @Test
  void onceFiresNothingThatIsOlderThanTheWindow() {
    Timeline daily = cron("0 12 * * *", ZoneOffset.UTC);
    long day = 86_400_000L;
    Decision decision =
        Misfires.decide(
            daily, NOON, NOON + 2 * day + 7_200_000, 0, MINUTE, 3_600_000, Misfire.ONCE);
    assertEquals(new Decision(3, false, NOON + 2 * day, NOON + 3 * day, false), decision);
  }

  @Test
  void jitterIsNotCountedAsLateness() {
    Timeline hourly = every(3_600_000);
    Decision decision =
        Misfires.decide(
            hourly, NOON, NOON + 30 * MINUTE, 30 * MINUTE, MINUTE, NO_WINDOW, Misfire.SKIP);
    assertEquals(0, decision.collapsed());
  }

  @Test
  void aLateOneShotFiresUnlessItsPolicySaysOtherwise() {
    Timeline at =
        Timeline.of(
            CompiledSchedule.compile(new Schedule.At(Instant.ofEpochMilli(NOON))), null, null, 0);
    long now = NOON + 90L * 86_400_000;
    assertEquals(
        new Decision(0, false, Timeline.NONE, NOON, true),
        Misfires.decide(at, NOON, now, 0, MINUTE, NO_WINDOW, Misfire.ONCE));
    assertEquals(
        new Decision(1, false, NOON, Timeline.NONE, false),
        Misfires.decide(at, NOON, now, 0, MINUTE, NO_WINDOW, Misfire.SKIP));
    assertEquals(
        new Decision(1, false, NOON, Timeline.NONE, false),
        Misfires.decide(at, NOON, now, 0, MINUTE, 3_600_000, Misfire.ONCE));
  }

  @Test
  void aSkippedDelayCountsFromTheDecision() {
    Timeline delay =
        Timeline.of(
            CompiledSchedule.compile(new Schedule.After(Duration.ofSeconds(10))), null, null, 0);
    Decision decision =
        Misfires.decide(delay, NOON, NOON + 5 * MINUTE, 0, MINUTE, NO_WINDOW, Misfire.SKIP);
    assertEquals(new Decision(1, false, NOON, NOON + 5 * MINUTE + 10_000, false), decision);
  }

  @Test
  void theCountIsCappedAndTheInstantIsStillExact() {
    long year = 365L * 86_400_000;
    Decision secondly =
        Misfires.decide(
            cron("* * * * * *", ZoneOffset.UTC),
            NOON,
            NOON + year,
            0,
            MINUTE,
            NO_WINDOW,
            Misfire.ONCE);
    assertEquals(
        new Decision(
            Misfires.MAX_COUNT,
            true,
            NOON + year - MINUTE - 2_000,
            NOON + year - MINUTE - 1_000,
            true),
        secondly);
    Decision rate =
        assertTimeout(
            Duration.ofSeconds(1),
            () ->
                Misfires.decide(every(100), NOON, NOON + year, 0, MINUTE, NO_WINDOW, Misfire.SKIP));
    assertEquals(
        new Decision(
            Misfires.MAX_COUNT, true, NOON + year - MINUTE - 100, NOON + year - MINUTE, false),
        rate);
  }

  @Test
  void pastTheEndThereIsNoNext() {
    Timeline timeline =
        Timeline.of(minutely().schedule(), null, Instant.ofEpochMilli(NOON + 3 * MINUTE), 0);
    Decision decision =
        Misfires.decide(timeline, NOON, NOON + 60 * MINUTE, 0, MINUTE, NO_WINDOW, Misfire.SKIP);
    assertEquals(new Decision(4, false, NOON + 3 * MINUTE, Timeline.NONE, false), decision);
    assertEquals(
        new Decision(0, false, Timeline.NONE, Timeline.NONE, false),
        Misfires.decide(timeline, Timeline.NONE, NOON, 0, MINUTE, NO_WINDOW, Misfire.SKIP));
  }

  @Test
  void randomOutagesAgreeWithALoopOverTheInstants() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Timeline> timelines =
        List.of(
            minutely(),
            every(100),
            every(7_001),
            cron("@every 13s", ZoneOffset.UTC),
            cron("*/20 * * * * *", ZoneId.of("Europe/Berlin")),
            cron("0,30 2,3 * * *", ZoneId.of("Europe/Berlin")),
            cron("0 0 1,15 * 5", ZoneId.of("America/Sao_Paulo")));
    for (int i = 0; i < 3_000; i++) {
      Timeline timeline = timelines.get(random.nextInt(timelines.size()));
      long pending = timeline.next(NOON + random.nextInt(1_000_000_000));
      long step = timeline.next(pending) - pending;
      long now = pending + random.nextLong(step * 40 + 1);
      long jitter = random.nextInt(4) == 0 ? random.nextLong(step * 2) : 0;
      long after = 1 + random.nextLong(step * 3);
      long window = random.nextInt(3) == 0 ? NO_WINDOW : after + random.nextLong(step * 20);
      Misfire policy = POLICIES.get(random.nextInt(3));
      String what = "seed " + seed + ", number " + i + ": " + timeline + " " + policy;
      assertEquals(
          byLoop(timeline, pending, now, jitter, after, window, policy),
          Misfires.decide(timeline, pending, now, jitter, after, window, policy),
          what);
    }
  }

  /** The definition, instant by instant. */
  private static Decision byLoop(
      Timeline timeline,
      long pending,
      long now,
      long jitter,
      long after,
      long window,
      Policy.Misfire policy) {
    List<Long> missed = new ArrayList<>();
    long young = pending;
    while (young != Timeline.NONE && now - (young + jitter) > after) {
      missed.add(young);
      young = timeline.next(young);
    }
    List<Long> inside =
        missed.stream().filter(t -> window == NO_WINDOW || now - (t + jitter) <= window).toList();
    List<Long> fired =
        switch (policy) {
          case ALL -> inside;
          case ONCE -> inside.isEmpty() ? inside : List.of(inside.getLast());
          case SKIP -> List.of();
        };
    int collapsed = missed.size() - fired.size();
    return new Decision(
        collapsed,
        false,
        collapsed == 0 ? Timeline.NONE : missed.get(collapsed - 1),
        fired.isEmpty() ? young : fired.getFirst(),
        !fired.isEmpty());
  }
}
