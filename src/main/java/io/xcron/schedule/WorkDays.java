package io.xcron.schedule;

import io.xcron.model.WorkCalendar;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A calendar in the form that computes: from the instants of a schedule to those that its excluded
 * days leave. Thread-safe.
 *
 * <p>The result is the ordered set of what each instant becomes, so two that fall on one instant
 * are one. An instant of an excluded day keeps its local time when it moves; where that time is
 * missing on the other day, it is the same wait after the gap. A day takes the instants of the
 * excluded days right before it ({@code NEXT}) or right after it ({@code PREVIOUS}), of {@link
 * #MAX_MOVE} days at most: what would have to move farther is let go.
 *
 * <p>Most instants lie amid working days and are left as they are. For these the last such stretch
 * of days is remembered, and nothing is computed.
 */
final class WorkDays {
  /** The farthest that an instant moves, in days. */
  static final int MAX_MOVE = 366;

  /** How far a working day is looked for, which is farther than a calendar can exclude. */
  private static final int MAX_LOOK = 3 * WorkCalendar.MAX_DAYS;

  /** How long a stretch of plain days may be; the next one is looked up when it is over. */
  private static final int MAX_PLAIN = 31;

  /** Instants from here on and before there stay where they are, and no other comes between. */
  private record Plain(long fromMillis, long untilMillis) {}

  private static final Plain NOWHERE = new Plain(Long.MAX_VALUE, Long.MIN_VALUE);

  private final WorkCalendar calendar;
  private final ZoneId zone;
  private volatile Plain plain = NOWHERE;

  WorkDays(WorkCalendar calendar) {
    this.calendar = calendar;
    this.zone = calendar.zone();
  }

  WorkCalendar calendar() {
    return calendar;
  }

  /**
   * The first instant strictly after {@code lastMillis} that the calendar leaves of a schedule.
   *
   * @param schedule from an instant to the first of the schedule's instants strictly after it
   */
  long next(LongUnaryOperator schedule, long lastMillis) {
    Plain known = plain;
    long raw = Timeline.NONE;
    if (lastMillis + 1 >= known.fromMillis && lastMillis < known.untilMillis) {
      raw = schedule.applyAsLong(lastMillis);
      if (raw < known.untilMillis) {
        return raw;
      }
    }
    return switch (calendar.onExcluded()) {
      case SKIP -> skipping(schedule, raw == Timeline.NONE ? lastMillis : raw - 1);
      case NEXT, PREVIOUS -> moving(schedule, lastMillis);
    };
  }

  /** Where an instant that has no other after it goes: never back, so that a delay is kept. */
  long delayed(long millis) {
    LocalDateTime at = local(millis);
    LocalDate day = workingFrom(at.toLocalDate());
    if (day == null) {
      return Timeline.NONE;
    }
    return day.equals(at.toLocalDate()) ? millis : millis(day.atTime(at.toLocalTime()));
  }

  /** Where the only instant of a schedule goes. */
  long moved(long millis) {
    LocalDateTime at = local(millis);
    LocalDate day = at.toLocalDate();
    if (!calendar.excludes(day)) {
      return millis;
    }
    LocalDate target = target(day);
    return target == null ? Timeline.NONE : millis(target.atTime(at.toLocalTime()));
  }

  private long skipping(LongUnaryOperator schedule, long lastMillis) {
    long last = lastMillis;
    for (int i = 0; i < MAX_LOOK; i++) {
      long raw = schedule.applyAsLong(last);
      if (raw >= CompiledSchedule.LAST_MILLIS) {
        return raw;
      }
      LocalDate day = local(raw).toLocalDate();
      if (!calendar.excludes(day)) {
        remember(day);
        return raw;
      }
      LocalDate working = workingFrom(day);
      if (working == null) {
        return Timeline.NONE;
      }
      last = Math.max(raw, start(working) - 1);
    }
    return Timeline.NONE;
  }

  private long moving(LongUnaryOperator schedule, long lastMillis) {
    LocalDate day = workingFrom(local(lastMillis).toLocalDate());
    for (int i = 0; day != null && i < MAX_LOOK; i++) {
      remember(day);
      long first = firstOf(schedule, day, lastMillis);
      if (first != Timeline.NONE) {
        return first;
      }
      LocalDate lastSource = day;
      while (calendar.onExcluded() == WorkCalendar.OnExcluded.PREVIOUS
          && lastSource.isBefore(day.plusDays(MAX_MOVE))
          && calendar.excludes(lastSource.plusDays(1))) {
        lastSource = lastSource.plusDays(1);
      }
      long raw = schedule.applyAsLong(start(lastSource.plusDays(1)) - 1);
      if (raw >= CompiledSchedule.LAST_MILLIS) {
        return Timeline.NONE;
      }
      LocalDate source = local(raw).toLocalDate();
      LocalDate target = calendar.excludes(source) ? target(source) : source;
      // What nothing takes in is let go: the look goes on with the working day after it.
      day = target != null && target.isAfter(day) ? target : workingFrom(source.plusDays(1));
    }
    return Timeline.NONE;
  }

  /**
   * The first instant after {@code lastMillis} among those that this working day has in the end.
   */
  private long firstOf(LongUnaryOperator schedule, LocalDate day, long lastMillis) {
    long first = firstFrom(schedule, day, day, lastMillis);
    int step = calendar.onExcluded() == WorkCalendar.OnExcluded.NEXT ? -1 : 1;
    LocalDate source = day.plusDays(step);
    for (int i = 0; i < MAX_MOVE && calendar.excludes(source); i++) {
      first = Math.min(first, firstFrom(schedule, source, day, lastMillis));
      source = source.plusDays(step);
    }
    return first;
  }

  private long firstFrom(
      LongUnaryOperator schedule, LocalDate source, LocalDate day, long lastMillis) {
    long from = start(source) - 1;
    if (lastMillis >= start(day)) {
      LocalDateTime wanted = source.atTime(local(lastMillis).toLocalTime());
      ZoneOffsetTransition jump = zone.getRules().getTransition(wanted);
      long reached =
          jump != null && jump.isGap() ? jump.getInstant().toEpochMilli() - 1 : millis(wanted);
      from = Math.max(from, source.equals(day) ? lastMillis : reached);
    }
    long end = start(source.plusDays(1));
    for (long raw = schedule.applyAsLong(from); raw < end; raw = schedule.applyAsLong(raw)) {
      long moved = source.equals(day) ? raw : millis(day.atTime(local(raw).toLocalTime()));
      if (moved > lastMillis) {
        return moved;
      }
    }
    return Timeline.NONE;
  }

  /** Where the instants of an excluded day go; null for nowhere. */
  private @Nullable LocalDate target(LocalDate excluded) {
    int step =
        switch (calendar.onExcluded()) {
          case SKIP -> 0;
          case NEXT -> 1;
          case PREVIOUS -> -1;
        };
    LocalDate day = excluded;
    for (int i = 0; step != 0 && i < MAX_MOVE; i++) {
      day = day.plusDays(step);
      if (!calendar.excludes(day)) {
        return day;
      }
    }
    return null;
  }

  private @Nullable LocalDate workingFrom(LocalDate from) {
    LocalDate day = from;
    for (int i = 0; i < MAX_LOOK && day.getYear() < 2_200; i++) {
      if (!calendar.excludes(day)) {
        return day;
      }
      day = day.plusDays(1);
    }
    return null;
  }

  /** The stretch of days from a working one on that neither lose instants nor are given any. */
  private void remember(LocalDate day) {
    WorkCalendar.OnExcluded how = calendar.onExcluded();
    LocalDate from = day;
    if (how == WorkCalendar.OnExcluded.NEXT && calendar.excludes(day.minusDays(1))) {
      from = day.plusDays(1);
    }
    LocalDate until = day.plusDays(1);
    for (int i = 0; i < MAX_PLAIN && !calendar.excludes(until); i++) {
      until = until.plusDays(1);
    }
    if (how == WorkCalendar.OnExcluded.PREVIOUS) {
      until = until.minusDays(1);
    }
    if (from.isBefore(until)) {
      plain = new Plain(start(from), start(until));
    }
  }

  private LocalDateTime local(long millis) {
    return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), zone);
  }

  private long start(LocalDate day) {
    return day.atStartOfDay(zone).toInstant().toEpochMilli();
  }

  private long millis(LocalDateTime at) {
    return at.atZone(zone).toInstant().toEpochMilli();
  }
}
