package io.xcron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Policy;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class XcronTestKitTest {
  private static final Instant BEGIN = Instant.parse("2027-03-01T22:00:00Z");

  private final List<String> seen = new ArrayList<>();

  @Test
  void whatIsDueAtOneHappensWhenTheClockComesToOne() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler("settle", run -> seen.add(run.number() + " " + run.due() + " " + run.started()));
      kit.create(Xcron.task("s").cron("0 1 * * *", ZoneOffset.UTC).handler("settle"));
      kit.advanceTo(Instant.parse("2027-03-02T00:59:59.999Z"));
      assertEquals(List.of(), seen);
      kit.advance(Duration.ofMillis(1));
      assertEquals(List.of("1 2027-03-02T01:00:00Z 2027-03-02T01:00:00Z"), seen);
      kit.advance(Duration.ofDays(2));
      assertEquals(3, seen.size());
      assertEquals(List.of(Instant.parse("2027-03-05T01:00:00Z")), kit.next("s", 1));
    }
  }

  @Test
  void aHandlerThatFailsIsTriedAgainAsItsPolicySays() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler(
          "shaky",
          run -> {
            seen.add(run.idempotencyKey() + "#" + run.attempt());
            run.print("try " + run.attempt());
            if (run.attempt() < 3) {
              throw new IllegalStateException("not yet");
            }
          });
      TaskInfo task =
          kit.create(
              Xcron.task("t")
                  .at(BEGIN.plusSeconds(60))
                  .handler("shaky")
                  .retry(3, Duration.ofSeconds(10), Duration.ofMinutes(1)));
      assertEquals(TaskState.SCHEDULED, task.state());
      kit.advance(Duration.ofMinutes(5));
      assertEquals(3, seen.size());
      assertEquals(1, seen.stream().map(key -> key.split("#", -1)[0]).distinct().count());
      RunRecord run = kit.runs("t", 10).getFirst();
      assertEquals(RunOutcome.SUCCESS, run.outcome());
      assertEquals(3, run.attempts().size());
      assertEquals("try 3\n", run.output());
      assertEquals(TaskState.FINISHED, kit.find("t").orElseThrow().state());
    }
  }

  @Test
  void aHandlerThatTakesTooLongIsTimedOutAndOneThatIsKilledEndsAtOnce() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler("slow", run -> seen.add(run.taskId())).takes("slow", Duration.ofHours(2));
      TaskBuilder slow = Xcron.task("slow").at(BEGIN.plusSeconds(1)).handler("slow");
      kit.create(
          slow.timeout(Duration.ofMinutes(10))
              .retry(1, Duration.ofSeconds(1), Duration.ofSeconds(1)));
      kit.create(Xcron.task("killed").at(BEGIN.plusSeconds(1)).handler("slow"));
      kit.advance(Duration.ofMinutes(5));
      assertEquals(TaskState.RUNNING, kit.find("slow").orElseThrow().state());
      kit.kill("killed");
      kit.advance(Duration.ZERO);
      assertEquals(RunOutcome.KILLED, kit.runs("killed", 1).getFirst().outcome());
      kit.advance(Duration.ofMinutes(10));
      RunRecord timedOut = kit.runs("slow", 1).getFirst();
      assertEquals(RunOutcome.TIMEOUT, timedOut.outcome());
      long millis = timedOut.endMillis() - timedOut.startMillis();
      assertTrue(millis >= 600_000 && millis < 600_100, "took " + millis);
    }
  }

  @Test
  void overlappingRunsWaitForEachOtherWhenTheyAreQueued() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler("long", run -> seen.add(run.started().toString()));
      kit.takes("long", Duration.ofMinutes(3));
      kit.create(
          Xcron.task("q")
              .every(Duration.ofMinutes(2))
              .maxRuns(3)
              .handler("long")
              .overlap(Policy.Overlap.QUEUE));
      kit.advance(Duration.ofHours(1));
      assertEquals(
          List.of("2027-03-01T22:02:00Z", "2027-03-01T22:05:00Z", "2027-03-01T22:08:00Z"), seen);
    }
  }

  @Test
  void httpTargetsAreAnsweredByTheTest() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.http(
          call -> {
            seen.add(call.method() + " " + call.url() + " " + call.body() + " " + call.attempt());
            return call.attempt() == 1
                ? XcronTestKit.Reply.of(503)
                : XcronTestKit.Reply.ok().after(Duration.ofSeconds(2));
          });
      kit.create(
          Xcron.task("h").at(BEGIN.plusSeconds(1)).post("http://shop/close", "{\"order\":7}"));
      kit.advance(Duration.ofMinutes(1));
      assertEquals(
          List.of(
              "POST http://shop/close {\"order\":7} 1", "POST http://shop/close {\"order\":7} 2"),
          seen);
      RunRecord run = kit.runs("h", 1).getFirst();
      assertEquals(RunOutcome.SUCCESS, run.outcome());
      assertEquals(2_000, run.endMillis() - run.attempts().getLast().startMillis());
    }
  }

  @Test
  void aHandlerThatNobodyHasFailsAndSaysSo() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.create(Xcron.task("n").at(BEGIN.plusSeconds(1)).handler("absent"));
      kit.advance(Duration.ofMinutes(5));
      RunRecord run = kit.runs("n", 1).getFirst();
      assertEquals(RunOutcome.FAILURE, run.outcome());
    }
  }

  @Test
  void aKeyCreatesOneTaskAndAnotherDefinitionIsRefused() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      TaskBuilder close = Xcron.task().at(BEGIN.plusSeconds(60)).handler("close", "7");
      String id = kit.createOnce("order-7", close);
      assertEquals(id, kit.createOnce("order-7", close));
      assertEquals(1, kit.list(TaskQuery.ALL).tasks().size());
      XcronException refused =
          assertThrows(
              XcronException.class, () -> kit.createOnce("order-7", close.handler("close", "8")));
      assertEquals(XcronException.Reason.IDEMPOTENCY_MISMATCH, refused.reason());
      kit.advance(Duration.ofHours(1));
      assertTrue(kit.delete(id));
      assertEquals(id, kit.createOnce("order-7", close.handler("close", "7")));
      assertTrue(kit.find(id).isEmpty(), "a repeat creates nothing");
    }
  }

  @Test
  void aTaskSaysWhenItsNextRunIsDueWithItsJitter() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler("j", run -> seen.add(run.due().toString()));
      TaskBuilder builder = Xcron.task("j").every(Duration.ofHours(1)).handler("j");
      TaskInfo task = kit.create(builder.jitter(Duration.ofMinutes(20)));
      List<String> told = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        told.add(String.valueOf(task.nextDue()));
        kit.advance(Duration.ofHours(1).plusMinutes(i == 0 ? 21 : 0));
        task = kit.find("j").orElseThrow();
      }
      assertEquals(told, seen);
    }
  }

  @Test
  void refusalsNameTheirReasonAndField() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      XcronException wrong =
          assertThrows(
              XcronException.class,
              () -> kit.create(Xcron.task("w").cron("61 * * * *").handler("x")));
      assertEquals(XcronException.Reason.INVALID, wrong.reason());
      assertEquals("schedule.cron", wrong.field());
      assertFalse(kit.delete("w"));
      kit.create(Xcron.task("w").every(Duration.ofHours(1)).handler("x"));
      XcronException twice =
          assertThrows(
              XcronException.class,
              () -> kit.create(Xcron.task("w").every(Duration.ofHours(1)).handler("x")));
      assertEquals(XcronException.Reason.CONFLICT, twice.reason());
      TaskInfo now = kit.replace(Xcron.task("w").every(Duration.ofHours(2)).handler("x").build());
      assertEquals(2, now.version());
      XcronException stale = assertThrows(XcronException.class, () -> kit.replace(now.task(), 1));
      assertEquals(XcronException.Reason.STALE_VERSION, stale.reason());
      XcronException shell =
          assertThrows(
              XcronException.class, () -> kit.create(Xcron.task("s").at(BEGIN).service("x", null)));
      assertEquals(XcronException.Reason.INVALID, shell.reason());
    }
  }

  @Test
  void pausedTasksLetTheirInstantsGo() {
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler("x", run -> seen.add(run.due().toString()));
      kit.create(Xcron.task("p").every(Duration.ofHours(1)).handler("x"));
      kit.pause("p");
      kit.advance(Duration.ofHours(5));
      assertEquals(List.of(), seen);
      kit.resume("p");
      kit.advance(Duration.ofHours(1));
      assertEquals(1, seen.size());
    }
  }

  @Test
  void aHandlerMayAskButNotMoveTheClock() {
    List<Throwable> thrown = new ArrayList<>();
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler(
          "first",
          run -> {
            kit.create(Xcron.task("next").at(kit.now().plusSeconds(5)).handler("second"));
            try {
              kit.advance(Duration.ofSeconds(1));
            } catch (IllegalStateException e) {
              thrown.add(e);
            }
          });
      kit.handler("second", run -> seen.add(run.due().toString()));
      kit.create(Xcron.task("one").at(BEGIN.plusSeconds(1)).handler("first"));
      kit.advance(Duration.ofMinutes(1));
      assertEquals(List.of(BEGIN.plusSeconds(6).toString()), seen);
      assertInstanceOf(IllegalStateException.class, thrown.getFirst());
    }
  }

  @Test
  void noThreadIsLeftBehind() {
    int before = Thread.getAllStackTraces().size();
    try (XcronTestKit kit = XcronTestKit.at(BEGIN)) {
      kit.handler("x", run -> seen.add(Thread.currentThread().getName()));
      kit.create(Xcron.task("one").at(BEGIN.plusSeconds(1)).handler("x"));
      kit.advance(Duration.ofMinutes(1));
      assertEquals(List.of(Thread.currentThread().getName()), seen);
      assertTrue(Thread.getAllStackTraces().size() <= before);
    }
  }
}
