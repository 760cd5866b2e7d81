package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Chain;
import io.xcron.model.ChainChange;
import io.xcron.model.Change;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.Schedule;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tasks that run after others. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireChainTest {
  private static final long BEGIN = FakeWorld.BEGIN;
  private static final long SECOND = 1_000;

  private final FakeWorld world = new FakeWorld(11);

  private void follows(String id, Policy.After.On on) {
    follows(Tasks.chained(id, "x", on).build());
  }

  private void follows(Task task) {
    world.write("x", new ChainChange.Follow(task.id()));
    world.runUntil(world.nowMillis + 10);
    world.create(task);
    world.runUntil(world.nowMillis + 10);
  }

  private void every(int seconds) {
    world.create(Tasks.every("x", seconds * SECOND).start(BEGIN + SECOND).retry(1, 100).build());
    world.runUntil(BEGIN + 50);
  }

  private void runUntil(long seconds) {
    world.runUntil(BEGIN + seconds * SECOND + 500);
  }

  @Test
  void aFollowerRunsOnceForEachEndOfItsPredecessor() {
    every(1);
    follows("f", Policy.After.On.END);

    runUntil(5);

    assertEquals(5, world.shotsOf("x").size());
    assertEquals(5, world.shotsOf("f").size());
    assertEquals(List.of(), world.record("x").chain().ends());
    assertEquals(Progress.UNTIL_TOLD, world.record("f").nextMillis());
    assertEquals(TaskState.SCHEDULED, world.record("f").state());
    assertEquals(0, world.lane.runs());
  }

  @Test
  void aFollowerRunsAfterTheEndsThatItAsksFor() {
    world.answers =
        attempt ->
            new FakeWorld.Answer(
                5,
                attempt.taskId().equals("x") && attempt.runNumber() % 2 == 0
                    ? FakeWorld.ERROR
                    : FakeWorld.OK);
    every(1);
    follows("good", Policy.After.On.SUCCESS);
    follows("bad", Policy.After.On.FAILURE);
    follows("any", Policy.After.On.END);

    runUntil(5);

    assertEquals(3, world.shotsOf("good").size());
    assertEquals(2, world.shotsOf("bad").size());
    assertEquals(5, world.shotsOf("any").size());
  }

  @Test
  void endsThatWereNotToldBeforeACrashAreToldAfterIt() {
    every(60);
    follows("f", Policy.After.On.END);
    // The write that tells is refused as long as the first owner lives.
    world.runUntil(BEGIN + SECOND + 5);
    while (!world.grid.durable.containsKey("x") || !world.grid.durable.get("x").hasEndsToTell()) {
      world.runUntil(world.nowMillis + 1);
    }
    assertEquals(0, world.shotsOf("f").size());

    world.crash();
    runUntil(3);

    assertEquals(1, world.shotsOf("f").size());
    assertFalse(world.record("x").hasEndsToTell());
  }

  @Test
  void anEndIsHeardOnceHoweverOftenItIsTold() {
    every(60);
    follows("f", Policy.After.On.END);
    runUntil(2);
    long generation = world.record("x").generation();

    world.write(
        "f",
        new ChainChange.Trigger(
            "x", generation, 1, io.xcron.model.RunOutcome.SUCCESS, world.nowMillis));
    runUntil(4);

    assertEquals(1, world.shotsOf("f").size());
  }

  @Test
  void aPausedFollowerLetsEndsGo() {
    every(1);
    follows("f", Policy.After.On.END);
    world.write("f", new TaskChange.Pause());

    runUntil(3);
    world.write("f", new TaskChange.Resume(Progress.UNTIL_TOLD, 1));
    runUntil(5);

    assertEquals(2, world.shotsOf("f").size());
    assertEquals(5, world.record("f").chain().heardEnd());
  }

  @Test
  void aFollowerThatIsGoneIsForgottenAfterAWhile() {
    every(10);
    follows("f", Policy.After.On.END);
    follows("other", Policy.After.On.END);
    world.write("f", new TaskChange.Remove(Change.ANY_VERSION));

    runUntil(12);
    assertTrue(world.record("x").chain().followers().stream().anyMatch(f -> f.id().equals("f")));
    runUntil(82);

    assertEquals(
        List.of("other"),
        world.record("x").chain().followers().stream().map(Chain.Follower::id).toList());
    assertEquals(9, world.shotsOf("other").size());
  }

  @Test
  void aFollowerThatIsMadeAnewWhileAnEndIsToldStays() {
    every(90);
    follows("f", Policy.After.On.END);
    runUntil(80);
    world.write("f", new TaskChange.Remove(Change.ANY_VERSION));
    boolean[] missed = {false};
    world.grid.sent =
        change -> {
          if (change instanceof ChainChange.Told told && told.gone().equals(List.of("f"))) {
            missed[0] = true;
            world.grid.applyAtOnce("x", new ChainChange.Follow("f"));
            world.grid.applyAtOnce(
                "f",
                new TaskChange.Create(
                    Tasks.chained("f", "x", Policy.After.On.END).build(),
                    world.nowMillis,
                    Progress.UNTIL_TOLD));
          }
        };

    runUntil(92);
    assertTrue(missed[0], "its absence was told");
    runUntil(182);

    assertEquals(3, world.shotsOf("x").size());
    assertEquals(2, world.shotsOf("f").size(), "of the first end and of the last");
  }

  @Test
  void aTaskThatWouldGoWhenItHasEndedTellsOfItsEndFirst() {
    world.create(Tasks.once("x", BEGIN + SECOND).deleteAfter(0).build());
    world.runUntil(BEGIN + 50);
    follows("f", Policy.After.On.END);

    runUntil(20);

    assertEquals(1, world.shotsOf("f").size());
    assertEquals(null, world.grid.current("x"));
  }

  @Test
  void aRowOfTasksRunsToItsEnd() {
    every(60);
    follows("f", Policy.After.On.SUCCESS);
    world.write("f", new ChainChange.Follow("g"));
    world.runUntil(world.nowMillis + 10);
    world.create(Tasks.chained("g", "f", Policy.After.On.SUCCESS).build());

    runUntil(3);

    assertEquals(1, world.shotsOf("f").size());
    assertEquals(1, world.shotsOf("g").size());
  }

  @Test
  void aFollowerMayHaveAScheduleToo() {
    every(2);
    Tasks both = Tasks.every("f", SECOND).start(BEGIN + SECOND + 400);
    both.after = new Policy.After("x", Policy.After.On.END);
    follows(both.build());

    runUntil(4);

    // The predecessor's first end lies before the follower's start.
    assertEquals(1 + 4, world.shotsOf("f").size());
    assertTrue(world.record("f").task("f").schedule() instanceof Schedule.Every);
  }

  @Test
  void aChainedTaskIsFinishedAfterItsLastRun() {
    every(1);
    follows(Tasks.chained("f", "x", Policy.After.On.END).maxRuns(2).build());

    runUntil(5);

    assertEquals(2, world.shotsOf("f").size());
    assertEquals(TaskState.FINISHED, world.record("f").state());
  }
}
