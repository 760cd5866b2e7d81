package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinition;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Schedule;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * 10,000 random expressions of each dialect against oracles that share no code with what they
 * judge.
 */
final class CronOracleTest {
  private static final int EXPRESSIONS = 10_000;
  private static final int COMPARED = 150;
  private static final List<DstRule.Gap> GAPS = List.of(DstRule.Gap.values());
  private static final List<DstRule.Overlap> OVERLAPS = List.of(DstRule.Overlap.values());
  private static final List<Locale> LANGUAGES =
      List.of(
              "de", "el", "es", "fr", "id", "it", "ja", "ko", "nl", "pl", "pt", "ro", "ru", "sw",
              "tr", "fi")
          .stream()
          .map(Locale::of)
          .toList();
  private static final List<ZoneId> ZONES =
      List.of(
              "UTC",
              "Europe/Berlin",
              "Europe/London",
              "Europe/Dublin",
              "America/New_York",
              "America/Sao_Paulo",
              "America/Santiago",
              "America/Havana",
              "America/St_Johns",
              "Asia/Shanghai",
              "Asia/Beirut",
              "Asia/Gaza",
              "Asia/Tehran",
              "Asia/Kolkata",
              "Asia/Amman",
              "Australia/Lord_Howe",
              "Australia/Sydney",
              "Pacific/Apia",
              "Pacific/Auckland",
              "Pacific/Chatham",
              "Pacific/Kwajalein",
              "Africa/Cairo",
              "Africa/Casablanca",
              "Antarctica/Troll",
              "America/Caracas")
          .stream()
          .map(ZoneId::of)
          .toList();

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void randomExpressionsAgreeWithAWalkOverLocalDates(Dialect dialect) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int compared = 0;
    int refused = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
      ZoneId zone = ZONES.get(random.nextInt(ZONES.size()));
      long from = nearAJump(random, zone.getRules());
      RandomCron cron =
          new RandomCron(random, dialect, Instant.ofEpochMilli(from).atZone(zone).getYear());
      DstRule dst = new DstRule(GAPS.get(random.nextInt(3)), OVERLAPS.get(random.nextInt(3)));
      String what =
          "seed " + seed + ", number " + i + ": " + cron + " " + zone + " " + dst + " from " + from;
      CompiledSchedule compiled;
      try {
        compiled = CompiledSchedule.compile(new Schedule.Cron(cron.text, zone, dialect, dst));
      } catch (InvalidTaskException e) {
        assertTrue(
            e.reason().startsWith("never fires") && !everMatches(cron),
            what + ": " + e.getMessage());
        refused++;
        continue;
      }
      compared += compare(what, compiled, cron, zone.getRules(), dst, from);
      assertTrue(
          !compiled.describe().isEmpty() && !compiled.describe(Locale.CHINESE).isEmpty(), what);
      assertTrue(!compiled.describe(LANGUAGES.get(i % LANGUAGES.size())).isEmpty(), what);
    }
    assertTrue(compared > EXPRESSIONS * 5, "too little was compared: " + compared);
    assertTrue(refused < EXPRESSIONS / 20, "too much was refused: " + refused);
  }

  private static int compare(
      String what,
      CompiledSchedule compiled,
      RandomCron cron,
      ZoneRules rules,
      DstRule dst,
      long from) {
    int perDay = cron.hours.size() * cron.minutes.size() * cron.seconds.size();
    boolean dense = perDay > 3_000;
    long until = from + (dense ? 5_400_000L : Math.clamp(300 / perDay, 3, 800) * 86_400_000L);
    long[] expected = oracle(cron, rules, dst, from, until, dense ? 4 : 50);
    long last = from;
    int count = Math.min(expected.length, COMPARED);
    for (int k = 0; k < count; k++) {
      long next = compiled.nextAfter(last);
      if (next != expected[k]) {
        assertEquals(
            Instant.ofEpochMilli(expected[k]),
            Instant.ofEpochMilli(next),
            what + ", after " + Instant.ofEpochMilli(last));
      }
      last = next;
    }
    if (count == expected.length) {
      long next = compiled.nextAfter(last);
      assertTrue(
          next > until,
          what
              + ": unexpected "
              + Instant.ofEpochMilli(next)
              + " after "
              + Instant.ofEpochMilli(last));
    }
    return count;
  }

  /**
   * All instants after {@code from} and up to {@code until}, by laying out local times and mapping
   * each by java.time.
   */
  private static long[] oracle(
      RandomCron cron, ZoneRules rules, DstRule dst, long from, long until, int marginHours) {
    LocalDateTime first =
        local(from, rules).minusHours(marginHours).withMinute(0).withSecond(0).withNano(0);
    LocalDateTime end = local(until, rules).plusHours(marginHours);
    long[] found = new long[64];
    int count = 0;
    for (LocalDate date = first.toLocalDate();
        !date.isAfter(end.toLocalDate());
        date = date.plusDays(1)) {
      if (!cron.matches(date)) {
        continue;
      }
      for (int hour : cron.hours) {
        LocalDateTime top = date.atTime(hour, 0);
        if (top.isBefore(first) || top.isAfter(end)) {
          continue;
        }
        List<ZoneOffset> atTop = rules.getValidOffsets(top);
        boolean steady =
            atTop.size() == 1 && atTop.equals(rules.getValidOffsets(top.plusSeconds(3_599)));
        for (int minute : cron.minutes) {
          for (int second : cron.seconds) {
            if (count + 2 > found.length) {
              found = Arrays.copyOf(found, found.length * 2);
            }
            if (steady) {
              found[count++] = top.toEpochSecond(atTop.getFirst()) + minute * 60L + second;
            } else {
              count =
                  map(
                      LocalDateTime.of(date, LocalTime.of(hour, minute, second)),
                      rules,
                      dst,
                      cron.realTime,
                      found,
                      count);
            }
          }
        }
      }
    }
    return Arrays.stream(found, 0, count)
        .map(s -> s * 1_000)
        .filter(t -> t > from && t <= until)
        .sorted()
        .distinct()
        .toArray();
  }

  private static int map(
      LocalDateTime local,
      ZoneRules rules,
      DstRule dst,
      boolean realTime,
      long[] found,
      int count) {
    List<ZoneOffset> offsets = rules.getValidOffsets(local);
    if (offsets.isEmpty()) {
      ZoneOffsetTransition gap = rules.getTransition(local);
      if (!realTime && dst.gap() == DstRule.Gap.AFTER) {
        found[count++] = gap.toEpochSecond();
      } else if (!realTime && dst.gap() == DstRule.Gap.SHIFT) {
        found[count++] = local.plus(gap.getDuration()).toEpochSecond(gap.getOffsetAfter());
      }
      return count;
    }
    if (offsets.size() == 1 || realTime || dst.overlap() == DstRule.Overlap.BOTH) {
      for (ZoneOffset offset : offsets) {
        found[count++] = local.toEpochSecond(offset);
      }
      return count;
    }
    found[count++] =
        local.toEpochSecond(
            dst.overlap() == DstRule.Overlap.FIRST ? offsets.getFirst() : offsets.getLast());
    return count;
  }

  private static boolean everMatches(RandomCron cron) {
    for (LocalDate date = LocalDate.of(1970, 1, 1);
        date.getYear() < 2200;
        date = date.plusDays(1)) {
      if (cron.matches(date)) {
        return true;
      }
    }
    return false;
  }

  private static LocalDateTime local(long millis, ZoneRules rules) {
    Instant instant = Instant.ofEpochMilli(millis);
    return LocalDateTime.ofInstant(instant, rules.getOffset(instant));
  }

  private static long nearAJump(Random random, ZoneRules rules) {
    long any =
        random.nextLong(
            Instant.parse("1970-02-01T00:00:00Z").toEpochMilli(),
            Instant.parse("2196-01-01T00:00:00Z").toEpochMilli());
    if (random.nextInt(3) > 0) {
      // Most jumps that are odd lie in the years that have been.
      any =
          random.nextLong(
              Instant.parse("1970-02-01T00:00:00Z").toEpochMilli(),
              Instant.parse("2030-01-01T00:00:00Z").toEpochMilli());
    }
    ZoneOffsetTransition jump = rules.nextTransition(Instant.ofEpochMilli(any));
    if (jump == null || random.nextInt(5) == 0) {
      return any;
    }
    // Up to an hour and a half before, so that dense expressions see it, or up to two days.
    int before = random.nextBoolean() ? 5_400_000 : 172_800_000;
    return jump.getInstant().toEpochMilli()
        - random.nextInt(before)
        + (random.nextInt(4) == 0 ? before / 2 : 0);
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void plainExpressionsAgreeWithCronUtils(Dialect dialect) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    CronDefinition definition = definition(dialect);
    com.cronutils.parser.CronParser parser = new com.cronutils.parser.CronParser(definition);
    int compared = 0;
    for (int i = 0; i < EXPRESSIONS; i++) {
      long from =
          random.nextLong(
              Instant.parse("1990-01-01T00:00:00Z").toEpochMilli(),
              Instant.parse("2080-01-01T00:00:00Z").toEpochMilli());
      RandomCron cron =
          new RandomCron(
              random, dialect, Instant.ofEpochMilli(from).atZone(ZoneOffset.UTC).getYear());
      if (!cron.plain
          || (dialect != Dialect.QUARTZ
              && (cron.bothDaysRestricted() || cron.text.strip().split("\\s+").length != 5))) {
        continue;
      }
      String what =
          "seed " + seed + ", number " + i + ": " + cron + " from " + Instant.ofEpochMilli(from);
      ExecutionTime theirs;
      CompiledSchedule ours;
      try {
        theirs =
            ExecutionTime.forCron(
                parser.parse(
                    cron.text
                        .replace('?', dialect == Dialect.QUARTZ ? '?' : '*')
                        .replaceAll("\\s+", " ")));
        ours =
            CompiledSchedule.compile(
                new Schedule.Cron(cron.text, ZoneOffset.UTC, dialect, DstRule.DEFAULT));
      } catch (InvalidTaskException e) {
        assertTrue(!everMatches(cron), what);
        continue;
      }
      long last = from;
      for (int k = 0; k < 3; k++) {
        Optional<ZonedDateTime> their =
            theirs.nextExecution(Instant.ofEpochMilli(last).atZone(ZoneOffset.UTC));
        long next = ours.nextAfter(last);
        if (their.isEmpty()) {
          assertTrue(
              next == CompiledSchedule.NONE
                  || Instant.ofEpochMilli(next).atZone(ZoneOffset.UTC).getYear() > 2099,
              what);
          break;
        }
        assertEquals(their.get().toInstant(), Instant.ofEpochMilli(next), what);
        last = next;
        compared++;
      }
    }
    assertTrue(compared > 1_000, "too little was compared: " + compared);
  }

  private static CronDefinition definition(Dialect dialect) {
    return switch (dialect) {
      case UNIX, GORHILL -> CronDefinitionBuilder.instanceDefinitionFor(CronType.UNIX);
      case QUARTZ -> CronDefinitionBuilder.instanceDefinitionFor(CronType.QUARTZ);
    };
  }
}
