package io.xcron.fire;

import io.xcron.grid.TaskSlots;
import io.xcron.model.Target;
import io.xcron.model.TaskRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of one partition that something goes on for, and how that ends all at once: with the
 * task, or with this member's time as owner. Guarded by the partition's lock.
 *
 * <p>It is bounded by the room of the lane: a task is here only while a run, a decision or a
 * telling keeps it, which each take some of that room, or an instant in hand, which waits for one
 * of them.
 */
final class LiveTasks {
  private final Surroundings around;
  private final Lane lane;
  private final TaskSlots slots;
  private final RunTimers timers;
  private final RunMutexes mutexes;
  private final Map<Integer, TaskRuns> live = new HashMap<>();

  LiveTasks(Surroundings around, Lane lane, TaskSlots slots, RunTimers timers, RunMutexes mutexes) {
    this.around = around;
    this.lane = lane;
    this.slots = slots;
    this.timers = timers;
    this.mutexes = mutexes;
  }

  /** What goes on for a task; null for nothing. */
  @Nullable TaskRuns of(int slot) {
    return live.get(slot);
  }

  /** Something begins for a task for which nothing went on. */
  TaskRuns begin(int slot, TaskRecord record) {
    TaskRuns task = new TaskRuns(slot, slots.id(slot), record, around);
    live.put(slot, task);
    return task;
  }

  void forgetIfIdle(TaskRuns task) {
    if (task.idle() && !task.gone) {
      task.gone = true;
      live.remove(task.slot);
    }
  }

  /** Runs with the targets, and those whose end is being written. */
  int underWay() {
    int count = 0;
    for (TaskRuns task : live.values()) {
      for (Run run : task.runs) {
        count += isUnderWay(run) ? 1 : 0;
      }
    }
    return count;
  }

  /** Whether no run is under way and nothing is being decided. */
  boolean atRest() {
    for (TaskRuns task : live.values()) {
      if (task.deciding != null) {
        return false;
      }
    }
    return underWay() == 0;
  }

  private static boolean isUnderWay(Run run) {
    return (run.state == Run.State.OFFERED && !run.cancelled) || run.state == Run.State.ENDING;
  }

  /** The task is deleted: what went on for it is ended. */
  void end(int slot) {
    TaskRuns task = live.remove(slot);
    if (task != null) {
      task.runs.forEach(this::kill);
      task.runs.forEach(this::release);
      drop(task);
    }
  }

  /** A deleted task's callback may still arrive; whatever else goes on for it is ended. */
  private void kill(Run run) {
    boolean callback = run.target() instanceof Target.Http;
    if (run.state == Run.State.OFFERED && !callback && !run.ending()) {
      around.targets().kill(run);
    }
  }

  /** What is under way gives its mutex back when it has ended. */
  private void release(Run run) {
    run.cancelled = true;
    if (!run.underWay) {
      mutexes.release(run);
    }
  }

  /** What goes on belongs to another owner or epoch now, mutexes too; gives the tasks' slots. */
  List<Integer> leaveAll() {
    List<Integer> left = new ArrayList<>(live.size());
    for (TaskRuns task : live.values()) {
      task.runs.forEach(mutexes::leave);
      drop(task);
      left.add(task.slot);
    }
    live.clear();
    return left;
  }

  private void drop(TaskRuns task) {
    task.gone = true;
    lane.runsAdded(-task.runs.size());
    for (Run run : task.runs) {
      run.cancelled = true;
      timers.cancel(run);
    }
    task.runs.clear();
    task.unwritten = null;
    Telling telling = task.telling;
    if (telling != null) {
      timers.cancel(telling);
      lane.runsAdded(-1);
      task.telling = null;
    }
    Decision deciding = task.deciding;
    if (deciding != null) {
      timers.cancel(deciding);
      lane.runsAdded(-1);
      task.deciding = null;
      if (deciding.opens != null) {
        deciding.opens.cancelled = true;
      }
    }
  }
}
