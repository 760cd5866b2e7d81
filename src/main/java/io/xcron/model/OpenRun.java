package io.xcron.model;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A run that has its number and has not ended, written down so that whoever owns the task next goes
 * on with it.
 *
 * @param scheduledMillis the nominal instant; for a manual run the instant of its acceptance
 * @param dueMillis the instant with jitter
 * @param attempt the number of the attempt that was made last; 0 before the first
 * @param startMillis when the first attempt started; 0 before it
 * @param deadlineMillis by when an accepted run must be confirmed; 0 for none
 * @param member where it runs; null when anywhere
 * @param arg what a manual run was given; null for none
 * @param note what the confirmation of its end said; null for nothing
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
    @Nullable String arg,
    @Nullable String note) {

  /** The most a task may have: beyond that a fire waits until one has ended. */
  public static final int MAX_PER_TASK = 64;

  /**
   * The most that {@code arg} and {@code note} may have together, in UTF-8: so many that the open
   * runs of a task fit its record. A longer note is cut, a longer argument refused at the door.
   */
  public static final int MAX_TEXT_BYTES = 896;

  /** In the stored state: a note follows. */
  private static final int NOTED = 0x40;

  public OpenRun(
      long number,
      long scheduledMillis,
      long dueMillis,
      int attempt,
      State state,
      long startMillis,
      long deadlineMillis,
      @Nullable String member,
      @Nullable String arg) {
    this(
        number,
        scheduledMillis,
        dueMillis,
        attempt,
        state,
        startMillis,
        deadlineMillis,
        member,
        arg,
        null);
  }

  /** Where a run stands. Stored by {@link #code()}. */
  public enum State {
    /** Its next attempt is still to start. */
    WAITING(1),
    /** An attempt was started and may have reached its target. */
    STARTED(2),
    /** A service took it and will confirm its end. */
    ACCEPTED(3),
    /** A user has killed it: it ends as soon as what is under way of it has ended. */
    KILLED(4),
    /** It was confirmed as a success: only its end is still to be written. */
    CONFIRMED(5),
    /** It was confirmed as a failure: it is tried again, or ends, as the policy says. */
    FAILED(6);

    private static final State[] ALL = values(); // which makes an array at each call

    private final int code;

    State(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static State ofCode(int code) {
      for (State state : ALL) {
        if (state.code == code) {
          return state;
        }
      }
      throw new IllegalArgumentException("no state of an open run has code " + code);
    }
  }

  /** With a mark that users and services leave for whoever owns the task. */
  OpenRun marked(State mark, @Nullable String said) {
    String keptArg = mark == State.CONFIRMED ? null : arg;
    int room = MAX_TEXT_BYTES - (keptArg == null ? 0 : utf8(keptArg).length);
    return new OpenRun(
        number,
        scheduledMillis,
        dueMillis,
        attempt,
        mark,
        startMillis,
        deadlineMillis,
        member,
        keptArg,
        said == null || said.isEmpty() ? null : cut(said, room));
  }

  /** Whether what the engine has to say of the run takes the place of what is known of it. */
  public boolean yieldsTo(OpenRun newer) {
    return switch (state) {
      // A former owner's word may come late, and must not undo a start that is written down.
      case WAITING, STARTED, ACCEPTED -> newer.progress() >= progress();
      case KILLED, CONFIRMED -> newer.state == state;
      // The engine has heard of the failure when it waits for the next attempt, or makes it.
      case FAILED ->
          newer.attempt > attempt
              || (newer.state == State.WAITING && newer.attempt >= Math.max(1, attempt));
    };
  }

  /** Grows with each attempt: from its start to its acceptance, and to the wait for the next. */
  private long progress() {
    int stage =
        switch (state) {
          case STARTED -> 0;
          case ACCEPTED -> 1;
          case WAITING -> 2;
          case KILLED, CONFIRMED, FAILED -> 3;
        };
    return 4L * attempt + stage;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static @Nullable String cut(String text, int bytes) {
    if (text.length() * 3 <= bytes) {
      return text;
    }
    byte[] all = utf8(text);
    int end = Math.min(all.length, Math.max(0, bytes));
    while (end < all.length && end > 0 && (all[end] & 0xC0) == 0x80) {
      end--;
    }
    return end == 0 ? null : new String(all, 0, end, StandardCharsets.UTF_8);
  }

  void writeTo(ByteSink sink) {
    sink.putUnsigned(number);
    sink.putSigned(scheduledMillis);
    sink.putSigned(dueMillis - scheduledMillis);
    sink.putUnsigned(attempt);
    sink.putByte(state.code() | (note == null ? 0 : NOTED));
    sink.putSigned(startMillis);
    sink.putSigned(deadlineMillis);
    sink.putOptionalText(member);
    sink.putOptionalText(arg);
    if (note != null) {
      sink.putText(note);
    }
  }

  static OpenRun readFrom(ByteSource source) {
    long number = source.getUnsigned();
    long scheduled = source.getSigned();
    long due = scheduled + source.getSigned();
    int attempt = source.getCount();
    int state = source.getByte();
    return new OpenRun(
        number,
        scheduled,
        due,
        attempt,
        State.ofCode(state & ~NOTED),
        source.getSigned(),
        source.getSigned(),
        source.getOptionalText(),
        source.getOptionalText(),
        (state & NOTED) == 0 ? null : source.getText());
  }
}
