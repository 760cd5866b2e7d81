package io.xcron.http;

import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.model.WorkCalendar;
import io.xcron.schedule.CompiledSchedule;
import io.xcron.schedule.Timeline;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What there is to say of a task at an instant. Found from what is known, most certain first: a
 * record of a run, a run under way, then the schedule and the task's state as they are now. Pure.
 *
 * @param scheduledMillis the nominal instant that is spoken of; {@link Timeline#NONE} for none
 * @param dueMillis with jitter, where its number is known
 * @param nextMillis when the next fire from now on is due; {@link Timeline#NONE} for none
 * @param open the run under way that is spoken of
 */
record Explanation(
    Verdict verdict,
    Task task,
    long atMillis,
    long scheduledMillis,
    long dueMillis,
    long nextMillis,
    @Nullable RunRecord run,
    @Nullable OpenRun open) {

  /**
   * What is looked at.
   *
   * @param calendar the one that the task names, if there is one
   * @param asItStands whether no instant was given: how the task stands now is asked
   */
  record Case(
      TaskRecord record,
      Task task,
      Timeline timeline,
      @Nullable WorkCalendar calendar,
      long atMillis,
      long nowMillis,
      boolean asItStands) {

    private Explanation say(Verdict verdict, long scheduledMillis, long dueMillis) {
      return new Explanation(
          verdict,
          task,
          atMillis,
          scheduledMillis,
          dueMillis,
          Timeline.nextDueMillis(task.id(), record),
          null,
          null);
    }

    private Explanation say(Verdict verdict, long scheduledMillis) {
      return say(verdict, scheduledMillis, scheduledMillis);
    }
  }

  /** From the record of a run. */
  static Explanation of(RunRecord run, Task task, long nextMillis, long atMillis) {
    return new Explanation(
        verdict(run),
        task,
        atMillis,
        run.scheduledMillis(),
        run.dueMillis(),
        nextMillis,
        run,
        null);
  }

  private static Verdict verdict(RunRecord run) {
    return switch (run.outcome()) {
      case SUCCESS ->
          run.late()
              ? Verdict.RAN_LATE
              : run.attempts().size() > 1 ? Verdict.REPEATED : Verdict.RAN;
      case FAILURE -> Verdict.FAILED;
      case TIMEOUT -> Verdict.TIMED_OUT;
      case KILLED -> Verdict.KILLED;
      case SKIPPED -> Verdict.SKIPPED;
      case MISFIRED -> Verdict.MISFIRED;
      case UNKNOWN -> Verdict.UNKNOWN;
    };
  }

  /** Whether a record speaks of this instant: it was due then, or ran then. */
  static boolean covers(RunRecord run, long atMillis) {
    boolean ran = !run.attempts().isEmpty();
    return sameInstant(run.scheduledMillis(), atMillis)
        || sameInstant(run.dueMillis(), atMillis)
        || (ran && run.startMillis() <= atMillis && atMillis <= run.endMillis());
  }

  /** An instant given in whole seconds means all of that second. */
  private static boolean sameInstant(long millis, long atMillis) {
    return millis == atMillis
        || (atMillis % 1_000 == 0 && millis >= atMillis && millis < atMillis + 1_000);
  }

  /** Without a record. */
  static Explanation of(Case of) {
    for (OpenRun open : of.record.progress().openRuns()) {
      boolean since = open.startMillis() != 0 && open.startMillis() <= of.atMillis;
      if (sameInstant(open.scheduledMillis(), of.atMillis)
          || sameInstant(open.dueMillis(), of.atMillis)
          || (since && of.atMillis <= of.nowMillis)) {
        return new Explanation(
            Verdict.UNDER_WAY,
            of.task,
            of.atMillis,
            open.scheduledMillis(),
            open.dueMillis(),
            Timeline.nextDueMillis(of.task.id(), of.record),
            null,
            open);
      }
    }
    Verdict rest = of.asItStands ? rest(of) : null;
    if (rest != null) {
      return of.say(rest, Timeline.NONE);
    }
    long excluded = excludedAt(of);
    if (excluded != Timeline.NONE) {
      return of.say(Verdict.EXCLUDED, excluded);
    }
    long scheduled = instantAt(of, of.timeline);
    return scheduled == Timeline.NONE ? notDue(of) : due(of, scheduled);
  }

  /** The instant that is meant and that the calendar takes out of the schedule. */
  private static long excludedAt(Case of) {
    WorkCalendar calendar = of.calendar;
    if (calendar == null) {
      return Timeline.NONE;
    }
    Timeline line = of.timeline;
    Timeline everyDay =
        Timeline.of(line.schedule(), of.task.start(), of.task.end(), line.createMillis());
    long instant = instantAt(of, everyDay);
    return instant != Timeline.NONE
            && calendar.excludes(
                Instant.ofEpochMilli(instant).atZone(calendar.zone()).toLocalDate())
        ? instant
        : Timeline.NONE;
  }

  /** The instant of these that is meant; none when there is none. */
  private static long instantAt(Case of, Timeline timeline) {
    long next = of.record.nextMillis();
    long instant =
        timeline.countsFromEnd()
            ? next
            : timeline.schedule() instanceof CompiledSchedule.Once once
                ? once.atMillis()
                : timeline.next(of.atMillis - 1);
    if (instant != Timeline.NONE && sameInstant(instant, of.atMillis)) {
      return instant;
    }
    // With a jitter the next run is due later than its instant.
    boolean due = sameInstant(Timeline.nextDueMillis(of.task.id(), of.record), of.atMillis);
    return due ? next : Timeline.NONE;
  }

  private static Explanation notDue(Case of) {
    Timeline line = of.timeline;
    if (of.task.policy().after() != null || line.countsFromEnd()) {
      return of.say(Verdict.NO_INSTANT_OF_ITS_OWN, Timeline.NONE);
    }
    if (of.atMillis < line.startMillis()) {
      return of.say(Verdict.BEFORE_START, Timeline.NONE);
    }
    if (of.atMillis > line.endMillis()) {
      return of.say(Verdict.AFTER_END, Timeline.NONE);
    }
    return of.say(Verdict.NOT_IN_SCHEDULE, Timeline.NONE);
  }

  private static Explanation due(Case of, long scheduled) {
    TaskRecord record = of.record;
    boolean decided = record.nextMillis() == Progress.NEVER || scheduled < record.nextMillis();
    if (scheduled < record.createdMillis() && !of.task.schedule().oneShot()) {
      return of.say(Verdict.NOT_YET_CREATED, scheduled);
    }
    if (scheduled <= of.nowMillis && decided) {
      return of.say(stillRests(of, scheduled), scheduled);
    }
    Verdict rest = rest(of);
    if (rest != null) {
      return of.say(rest, scheduled);
    }
    boolean next = scheduled == record.nextMillis();
    long due = next ? Timeline.nextDueMillis(of.task.id(), record) : scheduled;
    return of.say(due > of.nowMillis ? Verdict.TO_COME : Verdict.WAITING, scheduled, due);
  }

  /** What is past and decided and has no record: the task rests since, or nobody knows. */
  private static Verdict stillRests(Case of, long scheduled) {
    Verdict rest = rest(of);
    boolean afterLast = of.record.progress().decidedMillis() < scheduled;
    // What was decided before the rest has another reason.
    return rest == null || !afterLast ? Verdict.NO_RECORD : rest;
  }

  /** Why nothing of the task runs now, whatever its schedule says; null when it may run. */
  private static @Nullable Verdict rest(Case of) {
    if (!of.task.enabled()) {
      return Verdict.DISABLED;
    }
    if (of.record.paused()) {
      return Verdict.PAUSED;
    }
    return of.record.phase() == Progress.Phase.ACTIVE ? null : Verdict.FINISHED;
  }

  /** How late the first attempt started, for a run that was made. */
  long lagMillis() {
    return run == null ? 0 : Math.max(0, run.startMillis() - run.dueMillis());
  }

  Policy policy() {
    return task.policy();
  }
}
