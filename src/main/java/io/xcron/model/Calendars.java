package io.xcron.model;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The calendars that tasks may name. Asked by any thread; never blocks. */
public interface Calendars {
  Calendars NONE = name -> null;

  /** The calendar of this name, or null: a task that names it then runs as if it named none. */
  @Nullable WorkCalendar calendar(String name);

  /** All that there are, by name; a calendar that stays the same is the same object. */
  default Map<String, WorkCalendar> all() {
    return Map.of();
  }
}
