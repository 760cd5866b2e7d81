package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.target.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Attempts that end before anything could be sent are recorded like those that were answered. */
class FireUnsentTest extends OneTask {
  private static final Outcome REFUSED = new Outcome.ConnectFailed("connection refused");

  private void unreached(long millis, Outcome outcome) {
    world.unreached = attempt -> new FakeWorld.Answer(millis, outcome);
  }

  /** The numbers run from 1, and each try has its own time, one after the other. */
  private void assertTries(String... errors) {
    RunRecord run = logged();
    List<RunRecord.Try> tries = run.attempts();
    assertEquals(List.of(errors), tries.stream().map(t -> String.valueOf(t.error())).toList());
    assertEquals(errors.length, last().attempts());
    long before = run.dueMillis();
    for (int i = 0; i < tries.size(); i++) {
      RunRecord.Try one = tries.get(i);
      assertEquals(i + 1, one.number());
      assertTrue(one.startMillis() >= before, () -> "starts too early: " + run);
      assertTrue(one.endMillis() >= one.startMillis() + 5, () -> "ends too early: " + run);
      assertEquals("m0", one.member());
      before = one.endMillis();
    }
    assertTrue(tries.getFirst().startMillis() <= run.dueMillis() + 50, run::toString);
    assertTrue(run.endMillis() >= before, run::toString);
    assertEquals(tries.getFirst().startMillis(), run.startMillis());
    assertEquals(run.startMillis(), last().startMillis());
  }

  @Test
  void eachRefusedAttemptIsRecordedWithItsTimesAndItsError() {
    unreached(20, REFUSED);
    world.create(once().retry(3, 1_000).build());
    runFor(10_000);
    assertTries("connection refused", "connection refused", "connection refused");
    List<RunRecord.Try> tries = logged().attempts();
    assertTrue(tries.get(1).startMillis() >= tries.get(0).endMillis() + 900, tries::toString);
    assertTrue(tries.get(2).startMillis() >= tries.get(1).endMillis() + 1_800, tries::toString);
    assertEquals(RunOutcome.FAILURE, logged().outcome());
    assertEquals(0, logged().token());
    assertFalse(logged().late());
  }

  @Test
  void theOnlyAttemptIsRecordedThoughItWasRefused() {
    unreached(20, REFUSED);
    world.create(once().retry(1, 1_000).build());
    runFor(5_000);
    assertTries("connection refused");
  }

  @Test
  void refusedAttemptsStandInTheirPlaceAmongThoseThatWereAnswered() {
    world.unreached = attempt -> attempt.number() == 2 ? new FakeWorld.Answer(20, REFUSED) : null;
    world.answers =
        attempt -> new FakeWorld.Answer(20, attempt.number() == 1 ? FakeWorld.ERROR : FakeWorld.OK);
    world.create(once().retry(3, 100).build());
    runFor(5_000);
    assertTries("answered with status 500", "connection refused", "null");
    assertEquals(
        List.of(500, 0, 200), logged().attempts().stream().map(RunRecord.Try::status).toList());
    assertEquals(RunOutcome.SUCCESS, logged().outcome());
    assertEquals(200, last().status());
  }

  @Test
  void aDeniedAddressIsTheErrorOfTheOnlyAttempt() {
    unreached(20, new Outcome.Denied("link-local"));
    world.create(once().retry(3, 100).build());
    runFor(5_000);
    assertTries("link-local");
    assertEquals(RunOutcome.FAILURE, logged().outcome());
  }

  @Test
  void whatCannotBeSentIsTheErrorOfTheOnlyAttempt() {
    unreached(20, new Outcome.Unsendable("there is no secret pay-token"));
    world.create(once().retry(3, 100).build());
    runFor(5_000);
    assertTries("there is no secret pay-token");
    assertEquals(RunOutcome.FAILURE, logged().outcome());
  }

  @Test
  void atMostOnceIsTriedAgainAfterRefusalsAndEndsWithItsAnswer() {
    world.unreached = attempt -> attempt.number() < 3 ? new FakeWorld.Answer(20, REFUSED) : null;
    answer(20, FakeWorld.OK);
    world.create(once().atMostOnce().retry(9, 100).build());
    runFor(5_000);
    assertTries("connection refused", "connection refused", "null");
    assertEquals(List.of(3), attempts());
    assertEquals(RunOutcome.SUCCESS, last().outcome());
  }

  @Test
  void aNewOwnerGoesOnBehindTheRefusedAttempts() {
    unreached(20, REFUSED);
    world.create(once().retry(3, 2_000).build());
    runFor(1_500);
    OpenRun open = progress().openRuns().getFirst();
    assertEquals(OpenRun.State.WAITING, open.state());
    assertEquals(1, open.attempt());
    assertTrue(Math.abs(open.startMillis() - open.dueMillis()) <= 50, open::toString);
    world.crash();
    world.unreached = attempt -> null;
    answer(20, FakeWorld.OK);
    runFor(10_000);
    assertEquals(List.of(2), attempts());
    assertEquals(2, last().attempts());
    assertEquals(open.startMillis(), last().startMillis());
  }

  @Test
  void aRefusedAttemptThatAFormerOwnerMayHaveMadeHasItsStartHere() {
    answer(60_000, FakeWorld.OK);
    Task task = once().retry(1, 100).build();
    world.create(task);
    runFor(1_500);
    world.crash();
    unreached(20, REFUSED);
    world.grid.applyAtOnce(
        "t", new TaskChange.Replace(task.withName("n"), BEGIN, BEGIN + 1_000, Change.ANY_VERSION));
    OpenRun open = progress().openRuns().getFirst();
    assertEquals(OpenRun.State.STARTED, open.state());
    assertEquals(0, open.startMillis());
    runFor(5_000);
    RunRecord.Try only = logged().attempts().getFirst();
    assertEquals(1, only.number());
    assertTrue(only.startMillis() >= BEGIN + 1_500, only::toString);
    assertEquals(only.startMillis(), last().startMillis());
  }

  @Test
  void theTimeoutOfTheWholeRunCountsFromTheFirstRefusal() {
    unreached(20, REFUSED);
    world.create(once().retry(10, 400).timeout(2_000).build());
    runFor(20_000);
    assertTries("connection refused", "connection refused", "connection refused");
    assertEquals(RunOutcome.TIMEOUT, logged().outcome());
  }

  @Test
  void aKillBetweenRefusalsLeavesThemInTheRecord() {
    unreached(20, REFUSED);
    world.create(once().retry(3, 60_000).build());
    runFor(2_000);
    var unused = write(new RunChange.Kill());
    runFor(2_000);
    assertTries("connection refused");
    assertEquals(RunOutcome.KILLED, logged().outcome());
    assertTrue(last().delivered(), "it was tried");
    assertEquals(1, progress().delivered());
  }
}
