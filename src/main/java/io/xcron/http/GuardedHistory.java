package io.xcron.http;

import io.xcron.grid.TaskGrid;
import io.xcron.history.LiveOutput;
import io.xcron.history.RunHistory;
import io.xcron.model.RunRecord;
import io.xcron.model.TaskRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The past as the caller of the current request may see it. Whoever sees some namespaces only sees
 * the runs of tasks that are there now: one that is gone may have been another's, under the same id
 * too.
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
            Current.caller().everywhere() || sees(grid, taskId)
                ? parts.live().read(taskId, number, offset)
                : null;
    return new HistoryParts(
        new GuardedHistory(parts.runs(), grid), live, parts.figures(), parts.calendars());
  }

  private static boolean sees(TaskGrid grid, String taskId) {
    Exchange exchange = Current.exchange();
    return (exchange.begun()
            ? Call.<@Nullable TaskRecord>readInStream(() -> task(grid, taskId))
            : Call.<@Nullable TaskRecord>read(task(grid, taskId), exchange))
        != null;
  }

  /** The task as the request asks for it: as it is, or as this member has it. */
  private static CompletableFuture<@Nullable TaskRecord> task(TaskGrid grid, String taskId) {
    return grid.read(taskId, Current.exchange().query().flag("stale"));
  }

  @Override
  public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
    Exchange exchange = Current.exchange();
    CompletableFuture<Page> found =
        Current.caller().everywhere()
            ? history.runs(taskId, cursor, limit)
            : task(grid, taskId)
                .thenCompose(
                    record ->
                        record == null
                            ? CompletableFuture.completedFuture(new Page(List.of(), null))
                            : history
                                .runs(taskId, cursor, limit)
                                .thenApply(page -> of(record, page)));
    return found.thenApply(
        page -> {
          exchange.missing(page.missing());
          return page;
        });
  }

  private static Page of(TaskRecord task, Page page) {
    List<RunRecord> own =
        page.runs().stream().filter(run -> run.generation() == task.generation()).toList();
    return new Page(own, page.nextCursor(), page.missing());
  }

  @Override
  public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
    return Current.caller().everywhere()
        ? history.run(taskId, number)
        : task(grid, taskId)
            .<@Nullable RunRecord>thenCompose(
                record ->
                    record == null
                        ? CompletableFuture.<@Nullable RunRecord>completedFuture(null)
                        : history
                            .run(taskId, number)
                            .<@Nullable RunRecord>thenApply(
                                run ->
                                    run == null || run.generation() != record.generation()
                                        ? null
                                        : run));
  }
}
