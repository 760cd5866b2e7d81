package io.xcron.fire;

import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a partition's runs once they are there: offered, refused, written open, killed,
 * ended. Under the partition's lock, and but for {@link #adopt}, {@link #redefine} and {@link
 * #forget} on the lane's thread.
 */
final class RunKeeper {
  private final PartitionFires home;
  private final Surroundings around;
  private final Lane lane;
  private final RunTimers timers;
  private final Decisions decisions;
  private final AttemptEnds ends;
  private final Tellings tellings;
  private final RunMutexes mutexes;
  private final long openAfterMillis;

  RunKeeper(
      PartitionFires home,
      Surroundings around,
      Lane lane,
      RunTimers timers,
      Decisions decisions,
      RunMutexes mutexes) {
    this.home = home;
    this.around = around;
    this.lane = lane;
    this.timers = timers;
    this.decisions = decisions;
    this.mutexes = mutexes;
    this.ends = new AttemptEnds(home, around, this, timers);
    this.tellings = new Tellings(home, lane, timers);
    this.openAfterMillis = around.config().openAfter().toMillis();
  }

  void add(Run run) {
    run.of.runs.add(run);
    if (run.of.runs.size() > 1) {
      run.of.several = true;
    }
    lane.runsAdded(1);
  }

  void forget(Run run) {
    run.cancelled = true;
    timers.cancel(run);
    mutexes.release(run);
    run.state = Run.State.OVER;
    run.of.noteEnd(run, home.nowMillis());
    if (run.of.runs.remove(run)) {
      lane.runsAdded(-1);
    }
    if (run.of.several) {
      run.of.several = run.of.runs.size() > 1;
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
    run.adopt(open);
    run.needsDecision = fresh || (open.state() == OpenRun.State.WAITING && run.atMostOnce());
    if (open.state() == OpenRun.State.ACCEPTED) {
      run.state = Run.State.ACCEPTED;
      run.needsDecision = false;
      timers.schedule(run, Math.min(run.deadlineMillis, run.timeoutMillis()));
    } else if (open.state() == OpenRun.State.STARTED || open.state() == OpenRun.State.KILLED) {
      run.rejoins = run.placed() != null;
    }
    add(run);
    if (run.state == Run.State.ACCEPTED || run.rejoins) {
      // It goes on already, and what was held for it stays held.
      mutexes.claim(run);
    }
    return run;
  }

  /**
   * The runs that the former owner had open: repeated under their number, first of all, but for
   * those that go on elsewhere or whose end is known.
   */
  void takeOver(TaskRuns task, TaskRecord record, long nowMillis) {
    for (OpenRun open : record.progress().openRuns()) {
      // What was written in this epoch may not be durable yet.
      Run run = adopt(task, open, record.epoch() == home.epoch());
      if (run.atMostOnce() && open.state() == OpenRun.State.STARTED && !run.rejoins) {
        finish(run, RunOutcome.UNKNOWN, nowMillis);
      }
    }
    settle(task, nowMillis);
  }

  /** A replay may have been accepted before the end that it follows was told. */
  private void forgetEnded(Run run) {
    forget(run);
    TaskRuns task = run.of;
    if (home.hasOpenRuns(task)) {
      OpenRun open = home.record(task).progress().openRun(run.number);
      if (open != null && task.run(run.number) == null) {
        adopt(task, open, true);
      }
    }
  }

  /** The definition was replaced: what has not started yet follows it. */
  boolean redefine(Run run, boolean otherTimes) {
    if (run.attempted != 0 || run.ending()) {
      if (!otherTimes) {
        run.recount();
      }
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
      if (run.state == Run.State.CLAIMING) {
        // It may name another mutex now, or none.
        timers.cancel(run);
        run.state = Run.State.QUEUED;
        return true;
      }
    }
    return false;
  }

  void handle(Signal signal, long nowMillis) {
    TaskRuns task = signal.task();
    Run run = signal.run();
    switch (signal.kind()) {
      case STARTED -> {
        if (run != null && run.state == Run.State.OFFERED && !run.cancelled && !run.ending()) {
          writeOpen(run);
        }
      }
      case MUTEX_HELD -> {
        if (run != null && run.state == Run.State.CLAIMING && !run.lacksMutex()) {
          mutexHeld(run, nowMillis);
        }
      }
      case ENDED -> {
        if (run != null && run.state == Run.State.OFFERED) {
          if (run.cancelled) {
            forgetEnded(run);
          } else {
            ends.ended(run, nowMillis);
          }
        }
      }
      case FINISHED -> {
        if (run != null && run.state != Run.State.OVER) {
          home.settled(task, run.applied());
          forgetEnded(run);
        }
      }
      case FINISH_FAILED -> {
        if (run != null && run.state != Run.State.OVER) {
          run.state = Run.State.ENDING;
          run.writtenAgain = true;
          timers.schedule(run, nowMillis + Backoff.beforeWriteMillis(++run.writeFailures));
        }
      }
      case DECIDED -> {
        Run opened = decisions.made(task);
        if (opened != null) {
          opened.written = true;
          opened.barred = task.barred;
          add(opened);
        }
        decisions.goOn(task);
      }
      case DECIDE_FAILED -> {
        Decision deciding = task.deciding;
        if (deciding != null) {
          decisions.again(deciding, nowMillis);
        }
      }
      case TOLD -> tellings.answered(task, nowMillis);
      case CHANGED -> {}
    }
    settle(task, nowMillis);
  }

  /** Lets go on what may: runs whose turn has come, then the instant in hand. */
  void settle(TaskRuns task, long nowMillis) {
    if (task.gone) {
      return;
    }
    for (int i = 0; i < task.runs.size(); i++) {
      Run run = task.runs.get(i);
      if (!run.ending()) {
        settle(run, nowMillis);
      }
    }
    if (home.draining()) {
      return;
    }
    tellings.begin(task);
    if (task.deciding == null) {
      startThoseWhoseTurnItIs(task, nowMillis);
    }
    if (task.held) {
      home.decider().decide(task, home.record(task), nowMillis);
    }
    home.forgetIfIdle(task);
  }

  private void settle(Run run, long nowMillis) {
    RunOutcome killAs = run.killAs;
    if (killAs != null) {
      kill(run, killAs, nowMillis);
    } else if (run.state == Run.State.OFFERED) {
      return;
    } else if (run.verdict != Run.Verdict.NONE) {
      ends.judged(run, nowMillis);
    } else if (run.dropped) {
      finish(run, RunOutcome.SKIPPED, nowMillis);
    } else if (run.state == Run.State.CLAIMING && run.barred) {
      bar(run);
    } else if (run.state == Run.State.BARRED && !run.barred) {
      run.state = Run.State.QUEUED;
    }
  }

  private void startThoseWhoseTurnItIs(TaskRuns task, long nowMillis) {
    boolean together = task.task.policy().overlap() == Policy.Overlap.ALLOW;
    for (Run run = nextQueued(task); run != null; run = nextQueued(task)) {
      if (!together && anotherGoesOn(task)) {
        return;
      }
      if (run.barred && !run.rejoins) {
        bar(run);
        if (task.deciding != null) {
          return;
        }
      } else if (run.rejoins || mutexes.ready(run, nowMillis)) {
        if (run.needsDecision) {
          run.needsDecision = false;
          writeOpen(run);
          return;
        }
        offer(run, nowMillis);
      }
    }
  }

  /**
   * The run may not start, and nothing of it is under way: until it may, others may go on, and who
   * waits for what is under way must not wait for it.
   */
  void bar(Run run) {
    timers.cancel(run);
    run.state = Run.State.BARRED;
    run.claimedMillis = 0;
    mutexes.release(run);
    decisions.writeUnstarted(run);
  }

  private void mutexHeld(Run run, long nowMillis) {
    timers.cancel(run);
    if (run.needsDecision || run.barred) {
      run.state = Run.State.QUEUED;
    } else {
      goOn(run, nowMillis);
    }
  }

  /** The first of those that wait for their turn; one that has its mutex goes before it. */
  private static @Nullable Run nextQueued(TaskRuns task) {
    Run first = null;
    for (int i = 0; i < task.runs.size(); i++) {
      Run run = task.runs.get(i);
      if (run.state == Run.State.QUEUED
          && !run.ending()
          && (first == null || goesBefore(run, first))) {
        first = run;
      }
    }
    return first;
  }

  private static boolean goesBefore(Run run, Run other) {
    boolean holds = run.claim != null;
    return holds == (other.claim != null) ? run.number < other.number : holds;
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
    if (run.barred && !run.rejoins) {
      bar(run);
      return;
    }
    if (home.draining()) {
      run.state = Run.State.REFUSED;
      return;
    }
    if (run.stale && !run.dropped) {
      run.redefine();
    }
    if (!run.rejoins && !mutexes.ready(run, nowMillis)) {
      return;
    }
    run.offered(nowMillis);
    run.state = Run.State.OFFERED;
    run.underWay = true;
    watch(run, run.written ? Progress.NEVER : nowMillis + openAfterMillis, nowMillis);
    lane.outbox().start(run);
  }

  /** Comes back to a run with the targets when it is to be written open, or its time is over. */
  private void watch(Run run, long openAtMillis, long nowMillis) {
    Duration timeout = run.task.policy().timeout();
    long at = openAtMillis;
    if (timeout != null) {
      long over = run.firstStartMillis == 0 ? nowMillis + timeout.toMillis() : run.timeoutMillis();
      at = Math.min(at, Math.max(over, nowMillis + 1));
    }
    if (at != Progress.NEVER) {
      timers.schedule(run, at);
    }
  }

  /** The targets have not taken the run, or have lost the attempt that was to be heard again. */
  void refused(Run run, long nowMillis) {
    run.underWay = false;
    if (run.cancelled) {
      if (run.of.runs.contains(run)) {
        // Ended by someone else's word, while it was on its way to the targets.
        forgetEnded(run);
        settle(run.of, nowMillis);
      } else {
        mutexes.release(run);
      }
      return;
    }
    if (run.state != Run.State.OFFERED) {
      return;
    }
    if (run.rejoins) {
      run.rejoins = false;
      if (run.atMostOnce()) {
        finish(run, RunOutcome.UNKNOWN, nowMillis);
        return;
      }
    }
    RunOutcome killAs = run.killAs;
    if (killAs != null) {
      finish(run, killAs, nowMillis);
    } else {
      offerLater(run, nowMillis);
    }
  }

  void offerLater(Run run, long nowMillis) {
    run.state = Run.State.REFUSED;
    timers.schedule(run, nowMillis + Backoff.beforeOfferMillis(++run.refusals));
  }

  void timerExpired(Timed timed, long nowMillis) {
    switch (timed) {
      case Run run -> timerExpired(run, nowMillis);
      case Decision decision -> lane.outbox().decide(decision);
      case Telling telling -> tellings.goOn(telling);
    }
  }

  private void timerExpired(Run run, long nowMillis) {
    switch (run.state) {
      case REFUSED -> goOnInTurn(run, nowMillis);
      case RETRYING -> {
        around.events().retried();
        goOnInTurn(run, nowMillis);
      }
      case CLAIMING -> stillClaiming(run, nowMillis);
      case OFFERED -> {
        if (!run.ending()) {
          stillOffered(run, nowMillis);
        }
      }
      case ACCEPTED -> ends.unconfirmed(run, nowMillis);
      case ENDING -> lane.outbox().finish(run);
      case QUEUED, BARRED, OVER -> {}
    }
  }

  private void stillClaiming(Run run, long nowMillis) {
    if (run.timedOutAt(nowMillis) || mutexes.waitedEnough(run, nowMillis)) {
      finish(run, RunOutcome.TIMEOUT, nowMillis);
    } else if (mutexes.shouldBeWritten(run, nowMillis)) {
      writeOpen(run);
    }
  }

  private void stillOffered(Run run, long nowMillis) {
    if (run.timedOutAt(nowMillis)) {
      kill(run, RunOutcome.TIMEOUT, nowMillis);
      return;
    }
    if (!run.written) {
      writeOpen(run);
    }
    watch(run, Progress.NEVER, nowMillis);
  }

  /**
   * Another run of the task may go on beside one that waits for its next attempt: a crash had let
   * their owner forget the end of the one, and a service brings the other to mind by confirming it.
   * With a mutex in hand it does not step back, for the other may be waiting for that.
   */
  private void goOnInTurn(Run run, long nowMillis) {
    boolean together = run.of.task.policy().overlap() == Policy.Overlap.ALLOW;
    if (!together && run.claim == null && anotherGoesOn(run)) {
      run.state = Run.State.QUEUED;
    } else {
      goOn(run, nowMillis);
    }
  }

  private static boolean anotherGoesOn(Run run) {
    List<Run> all = run.of.runs;
    for (int i = 0; i < all.size(); i++) {
      Run other = all.get(i);
      if (other != run && other.state != Run.State.QUEUED && !other.ending()) {
        return true;
      }
    }
    return false;
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

  /** Ends the run; its end is written after the lock. */
  void finish(Run run, RunOutcome how, long nowMillis) {
    timers.cancel(run);
    mutexes.stopWaiting(run);
    run.state = Run.State.ENDING;
    run.end(how, nowMillis);
    lane.outbox().finish(run);
  }

  /** Ends a run by force: at once, or when the targets have ended what is under way of it. */
  void kill(Run run, RunOutcome how, long nowMillis) {
    run.killAs = how;
    if (run.rejoins && run.state == Run.State.QUEUED) {
      // What goes on elsewhere must be heard before it can be ended.
      offer(run, nowMillis);
    }
    if (run.state != Run.State.OFFERED) {
      finish(run, how, nowMillis);
    } else if (!run.killSent) {
      run.killSent = true;
      lane.outbox().kill(run);
    }
  }

  void writeOpen(Run run) {
    decisions.writeOpen(run);
  }
}
