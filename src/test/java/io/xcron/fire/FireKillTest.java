package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskChange;
import io.xcron.target.Outcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Runs that are killed, and commands, which may outlive the owner of their task. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireKillTest extends OneTask {
  // Kill.

  @Test
  void aKillEndsWhatIsUnderWayAndItsOutputIsKept() {
    answer(60_000, FakeWorld.OK);
    world.create(once().build());
    runFor(1_500);
    CompletableFuture<Change.Applied> killed = write(new RunChange.Kill());
    runFor(100);
    assertEquals(1, RunChange.Kill.count(killed.join()));
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
    CompletableFuture<Change.Applied> killed = write(new RunChange.Kill());
    CompletableFuture<Change.Applied> unknown = world.write("x", new RunChange.Kill());
    runFor(2_000);
    assertEquals(0, RunChange.Kill.count(killed.join()));
    assertEquals(new Change.Applied.Refused(Change.Refusal.NOT_FOUND), unknown.join());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aKillReachesRunsThatWaitForARetryOrTheirTurn() {
    answer(0, FakeWorld.ERROR);
    world.create(every(1_000).overlap(Policy.Overlap.QUEUE).retry(5, 60_000).build());
    runFor(3_500);
    CompletableFuture<Change.Applied> killed = write(new RunChange.Kill());
    answer(0, FakeWorld.OK);
    runFor(100);
    assertEquals(3, RunChange.Kill.count(killed.join()));
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
    CompletableFuture<Change.Applied> killed = write(new RunChange.Kill());
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
    write(new RunChange.Kill());
    runFor(1_000);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aDeletedTasksCommandIsKilled() {
    answer(60_000, FakeWorld.OK);
    world.create(once().shell().build());
    runFor(1_500);
    write(new TaskChange.Remove(Change.ANY_VERSION));
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
  void aHandlerThatWasHandedOnIsWrittenDownAtOnceAndHeardAgainByTheNextOwner() {
    world.commandsElsewhere = true;
    answer(5_000, new Outcome.Exited(0, "done", false));
    world.create(once().handler().build());
    runFor(1_100);
    assertEquals("elsewhere", progress().openRuns().getFirst().member());
    world.crash();
    runFor(1_000);
    assertEquals(OpenRun.State.STARTED, progress().openRuns().getFirst().state());
    runFor(5_000);
    assertEquals(List.of(1L), numbers());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals("elsewhere", logged().member());
  }

  @Test
  void aRetryIsNotTakenForOneThatRunsWhereTheAttemptBeforeItRan() {
    world.commandsElsewhere = true;
    answer(100, new Outcome.Exited(1, "", false));
    world.create(once().handler().retry(2, 3_000).build());
    runFor(1_200);
    world.commandsElsewhere = false;
    answer(3_000, FakeWorld.OK);
    runFor(8_000);
    assertEquals(RunOutcome.SUCCESS, last().outcome());
    assertEquals("elsewhere", logged().attempts().getFirst().member());
    assertNotEquals("elsewhere", logged().attempts().getLast().member());
  }

  @Test
  void aKillReachesACommandThatTheFormerOwnerHasStarted() {
    world.commandsElsewhere = true;
    world.killMillis = 300;
    answer(60_000, new Outcome.Exited(0, "done", false));
    world.create(once().shell().build());
    runFor(1_500);
    write(new RunChange.Kill());
    runFor(20);
    world.crash();
    runFor(2_000);
    assertTrue(world.shots.getFirst().killed);
    assertEquals(RunOutcome.KILLED, last().outcome());
  }
}
