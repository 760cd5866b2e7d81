package io.xcron.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What has happened to a task so far.
 *
 * <p>The run numbers up to {@code decidedNumber} have their meaning for ever: each has ended, or is
 * among {@code openRuns}. The instant {@code nextMillis} will take number {@code decidedNumber +
 * 1}; a fire that was started and is not written yet has exactly that number, so a crash repeats it
 * under the same one.
 *
 * @param decidedMillis the nominal instant of the last decided fire; 0 before the first
 * @param nextMillis the first nominal instant that is not decided; {@link #NEVER} when there is
 *     none
 * @param delivered how many runs were tried and have ended, see {@link LastRun#delivered}
 * @param finishedMillis when the task came to its end other than by the end of a run; 0 otherwise
 * @param chain what binds it to tasks that run after one another
 */
public record Progress(
    Phase phase,
    boolean paused,
    long decidedNumber,
    long decidedMillis,
    long nextMillis,
    long delivered,
    @Nullable LastRun lastRun,
    List<OpenRun> openRuns,
    long finishedMillis,
    Chain chain) {

  /** An instant that does not come. */
  public static final long NEVER = Long.MAX_VALUE;

  /** The next instant of a task that lives and has none: another task's end makes it run. */
  public static final long UNTIL_TOLD = NEVER - 1;

  public Progress {
    openRuns = List.copyOf(openRuns);
  }

  public Progress(
      Phase phase,
      boolean paused,
      long decidedNumber,
      long decidedMillis,
      long nextMillis,
      long delivered,
      @Nullable LastRun lastRun,
      List<OpenRun> openRuns) {
    this(
        phase,
        paused,
        decidedNumber,
        decidedMillis,
        nextMillis,
        delivered,
        lastRun,
        openRuns,
        0,
        Chain.NONE);
  }

  /** When a task that does not fire any more came to its end; 0 for a long time ago. */
  long endedMillis() {
    LastRun last = lastRun;
    return Math.max(finishedMillis, last == null ? 0 : last.endMillis());
  }

  /** As finished at this instant, if it has just come to its end. */
  Progress finishedBy(Progress before, long nowMillis) {
    if (phase == Phase.ACTIVE || before.phase != Phase.ACTIVE) {
      return this;
    }
    return copy(phase, paused, nextMillis, nowMillis, chain);
  }

  /** Where a task's life stands. Stored by {@link #code()}. */
  public enum Phase {
    /** It fires. */
    ACTIVE(0),
    /** It has no further fire. */
    FINISHED(1),
    /** The last attempt of its only fire failed. */
    DEAD(2);

    private final int code;

    Phase(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }

    static Phase ofCode(int code) {
      return switch (code) {
        case 0 -> ACTIVE;
        case 1 -> FINISHED;
        case 2 -> DEAD;
        default -> throw new IllegalArgumentException("no phase has code " + code);
      };
    }
  }

  static Progress beginning(long nextMillis) {
    return new Progress(
        nextMillis == NEVER ? Phase.FINISHED : Phase.ACTIVE,
        false,
        0,
        0,
        nextMillis,
        0,
        null,
        List.of());
  }

  public @Nullable OpenRun openRun(long number) {
    for (OpenRun run : openRuns) {
      if (run.number() == number) {
        return run;
      }
    }
    return null;
  }

  List<OpenRun> openRunsWithout(long number) {
    if (openRuns.isEmpty()) {
      return openRuns;
    }
    List<OpenRun> others = new ArrayList<>(openRuns);
    others.removeIf(run -> run.number() == number);
    return others;
  }

  /**
   * With these runs written down: those whose number is known replace their entry, others decide
   * their number.
   */
  Progress withOpenRuns(List<OpenRun> runs) {
    if (runs.isEmpty()) {
      return this;
    }
    List<OpenRun> merged = new ArrayList<>(openRuns);
    long number = decidedNumber;
    long millis = decidedMillis;
    for (OpenRun run : runs) {
      merged.removeIf(known -> known.number() == run.number());
      merged.add(run);
      if (run.number() > number) {
        number = run.number();
        millis = run.scheduledMillis();
      }
    }
    return new Progress(
        phase,
        paused,
        number,
        millis,
        nextMillis,
        delivered,
        lastRun,
        merged,
        finishedMillis,
        chain);
  }

  /** With a started run written down, and the instant after it as the next. */
  Progress with(Change.@Nullable Unwritten unwritten) {
    if (unwritten == null) {
      return this;
    }
    return withOpenRuns(List.of(unwritten.run())).withNext(phase, unwritten.nextMillis());
  }

  /** With a run that has ended open once more; it is not counted twice. */
  Progress replaying(OpenRun again) {
    List<OpenRun> more = new ArrayList<>(openRuns);
    more.add(again);
    LastRun last = lastRun;
    boolean counted = last != null && last.delivered();
    return new Progress(
        phase == Phase.DEAD ? Phase.ACTIVE : phase,
        paused,
        decidedNumber,
        decidedMillis,
        nextMillis,
        counted ? Math.max(0, delivered - 1) : delivered,
        last,
        more,
        finishedMillis,
        chain);
  }

  Progress withPaused(boolean nowPaused, long next) {
    return copy(phase, nowPaused, next, finishedMillis, chain);
  }

  Progress withNext(Phase nowPhase, long next) {
    boolean stillOver = phase != Phase.ACTIVE && nowPhase != Phase.ACTIVE;
    return copy(nowPhase, paused, next, stillOver ? finishedMillis : 0, chain);
  }

  Progress withChain(Chain other) {
    return copy(phase, paused, nextMillis, finishedMillis, other);
  }

  /** With the same runs, past and open. */
  private Progress copy(
      Phase phase, boolean paused, long nextMillis, long finishedMillis, Chain chain) {
    return new Progress(
        phase,
        paused,
        decidedNumber,
        decidedMillis,
        nextMillis,
        delivered,
        lastRun,
        openRuns,
        finishedMillis,
        chain);
  }
}
