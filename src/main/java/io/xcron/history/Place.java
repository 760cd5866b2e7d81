package io.xcron.history;

import io.xcron.model.InvalidTaskException;
import org.jspecify.annotations.Nullable;

/**
 * Where something lies in a sorted part of a run store: by generation, then by number. As text it
 * is the cursor of a page.
 */
record Place(long generation, long number) {
  static final Place NEWEST = new Place(Long.MAX_VALUE, Long.MAX_VALUE);

  /**
   * Reads what {@link #text} wrote.
   *
   * @throws InvalidTaskException if that was not so
   */
  static Place parse(String cursor) {
    int dot = cursor.indexOf('.');
    try {
      if (dot > 0) {
        return new Place(
            Long.parseUnsignedLong(cursor.substring(0, dot), 36),
            Long.parseUnsignedLong(cursor.substring(dot + 1), 36));
      }
    } catch (NumberFormatException e) {
      throw new InvalidTaskException("cursor", "is none that this list gave");
    }
    throw new InvalidTaskException("cursor", "is none that this list gave");
  }

  /** Where a page begins that follows one with this cursor; the newest without one. */
  static Place after(@Nullable String cursor) {
    return cursor == null ? NEWEST : parse(cursor).next();
  }

  String text() {
    return Long.toString(generation, 36) + "." + Long.toString(number, 36);
  }

  boolean isNewerThan(Place other) {
    return generation > other.generation
        || (generation == other.generation && number > other.number);
  }

  private Place next() {
    return new Place(generation, number - 1);
  }
}
