package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Schedule;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class CronRefusalTest {
  private static CompiledSchedule compile(Dialect dialect, String cron) {
    return CompiledSchedule.compile(
        new Schedule.Cron(cron, ZoneOffset.UTC, dialect, DstRule.DEFAULT));
  }

  private static void refused(Dialect dialect, String cron, String... names) {
    InvalidTaskException refusal =
        assertThrows(InvalidTaskException.class, () -> compile(dialect, cron), cron);
    assertEquals("schedule.cron", refusal.field());
    for (String name : names) {
      assertTrue(
          refusal.reason().contains(name),
          cron + " should name <" + name + ">: " + refusal.reason());
    }
    assertTrue(refusal.reason().length() < 320, refusal.reason());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
      60 * * * *      | minute        | 60 is out of range; use 0 to 59
      * 24 * * *      | hour          | 24 is out of range; use 0 to 23
      * * 0 * *       | day-of-month  | 0 is out of range; use 1 to 31
      * * 32 * *      | day-of-month  | 32 is out of range
      * * * 0 *       | month         | 0 is out of range; use 1 to 12
      * * * 13 *      | month         | 13 is out of range
      * * * * 8       | day-of-week   | 8 is out of range; use 0 to 7
      60 * * * * *    | second        | 60 is out of range
      1-60 * * * *    | minute        | 60 is out of range
      -1 * * * *      | minute        | a value is missing
      1- * * * *      | minute        | a value is missing
      */0 * * * *     | minute        | the step 0 is out of range
      */x * * * *     | minute        | 'x' is no value
      */ * * * *      | minute        | a number is missing
      1-2-3 * * * *   | minute        | '2-3' is no value
      1/2/3 * * * *   | minute        | '2/3' is no value
      1,,2 * * * *    | minute        | a list item is empty
      1, * * * *      | minute        | a list item is empty
      99999999999999999999 * * * * | minute | is too large
      * 22-2 * * *    | hour          | runs backwards; write 22-23,0-2
      * * * * FRI-MON | day-of-week   | runs backwards; write 5-6,0-1
      * * * * 7-2     | day-of-week   | runs backwards
      * * * NOV-FEB * | month         | runs backwards; write 11-12,1-2
      * * L * *       | day-of-month  | use dialect gorhill or quartz
      * * 15W * *     | day-of-month  | use dialect gorhill or quartz
      * * * * 5#3     | day-of-week   | use dialect gorhill or quartz
      * * * * 5L      | day-of-week   | use dialect gorhill or quartz
      * * * * friday  | day-of-week   | 'friday' is no value; use 0 to 7 or SUN to SAT
      * * * foo *     | month         | 'foo' is no value; use 1 to 12 or JAN to DEC
      mon * * * *     | minute        | 'mon' is no value
      0~30 * * * *    | minute        | use the task's jitter
      H * * * *       | minute        | 'H' is no value
      """)
  void aBadFieldOfTheUnixDialectIsNamed(String cron, String field, String reason) {
    refused(Dialect.UNIX, cron, "bad " + field + " field", reason);
  }

  @Test
  void textsThatAreNoExpressionAreRefusedWithTheShape() {
    refused(Dialect.UNIX, "junk", "has 1 field;", "takes 5");
    refused(Dialect.UNIX, "* * * *", "has 4 fields");
    refused(Dialect.UNIX, "* * * * * * *", "has 7 fields");
    refused(Dialect.UNIX, "* * * * * * * *", "has 8 fields");
    refused(Dialect.GORHILL, "* * * * * * * *", "has 8 fields");
    refused(Dialect.QUARTZ, "* * * * *", "has 5 fields", "use the unix dialect");
    refused(Dialect.QUARTZ, "0 0 0 ? * * * *", "has 8 fields");
    refused(Dialect.UNIX, "\t", "must have 1 to");
    refused(Dialect.UNIX, "* ".repeat(5_000), "must have 1 to 512 characters");
    refused(Dialect.UNIX, "*,".repeat(100) + " * * * *", "a list item is empty");
    refused(Dialect.UNIX, "0 1\n* * *", "U+000A");
    refused(Dialect.UNIX, "0 \u0661 * * *", "U+0661");
    refused(Dialect.UNIX, "0 １ * * *", "U+FF11");
    refused(Dialect.UNIX, "0\u00a01 * * *", "U+00A0");
    refused(Dialect.UNIX, "0 0 * * \u0130", "U+0130");
  }

  @Test
  void namesAndPrefixesAreRefusedWhereTheyAreUnknown() {
    refused(Dialect.UNIX, "@reboot", "@reboot");
    refused(Dialect.UNIX, "@fortnightly", "'@fortnightly'", "@weekly");
    refused(Dialect.QUARTZ, "@daily", "quartz dialect has no names");
    refused(Dialect.GORHILL, "@every 5m", "only the unix dialect");
    refused(Dialect.GORHILL, "TZ=UTC 0 0 * * *", "schedule.zone");
    refused(Dialect.UNIX, "TZ=Mars/Olympus 0 0 * * *", "unknown time zone 'Mars/Olympus'");
    refused(Dialect.UNIX, "TZ= 0 0 * * *", "unknown time zone ''");
    refused(Dialect.UNIX, "TZ=UTC", "nothing after it");
    refused(Dialect.UNIX, "@every 500ms", "whole seconds");
    refused(Dialect.UNIX, "@every 1.5s", "whole seconds");
    refused(Dialect.UNIX, "@every 0s", "whole seconds");
    refused(Dialect.UNIX, "@every -5m", "bad duration");
    refused(Dialect.UNIX, "@every 5", "bad duration");
    refused(Dialect.UNIX, "@every", "bad duration ''");
    refused(Dialect.UNIX, "@every 5m later", "bad duration");
    refused(Dialect.UNIX, "@every 999999999999h", "longer than");
  }

  @Test
  void gorhillRefusesWhatCronexprRefusesOrReadsAsNothing() {
    refused(Dialect.GORHILL, "*/60 * * * * * *", "second", "the step 60 is out of range");
    refused(Dialect.GORHILL, "2/60 * * * *", "minute", "the step 60");
    refused(Dialect.GORHILL, "0 22-2 * * *", "hour", "runs backwards");
    refused(Dialect.GORHILL, "0 0 L-3 * *", "use dialect quartz");
    refused(Dialect.GORHILL, "0 0 1-5W * *", "W takes a single day");
    refused(Dialect.GORHILL, "0 0 32W * *", "32 is out of range");
    refused(Dialect.GORHILL, "0 0 W * *", "a value is missing");
    refused(Dialect.GORHILL, "0 0 * * L", "L needs a weekday");
    refused(Dialect.GORHILL, "0 0 * * 5#6", "use #1 to #5");
    refused(Dialect.GORHILL, "0 0 * * 5#", "a number is missing");
    refused(Dialect.GORHILL, "0 0 * * 8L", "8 is out of range");
    refused(Dialect.GORHILL, "0 0 * * * 1969", "year", "use 1970 to 2199");
    refused(Dialect.GORHILL, "0 0 * * * 2200", "2200 is out of range");
    refused(Dialect.GORHILL, "0 0 * * * 2030-2020", "put the smaller year first");
  }

  @Test
  void quartzRefusesWhatQuartzRefusesOrDrops() {
    refused(Dialect.QUARTZ, "0 0 * * * *", "exactly one");
    refused(Dialect.QUARTZ, "0 0 * 4 * *", "exactly one");
    refused(Dialect.QUARTZ, "0 0 * ? * ?", "exactly one");
    refused(Dialect.QUARTZ, "0 0 * ?,1 * *", "exactly one");
    refused(Dialect.QUARTZ, "0 ? * * * ?", "'?' is not allowed here");
    refused(Dialect.QUARTZ, "0 0 0 ? * 0", "use 1 to 7 (Sunday is 1)");
    refused(Dialect.QUARTZ, "0 43 9 ? * SAT,SUN,L", "stand alone");
    refused(Dialect.QUARTZ, "0 43 9 ? * 3#1,6#3", "stand alone");
    refused(Dialect.QUARTZ, "0 43 9 ? * 6#3,MON", "stand alone");
    refused(Dialect.QUARTZ, "/60 0 8-18 ? * 2-6", "second", "the step 60");
    refused(Dialect.QUARTZ, "0 0 /24 ? * 2-6", "hour", "the step 24");
    refused(Dialect.QUARTZ, "0/ 0 8-18 ? * 2-6", "second", "a number is missing");
    refused(Dialect.QUARTZ, "0 0 0 0/5 * ?", "0 is out of range; use 1 to 31");
    refused(Dialect.QUARTZ, "0/5 * * 32W 1 ?", "32 is out of range");
    refused(Dialect.QUARTZ, "0 0 0 L-31 * ?", "use 1 to 30");
    refused(Dialect.QUARTZ, "0 0 0 L- * ?", "a number is missing");
    refused(Dialect.QUARTZ, "0 0 0 * Foo ?", "month");
    refused(Dialect.QUARTZ, "0 0 0 * * ? 2030-2020", "put the smaller year first");
  }

  @Test
  void whatCanNeverFireIsRefused() {
    refused(Dialect.UNIX, "0 0 30 2 *", "never fires", "day-of-month against its month");
    refused(Dialect.UNIX, "0 0 31 2 *", "never fires");
    refused(Dialect.UNIX, "0 0 31 4,6,9,11 *", "never fires");
    refused(Dialect.GORHILL, "0 0 29 2 * 2100", "never fires");
    refused(Dialect.GORHILL, "0 0 30W 2 *", "never fires");
    refused(Dialect.QUARTZ, "0 0 0 L-29 2 ?", "never fires");
  }

  @ParameterizedTest
  @EnumSource(Dialect.class)
  void randomTextIsCompiledOrRefusedAndNothingElse(Dialect dialect) {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<String> pieces =
        List.of(
            "*", "?", "/", "-", ",", " ", " ", "#", "L", "W", "0", "1", "5", "7", "12", "31", "59",
            "2030", "MON", "jan", "@", "every", "TZ=", "=", "é", "~", "\u0000", "LW", "L-");
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder(random.nextBoolean() ? "* 0 " : "");
      for (int k = random.nextInt(14) + 1; k > 0; k--) {
        text.append(pieces.get(random.nextInt(pieces.size())));
      }
      String cron = text.append(random.nextBoolean() ? " ? * *" : "").toString();
      try {
        CompiledSchedule compiled = compile(dialect, cron);
        long one = compiled.nextAfter(0);
        assertTrue(
            one == CompiledSchedule.NONE || (one > 0 && compiled.nextAfter(one) > one),
            "seed " + seed + ": " + cron);
        assertTrue(!compiled.describe().isEmpty(), "seed " + seed + ": " + cron);
      } catch (InvalidTaskException e) {
        assertEquals("schedule.cron", e.field(), "seed " + seed);
      } catch (RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + cron, e);
      }
    }
  }
}
