package io.xcron.fire;

import org.jspecify.annotations.Nullable;

/**
 * What another thread leaves for a lane.
 *
 * @param next the signal left before this one; makes the lane's inbox a stack without a lock
 */
record Signal(
    PartitionFires home, TaskRuns task, @Nullable Run run, Kind kind, @Nullable Signal next) {
  enum Kind {
    /** An attempt of the run ended, and not with a success. */
    ENDED,
    /** An attempt of the run has started that must be written down at once. */
    STARTED,
    /** The run holds its mutex. */
    MUTEX_HELD,
    /** The write of the run's end is durable. */
    FINISHED,
    /** The write of the run's end failed, or nobody knows. */
    FINISH_FAILED,
    /** The write of a decision is durable. */
    DECIDED,
    /** The write of a decision failed, or nobody knows. */
    DECIDE_FAILED,
    /** The grid has answered a write of the task's {@link Telling}. */
    TOLD,
    /** A user's change may let runs of the task go on. */
    CHANGED
  }

  Signal after(@Nullable Signal earlier) {
    return new Signal(home, task, run, kind, earlier);
  }
}
