package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Schedule;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

final class ScheduleCacheTest {
  private static Schedule.Cron cron(String text) {
    return new Schedule.Cron(text, ZoneOffset.UTC, Dialect.UNIX, DstRule.DEFAULT);
  }

  @Test
  void equalSchedulesShareOneObject() {
    ScheduleCache cache = new ScheduleCache();
    assertSame(cache.get(cron("0 1 * * *")), cache.get(cron("0 1 * * *")));
    assertNotSame(cache.get(cron("0 1 * * *")), cache.get(cron("0 2 * * *")));
    Schedule.Cron shanghai =
        new Schedule.Cron("0 1 * * *", ZoneId.of("Asia/Shanghai"), Dialect.UNIX, DstRule.DEFAULT);
    Schedule.Cron gorhill =
        new Schedule.Cron("0 1 * * *", ZoneOffset.UTC, Dialect.GORHILL, DstRule.DEFAULT);
    Schedule.Cron skips =
        new Schedule.Cron(
            "0 1 * * *",
            ZoneOffset.UTC,
            Dialect.UNIX,
            new DstRule(DstRule.Gap.SKIP, DstRule.Overlap.FIRST));
    assertNotSame(cache.get(cron("0 1 * * *")), cache.get(shanghai));
    assertNotSame(cache.get(cron("0 1 * * *")), cache.get(gorhill));
    assertNotSame(cache.get(cron("0 1 * * *")), cache.get(skips));
    assertEquals(5, cache.size());
  }

  @Test
  void theLimitHoldsAndWhatIsInUseStays() {
    ScheduleCache cache = new ScheduleCache(100);
    CompiledSchedule used = cache.get(cron("0 1 * * *"));
    for (int i = 0; i < 1_000; i++) {
      cache.get(cron(i % 60 + " " + i / 60 + " 2 * *"));
      assertSame(used, cache.get(cron("0 1 * * *")));
      assertTrue(cache.size() <= 100, "holds " + cache.size());
    }
  }

  @Test
  void refusedAndUncachedSchedulesLeaveNothingBehind() {
    ScheduleCache cache = new ScheduleCache();
    assertThrows(InvalidTaskException.class, () -> cache.get(cron("junk")));
    cache.get(new Schedule.Every(Duration.ofSeconds(1)));
    assertEquals(0, cache.size());
  }
}
