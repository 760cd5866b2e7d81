package io.xcron.fire;

import org.jspecify.annotations.Nullable;

/**
 * Which runs of a partition have, or wait for, the mutex that their task names. A run claims it
 * when it could start, keeps it through its retries, and gives it back when its end is durable. One
 * that is paused between two attempts gives it back too, and waits for it anew.
 *
 * <p>Under the partition's lock, on the lane's thread, but for {@link #claim}, {@link #release} and
 * {@link #leave}.
 */
final class RunMutexes {
  /**
   * A claim of which nobody could say anything, because the store of mutexes does not answer, may
   * wait so much longer: also {@code mutex_wait} 0 means to ask once.
   */
  private static final long FIRST_ANSWER_MILLIS = 2_000;

  private static final long LOOK_AGAIN_MILLIS = 10;

  private final PartitionFires home;
  private final RunTimers timers;
  private final Mutexes mutexes;
  private final long openAfterMillis;

  RunMutexes(PartitionFires home, Surroundings around, RunTimers timers) {
    this.home = home;
    this.timers = timers;
    this.mutexes = around.mutexes();
    this.openAfterMillis = around.config().openAfter().toMillis();
  }

  /** Whether the run needs no mutex, or holds it; else it waits for it now. */
  boolean ready(Run run, long nowMillis) {
    MutexClaim claim = claim(run);
    if (claim == null || claim.held()) {
      return true;
    }
    run.state = Run.State.CLAIMING;
    if (run.claimedMillis == 0) {
      run.claimedMillis = nowMillis;
    }
    watch(run, nowMillis);
    return false;
  }

  /** The claim of the run, made now if there is none; null if its task names no mutex. */
  @Nullable MutexClaim claim(Run run) {
    String name = run.task.policy().mutex();
    MutexClaim claim = run.claim;
    if (claim != null && !claim.name().equals(name)) {
      release(run);
      claim = null;
    }
    if (claim == null && name != null) {
      claim =
          new MutexClaim(
              name,
              run.taskId(),
              run.generation(),
              run.number,
              home.partition(),
              run.epoch,
              () -> home.signal(new Signal(home, run.of, run, Signal.Kind.MUTEX_HELD, null), true));
      run.claim = claim;
      mutexes.want(claim);
    }
    return claim;
  }

  /** The run has ended, or must not have the mutex now. Any thread; nothing of it is under way. */
  void release(Run run) {
    MutexClaim claim = run.claim;
    if (claim != null) {
      run.claim = null;
      mutexes.release(claim);
    }
  }

  /** Ends the waiting of a run that ends without having started. */
  void stopWaiting(Run run) {
    MutexClaim claim = run.claim;
    if (claim != null && !claim.held()) {
      release(run);
    }
  }

  /** What goes on for the run belongs to another owner or epoch now. */
  void leave(Run run) {
    MutexClaim claim = run.claim;
    if (claim != null) {
      run.claim = null;
      mutexes.leave(claim);
    }
  }

  private static long deadlineMillis(Run run) {
    return run.claimedMillis + run.task.policy().mutexWait().toMillis();
  }

  private void watch(Run run, long nowMillis) {
    long at = deadlineMillis(run);
    if (!run.written && run.claimedMillis + openAfterMillis > nowMillis) {
      at = Math.min(at, run.claimedMillis + openAfterMillis);
    }
    timers.schedule(run, Math.max(at, nowMillis + LOOK_AGAIN_MILLIS));
  }

  /** Whether the run has waited as long as it may; if not, it goes on waiting. */
  boolean waitedEnough(Run run, long nowMillis) {
    MutexClaim claim = run.claim;
    long deadline = deadlineMillis(run);
    if (claim != null && !claim.answered()) {
      deadline += FIRST_ANSWER_MILLIS;
    }
    if (nowMillis < deadline) {
      watch(run, nowMillis);
      return false;
    }
    run.mutexMissed = true;
    return true;
  }

  /** Whether a run that waits should be written down, so that a next owner knows of it. */
  boolean shouldBeWritten(Run run, long nowMillis) {
    return !run.written && nowMillis - run.claimedMillis >= openAfterMillis;
  }
}
