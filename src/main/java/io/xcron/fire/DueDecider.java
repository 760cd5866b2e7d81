package io.xcron.fire;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.Misfires;
import io.xcron.schedule.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of an instant that is due. It is in hand ({@link TaskRuns#held}) until it is a run,
 * or a decision about it is applied; while it is, later instants of its task wait behind it at no
 * cost. Only {@code REPLACE} is looked at again when one of them may end what goes on.
 *
 * <p>An instant <em>overlaps</em> when a run of its task was going on at its due time. One that was
 * late already when the run before it started has not overlapped: it waits its turn, so that what
 * an outage held up is caught up one after the other. Only {@code ALLOW} lets such instants start
 * at once. A run that waits for its mutex is going on for those that are skipped or queued behind
 * it. Under the partition's lock, on the lane's thread.
 */
final class DueDecider {
  private final PartitionFires home;
  private final Surroundings around;
  private final RunKeeper keeper;
  private final Decisions decisions;

  DueDecider(PartitionFires home, Surroundings around, RunKeeper keeper, Decisions decisions) {
    this.home = home;
    this.around = around;
    this.keeper = keeper;
    this.decisions = decisions;
  }

  /** Decides the instant in hand, or leaves it there until what it waits for has come. */
  void decide(TaskRuns task, TaskRecord record, long nowMillis) {
    if (!record.fires()) {
      task.held = false;
      return;
    }
    if (task.deciding != null || task.settling()) {
      return;
    }
    if (task.timeline.countsFromEnd() && !task.runs.isEmpty()) {
      // The end of what goes on will move this instant.
      return;
    }
    Policy.Overlap overlap = task.task.policy().overlap();
    if (overlap == Policy.Overlap.REPLACE && task.anyEnding()) {
      // A next owner must not find going on what this one has replaced.
      return;
    }
    if (task.goingOn() == 0) {
      fresh(task, record, nowMillis);
      return;
    }
    long number = task.nextNumber(record);
    long due = task.dueMillis(number, task.nextMillis(record));
    // The former owner may have started it beside what goes on now: it is not let go then.
    boolean repeats = overlap != Policy.Overlap.ALLOW && mayBeRepeat(task, record, due);
    switch (overlap) {
      case ALLOW -> besideOthers(task, record, nowMillis);
      case SKIP -> {
        if (!repeats && (task.wasBusyAt(due) || task.hadClaimedAt(due))) {
          skip(task, record, nowMillis, "a run of the task was still going on");
        }
      }
      case QUEUE -> {
        if (!repeats && (task.wasBusyAt(due) || task.hadClaimedAt(due))) {
          queue(task, record, nowMillis);
        }
      }
      case REPLACE -> {
        if (!exhausted(task, record)) {
          replace(task, record, !repeats && task.wasBusyAt(due), nowMillis);
        }
      }
    }
  }

  private void besideOthers(TaskRuns task, TaskRecord record, long nowMillis) {
    Run before = task.unwritten;
    if (before != null) {
      keeper.writeOpen(before);
    } else if (task.runs.size() < OpenRun.MAX_PER_TASK) {
      fresh(task, record, nowMillis);
    }
  }

  private void skip(TaskRuns task, TaskRecord record, long nowMillis, String why) {
    long number = task.nextNumber(record);
    long scheduled = task.nextMillis(record);
    around.events().skipped();
    decisions.letGo(
        task,
        let(task, number, scheduled, RunOutcome.SKIPPED, nowMillis),
        task.timeline.next(scheduled),
        withUnwritten(task, null),
        why);
  }

  private void queue(TaskRuns task, TaskRecord record, long nowMillis) {
    if (task.waiting() >= task.task.policy().queue()) {
      skip(task, record, nowMillis, "as many runs were waiting as the policy's queue allows");
    } else if (task.runs.size() < OpenRun.MAX_PER_TASK && !exhausted(task, record)) {
      Run run = newRun(task, record);
      open(task, run);
    }
  }

  /**
   * The instant stays in hand until the ends of those it replaces are durable. A run without an
   * attempt is not replaced: it was kept, so it is delivered. An instant that was late already when
   * what goes on started replaces nothing by itself; the first instant after that start does, from
   * behind it.
   */
  private void replace(TaskRuns task, TaskRecord record, boolean overlaps, long nowMillis) {
    long lookAgain = Progress.NEVER;
    for (int i = 0; i < task.runs.size(); i++) {
      Run run = task.runs.get(i);
      if (run.ending()) {
        continue;
      }
      boolean started = run.firstStartMillis != 0;
      long at = overlaps && started ? nowMillis : overlapped(task, record, run, nowMillis);
      if (!started || at > nowMillis) {
        lookAgain = Math.min(lookAgain, at);
      } else {
        keeper.kill(run, RunOutcome.KILLED, nowMillis);
      }
    }
    if (lookAgain != Progress.NEVER) {
      home.lookAgain(task, lookAgain);
    }
  }

  /**
   * By when an instant behind the one in hand is due, whatever its jitter, for which the run goes
   * on, be it started or about to be.
   */
  private static long overlapped(TaskRuns task, TaskRecord record, Run run, long nowMillis) {
    long startsAfter = run.firstStartMillis == 0 ? nowMillis : run.firstStartMillis - 1;
    long next = task.timeline.next(Math.max(task.nextMillis(record), startsAfter));
    return next == Progress.NEVER ? next : next + task.task.jitter().toMillis();
  }

  /** Nothing is in the way of the instant but what the misfire policy says. */
  private void fresh(TaskRuns task, TaskRecord record, long nowMillis) {
    if (exhausted(task, record)) {
      if (task.runs.isEmpty()) {
        long scheduled = task.nextMillis(record);
        decisions.settle(task, task.nextNumber(record), scheduled, Progress.NEVER, List.of(), null);
      }
      return;
    }
    long due = task.dueMillis(task.nextNumber(record), record.nextMillis());
    boolean atMostOnce = task.task.policy().delivery() == Policy.Delivery.AT_MOST_ONCE;
    if (!mayBeRepeat(task, record, due) && misfired(task, record, nowMillis)) {
      return;
    }
    Run run = newRun(task, record);
    if (atMostOnce || home.unsettled(task.slot)) {
      open(task, run);
      return;
    }
    start(task, run, nowMillis);
  }

  private boolean mayBeRepeat(TaskRuns task, TaskRecord record, long dueMillis) {
    return task.task.policy().delivery() == Policy.Delivery.AT_LEAST_ONCE
        && task.unwritten == null
        && home.maybeStarted(task, record, dueMillis);
  }

  private void start(TaskRuns task, Run run, long nowMillis) {
    task.unwritten = run;
    keeper.add(run);
    if (run.nextMillis == Progress.NEVER) {
      home.scheduleNothing(task);
    } else {
      home.scheduleAhead(task, run.number + 1, run.nextMillis);
    }
    keeper.offer(run, nowMillis);
  }

  /**
   * Whether the head of what is pending is let go; the rest comes up again when that is durable.
   */
  private boolean misfired(TaskRuns task, TaskRecord record, long nowMillis) {
    Policy policy = task.task.policy();
    long misfireAfter = policy.misfireAfter().toMillis();
    long pending = record.nextMillis();
    long jitter = task.task.jitter().toMillis();
    if (nowMillis - pending <= misfireAfter + jitter) {
      return false;
    }
    Duration window = policy.misfireWindow();
    Misfires.Decision decision =
        Misfires.decide(
            task.timeline,
            pending,
            nowMillis,
            jitter,
            misfireAfter,
            window == null ? Long.MAX_VALUE : window.toMillis(),
            policy.misfire());
    if (decision.collapsed() == 0) {
      return false;
    }
    around.events().misfired(decision.collapsed());
    long number = record.decidedNumber() + decision.collapsed();
    long scheduled = decision.collapsedThroughMillis();
    decisions.letGo(
        task,
        let(task, number, scheduled, RunOutcome.MISFIRED, nowMillis),
        decision.nextMillis(),
        List.of(),
        missed(decision));
    return true;
  }

  private static String missed(Misfires.Decision decision) {
    return decision.collapsed() == 1
        ? "this instant was missed"
        : (decision.capped() ? "more than " : "")
            + decision.collapsed()
            + " instants up to this one were missed";
  }

  /** Whether the runs that have been delivered and those that go on are all that may be. */
  private static boolean exhausted(TaskRuns task, TaskRecord record) {
    long max = record.maxRuns();
    return max > 0 && record.delivered() + task.runs.size() >= max;
  }

  /** Whether the runs that have been delivered and those that are open are all that may be. */
  static boolean exhausted(TaskRecord record) {
    long max = record.maxRuns();
    return max > 0 && record.delivered() + record.progress().openRuns().size() >= max;
  }

  /** The instant that is next, as a run. */
  Run newRun(TaskRuns task, TaskRecord record) {
    long number = task.nextNumber(record);
    long scheduled = task.nextMillis(record);
    Run run =
        new Run(
            home,
            task,
            number,
            scheduled,
            task.dueMillis(number, scheduled),
            task.timeline.next(scheduled),
            null);
    run.scheduledHere = true;
    return run;
  }

  /** Writes the run down before anything of it starts. */
  private void open(TaskRuns task, Run run) {
    decisions.settle(
        task, run.number, run.scheduledMillis, run.nextMillis, withUnwritten(task, run), run);
  }

  private static List<OpenRun> withUnwritten(TaskRuns task, @Nullable Run more) {
    List<OpenRun> open = new ArrayList<>(2);
    Change.Unwritten before = task.unwritten();
    if (before != null) {
      open.add(before.run());
    }
    if (more != null) {
      // Queued behind another, or for its mutex, it has not started, whatever the delivery.
      boolean waits = task.goingOn() > 0 || more.task.policy().mutex() != null;
      more.needsDecision = more.atMostOnce() && waits;
      open.add(more.asOpen());
    }
    return open;
  }

  private static LastRun let(
      TaskRuns task, long number, long scheduledMillis, RunOutcome how, long nowMillis) {
    long due =
        Timeline.dueMillis(
            task.id, task.generation, number, scheduledMillis, task.task.jitter().toMillis());
    return new LastRun(number, scheduledMillis, due, nowMillis, nowMillis, how, 0, 0);
  }
}
