package io.xcron.fire;

import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.RunChange;
import io.xcron.model.TaskRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is written about a task's instants and runs before, or while, they go on: one {@link
 * Decision} of a task at a time. Under the partition's lock, on the lane's thread.
 */
final class Decisions {
  private final PartitionFires home;
  private final Lane lane;
  private final RunTimers timers;

  Decisions(PartitionFires home, Lane lane, RunTimers timers) {
    this.home = home;
    this.lane = lane;
    this.timers = timers;
  }

  /** Writes down that the run goes on; when another decision is on its way, after it. */
  void writeOpen(Run run) {
    TaskRuns task = run.of;
    if (task.deciding != null) {
      run.dirty = true;
      return;
    }
    run.dirty = false;
    TaskRecord record = home.record(task);
    boolean decides = task.unwritten == run;
    send(
        task,
        new RunChange.Decide(
            task.generation,
            task.version,
            decides ? run.number : record.decidedNumber(),
            run.scheduledMillis,
            decides ? run.nextMillis : record.nextMillis(),
            List.of(run.asOpen()),
            null),
        null,
        null);
  }

  /**
   * Writes down that an attempt did not start, if the record has been told that it did. A former
   * owner's word of the start may still come, and is passed over only when the number of the
   * attempt is used up. At most once, what was written before the start stays: only the end takes
   * it back.
   */
  void writeUnstarted(Run run) {
    if (run.attempted < run.attempt && !run.atMostOnce() && isSaidToHaveStarted(run)) {
      run.leaveNumber();
      writeOpen(run);
    }
  }

  private boolean isSaidToHaveStarted(Run run) {
    Decision deciding = run.of.deciding;
    TaskRecord record = home.record(run.of);
    return (record.hasOpenRuns() && anyStarted(record.progress().openRuns(), run))
        || (deciding != null && anyStarted(deciding.change().open(), run));
  }

  private static boolean anyStarted(List<OpenRun> open, Run run) {
    return open.stream()
        .anyMatch(
            known ->
                known.number() == run.number
                    && known.attempt() == run.attempt
                    && known.state() == OpenRun.State.STARTED);
  }

  /** Settles instants and opens runs, or lets them go. */
  void settle(
      TaskRuns task,
      long number,
      long scheduledMillis,
      long nextMillis,
      List<OpenRun> open,
      @Nullable Run opens) {
    send(
        task,
        new RunChange.Decide(
            task.generation, task.version, number, scheduledMillis, nextMillis, open, null),
        opens,
        null);
  }

  /**
   * Lets instants go; {@code let} shows the last of them.
   *
   * @param detail why, for the run's record
   */
  void letGo(TaskRuns task, LastRun let, long nextMillis, List<OpenRun> open, String detail) {
    send(
        task,
        new RunChange.Decide(
            task.generation,
            task.version,
            let.number(),
            let.scheduledMillis(),
            nextMillis,
            open,
            let),
        null,
        detail);
  }

  /** Sends a decision, after the lock. It takes room in memory as a run does until it is made. */
  private void send(
      TaskRuns task, RunChange.Decide change, @Nullable Run opens, @Nullable String detail) {
    Decision decision = new Decision(home, task, change, opens, detail);
    task.deciding = decision;
    lane.runsAdded(1);
    lane.outbox().decide(decision);
  }

  /** The same once more: applied a second time it changes nothing. */
  void again(Decision failed, long nowMillis) {
    failed.failures++;
    timers.schedule(failed, nowMillis + Backoff.beforeWriteMillis(failed.failures));
  }

  /**
   * The decision under way is durable. Answers the run that it has opened, to be taken in; null for
   * none.
   */
  @Nullable Run made(TaskRuns task) {
    Decision decision = task.deciding;
    if (decision == null) {
      return null;
    }
    task.deciding = null;
    lane.runsAdded(-1);
    home.settled(task, decision.applied());
    Run opens = decision.opens;
    if (opens == null || opens.cancelled) {
      return null;
    }
    OpenRun open = home.record(task).progress().openRun(opens.number);
    boolean byHand = open != null && open.arg() != null;
    if (open == null || byHand || open.scheduledMillis() != opens.scheduledMillis) {
      return null;
    }
    // It may have been killed while the decision was on its way.
    opens.heed(open);
    return opens;
  }

  /** Writes what had to wait for the decision before. */
  void goOn(TaskRuns task) {
    for (int i = 0; i < task.runs.size() && task.deciding == null; i++) {
      Run run = task.runs.get(i);
      if (run.dirty && !run.ending()) {
        writeOpen(run);
      }
    }
  }
}
