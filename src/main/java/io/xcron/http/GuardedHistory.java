package io.xcron.http;

import io.xcron.grid.TaskGrid;
import io.xcron.history.LiveOutput;
import io.xcron.history.RunHistory;
import io.xcron.model.RunRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The past as the caller of the current request may see it. Whoever sees some namespaces only sees
 * the runs of tasks that are there now: of one that is gone nobody knows whose it was.
 */
final class GuardedHistory implements RunHistory {
  private final RunHistory history;
  private final TaskGrid grid;

  private GuardedHistory(RunHistory history, TaskGrid grid) {
    this.history = history;
    this.grid = grid;
  }

  /**
   * The same parts, guarded.
   *
   * @param grid as the caller may see it
   */
  static HistoryParts of(HistoryParts parts, TaskGrid grid) {
    LiveOutput live =
        (taskId, number, offset) ->
            Current.caller().everywhere()
                    || Call.read(grid.read(taskId, false), Current.exchange()) != null
                ? parts.live().read(taskId, number, offset)
                : null;
    return new HistoryParts(
        new GuardedHistory(parts.runs(), grid), live, parts.figures(), parts.calendars());
  }

  @Override
  public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
    Exchange exchange = Current.exchange();
    CompletableFuture<Page> found =
        Current.caller().everywhere()
            ? history.runs(taskId, cursor, limit)
            : grid.read(taskId, false)
                .thenCompose(
                    record ->
                        record == null
                            ? CompletableFuture.completedFuture(new Page(List.of(), null))
                            : history.runs(taskId, cursor, limit));
    return found.thenApply(
        page -> {
          exchange.missing(page.missing());
          return page;
        });
  }

  @Override
  public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
    return Current.caller().everywhere()
        ? history.run(taskId, number)
        : grid.read(taskId, false)
            .<@Nullable RunRecord>thenCompose(
                record ->
                    record == null
                        ? CompletableFuture.<@Nullable RunRecord>completedFuture(null)
                        : history.run(taskId, number));
  }
}
