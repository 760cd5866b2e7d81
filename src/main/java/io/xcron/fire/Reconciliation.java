package io.xcron.fire;

import io.xcron.model.OpenRun;
import io.xcron.model.Progress;
import io.xcron.model.TaskRecord;

/** Brings the runs in memory to what the record now says of them. */
final class Reconciliation {
  private final PartitionFires home;
  private final RunKeeper keeper;
  private final TaskRuns task;
  private final Progress progress;
  private boolean news;

  Reconciliation(PartitionFires home, RunKeeper keeper, TaskRuns task, TaskRecord record) {
    this.home = home;
    this.keeper = keeper;
    this.task = task;
    this.progress = record.progress();
  }

  /** Answers whether there is a run that may start, or is to end, now. */
  boolean run() {
    for (int i = task.runs.size() - 1; i >= 0; i--) {
      settle(task.runs.get(i));
    }
    boolean found = news;
    for (OpenRun open : progress.openRuns()) {
      if (task.run(open.number()) == null && !isDeciding(open)) {
        keeper.adopt(task, open, true);
        found = true;
      }
    }
    return found;
  }

  private void settle(Run run) {
    if (run.number > progress.decidedNumber()) {
      return;
    }
    if (task.unwritten == run) {
      task.unwritten = null;
    }
    OpenRun open = progress.openRun(run.number);
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
