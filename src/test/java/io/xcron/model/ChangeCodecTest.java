package io.xcron.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangeCodecTest {
  private static final Change.Stamp STAMP = new Change.Stamp(3, 4, 1_000, 5);

  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);

  @Test
  void anyChangeComesBackAsItWasSent() {
    for (int i = 0; i < 2_000; i++) {
      for (Change change : changes()) {
        assertEquals(change, ChangeCodec.decode(ChangeCodec.encode(change)), "seed " + seed);
      }
    }
  }

  @Test
  void noKindOfChangeIsForgotten() {
    Set<Class<?>> kinds = changes().stream().map(Object::getClass).collect(Collectors.toSet());
    assertEquals(kindsOf(Change.class).collect(Collectors.toSet()), kinds);
  }

  private static Stream<Class<?>> kindsOf(Class<?> kind) {
    return kind.isSealed()
        ? Arrays.stream(kind.getPermittedSubclasses()).flatMap(ChangeCodecTest::kindsOf)
        : Stream.of(kind);
  }

  @Test
  void anyAnswerComesBackAsItWasSent() {
    for (int i = 0; i < 2_000; i++) {
      TaskRecord record = record();
      for (Change.Applied applied :
          List.of(
              new Change.Applied.Stored(record, true),
              new Change.Applied.Stored(record, false),
              new Change.Applied.Removed(record),
              new Change.Applied.Unchanged(record),
              new Change.Applied.Unchanged(null))) {
        assertEquals(
            applied, ChangeCodec.decodeApplied(ChangeCodec.encode(applied)), "seed " + seed);
      }
    }
    for (Change.Refusal refusal : Change.Refusal.values()) {
      Change.Applied refused = new Change.Applied.Refused(refusal);
      assertEquals(refused, ChangeCodec.decodeApplied(ChangeCodec.encode(refused)));
      assertEquals(refusal, ChangeCodec.refusal(ChangeCodec.code(refusal)));
    }
  }

  @Test
  void whatIsOfAnotherFormatIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> ChangeCodec.decode(new byte[] {9, 1}));
    assertThrows(IllegalArgumentException.class, () -> ChangeCodec.decode(new byte[] {1, 99}));
    assertThrows(IllegalArgumentException.class, () -> ChangeCodec.decode(new byte[0]));
    assertThrows(IllegalArgumentException.class, () -> ChangeCodec.refusal(99));
  }

  private TaskChange.Beginning beginning() {
    TaskChange.Beginning[] all = TaskChange.Beginning.values();
    return all[random.nextInt(all.length)];
  }

  private List<Change> changes() {
    Task task = RandomTasks.task(random);
    Progress progress = RandomTasks.progress(random);
    LastRun run = last(progress);
    return List.of(
        new TaskChange.Create(task, number(), number()),
        new TaskChange.Replace(task, number(), number(), random.nextInt(10) - 1),
        new TaskChange.Replace(task, number(), number(), -1, beginning()),
        new TaskChange.Remove(random.nextInt(10) - 1),
        new TaskChange.Pause(),
        new TaskChange.Resume(number(), random.nextInt(10)),
        new RunChange.Run(text()),
        new RunChange.Decide(
            number(), 3, number(), number(), number(), progress.openRuns(), progress.lastRun()),
        new RunChange.Finish(number(), 4, run, number(), random.nextBoolean()),
        new RunChange.Kill(),
        new RunChange.Confirm(number(), random.nextBoolean(), text()),
        new RunChange.Replay(number()),
        new TaskChange.Expire(number()),
        new ChainChange.Follow("t" + random.nextInt()),
        new ChainChange.Trigger("é", number(), number(), RunOutcome.FAILURE, number()),
        new TaskChange.Recount(number(), random.nextInt(10), number(), number(), number()),
        new ChainChange.Told(number(), number(), List.of("a", "b").subList(0, random.nextInt(3))));
  }

  private TaskRecord record() {
    Change create = new TaskChange.Create(RandomTasks.task(random), 1_000, 2_000);
    Change.Applied applied = create.apply(null, null, STAMP);
    return ((Change.Applied.Stored) applied).record();
  }

  private static LastRun last(Progress progress) {
    LastRun last = progress.lastRun();
    return last == null ? new LastRun(1, 2, 3, 4, 5, RunOutcome.SUCCESS, 1, 200) : last;
  }

  private long number() {
    return random.nextInt(8) == 0 ? Progress.NEVER : random.nextLong(1L << 45);
  }

  private @Nullable String text() {
    return random.nextBoolean() ? null : "é" + random.nextInt();
  }
}
