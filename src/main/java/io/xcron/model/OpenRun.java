package io.xcron.model;

import org.jspecify.annotations.Nullable;

/**
 * A run that has its number and has not ended, written down so that whoever owns the task next goes
 * on with it.
 *
 * @param scheduledMillis the nominal instant; for a manual run the instant of its acceptance
 * @param dueMillis the instant with jitter
 * @param attempt the number of the attempt that was started last; 0 before the first
 * @param startMillis when the first attempt started; 0 before it
 * @param deadlineMillis by when an accepted run must be confirmed; 0 for none
 * @param member where it runs; null when anywhere
 * @param arg what a manual run was given; null for none
 */
public record OpenRun(
    long number,
    long scheduledMillis,
    long dueMillis,
    int attempt,
    State state,
    long startMillis,
    long deadlineMillis,
    @Nullable String member,
    @Nullable String arg) {

  /** The most a task may have: beyond that a fire waits until one has ended. */
  public static final int MAX_PER_TASK = 64;

  /** Where a run stands. Stored by {@link #code()}. */
  public enum State {
    /** Its next attempt is still to start. */
    WAITING(1),
    /** An attempt was started and may have reached its target. */
    STARTED(2),
    /** A service took it and will confirm its end. */
    ACCEPTED(3);

    private final int code;

    State(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static State ofCode(int code) {
      for (State state : values()) {
        if (state.code == code) {
          return state;
        }
      }
      throw new IllegalArgumentException("no state of an open run has code " + code);
    }
  }

  void writeTo(ByteSink sink) {
    sink.putUnsigned(number);
    sink.putSigned(scheduledMillis);
    sink.putSigned(dueMillis - scheduledMillis);
    sink.putUnsigned(attempt);
    sink.putByte(state.code());
    sink.putSigned(startMillis);
    sink.putSigned(deadlineMillis);
    sink.putOptionalText(member);
    sink.putOptionalText(arg);
  }

  static OpenRun readFrom(ByteSource source) {
    long number = source.getUnsigned();
    long scheduled = source.getSigned();
    return new OpenRun(
        number,
        scheduled,
        scheduled + source.getSigned(),
        source.getCount(),
        State.ofCode(source.getByte()),
        source.getSigned(),
        source.getSigned(),
        source.getOptionalText(),
        source.getOptionalText());
  }
}
