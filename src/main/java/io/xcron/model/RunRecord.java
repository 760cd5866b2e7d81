package io.xcron.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of a run that has ended, or of an instant that was let go.
 *
 * @param scheduledMillis the nominal instant, without jitter
 * @param dueMillis the instant with jitter
 * @param startMillis when the first attempt started; {@code endMillis} without one
 * @param late whether the first attempt started more than the policy's {@code misfire_after} late
 * @param attempts the tries, oldest first; at most {@link #MAX_ATTEMPTS}, the newest are kept
 * @param member the address of the member that ran it
 * @param token the fencing token of the last attempt that could be sent; 0 without one
 * @param output the answer of the service or the output of the command, bounded; null for none
 * @param detail why, in words, when nothing was called: the policy that let it go; null otherwise
 * @param host what was called, or would have been, as {@link Target#host} says; empty if it is not
 *     known, as in what was read over HTTP
 */
public record RunRecord(
    String taskId,
    long generation,
    long number,
    long scheduledMillis,
    long dueMillis,
    long startMillis,
    long endMillis,
    RunOutcome outcome,
    boolean late,
    List<Try> attempts,
    String member,
    long token,
    @Nullable String output,
    @Nullable String detail,
    String host) {
  public static final int MAX_ATTEMPTS = 16;

  /** A record that does not say what was called. */
  public RunRecord(
      String taskId,
      long generation,
      long number,
      long scheduledMillis,
      long dueMillis,
      long startMillis,
      long endMillis,
      RunOutcome outcome,
      boolean late,
      List<Try> attempts,
      String member,
      long token,
      @Nullable String output,
      @Nullable String detail) {
    this(
        taskId,
        generation,
        number,
        scheduledMillis,
        dueMillis,
        startMillis,
        endMillis,
        outcome,
        late,
        attempts,
        member,
        token,
        output,
        detail,
        "");
  }

  public RunRecord {
    attempts = List.copyOf(attempts);
  }

  /**
   * One attempt.
   *
   * @param status of the answer, or the exit status; 0 without one
   * @param error what went wrong; null for nothing
   */
  public record Try(
      int number,
      long startMillis,
      long endMillis,
      String member,
      int status,
      @Nullable String error) {}
}
