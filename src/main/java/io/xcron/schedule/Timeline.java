package io.xcron.schedule;

import io.xcron.model.Progress;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The instants of one task: a compiled schedule between start and end, both inclusive. Immutable;
 * cheap enough to make one for each use. All instants are nominal ("scheduled"); {@link #dueMillis}
 * adds the jitter.
 *
 * <ul>
 *   <li><b>cron</b>: the expression's instants.
 *   <li><b>every</b>: anchor + k × period. The anchor is {@code start}, which then fires itself (k
 *       ≥ 0), else the creation, which does not (k ≥ 1). For {@code @every} the anchor is brought
 *       to a whole second: a start up, a creation down.
 *   <li><b>after</b>: {@code start}, else creation + delay; then {@link #nextAfterRun}.
 *   <li><b>at</b>: that instant, even when it has passed: whether a late one-shot fires is for its
 *       misfire policy to say, and whether one may be created late for the API.
 *   <li><b>chained</b>: none; the first one is {@link Progress#UNTIL_TOLD}.
 * </ul>
 *
 * @param schedule the compiled form, shared
 * @param startMillis {@link Long#MIN_VALUE} for none
 * @param endMillis {@link Long#MAX_VALUE} for none
 * @param createMillis when the task was created; a change of the schedule does not move it
 * @param calendar the name of a calendar of excluded days; null for none
 * @param calendars where it is found, each time an instant is computed; one that is not there
 *     excludes nothing
 */
public record Timeline(
    CompiledSchedule schedule,
    long startMillis,
    long endMillis,
    long createMillis,
    @Nullable String calendar,
    CalendarCache calendars) {
  /** No further instant. */
  public static final long NONE = CompiledSchedule.NONE;

  public static Timeline of(
      CompiledSchedule schedule,
      @Nullable Instant start,
      @Nullable Instant end,
      long createMillis) {
    return new Timeline(
        schedule,
        start == null ? Long.MIN_VALUE : start.toEpochMilli(),
        end == null ? Long.MAX_VALUE : end.toEpochMilli(),
        createMillis,
        null,
        CalendarCache.NONE);
  }

  public static Timeline of(
      Task task, ScheduleCache cache, CalendarCache calendars, long createMillis) {
    Timeline plain = of(cache.get(task.schedule()), task.start(), task.end(), createMillis);
    String calendar = task.calendar();
    return calendar == null
        ? plain
        : new Timeline(
            plain.schedule, plain.startMillis, plain.endMillis, createMillis, calendar, calendars);
  }

  private @Nullable WorkDays workDays() {
    return calendar == null ? null : calendars.get(calendar);
  }

  /** Whether its instants are those of the schedule alone. */
  boolean plain() {
    return workDays() == null;
  }

  /**
   * The first instant of a schedule that counts from now: after {@code nowMillis}, but for {@code
   * at} whenever it is.
   */
  public long first(long nowMillis) {
    return switch (schedule) {
      case CompiledSchedule.Once once -> {
        WorkDays days = workDays();
        yield within(days == null ? once.atMillis() : days.moved(once.atMillis()));
      }
      case CompiledSchedule.Delay delay -> {
        if (startMillis > nowMillis) {
          yield delayed(startMillis);
        }
        long created = createMillis + delay.delayMillis();
        yield delayed(
            startMillis == Long.MIN_VALUE && created > nowMillis
                ? created
                : nowMillis + delay.delayMillis());
      }
      case CompiledSchedule.Told told -> Progress.UNTIL_TOLD;
      case CronSchedule cron -> next(nowMillis);
      case CompiledSchedule.Rate rate -> next(nowMillis);
    };
  }

  /**
   * The instant that follows {@code lastScheduledMillis}, strictly later; {@link #NONE} past the
   * end. For {@code after} always {@link #NONE}, because what follows depends on when the run ends.
   */
  public long next(long lastScheduledMillis) {
    WorkDays days = workDays();
    if (days == null) {
      return within(nominal(lastScheduledMillis));
    }
    if (schedule instanceof CompiledSchedule.Once once) {
      long moved = within(days.moved(once.atMillis()));
      return moved > lastScheduledMillis ? moved : NONE;
    }
    if (lastScheduledMillis >= CompiledSchedule.LAST_MILLIS) {
      return NONE;
    }
    long from = Math.max(lastScheduledMillis, startMillis == Long.MIN_VALUE ? -1 : startMillis - 1);
    return within(days.next(this::nominal, from));
  }

  /**
   * The instant to come, anew, after a change of the calendar; {@link #NONE} when there is none. A
   * one-shot keeps its own instant, moved as the calendar says now, be it past or not. A fixed
   * delay is only moved on, as nothing tells where it was before it was moved.
   *
   * @param nextMillis the instant to come so far, after {@code nowMillis}
   */
  public long recounted(long nextMillis, long nowMillis) {
    return switch (schedule) {
      case CompiledSchedule.Once once -> first(nowMillis);
      case CompiledSchedule.Delay delay -> delayed(nextMillis);
      case CompiledSchedule.Told told -> nextMillis;
      case CronSchedule cron -> next(nowMillis);
      case CompiledSchedule.Rate rate -> next(nowMillis);
    };
  }

  /** The schedule's own instant after this one, within start and end. */
  private long nominal(long lastScheduledMillis) {
    // No instant lies before the start, before 1970 or after 2199; in between no sum overflows.
    long last = Math.max(lastScheduledMillis, startMillis == Long.MIN_VALUE ? -1 : startMillis - 1);
    if (last >= CompiledSchedule.LAST_MILLIS) {
      return NONE;
    }
    long next = nominalUnbounded(last);
    return next <= endMillis ? next : NONE;
  }

  private long nominalUnbounded(long last) {
    return switch (schedule) {
      case CronSchedule cron -> cron.nextAfter(last);
      case CompiledSchedule.Rate rate -> {
        long anchor = anchor(rate);
        long index = Math.max(indexAtOrBefore(rate, anchor, last) + 1, firstIndex());
        yield anchor + index * rate.periodMillis();
      }
      case CompiledSchedule.Once once -> once.nextAfter(last);
      case CompiledSchedule.Delay delay -> NONE;
      case CompiledSchedule.Told told -> NONE;
    };
  }

  /**
   * Whether the next instant is known only when the run has ended; then {@link #nextAfterRun} gives
   * it.
   */
  public boolean countsFromEnd() {
    return schedule instanceof CompiledSchedule.Delay;
  }

  /**
   * The instant after a run whose recorded end is {@code endedMillis}, for a schedule that counts
   * from there; else {@link #NONE}.
   */
  public long nextAfterRun(long endedMillis) {
    return schedule instanceof CompiledSchedule.Delay delay
        ? delayed(Math.max(delay.nextAfter(endedMillis), startMillis))
        : NONE;
  }

  /**
   * An instant that counts from an end has none after it, so on an excluded day it moves to the
   * next working one whatever the calendar says.
   */
  private long delayed(long millis) {
    WorkDays days = millis > CompiledSchedule.LAST_MILLIS ? null : workDays();
    return within(days == null ? millis : days.delayed(millis));
  }

  /**
   * When the fire of this number is due: {@code scheduledMillis} and up to {@code jitterMillis}
   * more. The same on every member, for every attempt, for ever: the hash is part of the format.
   */
  public static long dueMillis(
      String id, long generation, long number, long scheduledMillis, long jitterMillis) {
    if (jitterMillis <= 0) {
      return scheduledMillis;
    }
    // FNV-1a over the id's bytes, then one step of SplitMix64 for each number (Steele, Lea & Flood
    // 2014).
    long hash = 0xCBF29CE484222325L;
    for (byte b : id.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    hash = mix(mix(hash + generation * 0x9E3779B97F4A7C15L) + number * 0x9E3779B97F4A7C15L);
    return scheduledMillis + Math.unsignedMultiplyHigh(hash, jitterMillis + 1);
  }

  /**
   * When the next fire of a task is due, if nothing else takes its number before; {@link #NONE}
   * when none is to come, or another task's end brings it.
   */
  public static long nextDueMillis(String id, TaskRecord record) {
    long next = record.nextMillis();
    if (!record.fires() || next >= Progress.UNTIL_TOLD) {
      return NONE;
    }
    return record.jittered()
        ? dueMillis(
            id,
            record.generation(),
            record.decidedNumber() + 1,
            next,
            record.task(id).jitter().toMillis())
        : next;
  }

  /** How many instants lie after {@code fromMillis} and up to {@code toMillis}, by division. */
  long countOfRate(CompiledSchedule.Rate rate, long fromMillis, long toMillis) {
    long anchor = anchor(rate);
    long below = Math.max(indexAtOrBefore(rate, anchor, fromMillis), firstIndex() - 1);
    long upTo =
        indexAtOrBefore(
            rate, anchor, Math.min(toMillis, Math.min(endMillis, CompiledSchedule.LAST_MILLIS)));
    return Math.max(0, upTo - below);
  }

  private long anchor(CompiledSchedule.Rate rate) {
    boolean started = startMillis != Long.MIN_VALUE;
    long anchor = started ? startMillis : createMillis;
    if (!rate.wholeSeconds()) {
      return anchor;
    }
    return (started ? Math.ceilDiv(anchor, 1_000L) : Math.floorDiv(anchor, 1_000L)) * 1_000L;
  }

  private long firstIndex() {
    return startMillis != Long.MIN_VALUE ? 0 : 1;
  }

  private static long indexAtOrBefore(CompiledSchedule.Rate rate, long anchor, long millis) {
    return Math.floorDiv(millis - anchor, rate.periodMillis());
  }

  private long within(long millis) {
    return millis >= startMillis && millis <= endMillis && millis <= CompiledSchedule.LAST_MILLIS
        ? millis
        : NONE;
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
