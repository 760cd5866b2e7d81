package io.xcron.fire;

import io.xcron.model.OpenRun;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Brings the runs in memory to what the record now says of them. */
final class Reconciliation {
  private final PartitionFires home;
  private final RunKeeper keeper;
  private final TaskRuns task;
  private final TaskRecord record;
  private final List<OpenRun> openRuns;
  private boolean news;

  Reconciliation(PartitionFires home, RunKeeper keeper, TaskRuns task, TaskRecord record) {
    this.home = home;
    this.keeper = keeper;
    this.task = task;
    this.record = record;
    this.openRuns = record.hasOpenRuns() ? record.progress().openRuns() : List.of();
  }

  /**
   * Another definition, or another word on whether the task may start, is taken to its runs; to be
   * done before {@link #run}. Answers whether one of them may start, or is to end, because of it.
   */
  boolean redefine(Surroundings around) {
    boolean goOn = false;
    if (record.version() != task.version) {
      Task old = task.task;
      task.redefine(record, around);
      boolean otherTimes = !sameTimes(old, task.task);
      for (Run run : task.runs) {
        goOn |= keeper.redefine(run, otherTimes);
      }
      Decision deciding = task.deciding;
      if (deciding != null && deciding.opens != null) {
        goOn |= keeper.redefine(deciding.opens, otherTimes);
      }
    }
    boolean barred = TaskRuns.barred(record);
    if (barred != task.barred) {
      task.barred = barred;
      for (Run run : task.runs) {
        run.barred = barred;
      }
      goOn = true;
    }
    return goOn;
  }

  /** Whether both definitions have the same instants. */
  static boolean sameTimes(Task one, Task other) {
    return one.schedule().equals(other.schedule())
        && Objects.equals(one.start(), other.start())
        && Objects.equals(one.calendar(), other.calendar());
  }

  /** Answers whether there is a run that may start, or is to end, now. */
  boolean run() {
    for (int i = task.runs.size() - 1; i >= 0; i--) {
      settle(task.runs.get(i));
    }
    boolean found = news;
    for (OpenRun open : openRuns) {
      if (task.run(open.number()) == null && !isDeciding(open)) {
        keeper.adopt(task, open, true);
        found = true;
      }
    }
    return found;
  }

  private void settle(Run run) {
    if (run.number > record.decidedNumber()) {
      return;
    }
    if (task.unwritten == run) {
      task.unwritten = null;
    }
    OpenRun open = openRun(run.number);
    if (open != null) {
      run.written = true;
      // A confirmation that comes while the end is being written is in that end.
      news |= run.heed(open) && !run.ending();
    } else if (!run.ending()) {
      // Ended by someone else: a kill, or the former owner's late word.
      endedElsewhere(run);
      home.signal(new Signal(home, task, null, Signal.Kind.CHANGED, null), true);
    }
  }

  private @Nullable OpenRun openRun(long number) {
    for (int i = 0; i < openRuns.size(); i++) {
      if (openRuns.get(i).number() == number) {
        return openRuns.get(i);
      }
    }
    return null;
  }

  /** What is called at this moment still goes on until its answer has come. */
  private void endedElsewhere(Run run) {
    if (run.state == Run.State.OFFERED) {
      run.cancelled = true;
      run.written = true;
    } else {
      keeper.forget(run);
    }
  }

  private boolean isDeciding(OpenRun open) {
    Decision deciding = task.deciding;
    Run opens = deciding == null ? null : deciding.opens;
    return opens != null
        && open.arg() == null
        && opens.number == open.number()
        && opens.scheduledMillis == open.scheduledMillis();
  }
}
