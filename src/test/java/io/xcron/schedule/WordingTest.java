package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WordingTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      UNIX | 0 1 * * * | At 01:00 | 每天 01:00
      UNIX | 0 1,13 * * * | At 01:00 and 13:00 | 每天 01:00、13:00
      UNIX | */5 * * * * | Every 5 minutes | 每 5 分钟
      UNIX | * * * * * | Every minute | 每分钟
      UNIX | @hourly | Every hour | 每小时
      UNIX | 30 * * * * | At minute 30, every hour | 每小时的第 30 分
      UNIX | */7 * * * * | Every 7th minute from 0 to 59 | 每小时的第 0 至 59 分中每 7 分钟一次
      UNIX | 0 */2 * * * | Every 2 hours | 每 2 小时
      UNIX | */10 * * * * * | Every 10 seconds | 每 10 秒
      UNIX | * * * * * * | Every second | 每秒
      UNIX | 0 22 * * 1-5 | At 22:00, on Monday to Friday | 周一至周五 22:00
      UNIX | 30 4 1,15 * 5 | At 04:30, on day 1 and day 15 or on Friday | 每月 1 日、每月 15 日，或周五 04:30
      UNIX | 0 0 */2 * 1 | At 00:00, on every 2nd day from 1 to 31 if also on Monday | 每月 1 日 至 31 日中每 2 取一且为周一 00:00
      UNIX | */5 9-17 * * MON-FRI | Every 5 minutes, in hour 9 to 17, on Monday to Friday | 周一至周五，第 9 至 17 时，每 5 分钟
      UNIX | 0 0 1 1 * | At 00:00, on day 1, in January | 1 月，每月 1 日 00:00
      GORHILL | 0 0 L * * | At 00:00, on the last day of the month | 每月最后一天 00:00
      GORHILL | 0 0 15W,LW * * | At 00:00, on the workday nearest to day 15 and the last workday of the month | 离每月 15 日最近的工作日、每月最后一个工作日 00:00
      GORHILL | 30 0 0 * * 5L 2030 | At 00:00:30, on the last Friday of the month, in 2030 | 2030 年，每月最后一个周五 00:00:30
      QUARTZ | 0 15 10 ? * 6#3 | At 10:15, on the third Friday of the month | 每月第 3 个周五 10:15
      QUARTZ | 0 0 12 L-3 * ? | At 12:00, on 3 days before the last day of the month | 每月最后一天之前 3 天 12:00
      QUARTZ | 0 0 22-2 * * ? | At hour 22 to 2 | 第 22 至 2 时整
      """)
  void aCronIsWordedInEnglishAndChinese(
      Dialect dialect, String cron, String english, String chinese) {
    CompiledSchedule compiled =
        CompiledSchedule.compile(new Schedule.Cron(cron, ZoneOffset.UTC, dialect, DstRule.DEFAULT));
    assertEquals(english, compiled.describe());
    assertEquals(chinese, compiled.describe(Locale.CHINA));
  }

  @Test
  void theOtherSchedulesAreWordedToo() {
    CompiledSchedule every = CompiledSchedule.compile(new Schedule.Every(Duration.ofMinutes(90)));
    assertEquals("Every 1h30m", every.describe());
    assertEquals("每 1 小时 30 分钟", every.describe(Locale.CHINESE));
    CompiledSchedule after = CompiledSchedule.compile(new Schedule.After(Duration.ofMillis(1_500)));
    assertEquals("1s500ms after the end of the last run", after.describe());
    assertEquals("上次运行结束后 1 秒 500 毫秒", after.describe(Locale.CHINESE));
    CompiledSchedule at =
        CompiledSchedule.compile(new Schedule.At(Instant.parse("2026-12-01T00:00:00Z")));
    assertEquals("Once, at 2026-12-01T00:00:00Z", at.describe());
    assertEquals("一次，2026-12-01T00:00:00Z", at.describe(Locale.CHINESE));
  }

  @Test
  void otherLanguagesComeFromCronUtilsWhereItIsRightAndElseInEnglish() {
    CompiledSchedule daily =
        CompiledSchedule.compile(
            new Schedule.Cron("0 1 * * *", ZoneOffset.UTC, Dialect.UNIX, DstRule.DEFAULT));
    assertEquals("um 01:00", daily.describe(Locale.GERMAN));
    assertEquals("At 01:00", daily.describe(Locale.of("fi")));
    CompiledSchedule list =
        CompiledSchedule.compile(
            new Schedule.Cron("0 1 L,15 * *", ZoneOffset.UTC, Dialect.GORHILL, DstRule.DEFAULT));
    assertEquals("At 01:00, on the last day of the month and day 15", list.describe(Locale.GERMAN));
  }
}
