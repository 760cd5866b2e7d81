package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which predecessors a task may name. */
class ChainedGridTest {
  private static final Change.Applied NO_PREDECESSOR =
      new Change.Applied.Refused(Change.Refusal.NO_PREDECESSOR);

  private final Map<String, TaskRecord> records = new HashMap<>();
  private final Map<String, TaskGrid.Creation> once = new HashMap<>();
  private final Set<String> unwritable = new HashSet<>();
  private final List<String> tried = new ArrayList<>();
  private final ChainedGrid grid = new ChainedGrid(new Direct());

  @Test
  void aPredecessorThatIsGoneIsAskedForOnlyWhenAnotherOneIsNamed() {
    Task plain = Tasks.every("f", 1_000).build();
    Task follower = after("x", Policy.After.On.END);
    assertEquals(NO_PREDECESSOR, write(create(follower)));
    assertEquals(NO_PREDECESSOR, write(replace(follower)), "nothing is there yet");
    assertStored(create(Tasks.every("x", 1_000).build()));
    assertStored(create(follower));

    records.remove("x");

    assertInstanceOf(Change.Applied.Unchanged.class, write(replace(follower)));
    assertStored(replace(after("x", Policy.After.On.FAILURE)));
    assertEquals(NO_PREDECESSOR, write(replace(after("y", Policy.After.On.END))));
    assertStored(replace(plain));
    assertEquals(NO_PREDECESSOR, write(replace(follower)), "it is new again");
  }

  @Test
  void aRepeatUnderAnIdempotencyKeyIsAnsweredThoughThePredecessorIsGone() {
    byte[] digest = {1};
    TaskChange.Create create = create(after("x", Policy.After.On.END));
    TaskGrid.Creation refused = new TaskGrid.Creation.Refused(Change.Refusal.NO_PREDECESSOR);
    assertEquals(refused, grid.createOnce("f", "f", create, digest).join());
    assertStored(create(Tasks.every("x", 1_000).build()));
    TaskGrid.Creation first = grid.createOnce("f", "f", create, digest).join();
    assertInstanceOf(TaskGrid.Creation.Created.class, first);

    records.clear();

    assertEquals(first, grid.createOnce("f", "f", create, digest).join());
    assertEquals(refused, grid.createOnce("g", "g", create, digest).join());
  }

  @Test
  void amongManyWritesEachIsAnsweredForItselfAndChainsComeLast() {
    unwritable.add("bad");
    List<CompletableFuture<Change.Applied>> answers =
        grid.writeAll(
            List.of(
                new TaskGrid.Write("f", create(after("x", Policy.After.On.END))),
                new TaskGrid.Write("bad", create(Tasks.every("bad", 1_000).build())),
                new TaskGrid.Write("x", create(Tasks.every("x", 1_000).build())),
                new TaskGrid.Write("g", create(after("bad", Policy.After.On.END)))));
    assertInstanceOf(Change.Applied.Stored.class, answers.get(0).join());
    assertTrue(answers.get(1).isCompletedExceptionally());
    assertInstanceOf(Change.Applied.Stored.class, answers.get(2).join());
    assertEquals(NO_PREDECESSOR, answers.get(3).join());
    assertEquals(List.of("bad", "x", "f"), tried.stream().distinct().toList());
  }

  private static Task after(String predecessor, Policy.After.On on) {
    return Tasks.chained("f", predecessor, on).build();
  }

  private static TaskChange.Create create(Task task) {
    return new TaskChange.Create(task, 0, Progress.UNTIL_TOLD);
  }

  private static TaskChange.Replace replace(Task task) {
    return new TaskChange.Replace(task, 0, Progress.UNTIL_TOLD, Change.ANY_VERSION);
  }

  private void assertStored(Change change) {
    assertInstanceOf(Change.Applied.Stored.class, write(change));
  }

  private Change.Applied write(Change change) {
    Task task =
        change instanceof TaskChange.Create create
            ? create.task()
            : ((TaskChange.Replace) change).task();
    return grid.write(task.id(), change).join();
  }

  /** Tasks in a map, changed at once. */
  private final class Direct extends UnsupportedGrid {
    @Override
    public List<CompletableFuture<Change.Applied>> writeAll(List<Write> many) {
      return many.stream().map(one -> write(one.id(), one.change())).toList();
    }

    @Override
    public CompletableFuture<Change.Applied> write(String id, Change change) {
      if (change instanceof TaskChange) {
        tried.add(id);
      }
      if (unwritable.contains(id)) {
        return CompletableFuture.failedFuture(new IllegalStateException("unwritable"));
      }
      Change.Applied applied =
          change.apply(records.get(id), null, new Change.Stamp(1, 1, 1_000, 1));
      if (applied instanceof Change.Applied.Stored stored) {
        records.put(id, stored.record());
      }
      return CompletableFuture.completedFuture(applied);
    }

    @Override
    public CompletableFuture<Creation> createOnce(
        String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
      Creation known = once.get(id);
      if (known != null || change == null) {
        return CompletableFuture.completedFuture(
            known == null ? new Creation.Refused(Change.Refusal.NOT_FOUND) : known);
      }
      TaskRecord stored = ((Change.Applied.Stored) write(id, change).join()).record();
      Creation created =
          new Creation.Created(stored.createdMillis(), stored.nextMillis(), stored.generation());
      once.put(id, created);
      return CompletableFuture.completedFuture(created);
    }

    @Override
    public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
      return CompletableFuture.completedFuture(records.get(id));
    }
  }
}
