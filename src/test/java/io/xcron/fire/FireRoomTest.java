package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Change;
import io.xcron.model.Policy;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskChange;
import io.xcron.target.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** More tasks are overdue than runs may be in memory, and the disk does not answer. */
class FireRoomTest extends OneTask {
  private static final int TASKS = 300;
  private static final int ROOM = 100;

  /** What the lane has sent since the outage. */
  private final List<RunChange.Decide> decides = new ArrayList<>();

  private void outageOf(UnaryOperator<Tasks> kind) {
    for (int i = 0; i < TASKS; i++) {
      world.create(kind.apply(Tasks.once("t" + i, BEGIN + 1_000)).build());
    }
    runFor(500);
    world.config = new FireConfig(1, 64, ROOM, Duration.ofSeconds(1), Duration.ofMillis(500));
    outage(10_000);
    world.crash();
    world.grid.sent =
        change -> {
          if (change instanceof RunChange.Decide decide) {
            decides.add(decide);
          }
        };
    nothingMoreIsDurable();
    runFor(2_000);
  }

  private void theDiskAnswersAgain(RunOutcome outcome) {
    crashBeforeAnyOfThatIsDurable();
    world.grantedUntilMillis = BEGIN + 500;
    runFor(10_000);
    for (int i = 0; i < TASKS; i++) {
      assertEquals(1, world.record("t" + i).decidedNumber());
    }
    assertEquals(TASKS, world.log.stream().filter(run -> run.outcome() == outcome).count());
    assertEquals(0, world.lane.runs());
  }

  @Test
  void instantsThatAreLetGoTakeRoomUntilThatIsDurable() {
    outageOf(task -> task.misfire(Policy.Misfire.SKIP, 1_000));
    assertEquals(ROOM, decides.size());
    assertEquals(ROOM, world.lane.runs());
    theDiskAnswersAgain(RunOutcome.MISFIRED);
  }

  @Test
  void runsThatMustBeDurableBeforeTheyStartTakeRoomUntilTheyAre() {
    outageOf(Tasks::atMostOnce);
    assertEquals(ROOM, decides.size());
    assertEquals(ROOM, world.lane.runs());
    assertEquals(List.of(), numbers());
    theDiskAnswersAgain(RunOutcome.SUCCESS);
    assertEquals(TASKS, world.shots.size());
  }

  @Test
  void aTaskThatIsDeletedGivesItsRoomBack() {
    outageOf(task -> task.misfire(Policy.Misfire.SKIP, 1_000));
    for (int i = 0; i < TASKS; i++) {
      world.grid.applyAtOnce("t" + i, new TaskChange.Remove(Change.ANY_VERSION));
    }
    assertEquals(0, world.lane.runs());
  }

  @Test
  void nothingFiresBesideWhatIsStillToBeTakenOver() {
    answer(5, new Outcome.Accepted(""));
    for (int i = 0; i < ROOM; i++) {
      world.create(Tasks.every("t" + i, 1_000).start(BEGIN + 1_000).service(3_600_000).build());
    }
    runFor(1_500);
    assertEquals(ROOM, world.shots.size());
    world.config = new FireConfig(1, 64, ROOM / 2, Duration.ofSeconds(1), Duration.ofMillis(500));
    world.crash();
    runFor(3_000);
    assertEquals(ROOM / 2, world.lane.runs());
    assertEquals(ROOM, world.shots.size());
    answer(5, FakeWorld.OK);
    for (int i = 0; i < ROOM; i++) {
      var unused = world.write("t" + i, new RunChange.Confirm(1, true, null));
    }
    runFor(3_000);
    for (int i = 0; i < ROOM; i++) {
      assertTrue(world.record("t" + i).decidedNumber() > 2, "t" + i);
    }
    assertEquals(
        world.shots.size(),
        world.shots.stream().map(shot -> shot.run() + shot.attempt).distinct().count());
  }
}
