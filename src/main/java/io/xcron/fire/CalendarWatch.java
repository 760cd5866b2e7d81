package io.xcron.fire;

import io.xcron.model.Progress;
import io.xcron.model.WorkCalendar;
import io.xcron.schedule.CalendarCache;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Notices which calendars have come, gone or changed; one for each lane, on its thread. A change is
 * told when it has been there for two looks: this member's copy of the registry may be empty for a
 * moment while it is replaced, and nothing must be computed without a calendar because of that.
 */
final class CalendarWatch {
  static final long LOOK_MILLIS = 500;

  private final CalendarCache calendars;
  private volatile Map<String, WorkCalendar> told = Map.of();
  private Map<String, WorkCalendar> seen = Map.of();
  private long nextLookMillis = Long.MIN_VALUE;

  /** Names that may have changed, of calendars that were not the same at two looks. */
  private final Set<String> pending = new HashSet<>();

  CalendarWatch(CalendarCache calendars) {
    this.calendars = calendars;
  }

  /** The names of the calendars that have changed since the call before; mostly none. */
  Set<String> changed(long nowMillis) {
    if (nowMillis < nextLookMillis) {
      return Set.of();
    }
    nextLookMillis = nowMillis + LOOK_MILLIS;
    Map<String, WorkCalendar> before = seen;
    Map<String, WorkCalendar> now = calendars.all();
    seen = now;
    if (!now.equals(before)) {
      addDifferent(before, now);
      addDifferent(now, before);
      return Set.of();
    }
    if (pending.isEmpty()) {
      return Set.of();
    }
    Set<String> names = Set.copyOf(pending);
    pending.clear();
    told = now;
    return names;
  }

  private void addDifferent(Map<String, WorkCalendar> one, Map<String, WorkCalendar> other) {
    one.forEach(
        (name, calendar) -> {
          if (!calendar.equals(other.get(name))) {
            pending.add(name);
          }
        });
  }

  /** The calendars that there are, as far as told; any thread. */
  Set<String> names() {
    return told.keySet();
  }

  /** When to look again, if something was seen that has not been told. */
  long wakeMillis() {
    return pending.isEmpty() ? Progress.NEVER : nextLookMillis;
  }
}
