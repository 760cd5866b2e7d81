package io.xcron.model;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A change of the task's runs: of what is open, what has ended, and which numbers are decided. None
 * of them changes the definition.
 *
 * <p>{@link Run}, {@link Kill}, {@link Confirm} and {@link Replay} are what users and services say;
 * {@link Decide} and {@link Finish} are the engine's own.
 */
public sealed interface RunChange extends Change {

  /**
   * A run by hand: it takes the next number now, and the instants that follow count on from there.
   *
   * @param arg what the caller gives along; null for nothing
   */
  record Run(@Nullable String arg) implements RunChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      Progress progress = current.progress().with(unwritten);
      if (progress.openRuns().size() >= OpenRun.MAX_PER_TASK) {
        return new Applied.Refused(Refusal.TOO_MANY_RUNS);
      }
      long now = stamp.nowMillis();
      OpenRun run =
          new OpenRun(
              progress.decidedNumber() + 1, now, now, 0, OpenRun.State.WAITING, 0, 0, null, arg);
      return stamp.stored(current, progress.withOpenRuns(List.of(run)));
    }
  }

  /**
   * All runs of the task that have not ended are to end now, those that wait for a retry or their
   * turn too. They are marked, and go on counting as running until what is under way of them has
   * ended.
   */
  record Kill() implements RunChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      Progress progress = current.progress().with(unwritten);
      List<OpenRun> marked =
          progress.openRuns().stream()
              .filter(run -> run.state() != OpenRun.State.KILLED)
              .map(run -> run.marked(OpenRun.State.KILLED, null))
              .toList();
      return marked.isEmpty()
          ? new Applied.Unchanged(current)
          : stamp.stored(current, progress.withOpenRuns(marked));
    }

    /** How many runs are being killed, by what a kill came to. */
    public static int count(Applied applied) {
      TaskRecord record =
          switch (applied) {
            case Applied.Stored stored -> stored.record();
            case Applied.Unchanged unchanged -> unchanged.record();
            case Applied.Removed removed -> null;
            case Applied.Refused refused -> null;
          };
      return record == null
          ? 0
          : (int)
              record.progress().openRuns().stream()
                  .filter(run -> run.state() == OpenRun.State.KILLED)
                  .count();
    }
  }

  /**
   * A service says how a run has ended. One that is not open, or whose end is known, is left as it
   * is; the answer is then {@link Applied.Unchanged}. It may come before the service's acceptance
   * was written, or even heard.
   *
   * @param number of the run; {@link #OPEN_ONE} for the oldest accepted one, or the oldest started
   *     one when none is accepted yet
   * @param extra what the service says; kept in the run's record as far as {@link
   *     OpenRun#MAX_TEXT_BYTES} allows; null for nothing
   */
  record Confirm(long number, boolean success, @Nullable String extra) implements RunChange {
    public static final long OPEN_ONE = -1;

    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      Progress before = current.progress();
      Progress progress = before.with(unwritten);
      OpenRun run = number == OPEN_ONE ? openOne(progress) : progress.openRun(number);
      if (run == null || hasEnded(run)) {
        return new Applied.Unchanged(current);
      }
      if (before.openRun(run.number()) != null) {
        // Another run that may have started is not touched by this.
        progress = before;
      }
      OpenRun marked = run.marked(success ? OpenRun.State.CONFIRMED : OpenRun.State.FAILED, extra);
      return stamp.stored(current, progress.withOpenRuns(List.of(marked)));
    }

    private static @Nullable OpenRun openOne(Progress progress) {
      for (OpenRun.State state :
          List.of(OpenRun.State.ACCEPTED, OpenRun.State.STARTED, OpenRun.State.WAITING)) {
        OpenRun oldest = null;
        for (OpenRun run : progress.openRuns()) {
          if (run.state() == state && (oldest == null || run.number() < oldest.number())) {
            oldest = run;
          }
        }
        if (oldest != null) {
          return oldest;
        }
      }
      return null;
    }

    private static boolean hasEnded(OpenRun run) {
      return switch (run.state()) {
        case WAITING, STARTED, ACCEPTED -> false;
        case KILLED, CONFIRMED, FAILED -> true;
      };
    }
  }

  /**
   * The task's last run, which failed, is made once more: under its number and for its instant,
   * with its attempts counted from one. A dead task lives until it has ended.
   */
  record Replay(long number) implements RunChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      Progress progress = current.progress().with(unwritten);
      LastRun last = progress.lastRun();
      if (last == null
          || last.number() != number
          || !last.failed()
          || progress.openRun(number) != null) {
        return new Applied.Refused(Refusal.NOT_FAILED);
      }
      if (progress.openRuns().size() >= OpenRun.MAX_PER_TASK) {
        return new Applied.Refused(Refusal.TOO_MANY_RUNS);
      }
      OpenRun again =
          new OpenRun(
              number,
              last.scheduledMillis(),
              last.dueMillis(),
              0,
              OpenRun.State.WAITING,
              0,
              0,
              null,
              last.arg());
      return stamp.stored(current, progress.replaying(again));
    }
  }

  /**
   * The engine has settled what becomes of the instants up to one: collapsed, skipped, or opened as
   * runs.
   *
   * @param generation of the record it looked at; another one drops the change
   * @param version of the definition it looked at; another one keeps that definition's next
   *     instant, and is left as it is when that is one of those to be settled
   * @param number the last number that is settled by this
   * @param scheduledMillis the nominal instant that has this number
   * @param nextMillis the instant after it
   * @param open the runs among the settled numbers that go on; one whose number has been decided
   *     meanwhile, and that is not open under it, is over and is not opened again
   * @param lastRun what to show as the last run; null to keep the one there
   */
  record Decide(
      long generation,
      int version,
      long number,
      long scheduledMillis,
      long nextMillis,
      List<OpenRun> open,
      @Nullable LastRun lastRun)
      implements RunChange {
    public Decide {
      open = List.copyOf(open);
    }

    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null || current.generation() != generation) {
        return new Applied.Unchanged(current);
      }
      if (unwritten != null && passesOver(unwritten.run().number())) {
        // Decided by a former owner, who did not know that this one has started the run.
        return new Applied.Unchanged(current);
      }
      Progress before = current.progress();
      Progress progress = before.withOpenRuns(stillOpen(before));
      boolean forward = number > before.decidedNumber();
      boolean sameDefinition = current.version() == version;
      if (forward && !sameDefinition && before.nextMillis() <= scheduledMillis) {
        // The definition that came meanwhile keeps this instant: it is settled anew, under that.
        return new Applied.Unchanged(current);
      }
      long next = forward && sameDefinition ? nextMillis : progress.nextMillis();
      Progress settled =
          new Progress(
              endedWithoutRun(progress, next) ? Progress.Phase.FINISHED : progress.phase(),
              progress.paused(),
              Math.max(number, progress.decidedNumber()),
              forward ? scheduledMillis : progress.decidedMillis(),
              next,
              progress.delivered(),
              lastRun == null ? progress.lastRun() : lastRun,
              progress.openRuns(),
              progress.finishedMillis(),
              progress.chain());
      return stamp.stored(current, settled.finishedBy(before, stamp.nowMillis()));
    }

    private boolean passesOver(long started) {
      if (number < started) {
        return false;
      }
      for (OpenRun run : open) {
        if (run.number() == started) {
          return false;
        }
      }
      return true;
    }

    private List<OpenRun> stillOpen(Progress before) {
      List<OpenRun> still = new ArrayList<>(open.size());
      for (OpenRun run : open) {
        if (mayOpen(before, run)) {
          still.add(run);
        }
      }
      return still;
    }

    private static boolean mayOpen(Progress before, OpenRun run) {
      if (run.number() > before.decidedNumber()) {
        return true;
      }
      OpenRun known = before.openRun(run.number());
      return known != null
          && known.scheduledMillis() == run.scheduledMillis()
          // A run by hand may have taken the number in the very millisecond of the instant.
          && Objects.equals(known.arg(), run.arg())
          && known.yieldsTo(run);
    }

    private static boolean endedWithoutRun(Progress progress, long next) {
      return progress.phase() == Progress.Phase.ACTIVE
          && next == Progress.NEVER
          && progress.openRuns().isEmpty();
    }
  }

  /**
   * A run has ended. A merge keyed by generation and number, never an overwrite: it takes the run
   * from the open ones, or decides its number if that was still unwritten, and leaves all else to
   * what is there. A confirmation that was kept while this was on its way counts.
   *
   * @param version of the definition that fired; another one keeps its next instant, but for one
   *     that waits for this end
   * @param nextMillis the instant after the run's, in that definition's schedule; for a fixed delay
   *     counted from the end
   * @param fixedDelay whether {@code nextMillis} counts from this end, so that it replaces an older
   *     one
   */
  record Finish(long generation, int version, LastRun run, long nextMillis, boolean fixedDelay)
      implements RunChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null || current.generation() != generation) {
        return new Applied.Unchanged(current);
      }
      Progress before = current.progress();
      long number = run.number();
      OpenRun open = before.openRun(number);
      // A run by hand may have taken a number that a former owner had given to an instant.
      OpenRun known = open == null || open.scheduledMillis() != run.scheduledMillis() ? null : open;
      boolean decides = number == before.decidedNumber() + 1;
      if (!decides && (known == null || run.equals(before.lastRun()))) {
        // Told already; what is open under the number, if anything, is a replay.
        return new Applied.Unchanged(current);
      }
      boolean confirmed = known != null && known.state() == OpenRun.State.CONFIRMED;
      LastRun ended = confirmed ? run.confirmed() : run;
      long next = nextAfter(current, before, decides);
      List<OpenRun> stillOpen = before.openRunsWithout(number);
      long delivered = before.delivered() + (ended.delivered() ? 1 : 0);
      LastRun last = before.lastRun();
      LastRun latest = last == null || last.number() <= number ? ended : last;
      Progress merged =
          new Progress(
              phaseAfter(current, before.phase(), next, stillOpen, delivered, ended.outcome()),
              before.paused(),
              decides ? number : before.decidedNumber(),
              decides ? run.scheduledMillis() : before.decidedMillis(),
              next,
              delivered,
              latest,
              stillOpen,
              before.finishedMillis(),
              before.chain().ended(ended));
      return stamp.stored(current, merged);
    }

    private long nextAfter(TaskRecord current, Progress before, boolean decides) {
      if (current.version() == version) {
        return decides || fixedDelay ? nextMillis : before.nextMillis();
      }
      boolean awaitsEnd =
          fixedDelay
              && before.phase() == Progress.Phase.ACTIVE
              && before.nextMillis() == Progress.NEVER;
      if (!awaitsEnd) {
        return before.nextMillis();
      }
      // Another definition with the same delay: another delay would have its own instant by now.
      Task task = current.task("-");
      Instant end = task.end();
      boolean follows =
          task.schedule() instanceof Schedule.After
              && (end == null || nextMillis <= end.toEpochMilli());
      return follows ? nextMillis : Progress.NEVER;
    }

    private static Progress.Phase phaseAfter(
        TaskRecord current,
        Progress.Phase phase,
        long next,
        List<OpenRun> open,
        long delivered,
        RunOutcome outcome) {
      if (phase != Progress.Phase.ACTIVE) {
        return phase;
      }
      long maxRuns = current.maxRuns();
      boolean exhausted = maxRuns > 0 && delivered >= maxRuns;
      if (!exhausted && (next != Progress.NEVER || !open.isEmpty())) {
        return phase;
      }
      boolean failed = outcome == RunOutcome.FAILURE || outcome == RunOutcome.TIMEOUT;
      return failed && current.oneShot() ? Progress.Phase.DEAD : Progress.Phase.FINISHED;
    }
  }
}
