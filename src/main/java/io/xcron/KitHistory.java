package io.xcron;

import io.xcron.history.RunHistory;
import io.xcron.model.RunRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The latest runs of a test, newest first; the tasks that have run longest ago go first. */
final class KitHistory implements RunHistory {
  private static final int TASKS = 100_000;
  private static final int RUNS = 1_000;

  private final Map<String, ArrayDeque<RunRecord>> runs =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ArrayDeque<RunRecord>> eldest) {
          return size() > TASKS;
        }
      };

  void ended(RunRecord run) {
    ArrayDeque<RunRecord> ofTask = runs.computeIfAbsent(run.taskId(), id -> new ArrayDeque<>());
    ofTask.addFirst(run);
    if (ofTask.size() > RUNS) {
      ofTask.removeLast();
    }
  }

  @Override
  public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
    List<RunRecord> found = new ArrayList<>(runs.getOrDefault(taskId, new ArrayDeque<>()));
    return CompletableFuture.completedFuture(
        new Page(found.subList(0, Math.min(limit, found.size())), null));
  }

  @Override
  public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
    RunRecord found = null;
    for (RunRecord run : runs.getOrDefault(taskId, new ArrayDeque<>())) {
      if (run.number() == number) {
        found = run;
        break;
      }
    }
    CompletableFuture<@Nullable RunRecord> answer = new CompletableFuture<>();
    answer.complete(found);
    return answer;
  }
}
