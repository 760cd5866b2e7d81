package io.xcron.fire;

import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.schedule.Timeline;
import io.xcron.target.Attempt;
import io.xcron.target.Outcome;
import java.time.Duration;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A run in memory, and the attempt of it that is under way: one object for both, because most runs
 * have one attempt. Guarded by the partition's lock but for what event loops read and write, which
 * is volatile.
 */
final class Run extends Timed implements Attempt, BiConsumer<Change.Applied, Throwable> {
  enum State {
    /** Waits until the runs before it have ended. */
    QUEUED,
    /** Waits for a short while: the host was full, or the grant was gone. */
    REFUSED,
    /** Waits for its mutex. */
    CLAIMING,
    /** With the targets: in their queue, or called. */
    OFFERED,
    /** Waits for the time of its next attempt. */
    RETRYING,
    /** A service works on it, and will confirm its end. */
    ACCEPTED,
    /** Waits until its task is resumed. */
    BARRED,
    /** Its end is being written. */
    ENDING,
    /** Nothing more happens to it. */
    OVER
  }

  private final PartitionFires home;
  final TaskRuns of;
  final long epoch;
  final long number;
  final long scheduledMillis;
  final long dueMillis;

  /** The instant after this one, in the definition that fired. */
  final long nextMillis;

  private final @Nullable String arg;

  /** What a service has said of its end, before anything was done about it. */
  enum Verdict {
    NONE,
    SUCCESS,
    FAILURE
  }

  /** The definition; changed by the lane only, and never while the run is with the targets. */
  volatile Task task;

  private volatile int version;

  /** What the next instant is counted by: a definition with the same times may be newer. */
  private volatile Timeline timeline;

  private volatile int timelineVersion;

  State state = State.QUEUED;

  /** Whether the record knows it as open. */
  boolean written;

  /** Whether a decision with it must be durable before it starts. */
  boolean needsDecision;

  /** Whether it came from the schedule in this process, so that a new schedule may drop it. */
  boolean scheduledHere;

  /** A new schedule has dropped it before it started. */
  boolean dropped;

  /** Whether the record should be told of the attempts made. */
  boolean dirty;

  /** The try that is made now or next, from 1. */
  volatile int attempt = 1;

  /** The latest try that may have sent something, or has failed before it could. */
  volatile int attempted;

  /** The latest try that did not start and whose number is used up. */
  private int unstarted;

  /** Its mutex, wanted or held; null for none. */
  volatile @Nullable MutexClaim claim;

  /** Since when it has waited, or did wait, for its mutex; 0 for never. */
  long claimedMillis;

  /** It ends because its mutex was not free in time. */
  volatile boolean mutexMissed;

  /** With the targets, which have not told the end of its attempt. */
  volatile boolean underWay;

  /** When the targets were handed its attempt. */
  long offeredMillis;

  int refusals;
  int writeFailures;

  /** Its end is written once more, after a write of which nobody knows. */
  volatile boolean writtenAgain;

  /**
   * How many numbers were taken by attempts that are not counted: lost with the member that made
   * them, or withdrawn when others had heard of their start.
   */
  int lost;

  /** It is to end so, by force; null for not. */
  volatile @Nullable RunOutcome killAs;

  /** The targets have been told of {@link #killAs}. */
  boolean killSent;

  volatile Verdict verdict = Verdict.NONE;

  /** The failure that the record tells of has been dealt with. */
  boolean failureHeeded;

  /** By when a service must have confirmed its end. */
  long deadlineMillis;

  /** Its attempt goes on where it was placed, and is not started but heard again. */
  boolean rejoins;

  final Tries tries = new Tries(this);
  private volatile @Nullable String placed;
  private volatile @Nullable String note;

  volatile long firstStartMillis;
  volatile long startMillis;
  volatile long token;
  private volatile long grantedUntilNanos;

  /** What a yes to this offer has changed, as it was before; null without a yes. */
  private volatile @Nullable Before beforeYes;

  private record Before(int attempted, long startMillis, long firstStartMillis, long token) {
    /** Of most runs, which have one attempt. */
    static final Before NOTHING = new Before(0, 0, 0, 0);
  }

  /** Nothing starts any more. */
  volatile boolean cancelled;

  /** Nothing starts for now. */
  volatile boolean barred;

  /** The definition it was offered with is replaced. */
  volatile boolean stale;

  private volatile @Nullable LastRun end;
  private volatile @Nullable Outcome outcome;
  private volatile Change.@Nullable Applied applied;

  Run(
      PartitionFires home,
      TaskRuns of,
      long number,
      long scheduledMillis,
      long dueMillis,
      long nextMillis,
      @Nullable String arg) {
    this.home = home;
    this.of = of;
    this.epoch = home.epoch();
    this.number = number;
    this.scheduledMillis = scheduledMillis;
    this.dueMillis = dueMillis;
    this.nextMillis = nextMillis;
    this.arg = arg;
    this.task = of.task;
    this.version = of.version;
    this.timeline = of.timeline;
    this.timelineVersion = of.version;
    this.barred = of.barred;
  }

  /** Whether its task has another definition by now. */
  boolean outdated() {
    return version != of.version;
  }

  void redefine() {
    task = of.task;
    version = of.version;
    stale = false;
    recount();
  }

  /** Its end is followed by what the task's definition of now says; it stays what it is. */
  void recount() {
    timeline = of.timeline;
    timelineVersion = of.version;
  }

  int priority() {
    return task.policy().priority();
  }

  PartitionFires home() {
    return home;
  }

  boolean atMostOnce() {
    return task.policy().delivery() == Policy.Delivery.AT_MOST_ONCE;
  }

  /** Whether its end is known, though perhaps not written yet. */
  boolean ending() {
    return end != null;
  }

  @Nullable Outcome outcome() {
    return outcome;
  }

  Change.@Nullable Applied applied() {
    return applied;
  }

  /** As a run whose first attempt may have arrived. */
  OpenRun asStarted() {
    return new OpenRun(
        number, scheduledMillis, dueMillis, 1, OpenRun.State.STARTED, 0, 0, null, arg);
  }

  /** Takes over what the record knows of it. */
  void adopt(OpenRun open) {
    boolean waits = open.state() == OpenRun.State.WAITING;
    written = true;
    attempt = Math.max(1, waits ? open.attempt() + 1 : open.attempt());
    attempted = open.attempt();
    tries.beginAfter(waits ? attempted : Math.max(0, attempted - 1));
    firstStartMillis = open.startMillis();
    startMillis = open.startMillis();
    deadlineMillis = open.deadlineMillis();
    placed = open.member();
    heed(open);
  }

  /** Looks for what users and services have left in the record; answers whether there is news. */
  boolean heed(OpenRun open) {
    switch (open.state()) {
      case WAITING, STARTED, ACCEPTED -> failureHeeded = false;
      case KILLED -> {
        if (killAs == null) {
          killAs = RunOutcome.KILLED;
          return true;
        }
      }
      case CONFIRMED -> {
        if (verdict == Verdict.NONE) {
          verdict = Verdict.SUCCESS;
          note = open.note();
          return true;
        }
      }
      case FAILED -> {
        if (verdict == Verdict.NONE && !failureHeeded) {
          verdict = Verdict.FAILURE;
          note = open.note();
          return true;
        }
      }
    }
    return false;
  }

  /** How the record shall know it, so that a next owner neither loses nor doubles it. */
  OpenRun asOpen() {
    int made = attempted;
    boolean accepted = state == State.ACCEPTED;
    boolean mayHaveArrived =
        accepted
            || rejoins
            || (state == State.OFFERED && made == attempt)
            || (atMostOnce() && !needsDecision);
    return new OpenRun(
        number,
        scheduledMillis,
        dueMillis,
        mayHaveArrived ? Math.max(1, made) : Math.max(unstarted, Math.min(made, attempt - 1)),
        accepted
            ? OpenRun.State.ACCEPTED
            : mayHaveArrived ? OpenRun.State.STARTED : OpenRun.State.WAITING,
        firstStartMillis,
        accepted ? deadlineMillis : 0,
        mayHaveArrived ? placed : null,
        arg);
  }

  /** Whether its attempt has started, and neither its end nor the service's word is known. */
  boolean callsNow() {
    boolean started = state == State.OFFERED && attempted == attempt;
    return (started || state == State.ACCEPTED) && !ending();
  }

  // What follows is called on event loops, without a lock.

  @Override
  public void placed(String member) {
    placed = member;
  }

  /** An attempt is offered: it may not start yet, and the targets will say where it is placed. */
  void offered(long nowMillis) {
    offeredMillis = nowMillis;
    beforeYes = null;
    if (!rejoins) {
      placed = null;
    }
  }

  /** Where its attempt was placed by the targets; null for nowhere in particular. */
  @Nullable String placed() {
    return placed;
  }

  @Override
  public boolean mayStart() {
    if (cancelled || barred || stale || home.draining()) {
      return false;
    }
    if (killAs != null || verdict != Verdict.NONE || lacksMutex()) {
      return false;
    }
    Grant grant = home.grant();
    if (grant == null || grant.epoch() != epoch) {
      return false;
    }
    long nowMillis = home.nowMillis();
    if (nowMillis < dueMillis || timedOutAt(nowMillis)) {
      return false;
    }
    beforeYes =
        attempted == 0 && firstStartMillis == 0
            ? Before.NOTHING
            : new Before(attempted, startMillis, firstStartMillis, token);
    token = grant.fencingToken();
    grantedUntilNanos = grant.expiresNanos();
    startMillis = nowMillis;
    if (firstStartMillis == 0) {
      firstStartMillis = nowMillis;
    }
    attempted = attempt;
    home.events().started(nowMillis - dueMillis);
    if (target() instanceof Target.Shell || placed != null) {
      // It may go on when this owner is gone: the next one must find it in the record.
      home.signal(new Signal(home, of, this, Signal.Kind.STARTED, null), true);
    }
    return true;
  }

  @Override
  public long leftNanos() {
    return grantedUntilNanos - home.nanoTime();
  }

  /** Whether its task names a mutex that it does not hold; any thread. */
  boolean lacksMutex() {
    MutexClaim mine = claim;
    return task.policy().mutex() != null && (mine == null || !mine.held());
  }

  @Override
  public void ended(Outcome ended) {
    outcome = ended;
    underWay = false;
    if (cancelled) {
      home.releaseMutex(this);
    }
    if (ended.success() && !cancelled) {
      end(timedOutAt(home.nowMillis()) ? RunOutcome.TIMEOUT : RunOutcome.SUCCESS, home.nowMillis());
      home.write(this);
    } else {
      home.signal(new Signal(home, of, this, Signal.Kind.ENDED, null), !cancelled);
    }
  }

  /** The grid's answer to {@link #finish}, on any thread. */
  @Override
  public void accept(Change.@Nullable Applied answer, @Nullable Throwable failure) {
    applied = answer;
    LastRun known = end;
    // A repeated write finds done what the first one did though nobody said so.
    if (known != null
        && (answer instanceof Change.Applied.Stored || (answer != null && writtenAgain))) {
      LastRun written = verdict == Verdict.SUCCESS ? known.confirmed() : known;
      home.log(task, RunRecords.ended(this, written, home.member()));
    }
    Signal.Kind kind = failure == null ? Signal.Kind.FINISHED : Signal.Kind.FINISH_FAILED;
    home.signal(
        new Signal(home, of, this, kind, null),
        failure != null || claim != null || somethingMayWait());
  }

  /** Whether an instant or another run may wait for this one to end. */
  private boolean somethingMayWait() {
    return of.held || (of.several && task.policy().overlap() != Policy.Overlap.ALLOW);
  }

  /** The first instant that lies beyond the timeout of the whole run. */
  long timeoutMillis() {
    Duration timeout = task.policy().timeout();
    return timeout == null || firstStartMillis == 0
        ? Progress.NEVER
        : firstStartMillis + timeout.toMillis() + 1;
  }

  boolean timedOutAt(long nowMillis) {
    return nowMillis >= timeoutMillis();
  }

  @Nullable String note() {
    return note;
  }

  /**
   * An attempt that was allowed to start was withdrawn, and nothing of it was sent: it has not
   * started. Answers false, and does nothing, when it was never allowed to.
   */
  boolean takeBackStart() {
    Before before = beforeYes;
    if (before == null) {
      return false;
    }
    beforeYes = null;
    attempted = before.attempted();
    startMillis = before.startMillis();
    firstStartMillis = before.firstStartMillis();
    token = before.token();
    return true;
  }

  /**
   * The next try has another number: of this one the record says that it has started, or a kill is
   * on its way.
   */
  void leaveNumber() {
    unstarted = attempt;
    attempt = unstarted + 1;
    lost++;
  }

  /**
   * A try that failed before anything could be sent is one too: it began when it was offered. What
   * has started already keeps its start, if that is known.
   */
  void failedUnsent() {
    if (attempted < attempt || startMillis == 0) {
      attempted = attempt;
      startMillis = offeredMillis;
      if (firstStartMillis == 0) {
        firstStartMillis = offeredMillis;
      }
    }
  }

  /** Settles how it ended; {@link #finish} tells the record. */
  void end(RunOutcome how, long nowMillis) {
    long started = firstStartMillis;
    boolean replayable = how.delivered() && how != RunOutcome.SUCCESS;
    end =
        new LastRun(
            number,
            scheduledMillis,
            dueMillis,
            started == 0 ? nowMillis : started,
            nowMillis,
            how,
            attempted,
            RunRecords.status(outcome),
            replayable ? arg : null);
    home.events().ended(how, started == 0 ? 0 : nowMillis - started);
  }

  RunChange.Finish finish() {
    LastRun known = end;
    if (known == null) {
      throw new IllegalStateException("run " + number + " of " + of.id + " has not ended");
    }
    int counted = timelineVersion;
    Timeline times = timeline;
    boolean fromEnd = times.countsFromEnd();
    long next = fromEnd ? times.nextAfterRun(known.endMillis()) : nextMillis;
    return new RunChange.Finish(of.generation, counted, known, next, fromEnd);
  }

  @Override
  public Target target() {
    return task.target();
  }

  @Override
  public @Nullable String arg() {
    return arg;
  }

  @Override
  public String taskId() {
    return of.id;
  }

  @Override
  public @Nullable String taskName() {
    return task.name();
  }

  @Override
  public Map<String, String> labels() {
    return task.labels();
  }

  @Override
  public long generation() {
    return of.generation;
  }

  @Override
  public long runNumber() {
    return number;
  }

  @Override
  public int number() {
    return attempt;
  }

  @Override
  public long dueMillis() {
    return dueMillis;
  }

  @Override
  public long startMillis() {
    return startMillis;
  }

  @Override
  public long fencingToken() {
    return token;
  }

  @Override
  public long mutexToken() {
    MutexClaim mine = claim;
    return mine == null ? NO_MUTEX : mine.token();
  }

  @Override
  public String traceparent() {
    return TraceIds.traceparent(seed(), attempt);
  }

  long seed() {
    return of.id.hashCode() * 31L + of.generation * 0x9E3779B97F4A7C15L + number;
  }
}
