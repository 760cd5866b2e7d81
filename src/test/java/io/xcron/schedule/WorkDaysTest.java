package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Calendars;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.WorkCalendar;
import io.xcron.model.WorkCalendar.OnExcluded;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkDaysTest {
  private static final ZoneId SHANGHAI = ZoneId.of("Asia/Shanghai");
  private static final Set<DayOfWeek> WEEKEND = Set.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY);

  /** A Friday. */
  private static final LocalDate FRIDAY = LocalDate.of(2026, 12, 4);

  private static WorkCalendar weekdays(OnExcluded how) {
    return new WorkCalendar(SHANGHAI, Set.of(), WEEKEND, Set.of(), how);
  }

  private static Timeline timeline(Schedule schedule, Calendars calendars) {
    return new Timeline(
        CompiledSchedule.compile(schedule),
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        0,
        "c",
        new CalendarCache(calendars));
  }

  private static Schedule.Cron cron(String text, ZoneId zone) {
    return new Schedule.Cron(text, zone, Dialect.UNIX, DstRule.DEFAULT);
  }

  private static List<String> after(Timeline timeline, LocalDateTime from, int count) {
    List<String> local = new ArrayList<>();
    long at = from.atZone(SHANGHAI).toInstant().toEpochMilli();
    for (int i = 0; i < count; i++) {
      at = timeline.next(at);
      if (at == Timeline.NONE) {
        local.add("none");
        break;
      }
      local.add(LocalDateTime.ofInstant(Instant.ofEpochMilli(at), SHANGHAI).toString());
    }
    return local;
  }

  private static List<String> daily(OnExcluded how, int count) {
    return after(
        timeline(cron("0 9 * * *", SHANGHAI), name -> weekdays(how)), FRIDAY.atTime(0, 0), count);
  }

  @Test
  void excludedInstantsAreLetGo() {
    assertEquals(
        List.of("2026-12-04T09:00", "2026-12-07T09:00", "2026-12-08T09:00"),
        daily(OnExcluded.SKIP, 3));
  }

  @Test
  void movedInstantsThatMeetAreOne() {
    assertEquals(
        List.of("2026-12-04T09:00", "2026-12-07T09:00", "2026-12-08T09:00"),
        daily(OnExcluded.NEXT, 3));
    assertEquals(List.of("2026-12-04T09:00", "2026-12-07T09:00"), daily(OnExcluded.PREVIOUS, 2));
  }

  @Test
  void aWeeklyInstantMovesToTheDayBesideTheWeekendAtItsTime() {
    Schedule saturdays = cron("30 10 * * 6", SHANGHAI);
    assertEquals(
        List.of("2026-12-07T10:30", "2026-12-14T10:30"),
        after(timeline(saturdays, n -> weekdays(OnExcluded.NEXT)), FRIDAY.atTime(0, 0), 2));
    assertEquals(
        List.of("2026-12-04T10:30", "2026-12-11T10:30"),
        after(timeline(saturdays, n -> weekdays(OnExcluded.PREVIOUS)), FRIDAY.atTime(0, 0), 2));
    assertEquals(
        List.of("none"),
        after(timeline(saturdays, n -> weekdays(OnExcluded.SKIP)), FRIDAY.atTime(0, 0), 2));
  }

  @Test
  void anIncludedDayRunsWhateverElseIsSaidOfIt() {
    WorkCalendar calendar =
        new WorkCalendar(
            SHANGHAI, Set.of(FRIDAY), WEEKEND, Set.of(FRIDAY.plusDays(1)), OnExcluded.SKIP);
    assertEquals(
        List.of("2026-12-05T09:00", "2026-12-07T09:00"),
        after(timeline(cron("0 9 * * *", SHANGHAI), name -> calendar), FRIDAY.atTime(0, 0), 2));
  }

  @Test
  void aChangedCalendarHoldsFromTheNextInstant() {
    WorkCalendar[] now = {weekdays(OnExcluded.SKIP)};
    Timeline timeline = timeline(cron("0 9 * * *", SHANGHAI), name -> now[0]);
    assertEquals(
        List.of("2026-12-04T09:00", "2026-12-07T09:00"), after(timeline, FRIDAY.atTime(0, 0), 2));
    now[0] = new WorkCalendar(SHANGHAI, Set.of(), Set.of(), Set.of(), OnExcluded.SKIP);
    assertEquals(List.of("2026-12-05T09:00"), after(timeline, FRIDAY.atTime(9, 0), 1));
  }

  @Test
  void aCalendarThatIsNotThereExcludesNothing() {
    assertEquals(
        List.of("2026-12-04T09:00", "2026-12-05T09:00"),
        after(timeline(cron("0 9 * * *", SHANGHAI), Calendars.NONE), FRIDAY.atTime(0, 0), 2));
  }

  @Test
  void aDelayIsKeptAndEndsOnAWorkingDay() {
    Timeline timeline =
        timeline(new Schedule.After(Duration.ofHours(24)), n -> weekdays(OnExcluded.PREVIOUS));
    long friday = FRIDAY.atTime(10, 0).atZone(SHANGHAI).toInstant().toEpochMilli();
    assertEquals(friday + Duration.ofDays(3).toMillis(), timeline.nextAfterRun(friday));
  }

  @Test
  void aFastRateOverALongHolidayIsFoundAtOnce() {
    Set<LocalDate> year = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      year.add(FRIDAY.plusDays(i));
    }
    WorkCalendar calendar = new WorkCalendar(SHANGHAI, year, Set.of(), Set.of(), OnExcluded.SKIP);
    Timeline timeline = timeline(new Schedule.Every(Duration.ofMillis(100)), name -> calendar);
    long from = FRIDAY.atTime(10, 0).atZone(SHANGHAI).toInstant().toEpochMilli();
    assertEquals(
        FRIDAY.plusDays(300).atStartOfDay(SHANGHAI).toInstant().toEpochMilli(),
        timeline.next(from));
  }

  @Test
  void misfiresCountWhatTheCalendarLeaves() {
    Timeline timeline =
        timeline(new Schedule.Every(Duration.ofHours(12)), n -> weekdays(OnExcluded.SKIP));
    long pending = timeline.next(FRIDAY.atStartOfDay(SHANGHAI).toInstant().toEpochMilli());
    long now = FRIDAY.plusDays(4).atTime(1, 0).atZone(SHANGHAI).toInstant().toEpochMilli();
    Misfires.Decision decision =
        Misfires.decide(timeline, pending, now, 0, 60_000, Long.MAX_VALUE, Policy.Misfire.SKIP);
    int count = 0;
    for (long at = pending; at < now - 60_000; at = timeline.next(at)) {
      count++;
    }
    assertEquals(count, decision.collapsed());
    assertTrue(count < 8, "the weekend must not count: " + count);
  }

  /** Each instant moved by itself, then sorted: what the compiled form must step through. */
  @Test
  void anyCalendarAgreesWithMovingEachInstantByItself() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    String[] texts = {
      "0 9 * * *", "17 */5 * * *", "0 8,20 * * 0,3,6", "30 10 1,15 * *", "5 4 * * 6"
    };
    for (int round = 0; round < 400; round++) {
      WorkCalendar calendar = randomCalendar(random);
      String text = texts[random.nextInt(texts.length)];
      Schedule schedule =
          random.nextInt(3) == 0
              ? new Schedule.Every(Duration.ofMinutes(37 + random.nextInt(3_000)))
              : cron(text, SHANGHAI);
      Timeline timeline = timeline(schedule, name -> calendar);
      Timeline raw = timeline(schedule, Calendars.NONE);
      long from = millis(FRIDAY.plusDays(40));
      long until = millis(FRIDAY.plusDays(160));
      TreeSet<Long> expected = new TreeSet<>();
      for (long at = raw.next(millis(FRIDAY)); at < millis(FRIDAY.plusDays(200)); ) {
        Long moved = moved(calendar, at);
        if (moved != null && moved > from && moved <= until) {
          expected.add(moved);
        }
        at = raw.next(at);
      }
      List<Long> found = new ArrayList<>();
      for (long at = timeline.next(from); at <= until; at = timeline.next(at)) {
        found.add(at);
      }
      assertEquals(List.copyOf(expected), found, "seed " + seed + " " + schedule + " " + calendar);
      long anywhere = from + random.nextLong(until - from);
      Long next = expected.higher(anywhere);
      if (next != null) {
        assertEquals(next, timeline.next(anywhere), "seed " + seed);
      }
    }
  }

  private static WorkCalendar randomCalendar(Random random) {
    Set<LocalDate> exclude = new HashSet<>();
    Set<LocalDate> include = new HashSet<>();
    for (int i = 0; i < 30; i++) {
      exclude.add(FRIDAY.plusDays(random.nextInt(200)));
      include.add(FRIDAY.plusDays(random.nextInt(800)));
    }
    Set<DayOfWeek> days = new HashSet<>();
    for (DayOfWeek day : DayOfWeek.values()) {
      if (random.nextInt(3) == 0) {
        days.add(day);
      }
    }
    // One day of the week is left, or there is none before to move to.
    days.remove(DayOfWeek.of(1 + random.nextInt(7)));
    OnExcluded[] all = OnExcluded.values();
    return new WorkCalendar(SHANGHAI, exclude, days, include, all[random.nextInt(all.length)]);
  }

  private static @Nullable Long moved(WorkCalendar calendar, long at) {
    LocalDateTime local = LocalDateTime.ofInstant(Instant.ofEpochMilli(at), SHANGHAI);
    LocalDate day = local.toLocalDate();
    while (calendar.excludes(day)) {
      switch (calendar.onExcluded()) {
        case SKIP -> {
          return null;
        }
        case NEXT -> day = day.plusDays(1);
        case PREVIOUS -> day = day.minusDays(1);
      }
    }
    return day.atTime(local.toLocalTime()).atZone(SHANGHAI).toInstant().toEpochMilli();
  }

  private static long millis(LocalDate day) {
    return day.atStartOfDay(SHANGHAI).toInstant().toEpochMilli();
  }
}
