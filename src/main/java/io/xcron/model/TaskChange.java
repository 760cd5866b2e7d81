package io.xcron.model;

import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A change of what the task is and when it fires: it comes and goes, gets another definition, rests
 * and fires again.
 *
 * <p>Users ask for these, but for {@link Expire} and {@link Recount}, which the engine writes.
 */
public sealed interface TaskChange extends Change {

  /**
   * A new task.
   *
   * @param createdMillis the instant from which its schedule was counted
   * @param nextMillis its first instant
   */
  record Create(Task task, long createdMillis, long nextMillis) implements TaskChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current != null) {
        return new Applied.Refused(Refusal.EXISTS);
      }
      return new Applied.Stored(created(task, createdMillis, nextMillis, stamp), true);
    }

    private static TaskRecord created(Task task, long createdMillis, long nextMillis, Stamp stamp) {
      return TaskRecord.create(
              TaskCodec.encode(task),
              stamp.generation(),
              1,
              createdMillis,
              Progress.beginning(nextMillis))
          .stamped(stamp.epoch(), stamp.sequence());
    }
  }

  /** How a new task stands that stood so elsewhere. */
  enum Beginning {
    FIRING,
    PAUSED,
    FINISHED,
    DEAD
  }

  /**
   * Another definition under the same id, or a first one. A task whose schedule stays the same
   * keeps its next instant; a new schedule counts from now and brings a finished task back to life.
   * So do an end and a bound of runs that leave it room again; instants that passed meanwhile are
   * not numbered. The definition that is there already changes nothing, and is no new version.
   *
   * @param createdMillis the instant from which a new task's schedule was counted
   * @param nextMillis the first instant of the definition's schedule from now
   * @param expectedVersion of the definition that is there; {@link #ANY_VERSION} for any or none
   * @param beginning of a new task; one that is there stays as it stands
   */
  record Replace(
      Task task, long createdMillis, long nextMillis, int expectedVersion, Beginning beginning)
      implements TaskChange {
    public Replace(Task task, long createdMillis, long nextMillis, int expectedVersion) {
      this(task, createdMillis, nextMillis, expectedVersion, Beginning.FIRING);
    }

    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return expectedVersion == ANY_VERSION
            ? new Applied.Stored(begun(stamp), true)
            : new Applied.Refused(Refusal.NOT_FOUND);
      }
      if (expectedVersion != ANY_VERSION && expectedVersion != current.version()) {
        return new Applied.Refused(Refusal.STALE_VERSION);
      }
      Task replacedTask = current.task(task.id());
      if (replacedTask.equals(task)) {
        return new Applied.Unchanged(current);
      }
      Progress progress = current.progress().with(unwritten);
      if (!Objects.equals(predecessor(replacedTask), predecessor(task))) {
        progress = progress.withChain(progress.chain().hearing(0, 0));
      }
      if (!sameTimes(replacedTask, task) || goesOn(replacedTask, task, progress)) {
        boolean recurs = !task.schedule().oneShot() && progress.decidedNumber() > 0;
        if (recurs && expectedVersion != ANY_VERSION && nextMillis <= progress.decidedMillis()) {
          // It has become a run since it was counted, and would fire under a second number.
          return new Applied.Refused(Refusal.STALE_VERSION);
        }
        boolean none = nextMillis == Progress.NEVER;
        progress =
            progress
                .withNext(none ? Progress.Phase.FINISHED : Progress.Phase.ACTIVE, nextMillis)
                .finishedBy(progress, stamp.nowMillis());
      } else if (endsBefore(task, progress.nextMillis())) {
        boolean open = !progress.openRuns().isEmpty();
        progress =
            progress
                .withNext(open ? progress.phase() : Progress.Phase.FINISHED, Progress.NEVER)
                .finishedBy(progress, stamp.nowMillis());
      }
      TaskRecord replaced = current.with(TaskCodec.encode(task), progress);
      return new Applied.Stored(replaced.stamped(stamp.epoch(), stamp.sequence()), false);
    }

    private TaskRecord begun(Stamp stamp) {
      TaskRecord created = Create.created(task, createdMillis, nextMillis, stamp);
      Progress active = created.progress().withNext(Progress.Phase.ACTIVE, nextMillis);
      return switch (beginning) {
        case FIRING -> created;
        case PAUSED -> begun(created, active.withPaused(true, nextMillis), stamp);
        case FINISHED -> begun(created, over(active, Progress.Phase.FINISHED, stamp), stamp);
        case DEAD -> begun(created, over(active, Progress.Phase.DEAD, stamp), stamp);
      };
    }

    private static Progress over(Progress active, Progress.Phase phase, Stamp stamp) {
      return active.withNext(phase, Progress.NEVER).finishedBy(active, stamp.nowMillis());
    }

    private static TaskRecord begun(TaskRecord created, Progress progress, Stamp stamp) {
      return created.with(progress).stamped(stamp.epoch(), stamp.sequence());
    }

    /** Whether the instant to come lies behind the end that the task has now. */
    private static boolean endsBefore(Task task, long nextMillis) {
      Instant end = task.end();
      return end != null && nextMillis < Progress.UNTIL_TOLD && nextMillis > end.toEpochMilli();
    }

    /** Whether it had come to its last instant or run, and other limits let more follow. */
    private boolean goesOn(Task replaced, Task task, Progress progress) {
      boolean sameLimits =
          Objects.equals(replaced.end(), task.end()) && replaced.maxRuns() == task.maxRuns();
      if (sameLimits || nextMillis == Progress.NEVER || !over(task, progress)) {
        return false;
      }
      // The calendar may have moved the instant of a one-shot since that fired; one whose instant
      // is still to come was run by hand.
      boolean later =
          task.schedule().oneShot()
              ? progress.decidedNumber() == 0 || progress.nextMillis() != Progress.NEVER
              : nextMillis > progress.decidedMillis();
      return later && (task.maxRuns() == 0 || progress.delivered() < task.maxRuns());
    }

    private static boolean over(Task task, Progress progress) {
      return switch (progress.phase()) {
        case FINISHED -> true;
        // Its last run goes on. What follows a fixed delay is counted from the end of that.
        case ACTIVE ->
            progress.nextMillis() == Progress.NEVER && !(task.schedule() instanceof Schedule.After);
        case DEAD -> false;
      };
    }

    private static @Nullable String predecessor(Task task) {
      Policy.After after = task.policy().after();
      return after == null ? null : after.task();
    }

    private static boolean sameTimes(Task one, Task other) {
      return one.schedule().equals(other.schedule())
          && Objects.equals(one.start(), other.start())
          && Objects.equals(one.calendar(), other.calendar())
          && one.enabled() == other.enabled();
    }
  }

  /** The end of a task. */
  record Remove(int expectedVersion) implements TaskChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      if (expectedVersion != ANY_VERSION && expectedVersion != current.version()) {
        return new Applied.Refused(Refusal.STALE_VERSION);
      }
      return new Applied.Removed(current);
    }
  }

  /** A task that has come to its end goes when its definition says so. */
  record Expire(long generation) implements TaskChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null
          || current.generation() != generation
          || unwritten != null
          || current.hasEndsToTell()
          || current.expiryMillis() > stamp.nowMillis()) {
        return new Applied.Unchanged(current);
      }
      return new Applied.Removed(current);
    }
  }

  /** The task stops firing until it is resumed; instants in between are not numbered. */
  record Pause() implements TaskChange {
    /** Who pauses a task may wait for what has started. */
    @Override
    public boolean tellsWhatHasStarted() {
      return true;
    }

    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      if (current.paused()) {
        return new Applied.Unchanged(current);
      }
      Progress progress = current.progress().with(unwritten);
      return stamp.stored(current, progress.withPaused(true, progress.nextMillis()));
    }
  }

  /**
   * The task fires again, unless it came to its end before.
   *
   * @param nextMillis the first instant of its schedule from now
   * @param version of the definition with that schedule; refused when the task has another one
   */
  record Resume(long nextMillis, int version) implements TaskChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      if (!current.paused()) {
        return new Applied.Unchanged(current);
      }
      if (current.version() != version) {
        return new Applied.Refused(Refusal.STALE_VERSION);
      }
      Progress paused = current.progress();
      if (paused.phase() != Progress.Phase.ACTIVE) {
        // It came to its end while it rested, and stays there.
        return stamp.stored(current, paused.withPaused(false, paused.nextMillis()));
      }
      Progress resumed = paused.withPaused(false, nextMillis);
      boolean over = nextMillis == Progress.NEVER && resumed.openRuns().isEmpty();
      return stamp.stored(
          current,
          over
              ? resumed
                  .withNext(Progress.Phase.FINISHED, nextMillis)
                  .finishedBy(resumed, stamp.nowMillis())
              : resumed);
    }
  }

  /**
   * The calendar of a task has changed, and with it the instant that is to come. Nothing is done
   * when the task has gone on meanwhile, or has another definition.
   *
   * @param number that the instant has or will have
   * @param nextMillis the instant that was to come
   * @param recountedMillis what the calendar makes of it now; {@link Progress#NEVER} ends the task
   */
  record Recount(long generation, int version, long number, long nextMillis, long recountedMillis)
      implements TaskChange {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null || current.generation() != generation || current.version() != version) {
        return new Applied.Unchanged(current);
      }
      Progress before = current.progress().with(unwritten);
      if (!current.fires()
          || before.decidedNumber() + 1 != number
          || before.nextMillis() != nextMillis) {
        return new Applied.Unchanged(current);
      }
      boolean over = recountedMillis == Progress.NEVER && before.openRuns().isEmpty();
      Progress recounted =
          before.withNext(over ? Progress.Phase.FINISHED : before.phase(), recountedMillis);
      return stamp.stored(current, recounted.finishedBy(before, stamp.nowMillis()));
    }
  }
}
