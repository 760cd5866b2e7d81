package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.Schedule;
import io.xcron.model.Task;
import io.xcron.model.WorkCalendar;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A year of tasks at half past two at night in Berlin, with each rule for daylight saving and each
 * kind of calendar, through crashes, other owners and calendars that change: every number has the
 * instant that a walk through the days gives it.
 */
class FireYearTest {
  private static final int SEEDS = 8;
  private static final int DAYS = 300;
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
  private static final LocalTime NIGHT = LocalTime.of(2, 30);
  private static final LocalDate FIRST =
      LocalDate.ofInstant(Instant.ofEpochMilli(FakeWorld.BEGIN), BERLIN);

  @Test
  void everyNumberHasItsInstantWhateverTheCalendarsAndTheClocksDo() {
    for (long seed = 0; seed < SEEDS; seed++) {
      try {
        new Year(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** From this day on a calendar is so; null for none. */
  private record Since(long day, @Nullable WorkCalendar calendar) {}

  private static final class Year {
    final Random random;
    final FakeWorld world;
    final Map<String, List<Since>> calendars = new TreeMap<>();
    final Map<String, Task> tasks = new TreeMap<>();

    Year(long seed) {
      world = new FakeWorld(seed);
      random = new Random(seed);
    }

    void run() {
      for (WorkCalendar.OnExcluded how : WorkCalendar.OnExcluded.values()) {
        List<Since> life = new ArrayList<>(List.of(new Since(0, calendar(how))));
        if (random.nextBoolean()) {
          long day = 50L + random.nextInt(200);
          life.add(new Since(day, random.nextInt(3) == 0 ? null : calendar(how)));
        }
        calendars.put(how.name(), life);
        life.forEach(since -> atNoon(since.day(), () -> set(how.name(), since.calendar())));
        set(how.name(), life.getFirst().calendar());
      }
      List<String> names = new ArrayList<>(calendars.keySet());
      for (DstRule.Gap gap : DstRule.Gap.values()) {
        for (DstRule.Overlap overlap : DstRule.Overlap.values()) {
          String id = gap + "-" + overlap;
          Schedule cron =
              new Schedule.Cron("30 2 * * *", BERLIN, Dialect.UNIX, new DstRule(gap, overlap));
          Task task = Tasks.by(id, cron).calendar(names.get(random.nextInt(3))).build();
          tasks.put(id, task);
          world.create(task);
        }
      }
      for (int i = 0; i < 20; i++) {
        world.outsideAt(anyMillis(), random.nextBoolean() ? world::crash : world::newEpoch);
        long lost = anyMillis();
        world.outsideAt(lost, () -> world.granted = false);
        world.outsideAt(lost + random.nextInt(3_600_000), () -> world.granted = true);
      }
      world.runUntil(FakeWorld.BEGIN + Duration.ofDays(DAYS).toMillis());
      world.granted = true;
      world.runUntil(world.nowMillis + 60_000);
      tasks.values().forEach(this::check);
    }

    private long anyMillis() {
      return FakeWorld.BEGIN + 60_000 + random.nextLong(Duration.ofDays(DAYS).toMillis());
    }

    private void atNoon(long day, Runnable what) {
      if (day > 0) {
        Instant noon = FIRST.plusDays(day).atTime(12, 0).toInstant(ZoneOffset.UTC);
        world.outsideAt(noon.toEpochMilli(), what);
      }
    }

    private void set(String name, @Nullable WorkCalendar calendar) {
      if (calendar == null) {
        world.calendars.remove(name);
      } else {
        world.calendars.put(name, calendar);
      }
    }

    /** The nights of the changes of the clocks, and those beside them, are not excluded. */
    private WorkCalendar calendar(WorkCalendar.OnExcluded how) {
      Set<LocalDate> exclude = new HashSet<>();
      for (int i = 0; i < 40; i++) {
        LocalDate day = FIRST.plusDays(1 + random.nextInt(DAYS));
        if (changes(day).isEmpty()) {
          exclude.add(day);
        }
      }
      return new WorkCalendar(BERLIN, exclude, Set.of(), Set.of(), how);
    }

    private static List<ZoneOffsetTransition> changes(LocalDate day) {
      List<ZoneOffsetTransition> near = new ArrayList<>();
      for (int distance = -8; distance <= 8; distance++) {
        LocalDateTime at = day.plusDays(distance).atTime(NIGHT);
        ZoneOffsetTransition change = BERLIN.getRules().getTransition(at);
        if (change != null) {
          near.add(change);
        }
      }
      return near;
    }

    private void check(Task task) {
      TreeMap<Long, Long> made = new TreeMap<>();
      for (Shot shot : world.shotsOf(task.id())) {
        Long before = made.put(shot.number, shot.dueMillis);
        assertEquals(before == null ? shot.dueMillis : before, shot.dueMillis, shot.toString());
      }
      List<String> expected = expected(task).stream().map(i -> i.toString()).toList();
      List<String> found =
          made.values().stream().map(due -> Instant.ofEpochMilli(due).toString()).toList();
      assertEquals(expected, found, task.id() + " by " + task.calendar());
      assertEquals(made.size(), made.isEmpty() ? 0 : made.lastKey(), "numbers without a gap");
    }

    private Set<Instant> expected(Task task) {
      DstRule dst = ((Schedule.Cron) task.schedule()).dst();
      List<Since> life = calendars.getOrDefault(String.valueOf(task.calendar()), List.of());
      Set<Instant> instants = new TreeSet<>();
      Instant begin = Instant.ofEpochMilli(FakeWorld.BEGIN);
      Instant end = begin.plus(Duration.ofDays(DAYS));
      for (int i = 0; i < life.size(); i++) {
        boolean last = i == life.size() - 1;
        Instant from = i == 0 ? begin : noon(life.get(i));
        Instant until = last ? end : noon(life.get(i + 1));
        WorkCalendar calendar = life.get(i).calendar();
        for (int day = -10; day < DAYS + 10; day++) {
          for (Instant instant : nights(moved(FIRST.plusDays(day), calendar), dst)) {
            if (instant.isAfter(from) && !instant.isAfter(until)) {
              instants.add(instant);
            }
          }
        }
      }
      return instants;
    }

    private static Instant noon(Since since) {
      return FIRST.plusDays(since.day()).atTime(12, 0).toInstant(ZoneOffset.UTC);
    }

    private static @Nullable LocalDate moved(LocalDate day, @Nullable WorkCalendar calendar) {
      LocalDate moved = day;
      while (moved != null && calendar != null && calendar.exclude().contains(moved)) {
        moved =
            switch (calendar.onExcluded()) {
              case SKIP -> null;
              case NEXT -> moved.plusDays(1);
              case PREVIOUS -> moved.minusDays(1);
            };
      }
      return moved;
    }

    private static List<Instant> nights(@Nullable LocalDate day, DstRule dst) {
      if (day == null) {
        return List.of();
      }
      LocalDateTime local = day.atTime(NIGHT);
      ZoneOffsetTransition change = BERLIN.getRules().getTransition(local);
      if (change == null) {
        return List.of(local.atZone(BERLIN).toInstant());
      }
      if (change.isGap()) {
        return switch (dst.gap()) {
          case AFTER -> List.of(change.getInstant());
          case SKIP -> List.of();
          case SHIFT -> List.of(local.toInstant(change.getOffsetBefore()));
        };
      }
      Instant first = local.toInstant(change.getOffsetBefore());
      Instant second = local.toInstant(change.getOffsetAfter());
      return switch (dst.overlap()) {
        case FIRST -> List.of(first);
        case SECOND -> List.of(second);
        case BOTH -> List.of(first, second);
      };
    }
  }
}
