package io.xcron.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DefinitionCodecTest {
  @Test
  void whatIsWrittenIsReadAgain() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 500; round++) {
      WorkCalendar calendar = calendar(random);
      CallbackService service = service(random);
      String why = "seed " + seed + ", round " + round;
      assertEquals(calendar, DefinitionCodec.calendar(DefinitionCodec.encode(calendar)), why);
      assertEquals(
          service, DefinitionCodec.service(service.name(), DefinitionCodec.encode(service)), why);
    }
  }

  @Test
  void aCalendarOfACenturyIsSmall() {
    Set<LocalDate> days = new HashSet<>();
    for (int i = 0; i < WorkCalendar.MAX_DAYS; i++) {
      days.add(LocalDate.of(2026, 1, 1).plusDays(3L * i));
    }
    WorkCalendar calendar =
        new WorkCalendar(ZoneId.of("UTC"), days, Set.of(), days, WorkCalendar.OnExcluded.PREVIOUS);
    assertTrue(DefinitionCodec.encode(calendar).length < 32_768);
  }

  @Test
  void anotherFormatIsRefused() {
    assertThrows(
        IllegalArgumentException.class, () -> DefinitionCodec.calendar(new byte[] {2, 0, 0}));
    assertThrows(
        IllegalArgumentException.class, () -> DefinitionCodec.service("s", new byte[] {0, 0}));
  }

  private static WorkCalendar calendar(Random random) {
    EnumSet<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (DayOfWeek day : DayOfWeek.values()) {
      if (day != DayOfWeek.WEDNESDAY && random.nextBoolean()) {
        days.add(day);
      }
    }
    List<WorkCalendar.OnExcluded> rules = List.of(WorkCalendar.OnExcluded.values());
    return new WorkCalendar(
        ZoneId.of(random.nextBoolean() ? "Asia/Shanghai" : "+05:30"),
        dates(random),
        days,
        dates(random),
        rules.get(random.nextInt(rules.size())));
  }

  private static Set<LocalDate> dates(Random random) {
    Set<LocalDate> dates = new HashSet<>();
    for (int i = random.nextInt(20); i > 0; i--) {
      dates.add(LocalDate.ofEpochDay(random.nextInt(-100_000, 100_000)));
    }
    return dates;
  }

  private static CallbackService service(Random random) {
    List<CallbackService.Node> nodes = new ArrayList<>();
    for (int i = random.nextInt(5); i > 0; i--) {
      nodes.add(
          new CallbackService.Node(
              "http://h" + random.nextInt(1_000) + ":80",
              Duration.ofMillis(random.nextInt(1, 100_000)),
              random.nextBoolean()));
    }
    return new CallbackService("s" + random.nextInt(9), nodes);
  }
}
