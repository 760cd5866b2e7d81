package io.xcron.grid;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A list on its way through the partitions: a window of them at a time, until one more than the
 * page holds is found, so that the last page has no cursor. A partition that does not answer is
 * left out, and the page says so; when the page is full already, it ends there. When partitions do
 * not answer it also ends where the caller would not wait for more, and the next page begins with
 * the first that was not asked. One step at a time is under way, so nothing is guarded.
 */
final class ListWalk {
  /** Partitions that a list asks at once. */
  private static final int WINDOW = 16;

  /** After this no further window is begun if one was not whole. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** When the last window ends; a request waits for five seconds. */
  private static final long DEADLINE_NANOS = TimeUnit.MILLISECONDS.toNanos(4_200);

  private final GridInvoker invoker;
  private final LongSupplier nanoTime;
  private final int partitions;
  private final TaskFilter filter;
  private final int limit;
  private final boolean stale;
  private final long startNanos;
  private final List<TaskPage.Entry> entries = new ArrayList<>();
  private int partition;
  private @Nullable String after;
  private @Nullable TaskCursor last;
  private boolean incomplete;

  ListWalk(
      GridInvoker invoker,
      LongSupplier nanoTime,
      int partitions,
      TaskFilter filter,
      @Nullable TaskCursor after,
      int limit,
      boolean stale) {
    this.invoker = invoker;
    this.nanoTime = nanoTime;
    this.partitions = partitions;
    this.filter = filter;
    this.limit = limit;
    this.stale = stale;
    this.partition = after == null ? 0 : after.partition();
    this.after = after == null ? null : after.id();
    this.startNanos = nanoTime.getAsLong();
  }

  CompletableFuture<TaskPage> step() {
    long spent = nanoTime.getAsLong() - startNanos;
    if (partition >= partitions) {
      return CompletableFuture.completedFuture(new TaskPage(entries, null, incomplete));
    }
    if (incomplete && spent > PATIENCE_NANOS) {
      TaskCursor here = new TaskCursor(partition, after == null ? "" : after);
      return CompletableFuture.completedFuture(new TaskPage(entries, here, true));
    }
    int end = Math.min(partitions, partition + (filter.equals(TaskFilter.ALL) ? 1 : WINDOW));
    List<CompletableFuture<Optional<List<TaskPage.Entry>>>> window = new ArrayList<>();
    for (int number = partition; number < end; number++) {
      window.add(part(number));
    }
    return CompletableFuture.allOf(window.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, DEADLINE_NANOS - spent, TimeUnit.NANOSECONDS)
        .thenCompose(
            all -> {
              for (CompletableFuture<Optional<List<TaskPage.Entry>>> part : window) {
                if (!take(part.getNow(Optional.empty()))) {
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
        new ListOperation(
            filter, number == partition ? after : null, limit - entries.size() + 1, stale);
    return invoker
        .<List<TaskPage.Entry>>invoke(operation, number)
        .thenApply(Optional::of)
        .exceptionally(failure -> Optional.empty());
  }
}
