package io.xcron.fire;

import io.xcron.target.Attempt;

/**
 * A run's wish for a mutex, from when it may start until it has ended. Made by the engine for
 * {@link Mutexes}, which settle it.
 */
public final class MutexClaim {
  private final String name;
  private final String task;
  private final long generation;
  private final long run;
  private final int partition;
  private final long epoch;
  private final Runnable told;
  private volatile long token = Attempt.NO_MUTEX;
  private volatile boolean answered;

  /**
   * @param run the number of the run, which together with its task and generation may take over
   *     what an earlier owner of the task held for it
   * @param partition that of the task, for which the owner has its grant
   * @param epoch of the grant under which the run is made
   * @param told run when the mutex is held; on any thread, must not block
   */
  public MutexClaim(
      String name,
      String task,
      long generation,
      long run,
      int partition,
      long epoch,
      Runnable told) {
    this.name = name;
    this.task = task;
    this.generation = generation;
    this.run = run;
    this.partition = partition;
    this.epoch = epoch;
    this.told = told;
  }

  /** The mutex. */
  public String name() {
    return name;
  }

  String task() {
    return task;
  }

  long generation() {
    return generation;
  }

  long run() {
    return run;
  }

  int partition() {
    return partition;
  }

  long epoch() {
    return epoch;
  }

  /** Greater than each token of the mutex before; {@link Attempt#NO_MUTEX} until it is held. */
  public long token() {
    return token;
  }

  /** Whether it is held, as far as the grant of the owner is valid. */
  public boolean held() {
    return token != Attempt.NO_MUTEX;
  }

  /** Whether it was found to be free or held by another, at least once. */
  boolean answered() {
    return answered;
  }

  /** It is held by another. */
  void refused() {
    answered = true;
  }

  /** It is held by this run; {@link #tell} follows. */
  void holds(long newToken) {
    token = newToken;
    answered = true;
  }

  /** Tells the run. */
  void tell() {
    told.run();
  }

  @Override
  public String toString() {
    return name + " for " + task + "/" + generation + "/" + run + " in epoch " + epoch;
  }
}
