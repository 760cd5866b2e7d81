package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.WorkCalendar;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which instants become runs, and when these start. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FirePolicyTest extends OneTask {
  private List<Long> starts() {
    return world.shots.stream().map(shot -> (shot.startMillis - BEGIN) / 100 * 100).toList();
  }

  @Test
  void aShortRunCostsOneWriteAndNoneBefore() {
    world.create(every(1_000).build());
    runFor(500);
    int created = world.grid.writes;
    runFor(5_000);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), numbers());
    assertEquals(5, world.grid.writes - created);
    assertEquals(5, progress().delivered());
    assertEquals(0, world.lane.runs());
  }

  @Test
  void nothingFiresWithoutAGrantAndNothingIsLostWhenItIsBack() {
    world.create(every(1_000).build());
    runFor(500);
    outage(3_000);
    assertEquals(List.of(), numbers());
    runFor(1_000);
    assertEquals(List.of(1L, 2L, 3L, 4L), numbers());
  }

  @Test
  void aFireWhileTheRunBeforeGoesOnIsSkippedUnderItsNumber() {
    world.answers = attempt -> new FakeWorld.Answer(2_500, FakeWorld.OK);
    world.create(every(1_000).build());
    runFor(8_500);
    assertEquals(List.of(1L, 4L, 7L), numbers());
    assertTrue(world.ends.stream().anyMatch(end -> end.outcome() == RunOutcome.SKIPPED));
  }

  @Test
  void allowStartsOneBesideTheOther() {
    world.answers = attempt -> new FakeWorld.Answer(2_500, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.ALLOW).build());
    runFor(5_500);
    assertEquals(List.of(1_000L, 2_000L, 3_000L, 4_000L, 5_000L), starts());
    runFor(600);
    assertEquals(3, progress().delivered());
  }

  @Test
  void queueLetsFiresWaitAndSkipsWhatIsTooMany() {
    world.answers =
        attempt -> new FakeWorld.Answer(attempt.runNumber() == 1 ? 4_500 : 5, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.QUEUE).queue(2).build());
    runFor(4_500);
    assertEquals(List.of(1L), numbers());
    assertEquals(
        List.of(2L, 3L),
        progress().openRuns().stream()
            .filter(open -> open.state() == OpenRun.State.WAITING)
            .map(OpenRun::number)
            .toList());
    runFor(2_000);
    assertEquals(List.of(1L, 2L, 3L, 6L), numbers(), "4 and 5 found the queue full");
  }

  @Test
  void theEndOfARunWakesTheLaneForTheOneThatWaitsInTheQueue() {
    world.answers = attempt -> new FakeWorld.Answer(1_500, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.QUEUE).build());
    runFor(2_400);
    List<Long> woken = new ArrayList<>();
    world.lane.onWake(() -> woken.add(world.nowMillis - BEGIN));
    runFor(200);
    assertEquals(List.of(1L, 2L), numbers());
    long ended = world.shots.getFirst().endMillis - BEGIN;
    assertTrue(woken.stream().anyMatch(at -> at >= ended && at <= ended + 10), ended + " " + woken);
  }

  @Test
  void aQueueOutlivesACrash() {
    world.answers =
        attempt -> new FakeWorld.Answer(attempt.runNumber() == 1 ? 9_000 : 5, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.QUEUE).build());
    runFor(3_500);
    world.answers = attempt -> new FakeWorld.Answer(5, FakeWorld.OK);
    world.crash();
    runFor(200);
    assertEquals(List.of(1L, 1L, 2L, 3L), numbers());
  }

  @Test
  void replaceEndsTheRunningOneAndStartsTheNew() {
    world.answers = attempt -> new FakeWorld.Answer(1_500, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.REPLACE).build());
    runFor(3_300);
    assertEquals(List.of(1_000L, 2_000L, 3_000L), starts());
    assertEquals(
        List.of(RunOutcome.KILLED, RunOutcome.KILLED),
        world.ends.stream().map(e -> e.outcome()).toList());
  }

  @Test
  void replaceEndsAHangingRunThatStartedLateAtTheNextInstant() {
    world.answers =
        attempt -> new FakeWorld.Answer(attempt.runNumber() < 3 ? 60_000 : 5, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.REPLACE).build());
    runFor(500);
    outage(4_000);
    runFor(400);
    assertEquals(List.of(4_500L), starts(), "what was late already waits for its turn");
    runFor(2_200);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L), numbers());
    assertEquals(List.of(4_500L, 5_000L, 6_000L, 6_000L, 6_000L), starts().subList(0, 5));
    assertEquals(
        List.of(RunOutcome.KILLED, RunOutcome.KILLED, RunOutcome.SUCCESS),
        world.ends.subList(0, 3).stream().map(LastRun::outcome).toList());
  }

  @Test
  void nothingIsReplacedByAnInstantBeyondMaxRuns() {
    world.answers = attempt -> new FakeWorld.Answer(2_500, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.REPLACE).maxRuns(1).build());
    runFor(5_000);
    assertEquals(List.of(1L), numbers());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void afterAnOutageTheLatestMissedFiresAndTheYoungerOnes() {
    world.create(every(1_000).misfire(Policy.Misfire.ONCE, 3_000).build());
    runFor(500);
    outage(9_900);
    runFor(300);
    assertEquals(List.of(7L, 8L, 9L, 10L), numbers());
    assertEquals(4, progress().delivered());
  }

  @Test
  void afterAnOutageAllFireOneAfterTheOther() {
    world.answers = attempt -> new FakeWorld.Answer(50, FakeWorld.OK);
    world.create(every(1_000).misfire(Policy.Misfire.ALL, 3_000).build());
    runFor(500);
    outage(7_000);
    runFor(1_400);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L), numbers());
  }

  @Test
  void afterAnOutageNoneOfTheMissedFires() {
    world.create(every(1_000).misfire(Policy.Misfire.SKIP, 3_000).build());
    runFor(500);
    outage(9_900);
    runFor(300);
    assertEquals(List.of(8L, 9L, 10L), numbers());
  }

  @Test
  void whatIsOlderThanTheWindowIsNotFiredAtAll() {
    world.create(every(1_000).misfire(Policy.Misfire.ALL, 1_000).window(5_000).build());
    runFor(500);
    outage(9_900);
    runFor(300);
    assertEquals(List.of(6L, 7L, 8L, 9L, 10L), numbers());
  }

  @Test
  void aOneShotFiresHoweverLate() {
    world.create(Tasks.once("t", BEGIN + 1_000).misfire(Policy.Misfire.ONCE, 1_000).build());
    runFor(500);
    outage(3_600_000);
    runFor(100);
    assertEquals(List.of(1L), numbers());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void aOneShotThatShallBeSkippedIsRecordedAsMisfired() {
    world.create(Tasks.once("t", BEGIN + 1_000).misfire(Policy.Misfire.SKIP, 1_000).build());
    runFor(500);
    outage(10_000);
    runFor(100);
    assertEquals(List.of(), numbers());
    assertEquals(RunOutcome.MISFIRED, last().outcome());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void aRunThatMayHaveStartedIsRepeatedBeforeTheRestIsCollapsed() {
    world.answers = attempt -> new FakeWorld.Answer(900, FakeWorld.OK);
    world.create(every(1_000).misfire(Policy.Misfire.ONCE, 3_000).build());
    runFor(1_500);
    world.crash();
    world.granted = false;
    world.answers = attempt -> new FakeWorld.Answer(5, FakeWorld.OK);
    runFor(9_000);
    world.granted = true;
    world.grantedUntilMillis = BEGIN + 1_500;
    world.lane.sweep(world.nowMillis);
    runFor(200);
    assertEquals(List.of(1L, 1L, 7L, 8L, 9L, 10L), numbers());
  }

  @Test
  void aChangeBeforeTheFirstSweepWritesDownWhatTheFormerOwnerMayHaveStarted() {
    world.answers = attempt -> new FakeWorld.Answer(900, FakeWorld.OK);
    world.create(every(1_000).build());
    runFor(1_500);
    world.crash();
    Task other = every(7_000).build();
    world.grid.applyAtOnce(
        "t", new TaskChange.Replace(other, BEGIN, BEGIN + 7_000, Change.ANY_VERSION));
    assertEquals(1, progress().openRuns().getFirst().number());
    runFor(8_000);
    assertEquals(List.of(1L, 1L, 2L), numbers());
    assertEquals(BEGIN + 1_000, world.shots.get(1).dueMillis);
    assertEquals(BEGIN + 7_000, world.shots.get(2).dueMillis);
  }

  @Test
  void aManualRunIsDurableBeforeItStartsAndTheInstantsCountOn() {
    world.create(every(5_000).build());
    runFor(1_000);
    world.write("t", new RunChange.Run("by hand"));
    runFor(500);
    assertEquals(List.of(1L), numbers());
    runFor(4_000);
    assertEquals(List.of(1L, 2L), numbers());
    assertEquals(BEGIN + 5_000, world.shots.get(1).dueMillis);
  }

  @Test
  void whatOnlyAResumeLetsStartTakesItsNumberDurablyBefore() {
    world.create(Tasks.once("t", BEGIN + 1_000).build());
    world.write("t", new TaskChange.Pause());
    runFor(2_000);
    nothingMoreIsDurable();
    world.write("t", new TaskChange.Resume(BEGIN + 1_000, 1));
    runFor(500);
    assertEquals(List.of(), numbers(), "the resume may still be lost, and with it number 1");
    crashBeforeAnyOfThatIsDurable();
    world.write("t", new RunChange.Run("by hand"));
    runFor(500);
    world.write("t", new TaskChange.Resume(BEGIN + 1_000, 1));
    runFor(500);
    assertEquals(List.of(1L, 2L), numbers());
    assertEquals("by hand", world.shots.get(0).arg);
    assertEquals(BEGIN + 1_000, world.shots.get(1).dueMillis);
  }

  @Test
  void anInstantThatAnotherJitterMovesTakesItsNumberDurablyBefore() {
    world.create(every(1_000).build());
    runFor(500);
    nothingMoreIsDurable();
    Task jittered = every(1_000).jitter(300).build();
    world.write("t", new TaskChange.Replace(jittered, BEGIN, BEGIN + 1_000, Change.ANY_VERSION));
    runFor(1_000);
    assertEquals(List.of(), numbers());
    crashBeforeAnyOfThatIsDurable();
    runFor(100);
    assertEquals(List.of(1L), numbers());
    assertEquals(BEGIN + 1_000, world.shots.getFirst().dueMillis, "the jitter was lost");
  }

  @Test
  void aFixedDelayCountsFromTheEnd() {
    world.answers = attempt -> new FakeWorld.Answer(700, FakeWorld.OK);
    world.create(Tasks.after("t", 1_000).build());
    runFor(5_000);
    assertEquals(3, world.shots.size());
    assertEquals(world.shots.get(0).endMillis + 1_000, world.shots.get(1).dueMillis);
  }

  @Test
  void noRunStartsBeyondMaxRuns() {
    world.answers = attempt -> new FakeWorld.Answer(1_500, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.ALLOW).maxRuns(3).build());
    runFor(10_000);
    assertEquals(3, world.shots.size());
    assertEquals(3, progress().delivered());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void aFullHostDelaysAndLosesNothing() {
    world.fullRate = 1;
    world.create(every(1_000).build());
    runFor(3_500);
    world.fullRate = 0;
    runFor(1_000);
    assertEquals(List.of(1L, 2L, 3L, 4L), numbers());
  }

  @Test
  void anEndThatCannotBeWrittenIsWrittenLater() {
    world.create(Tasks.once("t", BEGIN + 1_000).build());
    runFor(500);
    world.grid.refusedRate = 1;
    runFor(5_000);
    assertEquals(0, progress().delivered());
    world.grid.refusedRate = 0;
    runFor(3_000);
    assertEquals(1, progress().delivered());
    assertEquals(1, world.shots.size());
  }

  @Test
  void drainingStartsNothingAndWritesTheEndsOfWhatGoesOn() {
    world.answers = attempt -> new FakeWorld.Answer(1_500, FakeWorld.OK);
    world.create(every(1_000).overlap(Policy.Overlap.ALLOW).build());
    runFor(1_200);
    world.grid.refusedRate = 1;
    world.lane.drain();
    runFor(2_000);
    assertEquals(List.of(1L), numbers());
    assertEquals(1, world.lane.underWay());
    world.grid.refusedRate = 0;
    runFor(3_000);
    assertEquals(0, world.lane.underWay());
    assertEquals(1, progress().delivered());
  }

  @Test
  void jitterIsNeverEarlyAndTheSameAfterACrash() {
    world.answers = attempt -> new FakeWorld.Answer(900, FakeWorld.OK);
    world.create(every(3_000).jitter(500).build());
    runFor(3_550);
    assertEquals(1, world.shots.size());
    world.crash();
    runFor(50);
    assertEquals(world.shots.get(0).dueMillis, world.shots.get(1).dueMillis);
    assertTrue(world.shots.get(0).dueMillis >= BEGIN + 3_000);
  }

  @Test
  void anExcludedDayTakesNoNumber() {
    ZoneOffset utc = ZoneOffset.UTC;
    LocalDate first = LocalDate.ofInstant(Instant.ofEpochMilli(BEGIN), utc);
    world.calendars.put(
        "holidays",
        new WorkCalendar(
            utc,
            Set.of(first.plusDays(1), first.plusDays(2)),
            Set.of(),
            Set.of(),
            WorkCalendar.OnExcluded.SKIP));
    long day = 86_400_000;
    world.create(every(day).calendar("holidays").misfire(Policy.Misfire.ONCE, 60_000).build());
    runFor(4 * day + 1_000);
    assertEquals(List.of(1L, 2L), numbers());
    assertEquals(
        List.of(BEGIN + 3 * day, BEGIN + 4 * day),
        world.shots.stream().map(shot -> shot.dueMillis).toList());
  }

  @Test
  void ofRunsThatAreDueTogetherTheHigherPriorityGoesFirst() {
    List<String> offered = new ArrayList<>();
    world.offered = attempt -> offered.add(attempt.taskId());
    for (int i = 0; i < 10; i++) {
      world.create(Tasks.once("t" + i, BEGIN + 1_000).priority((i * 7) % 10).build());
    }
    runFor(1_500);
    assertEquals(List.of("t7", "t4", "t1", "t8", "t5", "t2", "t9", "t6", "t3", "t0"), offered);
  }
}
