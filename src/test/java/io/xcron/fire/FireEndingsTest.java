package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.target.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How runs and tasks end, and what is kept of them. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireEndingsTest extends OneTask {
  // The timeout of the whole run.

  @Test
  void theTimeoutOfTheRunEndsTheAttemptUnderWay() {
    answer(60_000, FakeWorld.OK);
    world.create(once().timeout(3_000).build());
    runFor(3_990);
    assertFalse(world.shots.getFirst().killed);
    runFor(100);
    assertTrue(world.shots.getFirst().killed);
    assertEquals(RunOutcome.TIMEOUT, last().outcome());
    assertEquals(1, world.shots.size());
  }

  @Test
  void aTimeoutBelowASecondIsKeptToo() {
    answer(60_000, FakeWorld.OK);
    world.offerMillis = 50;
    world.create(once().timeout(200).build());
    runFor(1_400);
    assertEquals(RunOutcome.TIMEOUT, last().outcome());
    assertTrue(last().endMillis() - last().startMillis() >= 200);
  }

  // Records.

  @Test
  void thePlainRunHasARecordWithOneAttempt() {
    answer(5, new Outcome.Answered(200, "hello", false));
    world.create(once().build());
    runFor(2_000);
    RunRecord run = logged();
    assertEquals(1, run.number());
    assertEquals(RunOutcome.SUCCESS, run.outcome());
    assertEquals(BEGIN + 1_000, run.dueMillis());
    assertEquals(200, run.attempts().getFirst().status());
    assertEquals("m0", run.member());
    assertEquals("hello", run.output());
    assertFalse(run.late());
    assertTrue(run.token() > 0);
  }

  @Test
  void aFailedRunTellsOfEachAttempt() {
    answer(5, FakeWorld.ERROR);
    world.create(once().retry(3, 100).build());
    runFor(5_000);
    assertEquals(
        List.of(1, 2, 3), logged().attempts().stream().map(RunRecord.Try::number).toList());
    assertEquals("answered with status 500", logged().attempts().getFirst().error());
    assertNull(logged().output());
  }

  @Test
  void whatIsLetGoHasARecordThatSaysWhy() {
    world.create(every(1_000).misfire(Policy.Misfire.SKIP, 3_000).build());
    runFor(500);
    world.granted = false;
    runFor(9_900);
    world.granted = true;
    runFor(10);
    RunRecord missed = world.log.getFirst();
    assertEquals(RunOutcome.MISFIRED, missed.outcome());
    assertEquals(7, missed.number());
    assertEquals("7 instants up to this one were missed", missed.detail());
    assertEquals(List.of(), missed.attempts());
  }

  @Test
  void aLateRunIsMarked() {
    world.create(once().misfire(Policy.Misfire.ONCE, 1_000).build());
    runFor(500);
    world.granted = false;
    runFor(5_000);
    world.granted = true;
    runFor(100);
    assertTrue(logged().late());
  }

  // Arguments and replays.

  @Test
  void aManualRunIsGivenItsArgument() {
    @Nullable String[] given = new @Nullable String[1];
    world.answers =
        attempt -> {
          given[0] = attempt.arg();
          return new FakeWorld.Answer(0, FakeWorld.OK);
        };
    world.create(every(60_000).build());
    runFor(100);
    write(new RunChange.Run("by hand"));
    runFor(100);
    assertEquals("by hand", given[0]);
  }

  @Test
  void aDeadTasksRunIsReplayedUnderItsNumber() {
    answer(0, FakeWorld.ERROR);
    world.create(once().retry(2, 10).build());
    runFor(2_000);
    assertEquals(Progress.Phase.DEAD, progress().phase());
    answer(0, FakeWorld.OK);
    write(new RunChange.Replay(1));
    runFor(100);
    assertEquals(List.of(1L, 1L, 1L), numbers());
    assertEquals(List.of(1, 2, 1), attempts());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
    assertEquals(1, progress().delivered());
    assertEquals(2, world.log.size());
  }

  @Test
  void aReplayKeepsTheArgumentOfTheRunThatFailed() {
    @Nullable String[] given = new @Nullable String[1];
    world.answers =
        attempt -> {
          given[0] = attempt.arg();
          return new FakeWorld.Answer(0, FakeWorld.ERROR);
        };
    world.create(every(60_000).retry(1, 10).build());
    runFor(100);
    write(new RunChange.Run("by hand"));
    runFor(100);
    world.crash();
    given[0] = null;
    write(new RunChange.Replay(1));
    runFor(100);
    assertEquals("by hand", given[0]);
  }

  @Test
  void onlyAFailedLastRunIsReplayed() {
    world.create(once().build());
    runFor(2_000);
    CompletableFuture<Change.Applied> answer = write(new RunChange.Replay(1));
    runFor(100);
    assertEquals(new Change.Applied.Refused(Change.Refusal.NOT_FAILED), answer.join());
  }

  // The end of a task.

  @Test
  void aFinishedTaskGoesThatLongAfterItsEnd() {
    world.create(once().deleteAfter(10_000).build());
    runFor(10_500);
    assertNotNull(world.grid.current("t"));
    runFor(1_000);
    assertNull(world.grid.current("t"));
    assertNull(world.grid.durable.get("t"));
  }

  @Test
  void aDeadTaskGoesEvenWhenItsOwnerHasChangedAndTheFirstTryFails() {
    answer(0, FakeWorld.ERROR);
    world.create(once().retry(1, 10).deleteAfter(10_000).build());
    runFor(2_000);
    world.crash();
    world.grid.refusedRate = 1;
    runFor(10_000);
    assertNotNull(world.grid.current("t"));
    world.grid.refusedRate = 0;
    runFor(6_000);
    assertNull(world.grid.current("t"));
  }

  @Test
  void aFinishedTaskThatRunsOnceMoreStaysUntilThatHasEnded() {
    world.create(once().deleteAfter(5_000).build());
    runFor(4_000);
    answer(10_000, FakeWorld.OK);
    write(new RunChange.Run(null));
    runFor(6_000);
    assertNotNull(world.grid.current("t"));
    runFor(12_000);
    assertNull(world.grid.current("t"));
  }

  @Test
  void aTaskThatIsFinishedByAChangeIsKeptFromThenOn() {
    Task task = every(1_000).deleteAfter(10_000).build();
    world.create(task);
    runFor(1_500);
    world.granted = false;
    runFor(60_000);
    world.granted = true;
    Task over = Tasks.once("t", BEGIN + 1).deleteAfter(10_000).build();
    write(new TaskChange.Replace(over, BEGIN, Progress.NEVER, Change.ANY_VERSION));
    runFor(5_000);
    assertNotNull(world.grid.current("t"));
    runFor(10_000);
    assertNull(world.grid.current("t"));
  }

  @Test
  void aFinishedTaskThatIsDisabledIsKeptNeitherLongerNorShorter() {
    world.create(every(86_400_000).deleteAfter(10_000).build());
    runFor(1_500);
    Task over = Tasks.once("t", BEGIN + 1).deleteAfter(10_000).build();
    write(new TaskChange.Replace(over, BEGIN, Progress.NEVER, Change.ANY_VERSION));
    runFor(5_000);
    Task disabled = over.withEnabled(false);
    write(new TaskChange.Replace(disabled, BEGIN, Progress.NEVER, Change.ANY_VERSION));
    runFor(4_000);
    assertNotNull(world.grid.current("t"));
    runFor(3_000);
    assertNull(world.grid.current("t"));
  }

  @Test
  void aFinishedTaskGoesOnWithLargerLimitsAndTheNumbersToo() {
    world.create(every(1_000).maxRuns(2).build());
    runFor(5_500);
    assertEquals(Progress.Phase.FINISHED, progress().phase());
    write(replaced(every(1_000).maxRuns(4).build()));
    runFor(5_000);
    assertEquals(List.of(1L, 2L, 3L, 4L), numbers());
    assertEquals(BEGIN + 6_000, world.shots.get(2).dueMillis);
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void aTaskPastItsEndGoesOnWithoutOneEvenWhileItsLastRunDoes() {
    answer(600, FakeWorld.OK);
    world.create(every(1_000).end(BEGIN + 2_000).build());
    runFor(3_500);
    assertEquals(Progress.Phase.FINISHED, progress().phase());
    write(replaced(every(1_000).end(BEGIN + 4_000).build()));
    runFor(800);
    assertEquals(3, world.shots.size());
    write(replaced(every(1_000).build()));
    runFor(2_000);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), numbers());
    assertEquals(BEGIN + 5_000, world.shots.get(3).dueMillis);
  }

  private TaskChange replaced(Task task) {
    long created = world.record("t").createdMillis();
    long next = world.timeline(task, created).first(world.nowMillis);
    return new TaskChange.Replace(task, created, next, Change.ANY_VERSION);
  }
}
