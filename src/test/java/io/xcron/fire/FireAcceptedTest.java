package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskChange;
import io.xcron.target.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Runs that a service has accepted and confirms later. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireAcceptedTest extends OneTask {
  private static final Outcome ACCEPTED = new Outcome.Accepted("on it");

  @Test
  void anAcceptedRunIsWrittenWithItsDeadlineAndEndsWithItsConfirmation() {
    answer(5, ACCEPTED);
    world.create(once().service(60_000).build());
    runFor(5_000);
    OpenRun open = progress().openRuns().getFirst();
    assertEquals(OpenRun.State.ACCEPTED, open.state());
    assertEquals(world.shots.getFirst().startMillis + 60_000, open.deadlineMillis());
    write(new RunChange.Confirm(RunChange.Confirm.OPEN_ONE, true, "all done"));
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
    write(new RunChange.Confirm(1, false, "no"));
    runFor(1_000);
    assertEquals(List.of(1, 2), attempts());
    write(new RunChange.Confirm(1, false, "no again"));
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
    write(new RunChange.Confirm(1, true, null));
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
  void aRetryWaitsForTheRunThatGoesOnThoughACrashMadeItsEndForgotten() {
    answer(5, ACCEPTED);
    world.create(every(1_000).service(60_000).retry(2, 100).build());
    runFor(1_500);
    nothingMoreIsDurable();
    write(new RunChange.Confirm(1, true, null));
    runFor(1_000);
    assertEquals(List.of(1L, 2L), numbers());
    crashBeforeAnyOfThatIsDurable();
    write(new RunChange.Confirm(2, false, "no"));
    runFor(1_000);
    assertEquals(List.of(1L, 2L), numbers(), "the first is open again");
    write(new RunChange.Confirm(1, true, null));
    runFor(100);
    assertEquals(List.of(1L, 2L, 2L), numbers());
    assertEquals(List.of(1, 1, 2), attempts());
  }

  @Test
  void replaceEndsAnAcceptedRunThoughTheNextOneMayBeARepeat() {
    answer(5, ACCEPTED);
    world.create(every(1_000).overlap(Policy.Overlap.REPLACE).service(60_000).build());
    runFor(1_500);
    world.crash();
    outage(1_000);
    answer(5, FakeWorld.OK);
    // As far as the new owner knows, the former one may have started the second.
    world.grantedUntilMillis = BEGIN + 2_200;
    world.lane.sweep(world.nowMillis);
    runFor(400);
    assertEquals(List.of(1L), numbers());
    runFor(300);
    assertEquals(List.of(1L, 2L, 3L), numbers());
    assertEquals(RunOutcome.KILLED, world.ends.getFirst().outcome());
  }

  @Test
  void aConfirmationThatComesBeforeTheAcceptanceIsNotLost() {
    answer(500, ACCEPTED);
    world.create(once().service(60_000).build());
    runFor(1_200);
    CompletableFuture<Change.Applied> early = write(new RunChange.Confirm(1, true, "quick"));
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
    write(new RunChange.Confirm(1, true, null));
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
    CompletableFuture<Change.Applied> late = write(new RunChange.Confirm(1, false, null));
    runFor(100);
    assertTrue(late.join() instanceof Change.Applied.Unchanged);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aConfirmationThatMeetsTheFailureOnItsWayIsTheEnd() {
    answer(100, FakeWorld.ERROR);
    world.create(once().service(60_000).retry(1, 100).build());
    runFor(1_090);
    world.grid.applyMillis = 2_000;
    runFor(50);
    assertNull(progress().lastRun(), "the failure is on its way");
    Change.Applied late =
        world.grid.applyAtOnce("t", new RunChange.Confirm(1, true, "done all the same"));
    assertTrue(late instanceof Change.Applied.Stored);
    runFor(3_000);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals(Progress.Phase.FINISHED, progress().phase(), "it is no dead letter");
    assertEquals(RunOutcome.SUCCESS, logged().outcome());
    assertEquals("done all the same", logged().output());
  }

  @Test
  void whatADeadOwnerHadStartedKeepsItsNumberWhileAnotherRunIsBeingWritten() {
    answer(1_500, ACCEPTED);
    world.create(every(5_000).service(60_000).build());
    runFor(7_000);
    assertEquals(OpenRun.State.ACCEPTED, progress().openRuns().getFirst().state());
    // Its end is in memory only when the next run starts and the owner dies.
    world.grid.durableMillis = 1_000_000;
    write(new RunChange.Confirm(1, true, null));
    runFor(3_100);
    assertEquals(List.of(1L, 2L), numbers());
    world.crash();
    world.grid.allDurable();
    world.grid.durableMillis = 4;
    world.grid.applyAtOnce("t", new RunChange.Confirm(1, false, "again, please"));
    world.grid.applyMillis = 1_000;
    while (world.shots.size() < 3) {
      runFor(1);
    }
    runFor(10);
    world.grid.applyAtOnce("t", new RunChange.Run(null));
    OpenRun second = progress().openRun(2);
    assertNotNull(second);
    assertEquals(BEGIN + 10_000, second.dueMillis(), "the run by hand has taken its number");
  }

  @Test
  void aPauseTellsOfACallThatGoesOn() {
    answer(60_000, FakeWorld.OK);
    callByHand();
    assertEquals(OpenRun.State.WAITING, progress().openRuns().getFirst().state());
    world.grid.applyAtOnce("t", new TaskChange.Pause());
    OpenRun open = progress().openRuns().getFirst();
    assertEquals(OpenRun.State.STARTED, open.state());
    assertEquals(1, open.attempt());
  }

  @Test
  void aPauseTellsOfARunWhoseAcceptanceIsNotWrittenYet() {
    answer(5, ACCEPTED);
    callByHand();
    world.grid.applyMillis = 1_000_000;
    runFor(10);
    assertEquals(OpenRun.State.WAITING, progress().openRuns().getFirst().state());
    world.grid.applyAtOnce("t", new TaskChange.Pause());
    OpenRun open = progress().openRuns().getFirst();
    assertEquals(OpenRun.State.ACCEPTED, open.state());
    assertEquals(world.shots.getFirst().startMillis + 60_000, open.deadlineMillis());
  }

  private void callByHand() {
    world.create(every(3_600_000).service(60_000).build());
    runFor(100);
    write(new RunChange.Run(null));
    while (world.shots.isEmpty()) {
      runFor(1);
    }
  }

  @Test
  void anAcceptedRunCanBeKilled() {
    answer(5, ACCEPTED);
    world.create(once().service(60_000).build());
    runFor(2_000);
    write(new RunChange.Kill());
    runFor(100);
    assertEquals(RunOutcome.KILLED, last().outcome());
  }
}
