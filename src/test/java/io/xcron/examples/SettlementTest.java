package io.xcron.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.xcron.Xcron;
import io.xcron.XcronTestKit;
import io.xcron.model.WorkCalendar;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Accounts are settled every night at 01:00, and cleared once a month, on banking days only. */
class SettlementTest {
  private static final ZoneId ZURICH = ZoneId.of("Europe/Zurich");

  /** The ledger: an entry is booked once for a run, however often the run is tried. */
  private final Set<String> booked = new LinkedHashSet<>();

  private final List<String> days = new ArrayList<>();

  @Test
  void everyNightIsSettledOnceThoughTheFirstTryOfANightFails() {
    try (XcronTestKit kit = XcronTestKit.at(Instant.parse("2027-03-26T12:00:00Z"))) {
      kit.handler(
          "settle",
          run -> {
            if (booked.add(run.idempotencyKey())) {
              days.add(run.due().atZone(ZURICH).toString());
            }
            if (run.number() == 2 && run.attempt() == 1) {
              throw new IllegalStateException("the answer of the ledger was lost");
            }
          });
      kit.create(
          Xcron.task("settlement")
              .cron("0 1 * * *", ZURICH)
              .handler("settle")
              .timeout(Duration.ofHours(2))
              .retry(5, Duration.ofSeconds(30), Duration.ofMinutes(10)));
      kit.advance(Duration.ofDays(3));
      // On the 28th the clocks go forward at 02:00: 01:00 is there, and is an hour earlier in UTC
      // from the next night on.
      assertEquals(
          List.of(
              "2027-03-27T01:00+01:00[Europe/Zurich]",
              "2027-03-28T01:00+01:00[Europe/Zurich]",
              "2027-03-29T01:00+02:00[Europe/Zurich]"),
          days);
      assertEquals(2, kit.runs("settlement", 10).get(1).attempts().size());
    }
  }

  @Test
  void clearingMovesToTheNextBankingDay() {
    try (XcronTestKit kit = XcronTestKit.at(Instant.parse("2027-04-15T00:00:00Z"))) {
      kit.calendar(
          "banking",
          new WorkCalendar(
              ZURICH,
              Set.of(LocalDate.parse("2027-06-01")),
              Set.of(DayOfWeek.SATURDAY, DayOfWeek.SUNDAY),
              Set.of(),
              WorkCalendar.OnExcluded.NEXT));
      kit.handler("clear", run -> days.add(run.due().atZone(ZURICH).toLocalDate().toString()));
      kit.create(
          Xcron.task("clearing").cron("30 2 1 * *", ZURICH).calendar("banking").handler("clear"));
      kit.advance(Duration.ofDays(80));
      // 1 May 2027 is a Saturday, 1 June is a holiday of the calendar.
      assertEquals(List.of("2027-05-03", "2027-06-02", "2027-07-01"), days);
    }
  }
}
