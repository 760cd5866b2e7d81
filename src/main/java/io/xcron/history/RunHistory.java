package io.xcron.history;

import io.xcron.model.RunRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Looks up what has run. Any thread may call; no call blocks. A future that fails does so with a
 * {@link io.xcron.grid.GridException}.
 */
public interface RunHistory {
  /**
   * The runs of a task, newest first.
   *
   * @param cursor where the page before ended; null for the first page
   * @param limit 1 to 1000
   */
  CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit);

  /**
   * The newest run of the task with this number, whatever its generation. Null says that there is
   * no record; when a member that may have one did not answer in time, the future fails.
   */
  CompletableFuture<@Nullable RunRecord> run(String taskId, long number);

  /**
   * A part of a task's history.
   *
   * @param missing the addresses of members that did not answer in time: records that they alone
   *     have are not among the runs
   */
  record Page(List<RunRecord> runs, @Nullable String nextCursor, List<String> missing) {
    /** A part that all have given theirs to. */
    public Page(List<RunRecord> runs, @Nullable String nextCursor) {
      this(runs, nextCursor, List.of());
    }
  }
}
