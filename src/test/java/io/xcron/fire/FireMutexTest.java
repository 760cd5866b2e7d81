package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskState;
import io.xcron.slice.MutexStore;
import io.xcron.slice.MutexTable;
import io.xcron.slice.MutexTable.Hold;
import io.xcron.target.Outcome;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tasks that name a mutex, on a member that is alone and on one whose mutexes outlive it. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireMutexTest {
  private static final long BEGIN = FakeWorld.BEGIN;

  private FakeWorld world = new FakeWorld(1);

  /** How long each call takes, by task. */
  private void answer(Map<String, Long> millis) {
    world.answers =
        attempt -> new FakeWorld.Answer(millis.getOrDefault(attempt.taskId(), 5L), FakeWorld.OK);
  }

  private static Tasks once(String id, long afterMillis) {
    return Tasks.once(id, BEGIN + afterMillis).mutex("m", 60_000);
  }

  private void runFor(long millis) {
    world.runUntil(world.nowMillis + millis);
  }

  private long startOf(String id) {
    List<Shot> shots = world.shotsOf(id);
    assertEquals(1, shots.size(), shots.toString());
    return shots.getFirst().startMillis - BEGIN;
  }

  private LastRun last(String id) {
    LastRun last = world.record(id).progress().lastRun();
    assertNotNull(last);
    return last;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void runsOfOneMutexGoOneAfterTheOtherWithGrowingTokens(boolean alone) {
    world = new FakeWorld(1, alone);
    answer(Map.of("a", 70L, "b", 40L, "c", 90L));
    for (String id : List.of("a", "b", "c")) {
      world.create(
          Tasks.every(id, 200)
              .start(BEGIN + 200)
              .overlap(Policy.Overlap.QUEUE)
              .mutex("m", 60_000)
              .build());
    }
    runFor(20_000);
    assertTrue(world.shots.size() > 200, "only " + world.shots.size());
    long end = 0;
    long token = 0;
    for (Shot shot : world.shots) {
      assertTrue(shot.startMillis >= end, () -> shot + " began before the one before had ended");
      assertTrue(shot.mutexToken > token, shot::toString);
      end = shot.endMillis;
      token = shot.mutexToken;
    }
    for (String id : List.of("a", "b", "c")) {
      assertTrue(world.shotsOf(id).size() > 50, id + " had too few turns");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void otherMutexesDoNotWait(boolean alone) {
    world = new FakeWorld(1, alone);
    answer(Map.of("a", 30_000L));
    world.create(once("a", 100).build());
    // All names share few tables, of which each holds several.
    for (int i = 0; i < 40; i++) {
      world.create(Tasks.once("t" + i, BEGIN + 200).mutex("n" + i, 1_000).build());
    }
    world.create(Tasks.once("plain", BEGIN + 200).build());
    runFor(1_000);
    assertEquals(42, world.shots.size());
    assertEquals(Run.NO_MUTEX, world.shotsOf("plain").getFirst().mutexToken);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRunThatWaitsInVainTimesOutAndWasNeverDelivered(boolean alone) {
    world = new FakeWorld(1, alone);
    answer(Map.of("a", 30_000L));
    world.create(once("a", 100).build());
    world.create(Tasks.once("b", BEGIN + 200).mutex("m", 3_000).build());
    world.create(Tasks.once("c", BEGIN + 200).mutex("m", 0).build());
    runFor(1_000);
    assertEquals(RunOutcome.TIMEOUT, last("c").outcome(), "it asks once");
    runFor(2_100);
    assertEquals(1, world.record("b").progress().openRuns().size(), "it still waits");
    runFor(300);
    assertEquals(List.of(), world.shotsOf("b"));
    assertEquals(RunOutcome.TIMEOUT, last("b").outcome());
    assertEquals(TaskState.DEAD, world.record("b").state());
    assertEquals(0, world.record("b").delivered());
    assertEquals(
        "its mutex was held by another run for as long as it may wait",
        world.log.getLast().detail());
    runFor(30_000);
    assertEquals(2, world.log.size() - 1, "the holder ends, and nobody else starts");
  }

  @Test
  void theMutexIsKeptThroughRetries() {
    world.answers =
        attempt ->
            attempt.taskId().equals("a") && attempt.number() < 3
                ? new FakeWorld.Answer(10, FakeWorld.ERROR)
                : new FakeWorld.Answer(10, FakeWorld.OK);
    world.create(once("a", 100).retry(3, 2_000).build());
    world.create(once("b", 200).build());
    runFor(20_000);
    assertEquals(List.of("a", "a", "a", "b"), world.shots.stream().map(shot -> shot.id).toList());
    assertEquals(
        world.shots.get(0).mutexToken,
        world.shots.get(2).mutexToken,
        "it is one and the same hold");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void killedPausedAndDeletedTasksLeaveTheQueue(boolean alone) {
    world = new FakeWorld(1, alone);
    answer(Map.of("a", 3_000L));
    world.create(once("a", 100).build());
    for (String id : List.of("killed", "paused", "deleted", "z")) {
      world.create(once(id, 200).build());
    }
    runFor(500);
    world.write("killed", new RunChange.Kill());
    world.write("paused", new TaskChange.Pause());
    world.write("deleted", new TaskChange.Remove(Change.ANY_VERSION));
    runFor(100);
    assertEquals(RunOutcome.KILLED, last("killed").outcome());
    runFor(4_000);
    assertEquals(List.of("a", "z"), world.shots.stream().map(shot -> shot.id).toList());
    world.write("paused", new TaskChange.Resume(BEGIN + 200, 1));
    runFor(1_000);
    assertEquals("paused", world.shots.getLast().id);
    assertEquals(0, world.lane.runs());
  }

  @Test
  void aTaskThatIsPausedBetweenTwoAttemptsGivesTheMutexBackMeanwhile() {
    world.answers =
        attempt ->
            new FakeWorld.Answer(5, attempt.taskId().equals("a") ? FakeWorld.ERROR : FakeWorld.OK);
    world.create(once("a", 100).retry(5, 1_000).build());
    world.create(once("b", 200).build());
    runFor(300);
    world.write("a", new TaskChange.Pause());
    runFor(5_000);
    assertEquals(List.of("a", "b"), world.shots.stream().map(shot -> shot.id).toList());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCallOfADeletedTaskHoldsItsMutexUntilItHasEnded(boolean alone) {
    world = new FakeWorld(1, alone);
    answer(Map.of("a", 3_000L));
    world.create(once("a", 100).build());
    world.create(once("b", 200).build());
    runFor(500);
    world.write("a", new TaskChange.Remove(Change.ANY_VERSION));
    runFor(10_000);
    assertTrue(startOf("b") >= 3_100, "it started at " + startOf("b"));
    assertTrue(startOf("b") < 3_500, "it started at " + startOf("b"));
  }

  @Test
  void anotherMutexInTheDefinitionIsWaitedForInstead() {
    answer(Map.of("a", 30_000L));
    world.create(once("a", 100).build());
    world.create(once("b", 200).build());
    runFor(500);
    world.write(
        "b",
        new TaskChange.Replace(
            Tasks.once("b", BEGIN + 200).mutex("free", 1_000).build(),
            world.nowMillis,
            BEGIN + 200,
            Change.ANY_VERSION));
    runFor(500);
    assertEquals(1, world.shotsOf("b").size());
  }

  @Test
  void instantsOverlapARunThatWaits() {
    answer(Map.of("a", 10_000L));
    world.create(once("a", 900).build());
    world.create(Tasks.every("b", 1_000).start(BEGIN + 1_000).mutex("m", 60_000).build());
    runFor(12_500);
    assertEquals(List.of(1L, 11L, 12L), world.shotsOf("b").stream().map(s -> s.number).toList());
  }

  @Test
  void anAtMostOnceRunThatOnlyWaitedIsNotUnknownAfterACrash() {
    world = new FakeWorld(1, false);
    answer(Map.of("a", 3_000L));
    world.create(once("a", 100).build());
    world.create(once("b", 200).atMostOnce().build());
    runFor(1_500);
    OpenRun open = world.record("b").progress().openRuns().getFirst();
    assertEquals(OpenRun.State.WAITING, open.state());
    world.crash();
    runFor(10_000);
    assertEquals(1, world.shotsOf("b").size());
    assertEquals(RunOutcome.SUCCESS, last("b").outcome());
  }

  @Test
  void aRunThatAServiceWorksOnKeepsItsMutexWhenItsOwnerDies() {
    world = new FakeWorld(1, false);
    world.answers =
        attempt ->
            new FakeWorld.Answer(
                5, attempt.taskId().equals("a") ? new Outcome.Accepted("on it") : FakeWorld.OK);
    world.create(once("a", 100).service(3_600_000).build());
    world.create(once("b", 200).build());
    runFor(2_000);
    world.crash();
    runFor(20_000);
    assertEquals(List.of(), world.shotsOf("b"));
    world.write("a", new RunChange.Confirm(1, true, "done"));
    runFor(500);
    assertEquals(1, world.shotsOf("b").size());
  }

  @Test
  void theNextOwnerRepeatsARunUnderItsMutexWithAGreaterToken() {
    world = new FakeWorld(1, false);
    answer(Map.of("a", 3_000L));
    world.create(once("a", 100).build());
    world.create(once("b", 200).build());
    runFor(2_000);
    world.crash();
    runFor(10_000);
    assertEquals(List.of("a", "a", "b"), world.shots.stream().map(shot -> shot.id).toList());
    assertTrue(world.shots.get(1).mutexToken > world.shots.get(0).mutexToken);
    assertTrue(world.shots.get(2).startMillis >= world.shots.get(1).endMillis);
  }

  @Test
  void whatADeadOwnerHeldIsFreeWhenItsGrantHasRunOutAndNotBefore() {
    world = new FakeWorld(1, false);
    answer(Map.of("a", 60_000L));
    world.create(once("a", 100).build());
    runFor(2_000);
    assertEquals(1, world.shotsOf("a").size());
    world.crash();
    world.grid.applyAtOnce("a", new TaskChange.Remove(Change.ANY_VERSION));
    world.create(once("b", 2_100).build());
    runFor(10_000);
    assertTrue(startOf("b") >= 3_100, "it started at " + startOf("b"));
    assertTrue(startOf("b") < 3_500, "it started at " + startOf("b"));
  }

  @Test
  void aPartitionThatMovesOnLeavesTheQueueAndItsNextOwnerWaitsAnew() {
    world = new FakeWorld(1, false);
    answer(Map.of("a", 5_000L));
    world.create(once("a", 100).build());
    world.create(once("b", 200).build());
    runFor(1_000);
    world.newEpoch();
    runFor(20_000);
    Shot last = world.shots.getLast();
    assertEquals("b", last.id);
    assertEquals(1, world.shotsOf("b").size());
    assertTrue(
        world.shotsOf("a").stream().allMatch(shot -> shot.endMillis <= last.startMillis),
        world.shots.toString());
    assertEquals(0, world.lane.runs());
  }

  @Test
  void claimsThatWaitForLessThanItTakesFreeWhatADeadOwnerHeldTogether() {
    world = new FakeWorld(1, false);
    answer(Map.of("a", 60_000L));
    world.create(once("a", 100).build());
    runFor(500);
    world.crash();
    world.grid.applyAtOnce("a", new TaskChange.Remove(Change.ANY_VERSION));
    world.create(Tasks.every("b", 500).start(world.nowMillis + 500).mutex("m", 300).build());
    runFor(10_000);
    assertTrue(world.shotsOf("b").size() > 5, world.shots.toString());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aWaitShorterThanOthersAreLetGoFirstEndsWithTheirs(boolean taken) {
    world = new FakeWorld(1, false);
    answer(Map.of("a", 1_000L));
    world.create(once("a", 100).build());
    runFor(500);
    Hold held = table().hold("m");
    assertNotNull(held);
    change(held.asWanted());
    runFor(640);
    assertNull(table().hold("m"), "given back, and for 0.2 s not taken again");
    if (taken) {
      change(new Hold("m", "other", 1, 1, 0, 1, held.token() + 1, false));
    }
    world.create(Tasks.once("b", BEGIN + 1_150).mutex("m", 50).build());
    runFor(360);
    if (taken) {
      assertEquals(List.of(), world.shotsOf("b"));
      assertEquals(RunOutcome.TIMEOUT, last("b").outcome());
    } else {
      assertTrue(startOf("b") > 1_300, "it started at " + startOf("b"));
    }
  }

  private MutexTable table() {
    return world.mutexStore.read(MutexStore.stripe("m"));
  }

  /** Another member waits for the mutex, or takes it. */
  private void change(Hold hold) {
    MutexTable now = table();
    assertTrue(
        world.mutexStore.compareAndSet(
            MutexStore.stripe("m"),
            now,
            new MutexTable(now.version() + 1, hold.token(), List.of(hold))));
  }

  @Test
  void tokensGrowAcrossARestartOfALoneMember() {
    world.create(Tasks.every("a", 100).start(BEGIN + 100).mutex("m", 1_000).build());
    runFor(1_000);
    long before = world.shots.getLast().mutexToken;
    int made = world.shots.size();
    world.crash();
    runFor(1_000);
    assertTrue(world.shots.get(made).mutexToken > before);
  }

  @Test
  void withoutAnAnswerOfTheStoreNothingStartsAndTheWaitEnds() {
    world = new FakeWorld(1, false);
    world.mutexStore.lostRate = 2;
    world.create(Tasks.once("a", BEGIN + 100).mutex("m", 1_000).build());
    runFor(5_000);
    assertEquals(List.of(), world.shots);
    assertEquals(RunOutcome.TIMEOUT, last("a").outcome());
    world.mutexStore.lostRate = 0;
    world.create(once("b", 5_000).build());
    runFor(1_000);
    assertEquals(1, world.shotsOf("b").size());
  }
}
