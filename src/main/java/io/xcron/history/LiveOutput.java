package io.xcron.history;

import org.jspecify.annotations.Nullable;

/**
 * The output of runs that are under way on this member. Any thread may ask; no call blocks. What a
 * run has written is kept up to a bound of the implementation; older output then goes first, and
 * offsets stay counted from the run's beginning.
 */
public interface LiveOutput {
  /** Nothing is under way. */
  LiveOutput NONE = (taskId, number, offset) -> null;

  /**
   * What a run has written from an offset on.
   *
   * @param offset bytes from the run's beginning
   * @return null when no such run is under way here, or has just ended: its record then has the
   *     output
   */
  @Nullable Part read(String taskId, long number, long offset);

  /**
   * Text that was written.
   *
   * @param text whole characters; empty when nothing is new
   * @param nextOffset where the next part begins
   */
  record Part(String text, long nextOffset) {}
}
