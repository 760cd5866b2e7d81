package io.xcron.fire;

import io.xcron.model.Change;
import io.xcron.model.OpenRun;
import io.xcron.model.Progress;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.Timeline;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What goes on for one task; there is none while nothing does. Guarded by the partition's lock but
 * for what is volatile.
 */
final class TaskRuns {
  final int slot;
  final String id;
  final long generation;
  int version;
  Task task;
  Timeline timeline;

  /** All runs in memory, the unwritten one included; at most as many as a record may hold. */
  final List<Run> runs = new ArrayList<>(2);

  /** The run under number {@code decidedNumber + 1}. */
  @Nullable Run unwritten;

  /** Others are being told of the task's ends; null while there is nothing to tell. */
  @Nullable Telling telling;

  /** Nothing is decided for the task while this is on its way. */
  @Nullable Decision deciding;

  /**
   * A due instant is in hand and out of the wheel. Event loops read it: only then a written end
   * must wake the lane.
   */
  volatile boolean held;

  /** There is more than one run. Event loops read it: a written end must wake the lane then too. */
  volatile boolean several;

  /** The number and instant for which the wheel, or the hand, holds a place; 0 for none. */
  long aheadNumber;

  long aheadMillis;

  /** From when to when runs that have ended went on, the late ones without a break. */
  private long busyFromMillis = Long.MAX_VALUE;

  private long busyUntilMillis = Long.MIN_VALUE;

  boolean barred;

  /** Something else goes on for the task now, or nothing. */
  boolean gone;

  TaskRuns(int slot, String id, TaskRecord record, Surroundings around) {
    this.slot = slot;
    this.id = id;
    this.generation = record.generation();
    this.version = record.version();
    this.task = record.task(id);
    this.timeline = timeline(task, record, around);
    this.barred = barred(record);
    this.aheadNumber = record.decidedNumber() + 1;
    this.aheadMillis = record.nextMillis();
  }

  private static Timeline timeline(Task task, TaskRecord record, Surroundings around) {
    return Timeline.of(task, around.schedules(), around.calendars(), record.createdMillis());
  }

  /** Whether no attempt of the task may start. */
  static boolean barred(TaskRecord record) {
    return record.paused() || record.state() == io.xcron.model.TaskState.DISABLED;
  }

  void redefine(TaskRecord record, Surroundings around) {
    version = record.version();
    task = record.task(id);
    timeline = timeline(task, record, around);
  }

  long dueMillis(long number, long scheduledMillis) {
    return Timeline.dueMillis(id, generation, number, scheduledMillis, task.jitter().toMillis());
  }

  /** The number that the next instant has or will have. */
  long nextNumber(TaskRecord record) {
    Run run = unwritten;
    return run == null ? record.decidedNumber() + 1 : run.number + 1;
  }

  long nextMillis(TaskRecord record) {
    Run run = unwritten;
    return run == null ? record.nextMillis() : run.nextMillis;
  }

  @Nullable Run run(long number) {
    for (int i = 0; i < runs.size(); i++) {
      if (runs.get(i).number == number) {
        return runs.get(i);
      }
    }
    return null;
  }

  /** How many have not ended, those that wait included. */
  int goingOn() {
    int count = 0;
    for (int i = 0; i < runs.size(); i++) {
      if (!runs.get(i).ending()) {
        count++;
      }
    }
    return count;
  }

  /** Whether the end of a run is not durable yet, and its number nowhere else. */
  boolean settling() {
    for (int i = 0; i < runs.size(); i++) {
      Run run = runs.get(i);
      if (run.ending() && !run.written) {
        return true;
      }
    }
    return false;
  }

  /** Whether the end of a run is not durable yet. */
  boolean anyEnding() {
    for (int i = 0; i < runs.size(); i++) {
      if (runs.get(i).ending()) {
        return true;
      }
    }
    return false;
  }

  int waiting() {
    int count = 0;
    for (int i = 0; i < runs.size(); i++) {
      if (runs.get(i).state == Run.State.QUEUED) {
        count++;
      }
    }
    return count;
  }

  /** Whether a run of the task was going on at this instant. */
  boolean wasBusyAt(long millis) {
    if (busyFromMillis <= millis && millis <= busyUntilMillis) {
      return true;
    }
    for (int i = 0; i < runs.size(); i++) {
      long started = runs.get(i).firstStartMillis;
      if (started != 0 && started <= millis) {
        return true;
      }
    }
    return false;
  }

  /** Whether a run that has not ended was waiting for its mutex, or had waited, at this instant. */
  boolean hadClaimedAt(long millis) {
    for (int i = 0; i < runs.size(); i++) {
      long claimed = runs.get(i).claimedMillis;
      if (claimed != 0 && claimed <= millis) {
        return true;
      }
    }
    return false;
  }

  /** Remembers when the run went on, together with those before it that made it late. */
  void noteEnd(Run run, long nowMillis) {
    if (run.firstStartMillis != 0) {
      if (run.dueMillis > busyUntilMillis) {
        busyFromMillis = run.firstStartMillis;
      }
      busyUntilMillis = nowMillis;
    }
  }

  Change.@Nullable Unwritten unwritten() {
    Run run = unwritten;
    return run == null ? null : new Change.Unwritten(run.asOpen(), run.nextMillis);
  }

  /** Runs whose attempt goes on, while the record says that it is still to start. */
  List<OpenRun> startedSinceWritten(TaskRecord record) {
    List<OpenRun> started = new ArrayList<>();
    for (OpenRun known : record.progress().openRuns()) {
      Run run = known.state() == OpenRun.State.WAITING ? run(known.number()) : null;
      if (run != null && run.written && run.callsNow()) {
        OpenRun now = run.asOpen();
        if (known.yieldsTo(now)) {
          started.add(now);
        }
      }
    }
    return started;
  }

  void holdsNothing() {
    held = false;
    aheadNumber = 0;
    aheadMillis = Progress.NEVER;
  }

  boolean idle() {
    return runs.isEmpty() && deciding == null && telling == null && !held;
  }
}
