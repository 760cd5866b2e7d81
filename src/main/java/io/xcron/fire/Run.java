package io.xcron.fire;

import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.RunOutcome;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.schedule.Timeline;
import io.xcron.target.Attempt;
import io.xcron.target.Outcome;
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
    /** With the targets: in their queue, or called. */
    OFFERED,
    /** Waits for the time of its next attempt. */
    RETRYING,
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

  /** The definition; changed by the lane only, and never while the run is with the targets. */
  volatile Task task;

  private volatile int version;
  private volatile Timeline timeline;

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

  /** The latest try that may have sent something. */
  volatile int attempted;

  int refusals;
  int writeFailures;

  volatile long firstStartMillis;
  volatile long startMillis;
  volatile long token;

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
    this.barred = of.barred;
  }

  void redefine() {
    task = of.task;
    version = of.version;
    timeline = of.timeline;
    stale = false;
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

  /** How the record shall know it, so that a next owner neither loses nor doubles it. */
  OpenRun asOpen() {
    int made = attempted;
    boolean mayHaveArrived =
        (state == State.OFFERED && made == attempt) || (atMostOnce() && !needsDecision);
    return new OpenRun(
        number,
        scheduledMillis,
        dueMillis,
        mayHaveArrived ? Math.max(1, made) : Math.min(made, attempt - 1),
        mayHaveArrived ? OpenRun.State.STARTED : OpenRun.State.WAITING,
        firstStartMillis,
        0,
        null,
        arg);
  }

  // What follows is called on event loops, without a lock.

  @Override
  public boolean mayStart() {
    if (cancelled || barred || stale || home.draining()) {
      return false;
    }
    Grant grant = home.grant();
    if (grant == null || grant.epoch() != epoch) {
      return false;
    }
    long nowMillis = home.nowMillis();
    if (nowMillis < dueMillis) {
      return false;
    }
    token = grant.fencingToken();
    startMillis = nowMillis;
    if (firstStartMillis == 0) {
      firstStartMillis = nowMillis;
    }
    attempted = attempt;
    home.events().started(nowMillis - dueMillis);
    return true;
  }

  @Override
  public void ended(Outcome ended) {
    outcome = ended;
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
    Signal.Kind kind = failure == null ? Signal.Kind.FINISHED : Signal.Kind.FINISH_FAILED;
    home.signal(new Signal(home, of, this, kind, null), failure != null || of.held);
  }

  boolean timedOutAt(long nowMillis) {
    return task.policy().timeout() != null
        && firstStartMillis != 0
        && nowMillis - firstStartMillis > task.policy().timeout().toMillis();
  }

  /** Settles how it ended; {@link #finish} tells the record. */
  void end(RunOutcome how, long nowMillis) {
    long started = firstStartMillis;
    int status = outcome instanceof Outcome.Answered answered ? answered.status() : 0;
    end =
        new LastRun(
            number,
            scheduledMillis,
            dueMillis,
            started == 0 ? nowMillis : started,
            nowMillis,
            how,
            attempted,
            status);
    home.events().ended(how, started == 0 ? 0 : nowMillis - started);
  }

  Change.Finish finish() {
    LastRun known = end;
    if (known == null) {
      throw new IllegalStateException("run " + number + " of " + of.id + " has not ended");
    }
    boolean fromEnd = timeline.countsFromEnd();
    long next = fromEnd ? timeline.nextAfterRun(known.endMillis()) : nextMillis;
    return new Change.Finish(of.generation, version, known, next, fromEnd);
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
    return NO_MUTEX;
  }

  @Override
  public String traceparent() {
    return TraceIds.traceparent(seed(), attempt);
  }

  long seed() {
    return of.id.hashCode() * 31L + of.generation * 0x9E3779B97F4A7C15L + number;
  }
}
