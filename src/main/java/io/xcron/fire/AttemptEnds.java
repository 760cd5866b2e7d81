package io.xcron.fire;

import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.RunOutcome;
import io.xcron.model.Target;
import io.xcron.target.Outcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What follows from the end of an attempt, from a service's word, or from neither coming in time:
 * another attempt, or the end of the run. Under the partition's lock, on the lane's thread.
 */
final class AttemptEnds {
  /** An attempt that was lost with its member is not counted; so many of a run at most. */
  private static final int MAX_LOST = 10;

  private static final Duration CONFIRM_TIMEOUT = Duration.ofHours(1);

  private final PartitionFires home;
  private final FireEvents events;
  private final RunKeeper keeper;
  private final RunTimers timers;
  private final long openAfterMillis;

  AttemptEnds(PartitionFires home, Surroundings around, RunKeeper keeper, RunTimers timers) {
    this.home = home;
    this.events = around.events();
    this.keeper = keeper;
    this.timers = timers;
    this.openAfterMillis = around.config().openAfter().toMillis();
  }

  /** An attempt ended, and not with a success. */
  void ended(Run run, long nowMillis) {
    timers.cancel(run);
    run.rejoins = false;
    Outcome outcome = run.outcome();
    boolean withdrawn = outcome == null || outcome instanceof Outcome.Withdrawn;
    boolean accepted = outcome instanceof Outcome.Accepted;
    if (withdrawn) {
      events.withdrawn();
      if (run.takeBackStart()) {
        asIfNotAsked(run, nowMillis);
      }
    } else if (outcome != null && !accepted) {
      if (!outcome.bytesSent()) {
        run.failedUnsent();
      }
      run.tries.tell(nowMillis, RunRecords.error(outcome));
    }
    RunOutcome killAs = run.killAs;
    if (killAs != null) {
      keeper.finish(run, killAs, nowMillis);
    } else if (run.verdict != Run.Verdict.NONE) {
      judged(run, nowMillis);
    } else if (outcome == null || withdrawn) {
      withdrawn(run, nowMillis);
    } else if (accepted) {
      accepted(run);
    } else if (outcome instanceof Outcome.Killed) {
      // By a former owner, which may have done it because the run's time was over.
      RunOutcome how = run.timedOutAt(nowMillis) ? RunOutcome.TIMEOUT : RunOutcome.KILLED;
      keeper.finish(run, how, nowMillis);
    } else if (lost(run, outcome)) {
      lost(run, nowMillis);
    } else {
      RunOutcome how =
          outcome instanceof Outcome.TimedOut ? RunOutcome.TIMEOUT : RunOutcome.FAILURE;
      failed(run, how, mayRepeat(run, outcome), nowMillis);
    }
  }

  /**
   * The attempt was withdrawn after its yes, and its start taken back. What was done, or left out,
   * because it had started is put right.
   */
  private void asIfNotAsked(Run run, long nowMillis) {
    if (run.killAs != null) {
      run.killAs = stillKilledAs(run, nowMillis);
      if (run.killSent) {
        // The kill names this attempt, and may still be on its way.
        run.leaveNumber();
        run.killSent = false;
      }
    }
    if (run.outdated()) {
      keeper.redefine(run, !Reconciliation.sameTimes(run.task, run.of.task));
    }
  }

  /** A user's kill stands; a timeout, or another run in its place, ends what has started only. */
  private @Nullable RunOutcome stillKilledAs(Run run, long nowMillis) {
    if (run.killAs == RunOutcome.TIMEOUT && run.timedOutAt(nowMillis)) {
      return RunOutcome.TIMEOUT;
    }
    OpenRun known = home.record(run.of).progress().openRun(run.number);
    boolean byUser = known != null && known.state() == OpenRun.State.KILLED;
    boolean replaced = run.killAs == RunOutcome.KILLED && run.firstStartMillis != 0;
    return byUser || replaced ? RunOutcome.KILLED : null;
  }

  private void withdrawn(Run run, long nowMillis) {
    if (run.dropped) {
      keeper.finish(run, RunOutcome.SKIPPED, nowMillis);
    } else if (run.barred) {
      keeper.bar(run);
    } else if (run.stale) {
      run.redefine();
      run.state = Run.State.QUEUED;
    } else {
      keeper.offerLater(run, nowMillis);
    }
  }

  private void accepted(Run run) {
    Duration within =
        run.target() instanceof Target.Service service ? service.confirmTimeout() : CONFIRM_TIMEOUT;
    run.deadlineMillis = run.startMillis + within.toMillis();
    run.state = Run.State.ACCEPTED;
    timers.schedule(run, Math.min(run.deadlineMillis, run.timeoutMillis()));
    keeper.writeOpen(run);
  }

  /** A run that a service has accepted was not confirmed in time. */
  void unconfirmed(Run run, long nowMillis) {
    if (nowMillis < run.deadlineMillis && !run.timedOutAt(nowMillis)) {
      timers.schedule(run, Math.min(run.deadlineMillis, run.timeoutMillis()));
      return;
    }
    run.tries.tell(nowMillis, "was not confirmed in time");
    failed(run, RunOutcome.TIMEOUT, !run.atMostOnce(), nowMillis);
  }

  /** The service has said how the run ended. */
  void judged(Run run, long nowMillis) {
    timers.cancel(run);
    boolean success = run.verdict == Run.Verdict.SUCCESS;
    run.verdict = Run.Verdict.NONE;
    if (success) {
      run.tries.tell(nowMillis, null);
      keeper.finish(run, RunOutcome.SUCCESS, nowMillis);
    } else {
      run.failureHeeded = true;
      run.tries.tell(nowMillis, "was confirmed as a failure");
      failed(run, RunOutcome.FAILURE, !run.atMostOnce(), nowMillis);
    }
  }

  /** Whether a command went down with the member that ran it. */
  private static boolean lost(Run run, Outcome outcome) {
    return run.target() instanceof Target.Shell && outcome instanceof Outcome.Broken;
  }

  private void lost(Run run, long nowMillis) {
    if (run.atMostOnce()) {
      keeper.finish(run, RunOutcome.UNKNOWN, nowMillis);
      return;
    }
    if (run.lost < MAX_LOST) {
      run.lost++;
    }
    failed(run, RunOutcome.FAILURE, true, nowMillis);
  }

  private void failed(Run run, RunOutcome how, boolean repeatable, long nowMillis) {
    Policy.Retry retry = run.task.policy().retry();
    int made = run.attempt;
    RunOutcome failed = run.timedOutAt(nowMillis) ? RunOutcome.TIMEOUT : how;
    long at = nowMillis + Backoff.beforeRetryMillis(retry, made, run.seed());
    if (made - run.lost >= retry.attempts() || !repeatable) {
      keeper.finish(run, failed, nowMillis);
    } else if (run.timedOutAt(at)) {
      keeper.finish(run, RunOutcome.TIMEOUT, nowMillis);
    } else {
      run.refusals = 0;
      run.attempted = made;
      run.attempt = made + 1;
      run.state = Run.State.RETRYING;
      timers.schedule(run, at);
      if (run.written ? !run.atMostOnce() : at - run.firstStartMillis > openAfterMillis) {
        keeper.writeOpen(run);
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
}
