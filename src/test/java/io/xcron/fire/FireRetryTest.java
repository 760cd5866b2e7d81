package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.target.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Attempts that fail, and what follows them. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireRetryTest extends OneTask {
  @Test
  void aFailureIsTriedAgainAfterADoubledBackOff() {
    world.answers = attempt -> new FakeWorld.Answer(0, FakeWorld.ERROR);
    world.create(Tasks.once("t", BEGIN + 1_000).retry(3, 1_000).build());
    runFor(10_000);
    assertEquals(List.of(1, 2, 3), world.shots.stream().map(shot -> shot.attempt).toList());
    assertTrue(Math.abs(world.shots.get(1).startMillis - BEGIN - 2_050) <= 60);
    assertTrue(Math.abs(world.shots.get(2).startMillis - BEGIN - 4_150) <= 160);
    assertEquals(RunOutcome.FAILURE, last().outcome());
    assertEquals(Progress.Phase.DEAD, progress().phase());
  }

  @Test
  void aRefusedAddressIsNotTriedAgain() {
    world.answers = attempt -> new FakeWorld.Answer(0, new Outcome.Denied("link-local"));
    world.create(Tasks.once("t", BEGIN + 1_000).build());
    runFor(5_000);
    assertEquals(1, world.shots.size());
    assertEquals(RunOutcome.FAILURE, last().outcome());
  }

  @Test
  void theTimeoutOfTheWholeRunEndsItsRetries() {
    world.answers = attempt -> new FakeWorld.Answer(0, FakeWorld.ERROR);
    world.create(Tasks.once("t", BEGIN + 1_000).retry(10, 400).timeout(2_000).build());
    runFor(10_000);
    assertEquals(3, world.shots.size());
    assertEquals(RunOutcome.TIMEOUT, last().outcome());
  }

  @Test
  void aNewOwnerGoesOnWithTheCountOfAttempts() {
    world.answers = attempt -> new FakeWorld.Answer(0, FakeWorld.ERROR);
    world.create(Tasks.once("t", BEGIN + 1_000).retry(3, 2_000).build());
    runFor(1_500);
    world.crash();
    runFor(10_000);
    assertEquals(List.of(1, 2, 3), world.shots.stream().map(shot -> shot.attempt).toList());
  }

  @Test
  void aRunOfMoreThanASecondIsWrittenOpen() {
    world.answers = attempt -> new FakeWorld.Answer(5_000, FakeWorld.OK);
    world.create(Tasks.once("t", BEGIN + 1_000).build());
    runFor(1_900);
    assertFalse(world.record("t").hasOpenRuns());
    runFor(200);
    assertEquals(OpenRun.State.STARTED, progress().openRuns().getFirst().state());
    runFor(5_000);
    assertEquals(Progress.Phase.FINISHED, progress().phase());
  }

  @Test
  void atMostOnceIsDurableBeforeItsCallAndUnknownAfterACrash() {
    world.answers = attempt -> new FakeWorld.Answer(3_000, FakeWorld.OK);
    world.create(Tasks.once("t", BEGIN + 1_000).atMostOnce().build());
    runFor(1_500);
    assertEquals(1, world.shots.size());
    assertEquals(OpenRun.State.STARTED, assertDurable().progress().openRuns().getFirst().state());
    world.crash();
    runFor(5_000);
    assertEquals(1, world.shots.size());
    assertEquals(RunOutcome.UNKNOWN, last().outcome());
  }

  private io.xcron.model.TaskRecord assertDurable() {
    io.xcron.model.TaskRecord durable = world.grid.durable.get("t");
    assertNotNull(durable);
    return durable;
  }

  @Test
  void atMostOnceIsTriedAgainOnlyWhenNothingWasSent() {
    world.answers =
        attempt ->
            new FakeWorld.Answer(
                0, attempt.number() < 3 ? new Outcome.ConnectFailed("no") : new Outcome.TimedOut());
    world.create(Tasks.once("t", BEGIN + 1_000).atMostOnce().retry(9, 10).build());
    runFor(5_000);
    assertEquals(List.of(1, 2, 3), world.shots.stream().map(shot -> shot.attempt).toList());
    assertEquals(RunOutcome.TIMEOUT, last().outcome());
  }

  @Test
  void aPausedRunIsTriedAgainWhenItIsResumed() {
    world.answers = attempt -> new FakeWorld.Answer(0, FakeWorld.ERROR);
    world.create(every(5_000).retry(2, 500).build());
    runFor(5_100);
    world.write("t", new TaskChange.Pause());
    runFor(10_000);
    assertEquals(1, world.shots.size());
    world.answers = attempt -> new FakeWorld.Answer(0, FakeWorld.OK);
    world.write("t", new TaskChange.Resume(BEGIN + 20_000, 1));
    runFor(100);
    assertEquals(List.of(1, 2), world.shots.stream().map(shot -> shot.attempt).toList());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aDeletedTaskIsNotTriedAgain() {
    world.answers = attempt -> new FakeWorld.Answer(0, FakeWorld.ERROR);
    world.create(every(5_000).retry(5, 500).build());
    runFor(5_100);
    world.write("t", new TaskChange.Remove(Change.ANY_VERSION));
    runFor(60_000);
    assertEquals(1, world.shots.size());
    assertEquals(0, world.lane.runs());
  }

  @Test
  void retriesKeepTheOldTargetAndTheNextFireHasTheNew() {
    List<String> urls = new ArrayList<>();
    world.answers =
        attempt -> {
          urls.add(((io.xcron.model.Target.Http) attempt.target()).url());
          return new FakeWorld.Answer(0, attempt.number() == 1 ? FakeWorld.ERROR : FakeWorld.OK);
        };
    world.create(every(5_000).retry(2, 2_000).build());
    runFor(5_500);
    Task other = every(5_000).retry(2, 2_000).url("http://localhost/b").build();
    world.write("t", new TaskChange.Replace(other, BEGIN, BEGIN + 10_000, Change.ANY_VERSION));
    runFor(5_000);
    assertEquals(List.of("http://localhost/a", "http://localhost/a", "http://localhost/b"), urls);
  }
}
