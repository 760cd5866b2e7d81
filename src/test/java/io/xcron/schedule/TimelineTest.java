package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TimelineTest {
  private static final long DAY = 86_400_000L;
  // A millisecond that lies on no second.
  private static final long CREATED = 20_000 * DAY + 777;

  private static CompiledSchedule cron(String text) {
    return CompiledSchedule.compile(
        new Schedule.Cron(text, ZoneOffset.UTC, Dialect.UNIX, DstRule.DEFAULT));
  }

  private static CompiledSchedule every(long millis) {
    return CompiledSchedule.compile(new Schedule.Every(Duration.ofMillis(millis)));
  }

  private static Timeline open(CompiledSchedule schedule) {
    return Timeline.of(schedule, null, null, CREATED);
  }

  private static Timeline between(CompiledSchedule schedule, long start, long end) {
    return Timeline.of(schedule, Instant.ofEpochMilli(start), Instant.ofEpochMilli(end), CREATED);
  }

  @Test
  void aRateWithoutAStartFiresOnePeriodAfterCreation() {
    Timeline timeline = open(every(1_000));
    assertEquals(CREATED + 1_000, timeline.first(CREATED));
    assertEquals(CREATED + 2_000, timeline.next(CREATED + 1_000));
    assertEquals(
        CREATED + 8_000, timeline.first(CREATED + 7_500), "counts from now, on the old grid");
  }

  @Test
  void aRateWithAStartFiresAtTheStart() {
    Timeline timeline = between(every(1_000), CREATED + 5_500, CREATED + 8_000);
    assertEquals(CREATED + 5_500, timeline.first(CREATED));
    assertEquals(CREATED + 6_500, timeline.first(CREATED + 5_500), "strictly after now");
    assertEquals(CREATED + 7_500, timeline.next(CREATED + 6_500));
    assertEquals(Timeline.NONE, timeline.next(CREATED + 7_500));
  }

  @Test
  void aStartLongAgoIsOnlyAnAnchor() {
    Timeline timeline = between(every(86_400_000), 1_000, Long.MAX_VALUE / 2);
    assertEquals(20_001 * DAY + 1_000, timeline.first(CREATED + 500));
  }

  @Test
  void everyOfTheUnixDialectLiesOnWholeSeconds() {
    assertEquals(20_000 * DAY + 90_000, open(cron("@every 90s")).first(CREATED));
    assertEquals(20_000 * DAY + 180_000, open(cron("@every 90s")).next(20_000 * DAY + 90_000));
    long start = CREATED + 2_000;
    assertEquals(
        20_000 * DAY + 3_000,
        between(cron("@every 90s"), start, Long.MAX_VALUE / 2).first(CREATED),
        "not before start");
  }

  @Test
  void aCronKeepsBetweenStartAndEndBothIncluded() {
    long start = 20_001 * DAY;
    Timeline timeline = between(cron("0 0 * * *"), start, start + 2 * DAY);
    assertEquals(start, timeline.first(CREATED));
    assertEquals(start + DAY, timeline.next(start));
    assertEquals(start + 2 * DAY, timeline.next(start + DAY));
    assertEquals(Timeline.NONE, timeline.next(start + 2 * DAY));
    assertEquals(start, timeline.next(0), "a last instant before the start");
  }

  @Test
  void aDelayCountsFromTheEndOfTheRun() {
    CompiledSchedule delay = CompiledSchedule.compile(new Schedule.After(Duration.ofSeconds(10)));
    Timeline timeline = open(delay);
    assertTrue(timeline.countsFromEnd());
    assertEquals(CREATED + 10_000, timeline.first(CREATED));
    assertEquals(
        CREATED + 70_000,
        timeline.first(CREATED + 60_000),
        "a schedule changed later counts from then");
    assertEquals(Timeline.NONE, timeline.next(CREATED + 10_000));
    assertEquals(CREATED + 25_000, timeline.nextAfterRun(CREATED + 15_000));
    Timeline bounded = between(delay, CREATED + 30_000, CREATED + 50_000);
    assertEquals(CREATED + 30_000, bounded.first(CREATED));
    assertEquals(CREATED + 50_000, bounded.nextAfterRun(CREATED + 40_000));
    assertEquals(Timeline.NONE, bounded.nextAfterRun(CREATED + 40_001));
    assertEquals(Timeline.NONE, open(cron("0 0 * * *")).nextAfterRun(CREATED));
  }

  @Test
  void aOneShotFiresOnceEvenWhenItIsLate() {
    CompiledSchedule at =
        CompiledSchedule.compile(new Schedule.At(Instant.ofEpochMilli(CREATED - 5)));
    assertEquals(CREATED - 5, open(at).first(CREATED));
    assertEquals(Timeline.NONE, open(at).next(CREATED - 5));
    assertEquals(
        Timeline.NONE, between(at, CREATED, CREATED + 1).first(CREATED), "before its start");
  }

  @Test
  void nothingLiesAfter2199() {
    Timeline timeline = open(every(Duration.ofDays(36_525).toMillis()));
    long first = timeline.first(CREATED);
    assertTrue(first < CompiledSchedule.LAST_MILLIS);
    assertEquals(Timeline.NONE, timeline.next(first));
    assertEquals(Timeline.NONE, timeline.next(Long.MAX_VALUE / 2));
    assertEquals(Timeline.NONE, timeline.next(Timeline.NONE));
    assertEquals(first, timeline.next(Long.MIN_VALUE));
    assertEquals(
        Timeline.NONE,
        open(CompiledSchedule.compile(new Schedule.After(Duration.ofDays(1))))
            .nextAfterRun(Timeline.NONE));
  }

  @Test
  void jitterStaysWithinItsBoundAndIsSpreadEvenly() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int[] buckets = new int[10];
    for (int i = 0; i < 100_000; i++) {
      // Ids that differ in their last digit, numbers that differ by one: what real ones look like.
      long late =
          Timeline.dueMillis("task-" + i % 100, random.nextInt(3), i / 100, 5_000, 999) - 5_000;
      assertTrue(late >= 0 && late <= 999, "seed " + seed + ": " + late);
      buckets[(int) (late / 100)]++;
    }
    for (int bucket : buckets) {
      assertTrue(Math.abs(bucket - 10_000) < 600, "seed " + seed + ": " + bucket);
    }
  }

  @Test
  void jitterIsAPropertyOfTaskGenerationAndNumber() {
    assertEquals(5_000, Timeline.dueMillis("a", 1, 1, 5_000, 0));
    // Members of two versions must agree: these figures, from a second implementation, never
    // change.
    assertEquals(5_000 + 3_019_511, Timeline.dueMillis("a", 1, 1, 5_000, 3_599_999));
    assertEquals(5_000 + 1_674_439, Timeline.dueMillis("结算-42", 7, 1_000_000, 5_000, 3_599_999));
    assertNotEquals(
        Timeline.dueMillis("a", 1, 2, 0, 3_599_999), Timeline.dueMillis("a", 2, 1, 0, 3_599_999));
  }
}
