package io.xcron.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.DstRule.Gap;
import io.xcron.model.DstRule.Overlap;
import io.xcron.model.Schedule;
import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DaylightSavingTest {
  private static List<String> fires(
      String cron, String zone, Gap gap, Overlap overlap, String from, String until) {
    CompiledSchedule compiled =
        CompiledSchedule.compile(
            new Schedule.Cron(cron, ZoneId.of(zone), Dialect.UNIX, new DstRule(gap, overlap)));
    List<String> fires = new ArrayList<>();
    long end = Instant.parse(until).toEpochMilli();
    for (long next = compiled.nextAfter(Instant.parse(from).toEpochMilli() - 1);
        next < end;
        next = compiled.nextAfter(next)) {
      fires.add(Instant.ofEpochMilli(next).toString().replace(":00Z", ""));
    }
    return fires;
  }

  private static List<String> berlinSpring(String cron, Gap gap) {
    // 02:00 to 03:00 do not exist; the jump is at 01:00Z.
    return fires(
        cron, "Europe/Berlin", gap, Overlap.FIRST, "2026-03-29T00:00:00Z", "2026-03-29T03:00:00Z");
  }

  private static List<String> berlinAutumn(String cron, Overlap overlap) {
    // 02:00 to 03:00 come twice, from 00:00Z and from 01:00Z.
    return fires(
        cron, "Europe/Berlin", Gap.AFTER, overlap, "2026-10-24T22:00:00Z", "2026-10-25T03:00:00Z");
  }

  @Test
  void aFixedTimeInTheGapFollowsTheRule() {
    assertEquals(List.of("2026-03-29T01:00"), berlinSpring("30 2 * * *", Gap.AFTER));
    assertEquals(List.of(), berlinSpring("30 2 * * *", Gap.SKIP));
    assertEquals(List.of("2026-03-29T01:30"), berlinSpring("30 2 * * *", Gap.SHIFT));
  }

  @Test
  void manyFixedTimesInOneGapFireOnceAfterIt() {
    assertEquals(List.of("2026-03-29T01:00"), berlinSpring("0,15,30 2 * * *", Gap.AFTER));
    assertEquals(
        List.of("2026-03-29T01:00"), berlinSpring("0,30 2,3 1,29 * *", Gap.AFTER).subList(0, 1));
    assertEquals(
        List.of("2026-03-29T01:00", "2026-03-29T01:30"), berlinSpring("0,30 2,3 * * *", Gap.AFTER));
  }

  @Test
  void aGapThatHoldsNoFixedTimeOwesNothing() {
    for (Gap gap : Gap.values()) {
      assertEquals(List.of("2026-03-29T00:59:59Z"), berlinSpring("59 59 1 * * *", gap));
      assertEquals(List.of("2026-03-29T01:00"), berlinSpring("0 3 * * *", gap));
    }
  }

  @Test
  void shiftedTimesAndTimesAfterTheGapComeInOrderAndOnce() {
    assertEquals(
        List.of("2026-03-29T01:15", "2026-03-29T01:45"),
        berlinSpring("15,45 2,3 * * *", Gap.SHIFT));
    // Lord Howe leaves out 02:00 to 02:30 at 15:30Z.
    assertEquals(
        List.of("2026-10-03T15:30", "2026-10-03T15:40", "2026-10-03T15:45"),
        fires(
            "0,15,40 2 * * *",
            "Australia/Lord_Howe",
            Gap.SHIFT,
            Overlap.FIRST,
            "2026-10-03T12:00:00Z",
            "2026-10-04T12:00:00Z"));
  }

  @Test
  void aFixedTimeInTheOverlapFollowsTheRule() {
    assertEquals(List.of("2026-10-25T00:30"), berlinAutumn("30 2 * * *", Overlap.FIRST));
    assertEquals(List.of("2026-10-25T01:30"), berlinAutumn("30 2 * * *", Overlap.SECOND));
    assertEquals(
        List.of("2026-10-25T00:30", "2026-10-25T01:30"), berlinAutumn("30 2 * * *", Overlap.BOTH));
  }

  @Test
  void wildcardsFollowRealTimeWhateverTheRule() {
    for (Overlap overlap : Overlap.values()) {
      assertEquals(20, berlinAutumn("*/15 * * * *", overlap).size());
      assertEquals(5, berlinAutumn("30 * * * *", overlap).size());
      assertEquals(5, berlinAutumn("30 0-23 * * *", overlap).size());
      assertEquals(5, berlinAutumn("0 0/1 * * *", overlap).size());
      assertEquals(8, berlinAutumn("*/15 2 * * *", overlap).size());
    }
    for (Gap gap : Gap.values()) {
      assertEquals(12, berlinSpring("*/15 * * * *", gap).size());
      assertEquals(
          List.of("2026-03-29T00:30", "2026-03-29T01:30", "2026-03-29T02:30"),
          berlinSpring("30 * * * *", gap));
      assertEquals(List.of(), berlinSpring("*/15 2 * * *", gap));
      assertEquals(List.of("2026-03-29T02:00"), berlinSpring("0 */2 * * *", gap));
    }
  }

  @Test
  void aQuestionFromInsideTheSecondHourIsNotAnsweredWithTheFirst() {
    CompiledSchedule compiled =
        CompiledSchedule.compile(
            new Schedule.Cron(
                "30 2 * * *", ZoneId.of("Europe/Berlin"), Dialect.UNIX, DstRule.DEFAULT));
    long next = compiled.nextAfter(Instant.parse("2026-10-25T01:10:00Z").toEpochMilli());
    assertEquals(Instant.parse("2026-10-26T01:30:00Z"), Instant.ofEpochMilli(next));
  }

  @Test
  void halfAnHourOfLordHowe() {
    // 2026-10-04 02:00 becomes 02:30 at 15:30Z of the 3rd; 2026-04-05 02:00 becomes 01:30 at 15:00Z
    // of the 4th.
    String zone = "Australia/Lord_Howe";
    assertEquals(
        List.of("2026-10-03T15:30"),
        fires(
            "15 2 * * *",
            zone,
            Gap.AFTER,
            Overlap.FIRST,
            "2026-10-03T12:00:00Z",
            "2026-10-04T12:00:00Z"));
    assertEquals(
        List.of("2026-10-03T15:45"),
        fires(
            "15 2 * * *",
            zone,
            Gap.SHIFT,
            Overlap.FIRST,
            "2026-10-03T12:00:00Z",
            "2026-10-04T12:00:00Z"));
    assertEquals(
        List.of("2026-04-04T14:45", "2026-04-04T15:15"),
        fires(
            "45 1 * * *",
            zone,
            Gap.AFTER,
            Overlap.BOTH,
            "2026-04-04T12:00:00Z",
            "2026-04-05T12:00:00Z"));
  }

  @Test
  void theDayThatApiaLeftOut() {
    // 2011-12-30 does not exist; the jump is at 10:00Z.
    String zone = "Pacific/Apia";
    String from = "2011-12-30T00:00:00Z";
    String until = "2011-12-31T09:00:00Z";
    assertEquals(
        List.of("2011-12-30T10:00", "2011-12-30T22:00"),
        fires("0 12 * * *", zone, Gap.AFTER, Overlap.FIRST, from, until));
    assertEquals(
        List.of("2011-12-30T22:00"),
        fires("0 12 * * *", zone, Gap.SKIP, Overlap.FIRST, from, until));
    assertEquals(
        List.of("2011-12-30T22:00"),
        fires("0 12 * * *", zone, Gap.SHIFT, Overlap.FIRST, from, until));
    assertEquals(33, fires("0 * * * *", zone, Gap.AFTER, Overlap.FIRST, from, until).size());
  }

  @Test
  void midnightsThatDoNotExist() {
    // Sao Paulo 2018-11-04, Cairo 2026-04-24, Beirut 2026-03-29: 00:00 becomes 01:00.
    assertEquals(
        List.of("2018-11-04T03:00"),
        fires(
            "0 0 * * *",
            "America/Sao_Paulo",
            Gap.AFTER,
            Overlap.FIRST,
            "2018-11-03T12:00:00Z",
            "2018-11-04T12:00:00Z"));
    assertEquals(
        List.of("2026-04-23T22:00"),
        fires(
            "@daily",
            "Africa/Cairo",
            Gap.AFTER,
            Overlap.FIRST,
            "2026-04-23T12:00:00Z",
            "2026-04-24T12:00:00Z"));
    assertEquals(
        List.of(),
        fires(
            "@daily",
            "Asia/Beirut",
            Gap.SKIP,
            Overlap.FIRST,
            "2026-03-28T12:00:00Z",
            "2026-03-29T12:00:00Z"));
  }

  @Test
  void noZoneHasJumpsSoCloseThatTheyMeet() {
    int jumps = 0;
    for (String id : ZoneId.getAvailableZoneIds()) {
      ZoneRules rules = ZoneId.of(id).getRules();
      ZoneOffsetTransition last = null;
      ZoneOffsetTransition jump = rules.nextTransition(Instant.parse("1969-12-30T00:00:00Z"));
      while (jump != null && jump.toEpochSecond() < ZoneClock.END) {
        if (last != null) {
          long both = jump.getDuration().abs().plus(last.getDuration().abs()).toSeconds();
          assertTrue(
              jump.toEpochSecond() - last.toEpochSecond() > both, id + " " + last + " " + jump);
        }
        last = jump;
        jumps++;
        jump = rules.nextTransition(jump.getInstant());
      }
    }
    assertTrue(jumps > 10_000, "saw " + jumps);
  }

  @Test
  void aZoneClockHasTheOffsetsOfItsZone() {
    for (String id :
        List.of(
            "UTC",
            "Europe/Berlin",
            "Pacific/Apia",
            "Africa/Casablanca",
            "Africa/Monrovia",
            "+05:45")) {
      ZoneId zone = ZoneId.of(id);
      ZoneClock clock = ZoneClock.of(zone);
      for (long second = 0; second < ZoneClock.END; second += 86_399L * 3) {
        int expected = zone.getRules().getOffset(Instant.ofEpochSecond(second)).getTotalSeconds();
        assertEquals(expected, clock.offset[clock.segmentAt(second)], id + " " + second);
      }
    }
  }
}
