package io.xcron.fire;

import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskRecord;
import io.xcron.target.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a partition's runs once they are there: offered, refused, tried again, written
 * open, ended. Under the partition's lock, and but for {@link #adopt}, {@link #redefine} and {@link
 * #forget} on the lane's thread.
 */
final class RunKeeper {
  private final PartitionFires home;
  private final Surroundings around;
  private final Lane lane;
  private final RunTimers timers;
  private final long openAfterMillis;

  RunKeeper(PartitionFires home, Surroundings around, Lane lane, RunTimers timers) {
    this.home = home;
    this.around = around;
    this.lane = lane;
    this.timers = timers;
    this.openAfterMillis = around.config().openAfter().toMillis();
  }

  void add(Run run) {
    run.of.runs.add(run);
    lane.runsAdded(1);
  }

  void forget(Run run) {
    run.cancelled = true;
    timers.cancel(run);
    run.state = Run.State.OVER;
    run.of.noteEnd(run, home.nowMillis());
    if (run.of.runs.remove(run)) {
      lane.runsAdded(-1);
    }
    if (run.of.unwritten == run) {
      run.of.unwritten = null;
    }
  }

  /** A run that the record holds open and that nobody here knows. */
  Run adopt(TaskRuns task, OpenRun open, boolean fresh) {
    Run run =
        new Run(
            home,
            task,
            open.number(),
            open.scheduledMillis(),
            open.dueMillis(),
            Progress.NEVER,
            open.arg());
    boolean waiting = open.state() == OpenRun.State.WAITING;
    run.written = true;
    run.needsDecision = fresh || (waiting && run.atMostOnce());
    run.attempt = Math.max(1, waiting ? open.attempt() + 1 : open.attempt());
    run.attempted = open.attempt();
    run.firstStartMillis = open.startMillis();
    add(run);
    return run;
  }

  /** The runs that the former owner had open: repeated under their number, first of all. */
  void takeOver(TaskRuns task, TaskRecord record, long nowMillis) {
    for (OpenRun open : record.progress().openRuns()) {
      // What was written in this epoch may not be durable yet.
      Run run = adopt(task, open, record.epoch() == home.epoch());
      if (run.atMostOnce() && open.state() != OpenRun.State.WAITING) {
        finish(run, RunOutcome.UNKNOWN, nowMillis);
      }
    }
    settle(task, nowMillis);
  }

  /** The definition was replaced: what has not started yet follows it. */
  boolean redefine(Run run, boolean otherTimes) {
    if (run.attempted != 0 || run.ending()) {
      return false;
    }
    if (otherTimes && run.scheduledHere) {
      run.dropped = true;
      run.stale = true;
      return true;
    }
    if (run.state == Run.State.OFFERED) {
      run.stale = true;
    } else {
      run.redefine();
    }
    return false;
  }

  void handle(Signal signal, long nowMillis) {
    TaskRuns task = signal.task();
    Run run = signal.run();
    switch (signal.kind()) {
      case ENDED -> {
        if (run != null && run.state == Run.State.OFFERED) {
          if (run.cancelled) {
            forget(run);
          } else {
            attemptEnded(run, nowMillis);
          }
        }
      }
      case FINISHED -> {
        if (run != null && run.state != Run.State.OVER) {
          home.settled(task, run.applied());
          forget(run);
        }
      }
      case FINISH_FAILED -> {
        if (run != null && run.state != Run.State.OVER) {
          run.state = Run.State.ENDING;
          timers.schedule(run, nowMillis + Backoff.beforeWriteMillis(++run.writeFailures));
        }
      }
      case DECIDED -> decided(task);
      case DECIDE_FAILED -> {
        Decision deciding = task.deciding;
        if (deciding != null) {
          decideAgain(deciding, nowMillis);
        }
      }
      case CHANGED -> {}
    }
    settle(task, nowMillis);
  }

  /** Lets go on what may: runs whose turn has come, then the instant in hand. */
  void settle(TaskRuns task, long nowMillis) {
    if (task.gone || lane.draining()) {
      return;
    }
    for (int i = 0; i < task.runs.size(); i++) {
      Run run = task.runs.get(i);
      if (run.dropped && !run.ending() && run.state != Run.State.OFFERED) {
        finish(run, RunOutcome.SKIPPED, nowMillis);
      } else if (run.state == Run.State.BARRED && !run.barred) {
        run.state = Run.State.QUEUED;
      }
    }
    if (task.deciding == null) {
      startThoseWhoseTurnItIs(task, nowMillis);
    }
    if (task.held) {
      home.decider().decide(task, home.record(task), nowMillis);
    }
    home.forgetIfIdle(task);
  }

  private void startThoseWhoseTurnItIs(TaskRuns task, long nowMillis) {
    boolean together = task.task.policy().overlap() == Policy.Overlap.ALLOW;
    for (Run run = nextQueued(task); run != null; run = nextQueued(task)) {
      if (!together && anotherGoesOn(task)) {
        return;
      }
      if (run.barred) {
        run.state = Run.State.BARRED;
      } else if (run.needsDecision) {
        run.needsDecision = false;
        writeOpen(run);
        return;
      } else {
        offer(run, nowMillis);
      }
    }
  }

  private static @Nullable Run nextQueued(TaskRuns task) {
    Run first = null;
    for (int i = 0; i < task.runs.size(); i++) {
      Run run = task.runs.get(i);
      if (run.state == Run.State.QUEUED
          && !run.ending()
          && (first == null || run.number < first.number)) {
        first = run;
      }
    }
    return first;
  }

  private static boolean anotherGoesOn(TaskRuns task) {
    for (int i = 0; i < task.runs.size(); i++) {
      Run run = task.runs.get(i);
      if (run.state != Run.State.QUEUED || run.ending()) {
        return true;
      }
    }
    return false;
  }

  /** Hands the run to the targets, after the lock. */
  void offer(Run run, long nowMillis) {
    if (run.barred) {
      run.state = Run.State.BARRED;
      return;
    }
    if (lane.draining()) {
      run.state = Run.State.REFUSED;
      return;
    }
    if (run.stale && !run.dropped) {
      run.redefine();
    }
    run.state = Run.State.OFFERED;
    if (!run.written) {
      timers.schedule(run, nowMillis + openAfterMillis);
    }
    lane.outbox().start(run);
  }

  void refused(Run run, long nowMillis) {
    if (run.state == Run.State.OFFERED && !run.cancelled) {
      offerLater(run, nowMillis);
    }
  }

  private void offerLater(Run run, long nowMillis) {
    run.state = Run.State.REFUSED;
    timers.schedule(run, nowMillis + Backoff.beforeOfferMillis(++run.refusals));
  }

  void timerExpired(Timed timed, long nowMillis) {
    switch (timed) {
      case Run run -> timerExpired(run, nowMillis);
      case Decision decision -> lane.outbox().decide(decision);
    }
  }

  private void timerExpired(Run run, long nowMillis) {
    switch (run.state) {
      case REFUSED -> goOn(run, nowMillis);
      case RETRYING -> {
        around.events().retried();
        goOn(run, nowMillis);
      }
      case OFFERED -> {
        if (!run.ending()) {
          writeOpen(run);
        }
      }
      case ENDING -> lane.outbox().finish(run);
      case QUEUED, BARRED, OVER -> {}
    }
  }

  private void goOn(Run run, long nowMillis) {
    if (run.dropped) {
      finish(run, RunOutcome.SKIPPED, nowMillis);
    } else if (run.timedOutAt(nowMillis)) {
      finish(run, RunOutcome.TIMEOUT, nowMillis);
    } else {
      offer(run, nowMillis);
    }
  }

  private void attemptEnded(Run run, long nowMillis) {
    timers.cancel(run);
    Outcome outcome = run.outcome();
    if (outcome instanceof Outcome.Withdrawn || outcome == null) {
      around.events().withdrawn();
      if (run.dropped) {
        finish(run, RunOutcome.SKIPPED, nowMillis);
      } else if (run.barred) {
        run.state = Run.State.BARRED;
      } else if (run.stale) {
        run.redefine();
        run.state = Run.State.QUEUED;
      } else {
        offerLater(run, nowMillis);
      }
      return;
    }
    Policy policy = run.task.policy();
    int made = run.attempt;
    RunOutcome failed =
        outcome instanceof Outcome.TimedOut || run.timedOutAt(nowMillis)
            ? RunOutcome.TIMEOUT
            : RunOutcome.FAILURE;
    long at = nowMillis + Backoff.beforeRetryMillis(policy.retry(), made, run.seed());
    if (made >= policy.retry().attempts() || !mayRepeat(run, outcome)) {
      finish(run, failed, nowMillis);
    } else if (run.timedOutAt(at)) {
      finish(run, RunOutcome.TIMEOUT, nowMillis);
    } else {
      run.refusals = 0;
      run.attempted = made;
      run.attempt = made + 1;
      run.state = Run.State.RETRYING;
      timers.schedule(run, at);
      if (run.written ? !run.atMostOnce() : at - run.firstStartMillis > openAfterMillis) {
        writeOpen(run);
      }
    }
  }

  /** Whether another try may help, and may be made. */
  private static boolean mayRepeat(Run run, Outcome outcome) {
    return switch (outcome) {
      case Outcome.Denied denied -> false;
      case Outcome.Unsendable unsendable -> false;
      case Outcome.Answered answered -> !run.atMostOnce();
      case Outcome.ConnectFailed failed -> true;
      case Outcome.TimedOut timedOut -> !run.atMostOnce();
      case Outcome.Broken broken -> !run.atMostOnce();
      case Outcome.Withdrawn withdrawn -> true;
      case Outcome.Exited exited -> !run.atMostOnce();
      case Outcome.Accepted accepted -> false;
      case Outcome.Killed killed -> false;
    };
  }

  /** Ends the run; its end is written after the lock. */
  void finish(Run run, RunOutcome how, long nowMillis) {
    timers.cancel(run);
    run.state = Run.State.ENDING;
    run.end(how, nowMillis);
    lane.outbox().finish(run);
  }

  /** Ends a run that may be under way; what its attempt comes to is not heard any more. */
  void kill(Run run, long nowMillis) {
    run.cancelled = true;
    finish(run, RunOutcome.KILLED, nowMillis);
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
    decide(
        task,
        decides ? run.number : record.decidedNumber(),
        run.scheduledMillis,
        decides ? run.nextMillis : record.nextMillis(),
        List.of(run.asOpen()),
        null,
        null);
  }

  /** Sends a decision, after the lock. */
  void decide(
      TaskRuns task,
      long number,
      long scheduledMillis,
      long nextMillis,
      List<OpenRun> open,
      @Nullable LastRun lastRun,
      @Nullable Run opens) {
    Change.Decide change =
        new Change.Decide(
            task.generation, task.version, number, scheduledMillis, nextMillis, open, lastRun);
    Decision decision = new Decision(home, task, change, opens);
    task.deciding = decision;
    lane.outbox().decide(decision);
  }

  /** The same once more: applied a second time it changes nothing. */
  private void decideAgain(Decision failed, long nowMillis) {
    failed.failures++;
    timers.schedule(failed, nowMillis + Backoff.beforeWriteMillis(failed.failures));
  }

  private void decided(TaskRuns task) {
    Decision decision = task.deciding;
    if (decision == null) {
      return;
    }
    task.deciding = null;
    home.settled(task, decision.applied());
    Run opens = decision.opens;
    if (opens != null && !opens.cancelled) {
      OpenRun open = home.record(task).progress().openRun(opens.number);
      if (open != null && open.scheduledMillis() == opens.scheduledMillis) {
        opens.written = true;
        opens.barred = task.barred;
        add(opens);
      }
    }
    for (int i = 0; i < task.runs.size() && task.deciding == null; i++) {
      Run run = task.runs.get(i);
      if (run.dirty && !run.ending()) {
        writeOpen(run);
      }
    }
  }
}
