package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.target.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** How runs end other than by the answer to their callback. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireEndingsTest {
  private static final long BEGIN = FakeWorld.BEGIN;
  private static final Outcome ACCEPTED = new Outcome.Accepted("on it");

  private final FakeWorld world = new FakeWorld(1);

  private Tasks once() {
    return Tasks.once("t", BEGIN + 1_000);
  }

  private Tasks every(long millis) {
    return Tasks.every("t", millis).start(BEGIN + millis);
  }

  private void answer(long millis, Outcome outcome) {
    world.answers = attempt -> new FakeWorld.Answer(millis, outcome);
  }

  private List<Long> numbers() {
    return world.shots.stream().map(shot -> shot.number).toList();
  }

  private List<Integer> attempts() {
    return world.shots.stream().map(shot -> shot.attempt).toList();
  }

  private Progress progress() {
    return world.record("t").progress();
  }

  private LastRun last() {
    LastRun last = progress().lastRun();
    assertNotNull(last);
    return last;
  }

  private RunRecord logged() {
    assertEquals(1, world.log.size(), world.log.toString());
    return world.log.getFirst();
  }

  private void runFor(long millis) {
    world.runUntil(world.nowMillis + millis);
  }

  private CompletableFuture<Change.Applied> write(Change change) {
    return world.write("t", change);
  }

  // Kill.

  @Test
  void aKillEndsWhatIsUnderWayAndItsOutputIsKept() {
    answer(60_000, FakeWorld.OK);
    world.create(once().build());
    runFor(1_500);
    CompletableFuture<Change.Applied> killed = write(new Change.Kill());
    runFor(100);
    assertEquals(1, Change.Kill.count(killed.join()));
    assertEquals(RunOutcome.KILLED, last().outcome());
    assertTrue(world.shots.getFirst().killed);
    assertEquals("so far", logged().output());
    assertEquals(RunOutcome.KILLED, logged().outcome());
    assertEquals("was killed", logged().attempts().getFirst().error());
    assertEquals(0, world.lane.runs());
  }

  @Test
  void aKillFindsNothingWhereNothingRuns() {
    world.create(once().build());
    runFor(100);
    CompletableFuture<Change.Applied> killed = write(new Change.Kill());
    CompletableFuture<Change.Applied> unknown = world.write("x", new Change.Kill());
    runFor(2_000);
    assertEquals(0, Change.Kill.count(killed.join()));
    assertEquals(new Change.Applied.Refused(Change.Refusal.NOT_FOUND), unknown.join());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aKillReachesRunsThatWaitForARetryOrTheirTurn() {
    answer(0, FakeWorld.ERROR);
    world.create(every(1_000).overlap(Policy.Overlap.QUEUE).retry(5, 60_000).build());
    runFor(3_500);
    CompletableFuture<Change.Applied> killed = write(new Change.Kill());
    answer(0, FakeWorld.OK);
    runFor(100);
    assertEquals(3, Change.Kill.count(killed.join()));
    assertEquals(List.of(), progress().openRuns());
    assertEquals(1, progress().delivered(), "two had not been delivered");
    assertEquals("it was killed before it started", world.log.getLast().detail());
    runFor(1_000);
    assertEquals(List.of(1L, 4L), numbers());
  }

  @Test
  void aKillThatWasAcknowledgedHoldsForTheNextOwner() {
    answer(60_000, FakeWorld.OK);
    world.killMillis = 10_000;
    world.create(once().build());
    runFor(1_500);
    CompletableFuture<Change.Applied> killed = write(new Change.Kill());
    runFor(50);
    assertTrue(killed.isDone());
    assertEquals(OpenRun.State.KILLED, progress().openRuns().getFirst().state());
    world.crash();
    runFor(1_000);
    assertEquals(List.of(1L), numbers());
    assertEquals(RunOutcome.KILLED, last().outcome());
  }

  @Test
  void aRunThatSucceedsWhileItIsKilledHasSucceeded() {
    answer(600, FakeWorld.OK);
    world.killMillis = 10_000;
    world.create(once().build());
    runFor(1_500);
    write(new Change.Kill());
    runFor(1_000);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aDeletedTasksCommandIsKilled() {
    answer(60_000, FakeWorld.OK);
    world.create(once().shell().build());
    runFor(1_500);
    write(new Change.Remove(Change.ANY_VERSION));
    runFor(100);
    assertTrue(world.shots.getFirst().killed);
  }

  @Test
  void replaceWaitsUntilTheReplacedOneHasEnded() {
    answer(60_000, FakeWorld.OK);
    world.killMillis = 500;
    world.create(every(1_000).overlap(Policy.Overlap.REPLACE).shell().build());
    runFor(4_900);
    assertTrue(world.shots.size() >= 3, world.shots.toString());
    for (int i = 1; i < world.shots.size(); i++) {
      assertTrue(world.shots.get(i - 1).killed);
      assertTrue(world.shots.get(i).startMillis >= world.shots.get(i - 1).endMillis);
    }
  }

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

  // Accepted runs.

  @Test
  void anAcceptedRunIsWrittenWithItsDeadlineAndEndsWithItsConfirmation() {
    answer(5, ACCEPTED);
    world.create(once().service(60_000).build());
    runFor(5_000);
    OpenRun open = progress().openRuns().getFirst();
    assertEquals(OpenRun.State.ACCEPTED, open.state());
    assertEquals(world.shots.getFirst().startMillis + 60_000, open.deadlineMillis());
    write(new Change.Confirm(Change.Confirm.OPEN_ONE, true, "all done"));
    runFor(100);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
    assertEquals("all done", logged().output());
    assertNull(logged().attempts().getFirst().error());
    assertEquals(1, world.shots.size());
  }

  @Test
  void aRunThatIsConfirmedAsAFailureIsTriedAgain() {
    answer(5, ACCEPTED);
    world.create(once().service(60_000).retry(2, 100).build());
    runFor(2_000);
    write(new Change.Confirm(1, false, "no"));
    runFor(1_000);
    assertEquals(List.of(1, 2), attempts());
    write(new Change.Confirm(1, false, "no again"));
    runFor(1_000);
    assertEquals(RunOutcome.FAILURE, last().outcome());
    assertEquals(2, logged().attempts().size());
    assertEquals("no again", logged().output());
  }

  @Test
  void aRunThatIsNotConfirmedInTimeIsTriedAgainAndTimesOut() {
    answer(5, ACCEPTED);
    world.create(once().service(2_000).retry(2, 100).build());
    runFor(10_000);
    assertEquals(List.of(1, 2), attempts());
    assertEquals(RunOutcome.TIMEOUT, last().outcome());
    assertEquals("was not confirmed in time", logged().attempts().getFirst().error());
  }

  @Test
  void anAcceptedRunCountsAsRunning() {
    answer(5, ACCEPTED);
    world.create(every(1_000).service(60_000).build());
    runFor(3_500);
    assertEquals(List.of(1L), numbers());
    write(new Change.Confirm(1, true, null));
    runFor(1_000);
    assertEquals(List.of(1L, 4L), numbers());
  }

  @Test
  void aNewOwnerKeepsTheDeadlineAndDoesNotCallAgain() {
    answer(5, ACCEPTED);
    world.create(once().service(10_000).retry(1, 100).build());
    runFor(2_000);
    world.crash();
    runFor(8_900);
    assertEquals(1, world.shots.size());
    assertEquals(OpenRun.State.ACCEPTED, progress().openRuns().getFirst().state());
    runFor(300);
    assertEquals(RunOutcome.TIMEOUT, last().outcome());
    assertEquals(1, world.shots.size());
  }

  @Test
  void aConfirmationThatComesBeforeTheAcceptanceIsNotLost() {
    answer(500, ACCEPTED);
    world.create(once().service(60_000).build());
    runFor(1_200);
    CompletableFuture<Change.Applied> early = write(new Change.Confirm(1, true, "quick"));
    runFor(100);
    assertTrue(early.join() instanceof Change.Applied.Stored);
    runFor(1_000);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals("quick", logged().output());
  }

  @Test
  void aConfirmationThatWasAcknowledgedHoldsForTheNextOwner() {
    answer(500, ACCEPTED);
    world.create(once().service(60_000).build());
    runFor(1_200);
    write(new Change.Confirm(1, true, null));
    runFor(50);
    world.crash();
    runFor(1_000);
    assertEquals(1, world.shots.size());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aConfirmationOfWhatHasEndedChangesNothing() {
    world.create(once().service(60_000).build());
    runFor(2_000);
    CompletableFuture<Change.Applied> late = write(new Change.Confirm(1, false, null));
    runFor(100);
    assertTrue(late.join() instanceof Change.Applied.Unchanged);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void anAcceptedRunCanBeKilled() {
    answer(5, ACCEPTED);
    world.create(once().service(60_000).build());
    runFor(2_000);
    write(new Change.Kill());
    runFor(100);
    assertEquals(RunOutcome.KILLED, last().outcome());
  }

  // Commands.

  @Test
  void aCommandIsWrittenOpenAtItsStartWithItsMember() {
    answer(60_000, FakeWorld.OK);
    world.create(once().shell().build());
    runFor(1_100);
    OpenRun open = progress().openRuns().getFirst();
    assertEquals(OpenRun.State.STARTED, open.state());
    assertEquals("m0", open.member());
  }

  @Test
  void aCommandThatWentDownWithItsMemberIsRepeatedUnderItsNumber() {
    answer(60_000, new Outcome.Exited(0, "done", false));
    world.create(once().shell().retry(1, 100).build());
    runFor(1_500);
    world.crash();
    answer(10, new Outcome.Exited(0, "done", false));
    runFor(2_000);
    assertEquals(List.of(1L, 1L), numbers());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals("done", logged().output());
  }

  @Test
  void aCommandThatMayRunOnceOnlyEndsUnknown() {
    answer(60_000, new Outcome.Exited(0, "done", false));
    world.create(once().shell().atMostOnce().build());
    runFor(1_500);
    world.crash();
    runFor(2_000);
    assertEquals(List.of(1L), numbers());
    assertEquals(RunOutcome.UNKNOWN, last().outcome());
    assertEquals(RunOutcome.UNKNOWN, logged().outcome());
  }

  @Test
  void aCommandOnAMemberThatLivesIsHeardAgainByTheNextOwner() {
    world.commandsElsewhere = true;
    answer(5_000, new Outcome.Exited(0, "done", false));
    world.create(once().shell().build());
    runFor(1_500);
    world.crash();
    runFor(1_000);
    assertEquals(OpenRun.State.STARTED, progress().openRuns().getFirst().state());
    runFor(5_000);
    assertEquals(List.of(1L), numbers());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals("elsewhere", logged().member());
  }

  @Test
  void aKillReachesACommandThatTheFormerOwnerHasStarted() {
    world.commandsElsewhere = true;
    world.killMillis = 300;
    answer(60_000, new Outcome.Exited(0, "done", false));
    world.create(once().shell().build());
    runFor(1_500);
    write(new Change.Kill());
    runFor(20);
    world.crash();
    runFor(2_000);
    assertTrue(world.shots.getFirst().killed);
    assertEquals(RunOutcome.KILLED, last().outcome());
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
    write(new Change.Run("by hand"));
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
    write(new Change.Replay(1));
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
    write(new Change.Run("by hand"));
    runFor(100);
    world.crash();
    given[0] = null;
    write(new Change.Replay(1));
    runFor(100);
    assertEquals("by hand", given[0]);
  }

  @Test
  void onlyAFailedLastRunIsReplayed() {
    world.create(once().build());
    runFor(2_000);
    CompletableFuture<Change.Applied> answer = write(new Change.Replay(1));
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
    write(new Change.Run(null));
    runFor(6_000);
    assertNotNull(world.grid.current("t"));
    runFor(12_000);
    assertNull(world.grid.current("t"));
  }

  @Test
  void aTaskThatIsFinishedByAChangeIsKeptFromThenOn() {
    io.xcron.model.Task task = every(1_000).deleteAfter(10_000).build();
    world.create(task);
    runFor(1_500);
    world.granted = false;
    runFor(60_000);
    world.granted = true;
    io.xcron.model.Task over = Tasks.once("t", BEGIN + 1).deleteAfter(10_000).build();
    write(new Change.Replace(over, BEGIN, Progress.NEVER, Change.ANY_VERSION));
    runFor(5_000);
    assertNotNull(world.grid.current("t"));
    runFor(10_000);
    assertNull(world.grid.current("t"));
  }

  // Calendars.

  @Test
  void anExcludedDayTakesNoNumber() {
    java.time.ZoneOffset utc = java.time.ZoneOffset.UTC;
    java.time.LocalDate first =
        java.time.LocalDate.ofInstant(java.time.Instant.ofEpochMilli(BEGIN), utc);
    world.calendars.put(
        "holidays",
        new io.xcron.model.WorkCalendar(
            utc,
            java.util.Set.of(first.plusDays(1), first.plusDays(2)),
            java.util.Set.of(),
            java.util.Set.of(),
            io.xcron.model.WorkCalendar.OnExcluded.SKIP));
    long day = 86_400_000;
    world.create(every(day).calendar("holidays").misfire(Policy.Misfire.ONCE, 60_000).build());
    runFor(4 * day + 1_000);
    assertEquals(List.of(1L, 2L), numbers());
    assertEquals(
        List.of(BEGIN + 3 * day, BEGIN + 4 * day),
        world.shots.stream().map(shot -> shot.dueMillis).toList());
  }

  // Priority.

  @Test
  void ofRunsThatAreDueTogetherTheHigherPriorityGoesFirst() {
    List<String> offered = new java.util.ArrayList<>();
    world.offered = attempt -> offered.add(attempt.taskId());
    for (int i = 0; i < 10; i++) {
      world.create(Tasks.once("t" + i, BEGIN + 1_000).priority((i * 7) % 10).build());
    }
    runFor(1_500);
    assertEquals(List.of("t7", "t4", "t1", "t8", "t5", "t2", "t9", "t6", "t3", "t0"), offered);
  }
}
