package io.xcron.fire;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.target.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * What a lane has decided under a partition's lock and does after it. Each run and each decision is
 * in it at most once, so a sweep's limit bounds it.
 */
final class Outbox {
  private final List<Run> starts = new ArrayList<>();
  private final List<Run> ends = new ArrayList<>();
  private final List<Decision> decisions = new ArrayList<>();
  private final List<Run> refused = new ArrayList<>();

  void start(Run run) {
    starts.add(run);
  }

  void finish(Run run) {
    ends.add(run);
  }

  void decide(Decision decision) {
    decisions.add(decision);
  }

  boolean isEmpty() {
    return starts.isEmpty() && ends.isEmpty() && decisions.isEmpty();
  }

  /** Sends everything; no lock may be held. Answers the runs that found their host full. */
  List<Run> flush(TaskGrid grid, Targets targets) {
    refused.clear();
    for (int i = 0; i < decisions.size(); i++) {
      Decision decision = decisions.get(i);
      write(grid, decision.task().id, decision.change(), decision);
    }
    for (int i = 0; i < ends.size(); i++) {
      Run run = ends.get(i);
      write(grid, run.taskId(), run.finish(), run);
    }
    for (int i = 0; i < starts.size(); i++) {
      Run run = starts.get(i);
      if (!targets.start(run)) {
        refused.add(run);
      }
    }
    decisions.clear();
    ends.clear();
    starts.clear();
    return refused;
  }

  /** Writes, and hands the answer to its listener, a thrown refusal included. */
  @SuppressWarnings("FutureReturnValueIgnored") // The listener hears of both ends.
  static void write(
      TaskGrid grid,
      String id,
      Change change,
      java.util.function.BiConsumer<Change.Applied, Throwable> listener) {
    CompletableFuture<Change.Applied> answer;
    try {
      answer = grid.write(id, change);
    } catch (RuntimeException e) {
      answer = CompletableFuture.failedFuture(e);
    }
    answer.whenComplete(listener);
  }
}
