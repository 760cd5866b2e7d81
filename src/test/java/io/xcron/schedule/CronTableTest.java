package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.Schedule;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The examples of crontab(5), of the Quartz documentation and of cronexpr's page and tests, and the
 * corners we have decided.
 */
final class CronTableTest {

  private static void next(Dialect dialect, String cron, String from, String expected) {
    CompiledSchedule compiled =
        CompiledSchedule.compile(new Schedule.Cron(cron, ZoneOffset.UTC, dialect, DstRule.DEFAULT));
    long last = LocalDateTime.parse(from).toInstant(ZoneOffset.UTC).toEpochMilli();
    List<String> found = new ArrayList<>();
    for (String ignored : expected.split(" ", -1)) {
      last = compiled.nextAfter(last);
      found.add(
          last == CompiledSchedule.NONE
              ? "none"
              : LocalDateTime.ofInstant(Instant.ofEpochMilli(last), ZoneOffset.UTC).toString());
    }
    assertEquals(expected, String.join(" ", found), dialect + " " + cron);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      5 0 * * *         | 2026-01-01T00:05 | 2026-01-02T00:05 2026-01-03T00:05
      15 14 1 * *       | 2026-01-01T14:15 | 2026-02-01T14:15
      0 22 * * 1-5      | 2026-01-02T22:00 | 2026-01-05T22:00
      23 0-23/2 * * *   | 2026-01-01T00:23 | 2026-01-01T02:23 2026-01-01T04:23
      5 4 * * sun       | 2026-01-01T00:00 | 2026-01-04T04:05 2026-01-11T04:05
      30 4 1,15 * 5     | 2026-01-01T00:00 | 2026-01-01T04:30 2026-01-02T04:30 2026-01-09T04:30 2026-01-15T04:30 2026-01-16T04:30
      0 0 */2 * 1       | 2026-01-01T00:00 | 2026-01-05T00:00 2026-01-19T00:00 2026-02-09T00:00
      0 0 1-31 * 1      | 2026-01-01T00:00 | 2026-01-02T00:00 2026-01-03T00:00
      0 0 1 * */2       | 2026-01-01T00:00 | 2026-02-01T00:00 2026-03-01T00:00 2026-08-01T00:00
      0 0 * * 7         | 2026-01-01T00:00 | 2026-01-04T00:00
      0 0 * * 5-7       | 2026-01-01T00:00 | 2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00 2026-01-09T00:00
      0 0 * * fri-SUN   | 2026-01-01T00:00 | 2026-01-02T00:00 2026-01-03T00:00 2026-01-04T00:00 2026-01-09T00:00
      0 0 * * 7/3       | 2026-01-01T00:00 | 2026-01-03T00:00 2026-01-04T00:00 2026-01-07T00:00
      0 0 ? * ?         | 2026-01-01T00:00 | 2026-01-02T00:00
      5/15 * * * *      | 2026-01-01T00:00 | 2026-01-01T00:05 2026-01-01T00:20 2026-01-01T00:35 2026-01-01T00:50 2026-01-01T01:05
      */35 * * * *      | 2026-01-01T00:00 | 2026-01-01T00:35 2026-01-01T01:00
      */90 * * * *      | 2026-01-01T00:00 | 2026-01-01T01:00
      0 0 29 2 *        | 2026-01-01T00:00 | 2028-02-29T00:00 2032-02-29T00:00
      0 0 29 2 *        | 2096-03-01T00:00 | 2104-02-29T00:00
      30 0 12 * * *     | 2026-01-01T00:00 | 2026-01-01T12:00:30
      */20 * * * * *    | 2026-01-01T00:00 | 2026-01-01T00:00:20 2026-01-01T00:00:40 2026-01-01T00:01
      @yearly           | 2026-01-01T00:00 | 2027-01-01T00:00
      @monthly          | 2026-01-01T00:00 | 2026-02-01T00:00
      @weekly           | 2026-01-01T00:00 | 2026-01-04T00:00
      @midnight         | 2026-01-01T00:00 | 2026-01-02T00:00
      @hourly           | 2026-01-01T00:00 | 2026-01-01T01:00
      @every 1h30m      | 2026-01-01T00:00:00.700 | 2026-01-01T01:30 2026-01-01T03:00
      @every 1.5h       | 2026-01-01T00:00 | 2026-01-01T01:30
      @every 1d         | 2026-01-01T00:00 | 2026-01-02T00:00 2026-01-03T00:00
      @every 1d12h      | 2026-01-01T00:00 | 2026-01-02T12:00 2026-01-04T00:00
      TZ=Asia/Tokyo 30 4 * * *      | 2026-01-01T00:00 | 2026-01-01T19:30
      CRON_TZ=Asia/Tokyo 30 4 * * * | 2026-01-01T00:00 | 2026-01-01T19:30
      59 23 31 12 *     | 2199-06-01T00:00 | 2199-12-31T23:59 none
      """)
  void unixReadsAsCrontabDoes(String cron, String from, String expected) {
    next(Dialect.UNIX, cron, from, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      */5 * * * * * *       | 2013-01-01T00:00:59 | 2013-01-01T00:01
      17-43/5 * * * *       | 2013-01-01T00:30 | 2013-01-01T00:32
      15-30/4,55 * * * *    | 2013-01-01T00:16:59 | 2013-01-01T00:19
      0 0 * * friday        | 2013-01-28T00:00 | 2013-02-01T00:00
      0 0 * * 6,7           | 2013-01-28T00:00 | 2013-02-02T00:00 2013-02-03T00:00
      0 0 * * 6#5           | 2013-09-02T08:44:30 | 2013-11-30T00:00 2014-03-29T00:00 2014-05-31T00:00 2014-08-30T00:00
      0 0 14W * *           | 2013-03-31T00:00 | 2013-04-15T00:00
      0 0 14W * *           | 2013-08-31T00:00 | 2013-09-13T00:00
      0 0 30W * *           | 2013-03-02T00:00 | 2013-03-29T00:00
      0 0 30W * *           | 2013-09-02T00:00 | 2013-09-30T00:00
      0 0 L * *             | 2016-02-15T00:00 | 2016-02-29T00:00
      0 0 LW * *            | 2014-08-15T00:00 | 2014-08-29T00:00
      0 0 * * 5L            | 2013-01-01T00:00 | 2013-01-25T00:00 2013-02-22T00:00
      0 0 * * 5L,1#1        | 2013-01-01T00:00 | 2013-01-07T00:00 2013-01-25T00:00 2013-02-04T00:00
      0 0 L,15 * *          | 2013-01-01T00:00 | 2013-01-15T00:00 2013-01-31T00:00
      0 0 15W,20 * *        | 2013-06-01T00:00 | 2013-06-14T00:00 2013-06-20T00:00
      0 0 1W * *            | 2013-05-20T00:00 | 2013-06-03T00:00
      0 0 1 * Mon           | 2013-01-01T00:00 | 2013-01-07T00:00 2013-01-14T00:00 2013-01-21T00:00 2013-01-28T00:00 2013-02-01T00:00
      0 0 */15 * Mon        | 2013-01-01T00:00 | 2013-01-07T00:00 2013-01-14T00:00 2013-01-16T00:00 2013-01-21T00:00
      * * * * * 2050        | 2013-08-31T00:00 | 2050-01-01T00:00
      * * * * * 1980        | 2013-08-31T00:00 | none
      0 0 29 2 *            | 2013-08-29T09:28 | 2016-02-29T00:00 2020-02-29T00:00
      30 3 15W 3/3 *        | 2013-01-01T00:00 | 2013-03-15T03:30 2013-06-14T03:30
      30 0 0 1-31/5 Oct-Dec * 2000,2006,2008,2013-2015 | 2009-01-01T00:00 | 2013-10-01T00:00:30 2013-10-06T00:00:30
      0 0 0 * Feb-Nov/2 thu#3 2000-2050 | 2013-01-01T00:00 | 2013-02-21T00:00 2013-04-18T00:00
      0 0 1 1 * 2199        | 2013-01-01T00:00 | 2199-01-01T00:00 none
      @daily                | 2013-01-01T00:00 | 2013-01-02T00:00
      """)
  void gorhillReadsAsCronexprDoes(String cron, String from, String expected) {
    next(Dialect.GORHILL, cron, from, expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      0 0 12 * * ?            | 2026-01-01T12:00 | 2026-01-02T12:00
      0 15 10 ? * *           | 2026-01-01T00:00 | 2026-01-01T10:15
      0 15 10 * * ? *         | 2026-01-01T00:00 | 2026-01-01T10:15
      0 15 10 * * ? 2005      | 2005-12-31T00:00 | 2005-12-31T10:15 none
      0 * 14 * * ?            | 2026-01-01T14:59 | 2026-01-02T14:00
      0 0/5 14 * * ?          | 2026-01-01T00:00 | 2026-01-01T14:00 2026-01-01T14:05
      0 0/5 14,18 * * ?       | 2026-01-01T14:55 | 2026-01-01T18:00
      0 0-5 14 * * ?          | 2026-01-01T14:05 | 2026-01-02T14:00
      0 10,44 14 ? 3 WED      | 2026-01-01T00:00 | 2026-03-04T14:10 2026-03-04T14:44 2026-03-11T14:10
      0 15 10 ? * MON-FRI     | 2026-01-02T12:00 | 2026-01-05T10:15
      0 15 10 ? * 1           | 2026-01-01T00:00 | 2026-01-04T10:15
      0 15 10 15 * ?          | 2026-01-01T00:00 | 2026-01-15T10:15
      0 15 10 L * ?           | 2026-01-01T00:00 | 2026-01-31T10:15 2026-02-28T10:15
      0 15 10 L-2 * ?         | 2026-01-01T00:00 | 2026-01-29T10:15 2026-02-26T10:15
      0 15 10 ? * 6L          | 2026-01-01T00:00 | 2026-01-30T10:15 2026-02-27T10:15
      0 15 10 ? * FRIL        | 2026-01-01T00:00 | 2026-01-30T10:15 2026-02-27T10:15
      0 15 10 ? * 6L 2002-2005 | 2005-12-01T00:00 | 2005-12-30T10:15 none
      0 15 10 ? * 6#3         | 2026-01-01T00:00 | 2026-01-16T10:15 2026-02-20T10:15
      0 0 12 1/5 * ?          | 2026-01-27T00:00 | 2026-01-31T12:00 2026-02-01T12:00
      0 11 11 11 11 ?         | 2026-01-01T00:00 | 2026-11-11T11:11
      0 15 10 L-5W * ? 2010   | 2010-01-01T00:00 | 2010-01-26T10:15 2010-02-23T10:15
      0 15 10 L-1W,L-1 * ? 2010 | 2010-01-01T00:00 | 2010-01-29T10:15 2010-01-30T10:15 2010-02-26T10:15 2010-02-27T10:15
      0 15 10 1,L * ? 2010    | 2010-01-02T00:00 | 2010-01-31T10:15 2010-02-01T10:15
      0 15 10 2W,16 * ? 2010  | 2010-01-01T00:00 | 2010-01-01T10:15 2010-01-16T10:15 2010-02-02T10:15
      0 0 22-2 * * ?          | 2026-01-01T02:00 | 2026-01-01T22:00 2026-01-01T23:00 2026-01-02T00:00
      0 0 0 1 NOV-FEB ?       | 2026-02-02T00:00 | 2026-11-01T00:00 2026-12-01T00:00 2027-01-01T00:00
      0 0 0 ? * FRI-MON       | 2026-01-05T00:00 | 2026-01-09T00:00 2026-01-10T00:00 2026-01-11T00:00 2026-01-12T00:00 2026-01-16T00:00
      0 0 22-4/3 * * ?        | 2026-01-01T00:00 | 2026-01-01T01:00 2026-01-01T04:00 2026-01-01T22:00
      0 0 0 ? * L             | 2026-01-01T00:00 | 2026-01-03T00:00
      /30 0 0 * * ?           | 2026-01-01T00:00 | 2026-01-01T00:00:30
      0 0 0 31W * ?           | 2026-02-01T00:00 | 2026-03-31T00:00 2026-05-29T00:00
      0 0 0 L-30 * ?          | 2026-01-02T00:00 | 2026-03-01T00:00
      """)
  void quartzReadsAsQuartzDoes(String cron, String from, String expected) {
    next(Dialect.QUARTZ, cron, from, expected);
  }

  @Test
  void theZoneOfTheTextGoesBeforeTheZoneOfTheTask() {
    CompiledSchedule compiled =
        CompiledSchedule.compile(
            new Schedule.Cron(
                " TZ=America/New_York\t0 1 * * * ",
                ZoneId.of("Asia/Shanghai"),
                Dialect.UNIX,
                DstRule.DEFAULT));
    assertEquals(
        Instant.parse("2026-01-01T06:00:00Z"),
        Instant.ofEpochMilli(
            compiled.nextAfter(Instant.parse("2026-01-01T00:00:00Z").toEpochMilli())));
  }

  @Test
  void nothingIsBefore1970OrAfter2199() {
    CompiledSchedule compiled =
        CompiledSchedule.compile(
            new Schedule.Cron(
                "* * * * * *", ZoneId.of("Asia/Tokyo"), Dialect.UNIX, DstRule.DEFAULT));
    assertEquals(0, compiled.nextAfter(Long.MIN_VALUE));
    assertEquals(0, compiled.nextAfter(-1));
    assertEquals(1_000, compiled.nextAfter(0));
    assertEquals(1_000, compiled.nextAfter(999));
    long last = Instant.parse("2199-12-31T23:59:59Z").toEpochMilli();
    assertEquals(last, compiled.nextAfter(last - 1));
    assertEquals(CompiledSchedule.NONE, compiled.nextAfter(last));
    assertEquals(CompiledSchedule.NONE, compiled.nextAfter(Long.MAX_VALUE));
  }
}
