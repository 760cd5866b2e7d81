package io.xcron.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TaskRecordTest {
  private static final Change.Stamp STAMP = new Change.Stamp(3, 4, 1_000, 5);

  @Test
  void anyTaskComesBackAsItWasWritten() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      Task task = RandomTasks.task(random);
      TaskRecord record = stored(new TaskChange.Create(task, 1_000, 77), null);
      assertEquals(task, record.task(task.id()), "seed " + seed);
      assertEquals(task.maxRuns(), record.maxRuns(), "seed " + seed);
      assertEquals(task.schedule().oneShot(), record.oneShot(), "seed " + seed);
      assertEquals(task.enabled(), record.fires(), "seed " + seed);
      assertEquals(!task.jitter().isZero(), record.jittered(), "seed " + seed);
      assertEquals(textsOf(task), textsOf(record), "seed " + seed);
    }
  }

  private static List<String> textsOf(Task task) {
    List<String> texts = new ArrayList<>(List.of("namespace " + task.namespace()));
    if (task.name() != null) {
      texts.add("name " + task.name());
    }
    task.labels().forEach((key, value) -> texts.add(key + "=" + value));
    return texts;
  }

  private static List<String> textsOf(TaskRecord record) {
    List<String> texts = new ArrayList<>();
    record.texts(
        new TaskTexts() {
          @Override
          public void namespace(byte[] utf8, int from, int length) {
            texts.add("namespace " + text(utf8, from, length));
          }

          @Override
          public void name(byte[] utf8, int from, int length) {
            texts.add("name " + text(utf8, from, length));
          }

          @Override
          public void label(
              byte[] utf8, int keyFrom, int keyLength, int valueFrom, int valueLength) {
            texts.add(text(utf8, keyFrom, keyLength) + "=" + text(utf8, valueFrom, valueLength));
          }

          private static String text(byte[] utf8, int from, int length) {
            return new String(utf8, from, length, StandardCharsets.UTF_8);
          }
        });
    return texts;
  }

  @Test
  void anyProgressComesBackAsItWasWritten() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Task task = RandomTasks.task(random);
    TaskRecord record = stored(new TaskChange.Create(task, 1_000, 77), null);
    for (int i = 0; i < 20_000; i++) {
      Progress progress = RandomTasks.progress(random);
      TaskRecord changed =
          record.with(progress).stamped(random.nextLong(1L << 40), random.nextLong(1L << 40));
      byte[] moved = new byte[changed.length() + 12];
      changed.copyTo(moved, 12);
      TaskRecord read = TaskRecord.of(moved, 12);
      assertEquals(progress, read.progress(), "seed " + seed);
      assertEquals(!progress.openRuns().isEmpty(), read.hasOpenRuns(), "seed " + seed);
      assertEquals(task, read.task(task.id()), "seed " + seed);
      assertEquals(changed.epoch(), read.epoch(), "seed " + seed);
      assertEquals(changed.sequence(), read.sequence(), "seed " + seed);
      assertEquals(record.generation(), read.generation(), "seed " + seed);
      assertEquals(changed, read, "seed " + seed);
    }
  }

  @Test
  void bytesOfAnotherFormatAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> TaskRecord.of(new byte[200], 0));
    assertThrows(IllegalArgumentException.class, () -> TaskRecord.of(new byte[] {1}, 0));
  }

  @Test
  void theRecordOfAnOrdinaryTaskIsSmall() {
    Task task =
        task(
            new Schedule.At(Instant.ofEpochMilli(1_800_000_000_000L)),
            new Target.Http(
                "http://callbacks.example.com:8080/o",
                "POST",
                Map.of(),
                "x".repeat(100),
                Duration.ofSeconds(10)));

    assertTrue(
        stored(new TaskChange.Create(task, 1_000, 1), null).length() <= 72 + 2 + 100 + 40 + 40);
  }

  @Test
  void aCompletionDecidesTheNumberAndTheNextInstantTogether() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    TaskRecord after = stored(finish(before, 1, 100, 200), before);

    assertEquals(1, after.decidedNumber());
    assertEquals(200, after.nextMillis());
    assertEquals(1, after.delivered());
    assertEquals(TaskState.SCHEDULED, after.state());
  }

  @Test
  void aCompletionThatComesTwiceCountsOnce() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    TaskRecord once = stored(finish(before, 1, 100, 200), before);

    assertInstanceOf(
        Change.Applied.Unchanged.class, finish(before, 1, 100, 200).apply(once, null, STAMP));
  }

  @Test
  void aCompletionOfAnEarlierGenerationIsDropped() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    RunChange.Finish late = finish(before, 1, 100, 200);
    TaskRecord anew =
        ((Change.Applied.Stored)
                new TaskChange.Create(every(), 1_000, 100)
                    .apply(null, null, new Change.Stamp(3, 9, 1_000, 6)))
            .record();

    assertInstanceOf(Change.Applied.Unchanged.class, late.apply(anew, null, STAMP));
  }

  @Test
  void aChangeWhileARunGoesOnKeepsItsNumberAndItsInstant() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    OpenRun running = new OpenRun(1, 100, 100, 1, OpenRun.State.STARTED, 101, 0, null, null);
    Change.Unwritten unwritten = new Change.Unwritten(running, 200);

    for (Change change :
        List.of(
            replace(every().withName("other"), 999),
            new TaskChange.Pause(),
            new RunChange.Run(null))) {
      TaskRecord changed =
          ((Change.Applied.Stored) change.apply(before, unwritten, STAMP)).record();
      assertEquals(running, changed.progress().openRun(1), change.toString());
      assertEquals(
          200, changed.nextMillis(), "the instant of run 1 must not be numbered again: " + change);
      TaskRecord ended = stored(finish(before, 1, 100, 200), changed);
      assertEquals(1, ended.delivered());
      assertEquals(changed.decidedNumber(), ended.decidedNumber());
    }
  }

  @Test
  void aNewScheduleCountsFromNowAndKeepsTheNumbers() {
    TaskRecord before =
        stored(
            finish(stored(new TaskChange.Create(every(), 1_000, 100), null), 1, 100, 200),
            stored(new TaskChange.Create(every(), 1_000, 100), null));
    Task other = task(new Schedule.Every(Duration.ofSeconds(9)), target());
    TaskRecord replaced = stored(new TaskChange.Replace(other, 1_000, 9_000, 1), before);

    assertEquals(9_000, replaced.nextMillis());
    assertEquals(1, replaced.decidedNumber());
    assertEquals(2, replaced.version());
    assertEquals(before.generation(), replaced.generation());
  }

  @Test
  void theDefinitionThatIsThereChangesNothing() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    Change again = new TaskChange.Replace(every(), 1_000, 999, before.version());
    assertEquals(new Change.Applied.Unchanged(before), again.apply(before, null, STAMP));
    assertEquals(
        new Change.Applied.Refused(Change.Refusal.STALE_VERSION),
        new TaskChange.Replace(every(), 1_000, 999, 7).apply(before, null, STAMP));
    assertEquals(2, stored(replace(every().withName("other"), 999), before).version());
  }

  @Test
  void aFinishedTaskGoesOnWhenItsLimitsLeaveRoomAgain() {
    Task two = limited(every(), null, 2);
    TaskRecord one = stored(new TaskChange.Create(two, 0, 100), null);
    TaskRecord finished = stored(finish(one, 2, 200, 300), stored(finish(one, 1, 100, 200), one));
    assertEquals(TaskState.FINISHED, finished.state());

    TaskRecord more = stored(replace(limited(every(), null, 3), 900), finished);
    assertEquals(TaskState.SCHEDULED, more.state());
    assertEquals(900, more.nextMillis());
    assertEquals(2, more.decidedNumber());

    assertEquals(
        new Change.Applied.Unchanged(finished), replace(two, 900).apply(finished, null, STAMP));
    for (TaskChange none :
        List.of(
            replace(two.withName("other"), 900),
            replace(limited(every(), null, 1), 900),
            replace(limited(every(), Instant.EPOCH, 0), Progress.NEVER),
            replace(limited(every(), null, 3), 200))) {
      assertEquals(TaskState.FINISHED, stored(none, finished).state(), none.toString());
    }
  }

  @Test
  void aTaskWhoseEndHasPassedGoesOnWithALaterOne() {
    Task ending = limited(every(), Instant.ofEpochMilli(150), 0);
    TaskRecord one = stored(new TaskChange.Create(ending, 0, 100), null);
    TaskChange later = replace(limited(every(), null, 0), 900);
    TaskRecord finished = stored(finish(one, 1, 100, Progress.NEVER), one);
    assertEquals(TaskState.FINISHED, finished.state());
    assertEquals(900, stored(later, finished).nextMillis());
    assertEquals(TaskState.SCHEDULED, stored(later, finished).state());

    OpenRun running = new OpenRun(1, 100, 100, 1, OpenRun.State.STARTED, 101, 0, null, null);
    Change.Unwritten unwritten = new Change.Unwritten(running, Progress.NEVER);
    TaskRecord changed = ((Change.Applied.Stored) later.apply(one, unwritten, STAMP)).record();
    assertEquals(900, changed.nextMillis());
    assertEquals(TaskState.SCHEDULED, stored(finish(one, 1, 100, Progress.NEVER), changed).state());
  }

  @Test
  void noLimitBringsBackAOneShotThatHasFired() {
    Task once = task(new Schedule.At(Instant.ofEpochMilli(100)), target());
    for (RunOutcome outcome : List.of(RunOutcome.SUCCESS, RunOutcome.FAILURE)) {
      TaskRecord one = stored(new TaskChange.Create(once, 0, 100), null);
      LastRun run = new LastRun(1, 100, 100, 100, 105, outcome, 1, 200);
      TaskRecord over =
          stored(new RunChange.Finish(one.generation(), 1, run, Progress.NEVER, false), one);
      // As when the calendar has moved its instant meanwhile.
      TaskRecord changed = stored(replace(limited(once, null, 5), 900), over);
      assertEquals(over.state(), changed.state());
      assertEquals(Progress.NEVER, changed.nextMillis());
    }
  }

  @Test
  void aOneShotThatWasRunByHandUpToItsBoundStillComesWhenThatIsRaised() {
    Task once = task(new Schedule.At(Instant.ofEpochMilli(90_000)), target());
    TaskRecord one = stored(new TaskChange.Create(limited(once, null, 1), 0, 90_000), null);
    TaskRecord byHand = stored(new RunChange.Run(null), one);
    long asked = byHand.progress().openRuns().getFirst().scheduledMillis();
    TaskRecord finished = stored(finish(byHand, 1, asked, Progress.NEVER), byHand);
    assertEquals(TaskState.FINISHED, finished.state());

    for (long maxRuns : new long[] {0, 2}) {
      TaskRecord more = stored(replace(limited(once, null, maxRuns), 90_000), finished);
      assertEquals(TaskState.SCHEDULED, more.state());
      assertEquals(90_000, more.nextMillis());
    }
    for (TaskChange none :
        List.of(
            replace(limited(once, null, 1).withName("other"), 90_000),
            replace(limited(once, null, 2), Progress.NEVER))) {
      assertEquals(TaskState.FINISHED, stored(none, finished).state(), none.toString());
    }
  }

  @Test
  void anInstantThatHasBecomeARunIsNotToComeOnceMore() {
    Task every = task(new Schedule.Every(Duration.ofSeconds(1)), target());
    TaskRecord one = stored(new TaskChange.Create(every, 0, 11_000), null);
    Change.Unwritten started =
        new Change.Unwritten(
            new OpenRun(1, 11_000, 11_000, 1, OpenRun.State.STARTED, 11_001, 0, null, null),
            12_000);
    Task slower = task(new Schedule.Every(Duration.ofSeconds(11)), target());
    TaskChange late = new TaskChange.Replace(slower, 0, 11_000, one.version());
    assertEquals(
        new Change.Applied.Refused(Change.Refusal.STALE_VERSION), late.apply(one, started, STAMP));
    TaskChange anew = new TaskChange.Replace(slower, 0, 22_000, one.version());
    assertInstanceOf(Change.Applied.Stored.class, anew.apply(one, started, STAMP));
  }

  private static TaskChange replace(Task task, long nextMillis) {
    return new TaskChange.Replace(task, 0, nextMillis, Change.ANY_VERSION);
  }

  private static Task limited(Task task, @Nullable Instant end, long maxRuns) {
    return new Task(
        task.id(),
        task.namespace(),
        task.name(),
        task.labels(),
        task.owner(),
        task.schedule(),
        task.start(),
        end,
        maxRuns,
        task.jitter(),
        task.calendar(),
        task.enabled(),
        task.deleteAfter(),
        task.target(),
        task.policy(),
        task.alert());
  }

  @Test
  void aStaleVersionIsRefused() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);

    assertEquals(
        new Change.Applied.Refused(Change.Refusal.STALE_VERSION),
        new TaskChange.Replace(every(), 1_000, 1, 7).apply(before, null, STAMP));
    assertEquals(
        new Change.Applied.Refused(Change.Refusal.STALE_VERSION),
        new TaskChange.Remove(7).apply(before, null, STAMP));
  }

  @Test
  void aOneShotEndsFinishedOrDead() {
    Task once = task(new Schedule.At(Instant.ofEpochMilli(100)), target());
    TaskRecord before = stored(new TaskChange.Create(once, 1_000, 100), null);

    assertEquals(
        TaskState.FINISHED, stored(finish(before, 1, 100, Progress.NEVER), before).state());
    LastRun failed = new LastRun(1, 100, 100, 100, 110, RunOutcome.FAILURE, 3, 500);
    RunChange.Finish finish =
        new RunChange.Finish(before.generation(), 1, failed, Progress.NEVER, false);
    assertEquals(TaskState.DEAD, stored(finish, before).state());
  }

  @Test
  void aManualRunTakesTheNextNumberAtOnce() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    TaskRecord first = stored(new RunChange.Run("a"), before);
    TaskRecord second = stored(new RunChange.Run("b"), first);

    assertEquals(2, second.decidedNumber());
    assertEquals(100, second.nextMillis());
    assertEquals("b", Objects.requireNonNull(second.progress().openRun(2)).arg());
    assertEquals(TaskState.RUNNING, second.state());
  }

  @Test
  void openRunsHaveABound() {
    TaskRecord record = stored(new TaskChange.Create(every(), 1_000, 100), null);
    for (int i = 0; i < OpenRun.MAX_PER_TASK; i++) {
      record = stored(new RunChange.Run(null), record);
    }

    assertEquals(
        new Change.Applied.Refused(Change.Refusal.TOO_MANY_RUNS),
        new RunChange.Run(null).apply(record, null, STAMP));
  }

  @Test
  void aPausedTaskDoesNotFireUntilItIsResumed() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    TaskRecord paused = stored(new TaskChange.Pause(), before);
    TaskRecord resumed = stored(new TaskChange.Resume(5_000, 1), paused);

    assertFalse(paused.fires());
    assertEquals(TaskState.PAUSED, paused.state());
    assertTrue(resumed.fires());
    assertEquals(5_000, resumed.nextMillis());
    assertEquals(1, resumed.version(), "pausing is no change of the definition");
  }

  @Test
  void aTaskThatCameToItsEndIsAsItWasAfterARest() {
    Task once = task(new Schedule.At(Instant.ofEpochMilli(100)), target());
    for (RunOutcome outcome : List.of(RunOutcome.SUCCESS, RunOutcome.FAILURE)) {
      TaskRecord one = stored(new TaskChange.Create(once, 0, 100), null);
      LastRun run = new LastRun(1, 100, 100, 100, 105, outcome, 1, 200);
      TaskRecord over =
          stored(new RunChange.Finish(one.generation(), 1, run, Progress.NEVER, false), one);
      TaskRecord paused = stored(new TaskChange.Pause(), over);
      TaskRecord resumed = stored(new TaskChange.Resume(Progress.NEVER, 1), paused);
      assertEquals(over, resumed, outcome.toString());
    }
    TaskRecord one = stored(new TaskChange.Create(limited(every(), null, 1), 0, 100), null);
    TaskRecord over = stored(finish(one, 1, 100, 200), one);
    TaskRecord paused = stored(new TaskChange.Pause(), over);
    assertEquals(over, stored(new TaskChange.Resume(5_000, 1), paused));
  }

  @Test
  void aResumeForAnotherDefinitionIsRefused() {
    TaskRecord before = stored(new TaskChange.Create(every(), 1_000, 100), null);
    TaskRecord paused = stored(new TaskChange.Pause(), before);
    Task slower = task(new Schedule.Every(Duration.ofSeconds(9)), target());
    TaskRecord replaced = stored(replace(slower, 9_000), paused);

    assertEquals(
        new Change.Applied.Refused(Change.Refusal.STALE_VERSION),
        new TaskChange.Resume(5_000, paused.version()).apply(replaced, null, STAMP));
    assertEquals(9_000, stored(new TaskChange.Resume(9_000, 2), replaced).nextMillis());
    assertInstanceOf(
        Change.Applied.Unchanged.class, new TaskChange.Resume(5_000, 7).apply(before, null, STAMP));
  }

  private static TaskRecord stored(Change change, @Nullable TaskRecord current) {
    return assertInstanceOf(Change.Applied.Stored.class, change.apply(current, null, STAMP))
        .record();
  }

  private static RunChange.Finish finish(
      TaskRecord record, long number, long scheduled, long next) {
    LastRun run =
        new LastRun(
            number, scheduled, scheduled, scheduled, scheduled + 5, RunOutcome.SUCCESS, 1, 200);
    return new RunChange.Finish(record.generation(), record.version(), run, next, false);
  }

  private static Task every() {
    return task(new Schedule.Every(Duration.ofMillis(100)), target());
  }

  private static Target target() {
    return new Target.Http("http://localhost/", "POST", Map.of(), null, Duration.ofSeconds(1));
  }

  private static Task task(Schedule schedule, Target target) {
    return Task.of("id", null, Map.of("team", "pay", "kind", "order"), schedule, target);
  }

  @Test
  void twoRecordsWithOtherBytesDiffer() {
    TaskRecord one = stored(new TaskChange.Create(every(), 1_000, 100), null);

    assertNotEquals(one, stored(finish(one, 1, 100, 200), one));
  }
}
