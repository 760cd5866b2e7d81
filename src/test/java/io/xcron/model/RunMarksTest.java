package io.xcron.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What users and services leave at open runs, and how it is stored. */
class RunMarksTest {
  private static final Change.Stamp STAMP = new Change.Stamp(3, 4, 1_000, 5);

  /** Written by the version that knew format 1 only; never to be made again. */
  private static final String FORMAT_1 =
      "01000000000000000003000000000000000400000000000000050000000100000000000003e8000000"
          + "0000000004000000000000019000000000000001f40000000000000002002d0102900302040a0203"
          + "f4030203d804020103dc04d08c0101016d0004a006000001000000010762792068616e6400026401"
          + "11687474703a2f2f6c6f63616c686f73742f000000e807";

  private static final Task TASK =
      new Task(
          "id",
          "default",
          null,
          Map.of(),
          null,
          new Schedule.Every(Duration.ofMillis(100)),
          null,
          null,
          0,
          Duration.ZERO,
          null,
          true,
          null,
          new Target.Http("http://localhost/", "POST", Map.of(), null, Duration.ofSeconds(1)),
          Policy.DEFAULT,
          null);

  private static final OpenRun STARTED =
      new OpenRun(1, 100, 100, 1, OpenRun.State.STARTED, 101, 0, "m", "given");

  private static TaskRecord stored(Change change, @Nullable TaskRecord current) {
    return assertInstanceOf(Change.Applied.Stored.class, change.apply(current, null, STAMP))
        .record();
  }

  private static TaskRecord with(OpenRun run) {
    return stored(open(run), stored(new TaskChange.Create(TASK, 1_000, 100), null));
  }

  private static RunChange.Decide open(OpenRun run) {
    return new RunChange.Decide(5, 1, 1, 100, 200, List.of(run), null);
  }

  private static OpenRun runOf(TaskRecord record) {
    OpenRun run = record.progress().openRun(1);
    assertNotNull(run);
    return run;
  }

  @Test
  void aRecordOfTheFirstFormatStaysReadable() {
    TaskRecord record = TaskRecord.of(HexFormat.of().parseHex(FORMAT_1), 0);
    Progress progress = record.progress();
    assertEquals(TASK, record.task("id"));
    assertEquals(
        new LastRun(2, 200, 201, 202, 207, RunOutcome.FAILURE, 3, 500), progress.lastRun());
    assertEquals(
        List.of(
            new OpenRun(3, 300, 301, 1, OpenRun.State.ACCEPTED, 302, 9_000, "m", null),
            new OpenRun(4, 400, 400, 0, OpenRun.State.WAITING, 0, 0, null, "by hand")),
        progress.openRuns());
    assertEquals(2, progress.delivered());
    assertEquals(2, stored(new RunChange.Kill(), record).progress().openRuns().size());
  }

  @Test
  void aKillOutlivesADecisionThatWasOnItsWay() {
    TaskRecord killed = stored(new RunChange.Kill(), with(STARTED));
    assertEquals(OpenRun.State.KILLED, runOf(stored(open(STARTED), killed)).state());
  }

  @Test
  void aSuccessOutlivesADecisionThatWasOnItsWay() {
    TaskRecord confirmed = stored(new RunChange.Confirm(1, true, "done"), with(STARTED));
    OpenRun accepted = new OpenRun(1, 100, 100, 1, OpenRun.State.ACCEPTED, 101, 900, null, null);
    OpenRun run = runOf(stored(open(accepted), confirmed));
    assertEquals(OpenRun.State.CONFIRMED, run.state());
    assertEquals("done", run.note());
  }

  @Test
  void aFailureIsOverWhenTheNextAttemptIsWaitedFor() {
    TaskRecord failed = stored(new RunChange.Confirm(-1, false, "no"), with(STARTED));
    assertEquals("given", runOf(failed).arg(), "the next attempt needs it");
    assertEquals(OpenRun.State.FAILED, runOf(stored(open(STARTED), failed)).state());
    OpenRun waiting = new OpenRun(1, 100, 100, 1, OpenRun.State.WAITING, 101, 0, null, "given");
    assertEquals(OpenRun.State.WAITING, runOf(stored(open(waiting), failed)).state());
  }

  @Test
  void aFormerOwnersDecisionThatComesLateUndoesNoStart() {
    OpenRun queued = new OpenRun(1, 100, 100, 0, OpenRun.State.WAITING, 0, 0, null, "given");
    OpenRun accepted = new OpenRun(1, 100, 100, 1, OpenRun.State.ACCEPTED, 101, 900, null, "given");
    OpenRun retrying = new OpenRun(1, 100, 100, 1, OpenRun.State.WAITING, 101, 0, null, "given");
    OpenRun again = new OpenRun(1, 100, 100, 2, OpenRun.State.STARTED, 101, 0, null, "given");
    List<OpenRun> inOrder = List.of(queued, STARTED, accepted, retrying, again);
    for (int late = 0; late < inOrder.size(); late++) {
      for (int there = 0; there < inOrder.size(); there++) {
        OpenRun stays = inOrder.get(Math.max(late, there));
        OpenRun run = runOf(stored(open(inOrder.get(late)), with(inOrder.get(there))));
        assertEquals(stays.state(), run.state(), late + " after " + there);
        assertEquals(stays.attempt(), run.attempt(), late + " after " + there);
      }
    }
  }

  @Test
  void ofSeveralOpenRunsTheOldestAcceptedOneIsConfirmed() {
    OpenRun second = new OpenRun(2, 200, 200, 1, OpenRun.State.ACCEPTED, 201, 900, null, null);
    OpenRun third = new OpenRun(3, 300, 300, 1, OpenRun.State.ACCEPTED, 301, 900, null, null);
    TaskRecord record =
        stored(
            new RunChange.Decide(5, 1, 3, 300, 400, List.of(STARTED, third, second), null),
            stored(new TaskChange.Create(TASK, 1_000, 100), null));
    TaskRecord confirmed =
        stored(new RunChange.Confirm(RunChange.Confirm.OPEN_ONE, true, null), record);
    OpenRun run = confirmed.progress().openRun(2);
    assertNotNull(run);
    assertEquals(OpenRun.State.CONFIRMED, run.state());
  }

  @Test
  void aLongNoteIsCutBetweenCharacters() {
    TaskRecord confirmed = stored(new RunChange.Confirm(1, true, "汉".repeat(5_000)), with(STARTED));
    String note = runOf(confirmed).note();
    assertNotNull(note);
    assertTrue(note.getBytes(StandardCharsets.UTF_8).length <= OpenRun.MAX_TEXT_BYTES);
    assertEquals("汉".repeat(note.length()), note);
    assertNull(runOf(confirmed).arg());
  }

  @Test
  void theFullestRecordFits() {
    TaskRecord record = stored(new TaskChange.Create(TASK, 1_000, 100), null);
    for (int i = 0; i < OpenRun.MAX_PER_TASK; i++) {
      record = stored(new RunChange.Run("a".repeat(OpenRun.MAX_TEXT_BYTES)), record);
    }
    for (int i = 1; i <= OpenRun.MAX_PER_TASK; i++) {
      record = stored(new RunChange.Confirm(i, i % 2 == 0, "b".repeat(5_000)), record);
    }
    assertEquals(OpenRun.MAX_PER_TASK, record.progress().openRuns().size());
  }

  @Test
  void anEndThatIsToldAgainDoesNotEndTheReplay() {
    LastRun failed = new LastRun(1, 100, 100, 101, 110, RunOutcome.FAILURE, 3, 500, "given");
    RunChange.Finish finish = new RunChange.Finish(5, 1, failed, 200, false);
    TaskRecord ended = stored(finish, with(STARTED));
    TaskRecord replaying = stored(new RunChange.Replay(1), ended);
    assertInstanceOf(
        Change.Applied.Unchanged.class, finish.apply(replaying, null, STAMP), "a late repeat");
    assertEquals("given", runOf(replaying).arg());
    assertEquals(0, replaying.delivered());
  }
}
