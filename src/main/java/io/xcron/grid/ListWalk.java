package io.xcron.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A list on its way through the partitions: a window of them at a time, until one more than the
 * page holds is found, so that the last page has no cursor. A partition that does not answer is
 * left out, and the page says so; when the page is full already, it ends there. So it does when
 * many do not answer, each after its time, and the caller would not wait for all. One step at a
 * time is under way, so nothing is guarded.
 */
final class ListWalk {
  /** Partitions that a list asks at once. */
  private static final int WINDOW = 16;

  /** With one window more, which takes some three seconds, it fits into the five of a request. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final long startNanos = System.nanoTime();
  private final GridInvoker invoker;
  private final int partitions;
  private final TaskFilter filter;
  private final int limit;
  private final List<TaskPage.Entry> entries = new ArrayList<>();
  private int partition;
  private @Nullable String after;
  private @Nullable TaskCursor last;
  private boolean incomplete;

  ListWalk(
      GridInvoker invoker,
      int partitions,
      TaskFilter filter,
      @Nullable TaskCursor after,
      int limit) {
    this.invoker = invoker;
    this.partitions = partitions;
    this.filter = filter;
    this.limit = limit;
    this.partition = after == null ? 0 : after.partition();
    this.after = after == null ? null : after.id();
  }

  CompletableFuture<TaskPage> step() {
    if (partition >= partitions) {
      return CompletableFuture.completedFuture(new TaskPage(entries, null, incomplete));
    }
    if (incomplete && System.nanoTime() - startNanos > PATIENCE_NANOS) {
      return CompletableFuture.completedFuture(new TaskPage(entries, last, true));
    }
    int end = Math.min(partitions, partition + (filter.equals(TaskFilter.ALL) ? 1 : WINDOW));
    List<CompletableFuture<Optional<List<TaskPage.Entry>>>> window = new ArrayList<>();
    for (int number = partition; number < end; number++) {
      window.add(part(number));
    }
    return CompletableFuture.allOf(window.toArray(CompletableFuture[]::new))
        .thenCompose(
            all -> {
              for (CompletableFuture<Optional<List<TaskPage.Entry>>> part : window) {
                if (!take(part.join())) {
                  return CompletableFuture.completedFuture(new TaskPage(entries, last, incomplete));
                }
                partition++;
                after = null;
              }
              return step();
            });
  }

  /** Adds what a partition has, empty if it did not answer; whether the walk goes on. */
  private boolean take(Optional<List<TaskPage.Entry>> answer) {
    boolean full = entries.size() == limit;
    if (answer.isEmpty()) {
      incomplete |= !full;
      return !full;
    }
    for (TaskPage.Entry entry : answer.get()) {
      if (entries.size() == limit) {
        return false;
      }
      entries.add(entry);
      last = new TaskCursor(partition, entry.id());
    }
    return true;
  }

  private CompletableFuture<Optional<List<TaskPage.Entry>>> part(int number) {
    ListOperation operation =
        new ListOperation(filter, number == partition ? after : null, limit - entries.size() + 1);
    return invoker
        .<List<TaskPage.Entry>>invoke(operation, number)
        .thenApply(Optional::of)
        .exceptionally(failure -> Optional.empty());
  }
}
