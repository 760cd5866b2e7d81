package io.xcron.fire;

import io.xcron.model.RunOutcome;

/**
 * What the engine counts. Called at every fire, by lanes and event loops at once: an implementation
 * must be thread-safe, cheap, and must not throw.
 */
public interface FireEvents {
  FireEvents NONE = new FireEvents() {};

  /**
   * An attempt's bytes may go out, this long after its run was due; retries count from there too.
   */
  default void started(long lagMillis) {}

  /** A run has ended, this long after its first attempt started; 0 without one. */
  default void ended(RunOutcome outcome, long durationMillis) {}

  /** A failed attempt is tried again. */
  default void retried() {}

  /** The overlap policy lets an instant go. */
  default void skipped() {}

  /** The misfire policy lets so many instants go. */
  default void misfired(long instants) {}

  /**
   * An attempt was refused right before its start: no grant, paused, deleted, or draining. Or the
   * grant was over before anything of it was sent; {@link #started} has counted it then, and counts
   * it once more when it starts.
   */
  default void withdrawn() {}
}
