package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.target.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Attempts that were allowed to start and then withdrawn with nothing sent, because their thread
 * stood still until the grant was over. It is as if they had not been asked.
 */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireWithdrawnTest extends OneTask {
  /** The first attempt that may start is withdrawn so long after that, the others are made. */
  private void theFirstStandsStillFor(long millis) {
    List<Long> once = new ArrayList<>(List.of(millis));
    world.standsStill = attempt -> once.isEmpty() ? null : once.removeFirst();
  }

  private OpenRun open() {
    return progress().openRuns().getFirst();
  }

  @Test
  void theTimeoutOfTheRunDoesNotCountFromAStartThatWasNone() {
    theFirstStandsStillFor(6_000);
    world.create(once().retry(1, 100).timeout(5_000).misfire(Policy.Misfire.ONCE, 5_000).build());
    runFor(6_500);
    assertEquals(OpenRun.State.STARTED, open().state(), "as far as is known by then");
    runFor(2_000);
    assertEquals(List.of(2), attempts(), "the kill names the first");
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertTrue(last().startMillis() >= BEGIN + 7_000, last()::toString);
    assertEquals(1, logged().attempts().size());
    assertEquals(last().startMillis(), logged().startMillis());
    assertTrue(logged().late(), "by six seconds");
    assertEquals(0, world.lane.runs());
  }

  @Test
  void theTimeoutGoesOnCountingFromAnAttemptBefore() {
    world.standsStill = attempt -> attempt.number() == 2 ? 3_000L : null;
    answer(5, FakeWorld.ERROR);
    world.create(once().retry(3, 700).timeout(2_000).build());
    runFor(10_000);
    assertEquals(List.of(1), attempts());
    assertEquals(RunOutcome.TIMEOUT, last().outcome());
    assertEquals(1, last().attempts());
    assertEquals(1, logged().attempts().size());
    assertEquals(world.shots.getFirst().startMillis, last().startMillis());
    assertEquals(world.shots.getFirst().token, logged().token());
  }

  @Test
  void whatHasNotStartedIsNotReplaced() {
    theFirstStandsStillFor(1_500);
    world.create(every(1_000).overlap(Policy.Overlap.REPLACE).build());
    runFor(5_500);
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L), numbers());
    assertTrue(world.ends.stream().allMatch(end -> end.outcome() == RunOutcome.SUCCESS));
  }

  @Test
  void aUsersKillStands() {
    theFirstStandsStillFor(2_000);
    world.create(once().build());
    runFor(1_500);
    write(new RunChange.Kill());
    runFor(3_000);
    assertKilledBeforeItStarted();
  }

  @Test
  void aUsersKillStandsWhereATimeoutFalls() {
    theFirstStandsStillFor(3_000);
    world.create(once().timeout(1_000).build());
    runFor(3_000);
    write(new RunChange.Kill());
    runFor(3_000);
    assertKilledBeforeItStarted();
  }

  private void assertKilledBeforeItStarted() {
    assertEquals(List.of(), numbers());
    assertEquals(RunOutcome.KILLED, last().outcome());
    assertEquals(0, last().attempts());
    assertFalse(last().delivered());
    assertEquals(0, progress().delivered());
    assertEquals(List.of(), logged().attempts());
    assertEquals("it was killed before it started", logged().detail());
  }

  @Test
  void aNewDefinitionIsFollowedWheneverItCame() {
    for (long putAt : new long[] {1_200, 2_001}) {
      FireWithdrawnTest test = new FireWithdrawnTest();
      test.aNewDefinitionIsFollowed(putAt);
    }
  }

  private void aNewDefinitionIsFollowed(long putAt) {
    theFirstStandsStillFor(1_000);
    // So that it is refused for a while then.
    world.unreached =
        attempt ->
            world.nowMillis > BEGIN + 2_000 && world.nowMillis < BEGIN + 2_100
                ? new FakeWorld.Answer(1, new Outcome.Withdrawn())
                : null;
    List<String> urls = new ArrayList<>();
    world.answers =
        attempt -> {
          urls.add(((Target.Http) attempt.target()).url());
          return new FakeWorld.Answer(5, FakeWorld.OK);
        };
    world.create(every(1_000).maxRuns(1).build());
    runFor(putAt);
    Task other = every(1_000).maxRuns(1).url("http://localhost/b").build();
    write(new TaskChange.Replace(other, BEGIN, BEGIN + 1_000, Change.ANY_VERSION));
    runFor(5_000);
    assertEquals(List.of("http://localhost/b"), urls, "with a PUT at " + putAt);
  }

  @Test
  void anotherScheduleTakesThePlaceOfWhatHasNotStarted() {
    theFirstStandsStillFor(1_000);
    world.create(once().build());
    runFor(1_500);
    Task other = Tasks.once("t", BEGIN + 5_000).build();
    write(new TaskChange.Replace(other, BEGIN, BEGIN + 5_000, Change.ANY_VERSION));
    runFor(6_000);
    assertEquals(List.of(2L), numbers());
    assertEquals(
        List.of(RunOutcome.SKIPPED, RunOutcome.SUCCESS),
        world.log.stream().map(run -> run.outcome()).toList());
  }

  @Test
  void aPausedTaskSaysThatNothingHasStarted() {
    theFirstStandsStillFor(400);
    answer(5, FakeWorld.ERROR);
    world.create(once().retry(2, 100).build());
    runFor(1_200);
    write(new TaskChange.Pause());
    runFor(100);
    assertEquals(OpenRun.State.STARTED, open().state(), "as far as is known by then");
    runFor(500);
    assertEquals(OpenRun.State.WAITING, open().state());
    assertEquals(List.of(), numbers());

    write(new TaskChange.Resume(Progress.NEVER, 1));
    runFor(5_000);
    assertEquals(List.of(2, 3), attempts(), "two of them count");
    assertEquals(RunOutcome.FAILURE, last().outcome());
    assertEquals(2, logged().attempts().size());
  }

  @Test
  void theAttemptAfterAPauseCanBeWrittenAsStarted() {
    theFirstStandsStillFor(400);
    answer(5_000, FakeWorld.OK);
    world.create(once().build());
    runFor(1_200);
    write(new TaskChange.Pause());
    runFor(600);
    write(new TaskChange.Resume(Progress.NEVER, 1));
    runFor(100);
    write(new TaskChange.Pause());
    runFor(100);
    assertEquals(OpenRun.State.STARTED, open().state());
    assertEquals(List.of(2), attempts());
    world.crash();
    runFor(100);
    assertEquals(OpenRun.State.STARTED, open().state(), "it may have arrived");
  }

  @Test
  void aNewOwnerOfAPausedTaskGoesOnWithTheNextNumber() {
    theFirstStandsStillFor(400);
    world.create(once().retry(1, 100).build());
    runFor(1_200);
    write(new TaskChange.Pause());
    runFor(600);
    world.crash();
    write(new TaskChange.Resume(Progress.NEVER, 1));
    runFor(1_000);
    assertEquals(List.of(2), attempts());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aPauseBetweenTwoStartsThatWereNoneSaysThatNothingHasStarted() {
    world.standsStill = attempt -> 40L;
    world.create(once().shell().build());
    runFor(3_000);
    assertEquals(OpenRun.State.STARTED, open().state(), "a command is written at its start");
    write(new TaskChange.Pause());
    runFor(1_000);
    assertEquals(OpenRun.State.WAITING, open().state());
    world.standsStill = attempt -> null;
    write(new TaskChange.Resume(Progress.NEVER, 1));
    runFor(1_000);
    assertEquals(1, world.shots.size());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aStartThatIsOnItsWayToTheDiskIsTakenBackBehindIt() {
    for (long seed = 0; seed < 40; seed++) {
      new FireWithdrawnTest().takenBackBehindIt(seed);
    }
  }

  private void takenBackBehindIt(long seed) {
    theFirstStandsStillFor(1_020 + seed);
    world.create(once().build());
    runFor(1_500);
    world.grid.applyMillis = 100;
    runFor(510 + seed);
    world.grid.applyAtOnce("t", new TaskChange.Pause());
    runFor(3_000);
    assertEquals(OpenRun.State.WAITING, open().state(), "with " + seed);
    assertEquals(1, open().attempt());
  }
}
