package io.xcron.fire;

import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.model.ChainChange;
import io.xcron.model.Change;
import io.xcron.model.Policy;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The grid for those who define tasks: one that shall run after another is made known to that one
 * before it is stored, so that no end is missed. Should it not be stored then, the other one
 * forgets it after its next end. All else goes straight through.
 */
public final class ChainedGrid implements TaskGrid {
  /** The most tasks in a row, each after the one before; rows that end in themselves have none. */
  static final int MAX_LENGTH = 16;

  private static final CompletableFuture<Change.@Nullable Refusal> NO_REFUSAL =
      CompletableFuture.completedFuture(null);

  private final TaskGrid grid;

  public ChainedGrid(TaskGrid grid) {
    this.grid = grid;
  }

  @Override
  public CompletableFuture<Change.Applied> write(String id, Change change) {
    Policy.After after = after(change);
    return after == null
        ? grid.write(id, change)
        : follow(id, after)
            .thenCompose(refusal -> unlessItStays(refusal, id, change, after))
            .thenCompose(
                refusal ->
                    refusal == null
                        ? grid.write(id, change)
                        : CompletableFuture.completedFuture(new Change.Applied.Refused(refusal)));
  }

  @Override
  public CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    Policy.After after = change == null ? null : after(change);
    if (change == null || after == null) {
      return grid.createOnce(id, key, change, digest);
    }
    return grid.createOnce(id, key, null, digest)
        .thenCompose(
            known ->
                known.equals(new Creation.Refused(Change.Refusal.NOT_FOUND))
                    ? followOnce(id, key, change, digest, after)
                    // The one before it may be gone: a repeat has nothing to do with that.
                    : CompletableFuture.completedFuture(known));
  }

  private CompletableFuture<Creation> followOnce(
      String id, String key, TaskChange.Create change, byte[] digest, Policy.After after) {
    return follow(id, after)
        .thenCompose(
            refusal ->
                refusal == null
                    ? grid.createOnce(id, key, change, digest)
                    : CompletableFuture.completedFuture(new Creation.Refused(refusal)));
  }

  /** Those that run after others are written last, one by one: they may follow each other. */
  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes) {
    List<Write> plain = writes.stream().filter(write -> after(write.change()) == null).toList();
    List<CompletableFuture<Change.Applied>> written = grid.writeAll(plain);
    if (plain.size() == writes.size()) {
      return written;
    }
    Iterator<CompletableFuture<Change.Applied>> ofPlain = written.iterator();
    CompletableFuture<?> before =
        CompletableFuture.allOf(written.toArray(CompletableFuture<?>[]::new));
    List<CompletableFuture<Change.Applied>> answers = new ArrayList<>(writes.size());
    for (Write write : writes) {
      if (after(write.change()) == null) {
        answers.add(ofPlain.next());
      } else {
        CompletableFuture<Change.Applied> answer =
            before
                .handle((done, failure) -> done)
                .thenCompose(unused -> write(write.id(), write.change()));
        answers.add(answer);
        before = answer;
      }
    }
    return answers;
  }

  private static Policy.@Nullable After after(Change change) {
    if (change instanceof TaskChange.Create create) {
      return create.task().policy().after();
    }
    return change instanceof TaskChange.Replace replace ? replace.task().policy().after() : null;
  }

  /**
   * A task whose predecessor is gone can be changed otherwise. Should that one come back, it does
   * not know who follows it: the task is told nothing until it is written once more.
   */
  private CompletableFuture<Change.@Nullable Refusal> unlessItStays(
      Change.@Nullable Refusal refusal, String id, Change change, Policy.After after) {
    if (refusal != Change.Refusal.NO_PREDECESSOR || !(change instanceof TaskChange.Replace)) {
      return CompletableFuture.completedFuture(refusal);
    }
    return grid.read(id, false)
        .thenApply(
            record ->
                record != null && names(record.task(id).policy().after(), after.task())
                    ? null
                    : refusal);
  }

  private static boolean names(Policy.@Nullable After after, String predecessor) {
    return after != null && after.task().equals(predecessor);
  }

  /** Makes a task known to the one it follows; null when that is done, else why not. */
  private CompletableFuture<Change.@Nullable Refusal> follow(String id, Policy.After after) {
    return checked(id, after.task(), 1)
        .thenCompose(
            refusal ->
                refusal != null
                    ? CompletableFuture.completedFuture(refusal)
                    : grid.write(after.task(), new ChainChange.Follow(id))
                        .thenApply(
                            applied ->
                                applied instanceof Change.Applied.Refused refused
                                    ? refused.reason()
                                    : null));
  }

  private CompletableFuture<Change.@Nullable Refusal> checked(String id, String before, int steps) {
    if (before.equals(id) || steps > MAX_LENGTH) {
      return CompletableFuture.completedFuture(Change.Refusal.CHAIN_TOO_LONG);
    }
    return grid.read(before, false)
        .thenCompose(
            record -> {
              if (record == null) {
                return steps == 1
                    ? CompletableFuture.completedFuture(Change.Refusal.NO_PREDECESSOR)
                    : NO_REFUSAL;
              }
              Policy.After further = record.task(before).policy().after();
              return further == null ? NO_REFUSAL : checked(id, further.task(), steps + 1);
            });
  }

  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    return grid.read(id, stale);
  }

  @Override
  public CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    return grid.list(filter, after, limit, stale);
  }

  @Override
  public int partitionCount() {
    return grid.partitionCount();
  }
}
