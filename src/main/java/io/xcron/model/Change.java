package io.xcron.model;

import java.time.Instant;
import java.util.List;
import java.util.Objects;
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
public sealed interface Change {

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
  record Stamp(long epoch, long sequence, long nowMillis, long generation) {}

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

  /** Whether the write adds to what is stored, and so is refused first when room runs short. */
  default boolean needsRoom() {
    return this instanceof Create || this instanceof Replace;
  }

  /**
   * A new task.
   *
   * @param createdMillis the instant from which its schedule was counted
   * @param nextMillis its first instant
   */
  record Create(Task task, long createdMillis, long nextMillis) implements Change {
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

  /**
   * Another definition under the same id, or a first one. A task whose schedule stays the same
   * keeps its next instant; a new schedule counts from now and brings a finished task back to life.
   *
   * @param createdMillis the instant from which a new task's schedule was counted
   * @param nextMillis the first instant of the definition's schedule from now
   * @param expectedVersion of the definition that is there; {@link #ANY_VERSION} for any or none
   */
  record Replace(Task task, long createdMillis, long nextMillis, int expectedVersion)
      implements Change {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return expectedVersion == ANY_VERSION
            ? new Applied.Stored(Create.created(task, createdMillis, nextMillis, stamp), true)
            : new Applied.Refused(Refusal.NOT_FOUND);
      }
      if (expectedVersion != ANY_VERSION && expectedVersion != current.version()) {
        return new Applied.Refused(Refusal.STALE_VERSION);
      }
      Progress progress = current.progress().with(unwritten);
      Task replacedTask = current.task(task.id());
      if (!Objects.equals(predecessor(replacedTask), predecessor(task))) {
        progress = progress.withChain(progress.chain().hearing(0, 0));
      }
      if (!sameTimes(replacedTask, task)) {
        boolean none = nextMillis == Progress.NEVER;
        progress =
            progress
                .withNext(none ? Progress.Phase.FINISHED : Progress.Phase.ACTIVE, nextMillis)
                .finishedBy(progress, stamp.nowMillis());
      }
      TaskRecord replaced = current.with(TaskCodec.encode(task), progress);
      return new Applied.Stored(replaced.stamped(stamp.epoch(), stamp.sequence()), false);
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
  record Remove(int expectedVersion) implements Change {
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
  record Expire(long generation) implements Change {
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
  record Pause() implements Change {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      if (current.paused()) {
        return new Applied.Unchanged(current);
      }
      Progress progress = current.progress().with(unwritten);
      return stored(current, progress.withPaused(true, progress.nextMillis()), stamp);
    }
  }

  /**
   * The task fires again.
   *
   * @param nextMillis the first instant of its schedule from now
   */
  record Resume(long nextMillis) implements Change {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      if (!current.paused()) {
        return new Applied.Unchanged(current);
      }
      Progress resumed = current.progress().withPaused(false, nextMillis);
      boolean over = nextMillis == Progress.NEVER && resumed.openRuns().isEmpty();
      return stored(
          current,
          over
              ? resumed
                  .withNext(Progress.Phase.FINISHED, nextMillis)
                  .finishedBy(resumed, stamp.nowMillis())
              : resumed,
          stamp);
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
      implements Change {
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
      return stored(current, recounted.finishedBy(before, stamp.nowMillis()), stamp);
    }
  }

  /**
   * A run by hand: it takes the next number now, and the instants that follow count on from there.
   *
   * @param arg what the caller gives along; null for nothing
   */
  record Run(@Nullable String arg) implements Change {
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
      return stored(current, progress.withOpenRuns(List.of(run)), stamp);
    }
  }

  /**
   * All runs of the task that have not ended are to end now, those that wait for a retry or their
   * turn too. They are marked, and go on counting as running until what is under way of them has
   * ended.
   */
  record Kill() implements Change {
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
          : stored(current, progress.withOpenRuns(marked), stamp);
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
  record Confirm(long number, boolean success, @Nullable String extra) implements Change {
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
      return stored(current, progress.withOpenRuns(List.of(marked)), stamp);
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
  record Replay(long number) implements Change {
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
      return stored(current, progress.replaying(again), stamp);
    }
  }

  /**
   * The engine has settled what becomes of the instants up to one: collapsed, skipped, or opened as
   * runs.
   *
   * @param generation of the record it looked at; another one drops the change
   * @param version of the definition it looked at; another one keeps that definition's next instant
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
      implements Change {
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
      return stored(current, settled.finishedBy(before, stamp.nowMillis()), stamp);
    }

    private boolean passesOver(long started) {
      return number >= started && open.stream().noneMatch(run -> run.number() == started);
    }

    private List<OpenRun> stillOpen(Progress before) {
      return open.stream().filter(run -> mayOpen(before, run)).toList();
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
   * @param version of the definition that fired
   * @param nextMillis the instant after the run's, in that definition's schedule; for a fixed delay
   *     counted from the end
   * @param fixedDelay whether {@code nextMillis} counts from this end, so that it replaces an older
   *     one
   */
  record Finish(long generation, int version, LastRun run, long nextMillis, boolean fixedDelay)
      implements Change {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null || current.generation() != generation) {
        return new Applied.Unchanged(current);
      }
      Progress before = current.progress();
      long number = run.number();
      OpenRun known = before.openRun(number);
      boolean decides = number == before.decidedNumber() + 1;
      if (!decides && (known == null || run.equals(before.lastRun()))) {
        // Told already; what is open under the number, if anything, is a replay.
        return new Applied.Unchanged(current);
      }
      boolean confirmed = known != null && known.state() == OpenRun.State.CONFIRMED;
      LastRun ended = confirmed ? run.confirmed() : run;
      boolean setsNext = current.version() == version && (decides || fixedDelay);
      long next = setsNext ? nextMillis : before.nextMillis();
      List<OpenRun> open = before.openRunsWithout(number);
      long delivered = before.delivered() + (ended.delivered() ? 1 : 0);
      LastRun last = before.lastRun();
      LastRun latest = last == null || last.number() <= number ? ended : last;
      Progress merged =
          new Progress(
              phaseAfter(current, before.phase(), next, open, delivered, ended.outcome()),
              before.paused(),
              decides ? number : before.decidedNumber(),
              decides ? run.scheduledMillis() : before.decidedMillis(),
              next,
              delivered,
              latest,
              open,
              before.finishedMillis(),
              before.chain().ended(ended));
      return stored(current, merged, stamp);
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

  /**
   * Another task is to run after this one. Repeated without effect.
   *
   * @param follower its id
   */
  record Follow(String follower) implements Change {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NO_PREDECESSOR);
      }
      Progress before = current.progress();
      Chain chain = before.chain();
      if (chain.hasFollower(follower)) {
        return new Applied.Unchanged(current);
      }
      if (chain.followers().size() >= Chain.MAX_FOLLOWERS) {
        return new Applied.Refused(Refusal.TOO_MANY_FOLLOWERS);
      }
      Progress followed = before.withChain(chain.followedBy(follower, stamp.nowMillis()));
      return stored(current, followed.with(unwritten), stamp);
    }
  }

  /**
   * The task that this one runs after has ended a run: this one takes its next number, if its
   * definition asks for such an end and it may fire. A task that is paused, disabled or finished,
   * is before its start or after its end, or has as many open runs as may be, hears of the end and
   * lets it go. Its runs wait for each other whatever the overlap policy says, unless that allows
   * them to go on together. An end that was heard before, or lies before the task's creation,
   * changes nothing.
   *
   * @param predecessor the id of the task that ended
   * @param generation its generation
   * @param end which of its ends this is
   */
  record Trigger(String predecessor, long generation, long end, RunOutcome outcome, long endMillis)
      implements Change {
    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null) {
        return new Applied.Refused(Refusal.NOT_FOUND);
      }
      Task task = current.task("-");
      Policy.After after = task.policy().after();
      if (after == null || !after.task().equals(predecessor)) {
        return new Applied.Refused(Refusal.NOT_FOLLOWING);
      }
      Progress before = current.progress();
      if (before.chain().hasHeard(generation, end)
          || endMillis < current.createdMillis()
          || !after.on().fits(outcome)) {
        return new Applied.Unchanged(current);
      }
      Progress progress = before.with(unwritten).withChain(before.chain().hearing(generation, end));
      long now = stamp.nowMillis();
      if (current.fires() && within(task, now) && mayOpen(task, progress)) {
        long number = progress.decidedNumber() + 1;
        OpenRun run = new OpenRun(number, now, now, 0, OpenRun.State.WAITING, 0, 0, null, null);
        progress = progress.withOpenRuns(List.of(run));
      }
      return stored(current, progress, stamp);
    }

    private static boolean within(Task task, long nowMillis) {
      Instant start = task.start();
      Instant end = task.end();
      return (start == null || nowMillis >= start.toEpochMilli())
          && (end == null || nowMillis <= end.toEpochMilli());
    }

    private static boolean mayOpen(Task task, Progress progress) {
      int open = progress.openRuns().size();
      return open < OpenRun.MAX_PER_TASK
          && (task.maxRuns() == 0 || progress.delivered() + open < task.maxRuns());
    }
  }

  /**
   * The followers have been told of this task's ends.
   *
   * @param throughEnd the last of them; 0 for none, which asks for nothing but that all that is
   *     stored by now be durable
   * @param gone followers that are not there any more
   */
  record Told(long generation, long throughEnd, List<String> gone) implements Change {
    public Told {
      gone = List.copyOf(gone);
    }

    @Override
    public Applied apply(@Nullable TaskRecord current, @Nullable Unwritten unwritten, Stamp stamp) {
      if (current == null || current.generation() != generation) {
        return new Applied.Unchanged(current);
      }
      Progress before = current.progress();
      Chain chain = before.chain().told(throughEnd, gone);
      return chain.equals(before.chain())
          ? new Applied.Unchanged(current)
          : stored(current, before.with(unwritten).withChain(chain), stamp);
    }
  }

  private static Applied stored(TaskRecord current, Progress progress, Stamp stamp) {
    return new Applied.Stored(
        current.with(progress).stamped(stamp.epoch(), stamp.sequence()), false);
  }
}
