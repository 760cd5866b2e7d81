package io.xcron.fire;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.model.TaskChange;
import io.xcron.target.Targets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What a lane has decided under a partition's lock and does after it. Each run and each decision is
 * in it at most once, so a sweep's limit bounds it.
 */
final class Outbox {
  /** The sort is stable: within one priority the order is that of the deciding. */
  private static final Comparator<Run> BY_PRIORITY =
      Comparator.comparingInt(Run::priority).reversed();

  private final List<Run> starts = new ArrayList<>();
  private final List<Run> ends = new ArrayList<>();
  private final List<Decision> decisions = new ArrayList<>();
  private final List<Telling> tellings = new ArrayList<>();
  private final List<Run> kills = new ArrayList<>();
  private final List<TaskGrid.Write> expiries = new ArrayList<>();
  private final List<Recounting> recounts = new ArrayList<>();
  private final List<Run> refused = new ArrayList<>();

  /** Whether the starts are of more than one priority. */
  private boolean mixed;

  void start(Run run) {
    mixed |= !starts.isEmpty() && starts.getFirst().priority() != run.priority();
    starts.add(run);
  }

  void expire(String id, TaskChange.Expire change) {
    expiries.add(new TaskGrid.Write(id, change));
  }

  private record Recounting(String id, TaskChange.Recount change, AtomicInteger underWay) {}

  /** Its answer, whatever it is, takes one from those under way. */
  void recount(String id, TaskChange.Recount change, AtomicInteger underWay) {
    recounts.add(new Recounting(id, change, underWay));
  }

  void kill(Run run) {
    kills.add(run);
  }

  void finish(Run run) {
    ends.add(run);
  }

  void tell(Telling telling) {
    tellings.add(telling);
  }

  void decide(Decision decision) {
    decisions.add(decision);
  }

  boolean isEmpty() {
    return starts.isEmpty()
        && ends.isEmpty()
        && decisions.isEmpty()
        && tellings.isEmpty()
        && kills.isEmpty()
        && expiries.isEmpty()
        && recounts.isEmpty();
  }

  int starts() {
    return starts.size();
  }

  /** Sends what is to be written; no lock may be held. */
  void flushWrites(TaskGrid grid) {
    for (int i = 0; i < decisions.size(); i++) {
      Decision decision = decisions.get(i);
      write(grid, decision.task().id, decision.change(), decision);
    }
    for (int i = 0; i < ends.size(); i++) {
      Run run = ends.get(i);
      write(grid, run.taskId(), run.finish(), run);
    }
    for (int i = 0; i < tellings.size(); i++) {
      Telling telling = tellings.get(i);
      write(grid, telling.to(), telling.change(), telling);
    }
    for (int i = 0; i < expiries.size(); i++) {
      // What fails is looked at again.
      write(grid, expiries.get(i).id(), expiries.get(i).change(), (answer, failure) -> {});
    }
    for (int i = 0; i < recounts.size(); i++) {
      // What fails is looked at again.
      Recounting recount = recounts.get(i);
      write(
          grid,
          recount.id(),
          recount.change(),
          (answer, failure) -> recount.underWay().decrementAndGet());
    }
    recounts.clear();
    decisions.clear();
    tellings.clear();
    ends.clear();
    expiries.clear();
  }

  /**
   * Hands the starts to the targets, those of a higher priority first, and kills; no lock may be
   * held. Answers the runs that the targets did not take.
   */
  List<Run> flushStarts(Targets targets) {
    refused.clear();
    if (mixed) {
      starts.sort(BY_PRIORITY);
      mixed = false;
    }
    for (int i = 0; i < starts.size(); i++) {
      Run run = starts.get(i);
      String placed = run.rejoins ? run.placed() : null;
      if (!(placed == null ? targets.start(run) : targets.rejoin(run, placed))) {
        refused.add(run);
      }
    }
    starts.clear();
    for (int i = 0; i < kills.size(); i++) {
      if (!refused.contains(kills.get(i))) {
        targets.kill(kills.get(i));
      }
    }
    kills.clear();
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
