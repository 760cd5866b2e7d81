package io.xcron.fire;

/**
 * Who holds which mutex: of all runs of the cluster that name the same one, at most one at a time.
 *
 * <p>A claim is made once, before the first attempt of its run, and waits in the order of this
 * member's claims until it is held. Any thread may call, also with a partition's lock held; no call
 * blocks. A hold counts only together with the grant of the run's partition, which the run asks for
 * right before each attempt: nobody else gets the mutex before that grant has surely run out.
 */
public interface Mutexes {
  /**
   * Wants the mutex from now on; the claim is told when it is held, perhaps before this returns.
   */
  void want(MutexClaim claim);

  /**
   * The run has ended, or no longer wants the mutex, and nothing of it is under way. A second call
   * does nothing.
   */
  void release(MutexClaim claim);

  /**
   * The partition belongs to another owner, or another epoch, now. A claim that waits goes; a mutex
   * that is held stays with the run, for the owner that goes on with it.
   */
  void leave(MutexClaim claim);
}
