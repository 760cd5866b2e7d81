package io.xcron.schedule;

import io.xcron.model.Calendars;
import io.xcron.model.WorkCalendar;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The calendars that tasks name, in the form that computes. A calendar is looked up anew for each
 * instant, so that a change holds from the next one on. Any thread may call. Holds as many as exist
 * and are in use.
 */
public final class CalendarCache {
  public static final CalendarCache NONE = new CalendarCache(Calendars.NONE);

  private final Calendars source;
  private final ConcurrentHashMap<String, WorkDays> compiled = new ConcurrentHashMap<>();

  public CalendarCache(Calendars source) {
    this.source = source;
  }

  /** All calendars that there are, see {@link Calendars#all}. */
  public Map<String, WorkCalendar> all() {
    return source.all();
  }

  /** Null when there is no calendar of this name. */
  @Nullable WorkDays get(String name) {
    WorkCalendar now = source.calendar(name);
    if (now == null) {
      compiled.remove(name);
      return null;
    }
    WorkDays known = compiled.get(name);
    // Cheap for the same object: its sets are the same.
    if (known != null && known.calendar().equals(now)) {
      return known;
    }
    WorkDays days = new WorkDays(now);
    compiled.put(name, days);
    return days;
  }
}
