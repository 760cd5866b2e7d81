package io.xcron.model;

import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Set;

/**
 * Days on which tasks that name this calendar do not run.
 *
 * @param zone in which an instant's day is looked up
 * @param exclude days without runs
 * @param excludeDays days of the week without runs
 * @param include days with runs whatever else is said of them
 */
public record WorkCalendar(
    ZoneId zone,
    Set<LocalDate> exclude,
    Set<DayOfWeek> excludeDays,
    Set<LocalDate> include,
    OnExcluded onExcluded) {
  public static final int MAX_DAYS = 10_000;

  public WorkCalendar {
    if (exclude.size() > MAX_DAYS) {
      throw new InvalidTaskException("exclude", "must be at most " + MAX_DAYS + " days");
    }
    if (include.size() > MAX_DAYS) {
      throw new InvalidTaskException("include", "must be at most " + MAX_DAYS + " days");
    }
    if (excludeDays.size() == DayOfWeek.values().length && include.isEmpty()) {
      throw new InvalidTaskException("exclude_days", "must leave a day on which something may run");
    }
    exclude = Set.copyOf(exclude);
    excludeDays = Set.copyOf(excludeDays);
    include = Set.copyOf(include);
  }

  /** What becomes of an instant on an excluded day. */
  public enum OnExcluded {
    /** It is let go, and takes no number. */
    SKIP,
    /** It moves to the same time of the next day that is not excluded. */
    NEXT,
    /** It moves to the same time of the last day before that is not excluded. */
    PREVIOUS
  }

  public boolean excludes(LocalDate day) {
    return !include.contains(day)
        && (exclude.contains(day) || excludeDays.contains(day.getDayOfWeek()));
  }
}
