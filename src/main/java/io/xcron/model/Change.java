package io.xcron.model;

import org.jspecify.annotations.Nullable;

/**
 * One write to one task: a pure function from the record that is there to the record that shall be
 * there.
 *
 * <p>The holder of the partition's grant applies it, on the partition's thread, once. Runs that
 * have started and are not written yet are handed in, and every change that keeps the task writes
 * them down as open: so a number never comes to mean two instants, whatever is changed while a run
 * goes on.
 */
public sealed interface Change permits TaskChange, RunChange, ChainChange {

  /** A version that fits any. */
  int ANY_VERSION = -1;

  /**
   * A run that has started under number {@code decidedNumber + 1} and is not written yet; a task
   * has at most one.
   *
   * @param nextMillis the instant after it
   */
  record Unwritten(OpenRun run, long nextMillis) {}

  /** What the grid gives each write. */
  record Stamp(long epoch, long sequence, long nowMillis, long generation) {

    /** The task that is there goes on so, by the write of this stamp. */
    Applied stored(TaskRecord current, Progress progress) {
      return new Applied.Stored(current.with(progress).stamped(epoch, sequence), false);
    }
  }

  /** What a change came to. */
  sealed interface Applied {
    /** This record is to be stored. */
    record Stored(TaskRecord record, boolean created) implements Applied {}

    /** The record is to be removed. */
    record Removed(TaskRecord last) implements Applied {}

    /** Nothing is to be written; the record, if any, stays. */
    record Unchanged(@Nullable TaskRecord record) implements Applied {}

    /** The change does not fit what is there. */
    record Refused(Refusal reason) implements Applied {}
  }

  /** Why a change does not fit. */
  enum Refusal {
    /** No task has this id. */
    NOT_FOUND,
    /** A task has this id already. */
    EXISTS,
    /** The task has another version than the caller expects. */
    STALE_VERSION,
    /** The task has as many open runs as one may have. */
    TOO_MANY_RUNS,
    /** The run of this number is not the task's last one, or has not failed. */
    NOT_FAILED,
    /** The idempotency key was used with another body. */
    IDEMPOTENCY_MISMATCH,
    /** The task that it shall run after does not exist. */
    NO_PREDECESSOR,
    /** As many tasks as may run after another do so already. */
    TOO_MANY_FOLLOWERS,
    /** The tasks that it would run after lead back to it, or are too many in a row. */
    CHAIN_TOO_LONG,
    /** The task does not run after the one that says so. */
    NOT_FOLLOWING
  }

  Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp);

  /**
   * Whether runs that the record holds as waiting, and that have started since, are to be handed to
   * it as started: see {@link TaskRecord#withStarted}.
   */
  default boolean tellsWhatHasStarted() {
    return false;
  }

  /** Whether the write adds to what is stored, and so is refused first when room runs short. */
  default boolean needsRoom() {
    return this instanceof TaskChange.Create || this instanceof TaskChange.Replace;
  }
}
