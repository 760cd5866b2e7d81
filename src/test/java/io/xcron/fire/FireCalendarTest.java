package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Progress;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskState;
import io.xcron.model.WorkCalendar;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What a change of a calendar does to the instants that are to come. */
@SuppressWarnings("FutureReturnValueIgnored") // What a write comes to shows in the record.
class FireCalendarTest extends OneTask {
  private static final long DAY = 86_400_000;

  private static WorkCalendar without(WorkCalendar.OnExcluded how, int... days) {
    LocalDate first = LocalDate.ofInstant(Instant.ofEpochMilli(BEGIN), ZoneOffset.UTC);
    return new WorkCalendar(
        ZoneOffset.UTC,
        Arrays.stream(days).mapToObj(first::plusDays).collect(Collectors.toSet()),
        Set.of(),
        Set.of(),
        how);
  }

  private void calendar(WorkCalendar.OnExcluded how, int... days) {
    world.calendars.put("c", without(how, days));
  }

  private long nextDay() {
    return (progress().nextMillis() - BEGIN) / DAY;
  }

  @Test
  void theInstantToComeFollowsACalendarThatChangesOrGoes() {
    calendar(WorkCalendar.OnExcluded.SKIP, 1);
    world.create(every(DAY).calendar("c").build());
    runFor(2_000);
    assertEquals(2, nextDay());
    calendar(WorkCalendar.OnExcluded.SKIP, 1, 2, 3);
    runFor(2_000);
    assertEquals(4, nextDay());
    assertEquals(4, (durable().nextMillis() - BEGIN) / DAY, "as durable as any other write");
    world.calendars.remove("c");
    runFor(2_000);
    assertEquals(1, nextDay());
    runFor(DAY);
    assertEquals(BEGIN + DAY, world.shots.getFirst().dueMillis);
    assertEquals(1, world.shots.getFirst().number);
  }

  @Test
  void whatStaysAsItIsIsNotWritten() {
    calendar(WorkCalendar.OnExcluded.SKIP, 5);
    world.create(every(DAY).calendar("c").build());
    world.create(Tasks.every("other", DAY).start(BEGIN + DAY).calendar("d").build());
    runFor(2_000);
    int writes = world.grid.writes;
    calendar(WorkCalendar.OnExcluded.SKIP, 7);
    runFor(5_000);
    world.crash();
    runFor(5_000);
    assertEquals(writes, world.grid.writes);
  }

  @Test
  void aShiftedOneShotIsShiftedAnewAndOneThatIsExcludedEnds() {
    calendar(WorkCalendar.OnExcluded.NEXT, 1);
    world.create(Tasks.once("t", BEGIN + DAY).calendar("c").build());
    runFor(2_000);
    assertEquals(2, nextDay());
    calendar(WorkCalendar.OnExcluded.NEXT, 1, 2, 3);
    runFor(2_000);
    assertEquals(4, nextDay());
    calendar(WorkCalendar.OnExcluded.PREVIOUS, 2, 3);
    runFor(2_000);
    assertEquals(1, nextDay());
    calendar(WorkCalendar.OnExcluded.SKIP, 1);
    runFor(2_000);
    assertEquals(TaskState.FINISHED, world.record("t").state());
    assertEquals(0, world.shots.size());
  }

  @Test
  void aNewOwnerFinishesWhatTheFormerOneHadBegun() {
    calendar(WorkCalendar.OnExcluded.SKIP, 1);
    world.create(every(DAY).calendar("c").build());
    runFor(2_000);
    world.grid.refusedRate = 1;
    calendar(WorkCalendar.OnExcluded.SKIP, 1, 2);
    runFor(5_000);
    assertEquals(2, nextDay());
    world.crash();
    world.grid.refusedRate = 0;
    runFor(5_000);
    assertEquals(3, nextDay());
  }

  @Test
  void aCopyOfTheRegistryThatIsEmptyForAMomentChangesNothing() {
    calendar(WorkCalendar.OnExcluded.SKIP, 1);
    world.create(every(DAY).calendar("c").build());
    runFor(2_000);
    int writes = world.grid.writes;
    WorkCalendar there = Objects.requireNonNull(world.calendars.remove("c"));
    world.lane.sweep(world.nowMillis + CalendarWatch.LOOK_MILLIS);
    world.calendars.put("c", there);
    runFor(5_000);
    assertEquals(writes, world.grid.writes);
  }

  @Test
  void aRunUnderWayIsWrittenDownAndKeepsItsNumber() {
    calendar(WorkCalendar.OnExcluded.SKIP, 2);
    answer(20_000, FakeWorld.OK);
    world.create(every(DAY).calendar("c").build());
    runFor(DAY + 500);
    calendar(WorkCalendar.OnExcluded.SKIP, 2, 3);
    runFor(2_000);
    assertEquals(4, nextDay());
    assertEquals(1, progress().openRuns().size());
    runFor(30_000);
    assertEquals(1, progress().decidedNumber());
    assertEquals(4, nextDay(), "the end of the run does not bring the old instant back");
    assertEquals(1, world.shots.size());
  }

  @Test
  void manyTasksAreRecountedInBoundedStepsWhileOthersFire() {
    calendar(WorkCalendar.OnExcluded.SKIP, 1);
    for (int i = 0; i < 1_000; i++) {
      world.create(Tasks.every("t" + i, DAY).start(BEGIN + DAY).calendar("c").build());
    }
    world.create(Tasks.every("plain", 100).start(BEGIN + 100).build());
    runFor(3_000);
    int before = world.grid.writes;
    calendar(WorkCalendar.OnExcluded.SKIP, 1, 2);
    runFor(10_000);
    for (int i = 0; i < 1_000; i++) {
      assertEquals(BEGIN + 3 * DAY, world.record("t" + i).nextMillis());
    }
    assertTrue(world.grid.writes - before <= 1_000 + 101, "each is written once");
    long latest =
        world.shotsOf("plain").stream().mapToLong(s -> s.startMillis - s.dueMillis).max().orElse(0);
    assertTrue(latest < 50, "a fire was held up for " + latest + " ms");
  }

  @Test
  void aTaskThatIsPausedIsLeftToItsResume() {
    calendar(WorkCalendar.OnExcluded.SKIP, 1);
    world.create(every(DAY).calendar("c").build());
    write(new TaskChange.Pause());
    runFor(2_000);
    Progress paused = progress();
    world.calendars.remove("c");
    runFor(5_000);
    assertEquals(paused, progress());
  }

  private Progress durable() {
    return Objects.requireNonNull(world.grid.durable.get("t")).progress();
  }
}
