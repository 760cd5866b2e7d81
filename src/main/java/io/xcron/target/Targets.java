package io.xcron.target;

/**
 * What runs attempts. The fire engine calls it; a simulator replaces it.
 *
 * <p>Nothing here is durable: an attempt that is under way when the process dies has no outcome.
 */
public interface Targets extends AutoCloseable {
  /**
   * Starts one attempt. Never blocks, may be called by any thread, and answers before the attempt
   * has ended.
   *
   * @return false when the bounded queue of that host, or of all hosts together, is full or this is
   *     closed: nothing was started, {@link Attempt#ended} is not called, and the caller offers the
   *     attempt again later. True: {@code ended} is called exactly once
   */
  boolean start(Attempt attempt);

  /**
   * Hears again what becomes of an attempt that another owner of the task, or this one in an
   * earlier epoch, has started on a member, and that may still run there. {@link Attempt#mayStart}
   * is not asked; {@link Attempt#ended} is told as for any attempt, with {@link Outcome.Broken}
   * when the member is gone or knows nothing of it. Never blocks.
   *
   * @param member what {@link Attempt#placed} had said
   * @return false when targets of this kind cannot be heard again: the attempt is then repeated
   */
  default boolean rejoin(Attempt attempt, String member) {
    return false;
  }

  /**
   * Ends an attempt that was accepted and has not ended, by force: its {@link Attempt#ended} is
   * called soon, with {@link Outcome.Killed} if it had started, with {@link Outcome.Withdrawn} if
   * it had not. Nothing happens to one that has ended. Never blocks, may be called by any thread.
   */
  void kill(Attempt attempt);

  /**
   * Stops at once and drains nothing: attempts that wait end as {@link Outcome.Withdrawn}, attempts
   * whose bytes are out as {@link Outcome.Broken}. Returns when each has been told.
   */
  @Override
  void close();
}
