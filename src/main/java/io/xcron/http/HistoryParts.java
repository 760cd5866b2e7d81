package io.xcron.http;

import io.xcron.history.LiveOutput;
import io.xcron.history.RunFigures;
import io.xcron.history.RunHistory;
import io.xcron.history.RunHistory.Page;
import io.xcron.history.RunStatistics;
import io.xcron.model.Calendars;
import io.xcron.model.RunRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the door tells of the past.
 *
 * @param figures the figures of a window that ends at the given epoch millisecond; may wait for
 *     other members, for a bounded time
 * @param calendars so that an excluded day can be named as the reason
 */
public record HistoryParts(
    RunHistory runs,
    LiveOutput live,
    BiFunction<RunFigures.Window, Long, RunFigures> figures,
    Calendars calendars) {

  /** Nothing has happened. */
  public static final HistoryParts NONE =
      of(
          new RunHistory() {
            @Override
            public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
              return CompletableFuture.completedFuture(new Page(List.of(), null));
            }

            @Override
            public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
              CompletableFuture<@Nullable RunRecord> none = new CompletableFuture<>();
              none.complete(null);
              return none;
            }
          });

  /** Runs without anything that is under way or counted. */
  static HistoryParts of(RunHistory runs) {
    return new HistoryParts(runs, LiveOutput.NONE, new RunStatistics()::figures, Calendars.NONE);
  }
}
