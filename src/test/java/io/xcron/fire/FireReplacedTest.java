package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Somebody else writes of a task or its run while the engine is at work on it. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireReplacedTest extends OneTask {
  private Tasks delayed() {
    return Tasks.after("t", 1_000).start(BEGIN + 1_000);
  }

  private static Change replace(Task task, long nextMillis) {
    return new TaskChange.Replace(task, BEGIN, nextMillis, Change.ANY_VERSION);
  }

  /** Another word gets there before the engine's first one of a kind. */
  private <T extends Change> void overtake(Class<T> kind, Consumer<T> by) {
    world.grid.sent =
        change -> {
          if (kind.isInstance(change)) {
            world.grid.sent = more -> {};
            by.accept(kind.cast(change));
          }
        };
  }

  @Test
  void aDelayGoesOnAfterItsTaskWasChangedDuringItsRun() {
    answer(2_000, FakeWorld.OK);
    world.create(delayed().build());
    runFor(1_500);
    write(replace(delayed().url("http://localhost/b").build(), BEGIN + 2_500));
    runFor(6_000);
    assertEquals(List.of(1L, 2L, 3L), numbers());
    assertEquals(BEGIN + 4_000, world.shots.get(1).startMillis / 100 * 100);
    assertEquals(Progress.Phase.ACTIVE, progress().phase());
  }

  @Test
  void aDelayGoesOnAfterItsTaskWasChangedWhileTheEndOfItsRunWasOnItsWay() {
    world.create(delayed().build());
    overtake(
        RunChange.Finish.class,
        finish ->
            world.grid.applyAtOnce(
                "t", replace(delayed().url("http://localhost/b").build(), BEGIN + 2_500)));
    runFor(3_500);
    assertEquals(List.of(1L, 2L, 3L), numbers());
  }

  @Test
  void aDelayEndsWithTheEndThatItsTaskWasGivenDuringItsRun() {
    answer(1_000, FakeWorld.OK);
    world.create(delayed().end(BEGIN + 2_500).build());
    runFor(1_500);
    write(replace(delayed().end(BEGIN + 4_000).build(), BEGIN + 2_500));
    runFor(6_000);
    assertEquals(List.of(1L, 2L), numbers());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void aDelayThatIsCutShortWhileTheEndOfItsRunIsOnItsWayHasEnded() {
    world.create(delayed().build());
    overtake(
        RunChange.Finish.class,
        finish ->
            world.grid.applyAtOnce(
                "t", replace(delayed().end(BEGIN + 1_500).build(), Progress.NEVER)));
    runFor(3_500);
    assertEquals(List.of(1L), numbers());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void anInstantIsNotFiredTwiceWhenItsTaskIsChangedWhileItIsBeingDecided() {
    Task other = every(1_000).atMostOnce().url("http://localhost/b").build();
    world.create(every(1_000).atMostOnce().build());
    overtake(
        RunChange.Decide.class,
        decide -> world.grid.applyAtOnce("t", replace(other, BEGIN + 1_000)));
    runFor(3_500);
    assertEquals(
        List.of(BEGIN + 1_000, BEGIN + 2_000, BEGIN + 3_000),
        world.shots.stream().map(shot -> shot.dueMillis).toList());
    assertEquals(List.of(1L, 2L, 3L), numbers());
  }

  @Test
  void anotherJitterMovesAnInstantWhileARunGoesOn() {
    world.answers =
        attempt -> new FakeWorld.Answer(attempt.runNumber() == 1 ? 1_500 : 5, FakeWorld.OK);
    world.create(every(10_000).build());
    runFor(10_500);
    write(replace(every(10_000).jitter(9_000).build(), BEGIN + 20_000));
    runFor(100);
    write(replace(every(10_000).build(), BEGIN + 20_000));
    runFor(10_000);
    assertEquals(
        List.of(BEGIN + 10_000, BEGIN + 20_000),
        world.shots.stream().map(shot -> shot.startMillis / 100 * 100).toList());
  }

  @Test
  void anEndBeforeTheNextInstantEndsTheTask() {
    world.create(Tasks.every("t", 10_000).build());
    runFor(500);
    write(replace(Tasks.every("t", 10_000).end(BEGIN + 5_000).build(), Progress.NEVER));
    runFor(30_000);
    assertEquals(List.of(), numbers());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
    write(replace(Tasks.every("t", 10_000).end(BEGIN + 45_000).build(), BEGIN + 40_000));
    runFor(30_000);
    assertEquals(List.of(1L), numbers());
  }

  @Test
  void anEndBeforeTheNextInstantLetsTheRunUnderWayEnd() {
    answer(3_000, FakeWorld.OK);
    world.create(every(10_000).build());
    runFor(11_000);
    write(replace(every(10_000).end(BEGIN + 12_000).build(), Progress.NEVER));
    runFor(30_000);
    assertEquals(List.of(1L), numbers());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  private LastRun ended(long number, long scheduledMillis, RunOutcome how) {
    return new LastRun(
        number, scheduledMillis, scheduledMillis, scheduledMillis, world.nowMillis, how, 1, 500);
  }

  private void endElsewhere(long number, long scheduledMillis, RunOutcome how) {
    Change finish =
        new RunChange.Finish(
            world.record("t").generation(),
            1,
            ended(number, scheduledMillis, how),
            Progress.NEVER,
            false);
    assertTrue(world.grid.applyAtOnce("t", finish) instanceof Change.Applied.Stored);
  }

  @Test
  void aTaskGoesOnWhenARunWasEndedElsewhereAndThenNotTakenByItsTargets() {
    world.create(every(1_000).build());
    runFor(500);
    write(new RunChange.Run(null));
    world.room =
        attempt -> {
          world.room = more -> true;
          endElsewhere(
              1,
              world.record("t").progress().openRuns().getFirst().scheduledMillis(),
              RunOutcome.FAILURE);
          return false;
        };
    runFor(3_000);
    assertEquals(List.of(2L, 3L, 4L), numbers());
  }

  @Test
  void aReplayIsMadeWhenItsRunWasEndedElsewhereAndStillGoesOnHere() {
    answer(2_000, FakeWorld.OK);
    world.create(once().build());
    runFor(1_500);
    endElsewhere(1, BEGIN + 1_000, RunOutcome.FAILURE);
    assertEquals(Progress.Phase.DEAD, progress().phase());
    write(new RunChange.Replay(1));
    runFor(6_000);
    assertEquals(2, world.shots.size());
    assertEquals(Progress.Phase.FINISHED, progress().phase());
    assertEquals(0, world.lane.runs());
  }

  @Test
  void theLateEndOfAnInstantLeavesARunByHandAloneThatHasItsNumber() {
    world.create(every(60_000).build());
    answer(2_000, FakeWorld.OK);
    runFor(100);
    write(new RunChange.Run(null));
    runFor(100);
    Change late =
        new RunChange.Finish(
            world.record("t").generation(),
            1,
            ended(1, BEGIN + 1, RunOutcome.SUCCESS),
            BEGIN + 60_000,
            false);
    assertTrue(world.grid.applyAtOnce("t", late) instanceof Change.Applied.Unchanged);
    assertEquals(1, progress().openRuns().size());
    runFor(3_000);
    assertEquals(0, progress().openRuns().size());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }
}
