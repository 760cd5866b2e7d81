package io.xcron;

/** Java code of the host that runs of a task call, see {@link Xcron#handler}. */
@FunctionalInterface
public interface XcronHandler {
  /**
   * One attempt of a run. Returning is success; what it throws is a failure, and the task's retry
   * policy decides whether it is called again.
   *
   * <p>Called on a virtual thread of its own. When the run is killed, its task deleted, or the time
   * of {@code policy.timeout} is over, the thread is interrupted; code that does not heed that is
   * left alone after five seconds, and takes one of the 256 places until it returns.
   *
   * <p>A run may be called again after a crash, on this member or another. Give {@link
   * XcronRun#idempotencyKey} to what must happen once, in the same transaction as the work itself.
   */
  void run(XcronRun run) throws Exception;
}
