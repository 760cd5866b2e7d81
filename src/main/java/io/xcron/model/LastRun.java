package io.xcron.model;

import org.jspecify.annotations.Nullable;

/**
 * The latest run that ended, as its task remembers it.
 *
 * @param scheduledMillis the nominal instant, without jitter
 * @param dueMillis the instant with jitter
 * @param attempts how many were made, those that could not be sent too; 0 when it was skipped
 * @param status of the last answer; 0 without one
 * @param arg what a manual run that failed was given, so that it can be replayed; null for none
 */
public record LastRun(
    long number,
    long scheduledMillis,
    long dueMillis,
    long startMillis,
    long endMillis,
    RunOutcome outcome,
    int attempts,
    int status,
    @Nullable String arg) {
  /** In the stored outcome: an argument follows. */
  private static final int WITH_ARG = 0x40;

  public LastRun(
      long number,
      long scheduledMillis,
      long dueMillis,
      long startMillis,
      long endMillis,
      RunOutcome outcome,
      int attempts,
      int status) {
    this(
        number,
        scheduledMillis,
        dueMillis,
        startMillis,
        endMillis,
        outcome,
        attempts,
        status,
        null);
  }

  /**
   * Whether the run was tried, be it that nothing could be sent: so it counts for the most runs
   * that a task may have. It may be killed before, or wait in vain for its mutex.
   */
  public boolean delivered() {
    boolean mayEndBefore = outcome == RunOutcome.KILLED || outcome == RunOutcome.TIMEOUT;
    return outcome.delivered() && (attempts > 0 || !mayEndBefore);
  }

  /** Whether it ended and did not succeed, so that it may be replayed. */
  public boolean failed() {
    return outcome.delivered() && outcome != RunOutcome.SUCCESS;
  }

  /**
   * The same, of a run that its service had confirmed before this end was written: what failed or
   * was unknown is a success then. What was killed or took too long stays so.
   */
  public LastRun confirmed() {
    return outcome == RunOutcome.UNKNOWN || outcome == RunOutcome.FAILURE
        ? new LastRun(
            number,
            scheduledMillis,
            dueMillis,
            startMillis,
            endMillis,
            RunOutcome.SUCCESS,
            attempts,
            status)
        : this;
  }

  void writeTo(ByteSink sink) {
    sink.putUnsigned(number);
    sink.putSigned(scheduledMillis);
    sink.putSigned(dueMillis - scheduledMillis);
    sink.putSigned(startMillis - scheduledMillis);
    sink.putSigned(endMillis - startMillis);
    sink.putByte(outcome.code() | (arg == null ? 0 : WITH_ARG));
    sink.putUnsigned(attempts);
    sink.putUnsigned(status);
    if (arg != null) {
      sink.putText(arg);
    }
  }

  static void skip(ByteSource source) {
    for (int i = 0; i < 5; i++) {
      source.getUnsigned();
    }
    int coded = source.getByte();
    source.getUnsigned();
    source.getUnsigned();
    if ((coded & WITH_ARG) != 0) {
      source.skipText();
    }
  }

  static LastRun readFrom(ByteSource source) {
    long number = source.getUnsigned();
    long scheduled = source.getSigned();
    long due = scheduled + source.getSigned();
    long start = scheduled + source.getSigned();
    long end = start + source.getSigned();
    int outcome = source.getByte();
    return new LastRun(
        number,
        scheduled,
        due,
        start,
        end,
        RunOutcome.ofCode(outcome & ~WITH_ARG),
        source.getCount(),
        source.getCount(),
        (outcome & WITH_ARG) == 0 ? null : source.getText());
  }
}
