package io.xcron.history;

import io.xcron.model.RunRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Looks up what has run. Any thread may call; no call blocks. */
public interface RunHistory {
  /**
   * The runs of a task, newest first.
   *
   * @param cursor where the page before ended; null for the first page
   * @param limit 1 to 1000
   */
  CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit);

  /** The newest run of the task with this number, whatever its generation. */
  CompletableFuture<@Nullable RunRecord> run(String taskId, long number);

  /** A part of a task's history. */
  record Page(List<RunRecord> runs, @Nullable String nextCursor) {}
}
