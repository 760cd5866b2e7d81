package io.xcron.fire;

import io.xcron.model.Progress;
import io.xcron.model.WorkCalendar;
import io.xcron.schedule.CalendarCache;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
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
  private boolean pending;

  CalendarWatch(CalendarCache calendars) {
    this.calendars = calendars;
  }

  /** The names of the calendars that have changed since the call before; mostly none. */
  Set<String> changed(long nowMillis) {
    if (nowMillis < nextLookMillis) {
      return Set.of();
    }
    nextLookMillis = nowMillis + LOOK_MILLIS;
    Map<String, WorkCalendar> now = calendars.all();
    boolean stays = now.equals(seen);
    seen = now;
    pending = !now.equals(told);
    if (!stays || !pending) {
      return Set.of();
    }
    Set<String> names = new HashSet<>(told.keySet());
    names.addAll(now.keySet());
    names.removeIf(name -> Objects.equals(told.get(name), now.get(name)));
    told = now;
    pending = false;
    return names;
  }

  /** The calendars that there are, as far as told; any thread. */
  Set<String> names() {
    return told.keySet();
  }

  /** When to look again, if something was seen that has not been told. */
  long wakeMillis() {
    return pending ? nextLookMillis : Progress.NEVER;
  }
}
