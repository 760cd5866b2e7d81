package io.xcron.model;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The bounds of what a task may hold. What exceeds one is refused with the field's name; nothing is
 * cut short.
 */
public final class Limits {
  /** The last instant a schedule may reach: cron texts are computed to the end of 2199. */
  public static final Instant LAST_INSTANT = Instant.parse("2199-12-31T23:59:59.999Z");

  /** The longest period or delay. */
  public static final Duration MAX_PERIOD = Duration.ofDays(36_525);

  public static final int MAX_ID_LENGTH = 128;
  public static final int MAX_NAME_LENGTH = 256;
  public static final int MAX_LABELS = 32;
  public static final int MAX_LABEL_LENGTH = 128;
  public static final int MAX_URL_LENGTH = 2_048;
  public static final int MAX_HEADERS = 32;
  public static final int MAX_HEADER_LENGTH = 4_096;
  public static final int MAX_BODY_BYTES = 262_144;

  private Limits() {}

  static void requireInstant(String field, Instant instant) {
    if (instant.isBefore(Instant.EPOCH) || instant.isAfter(LAST_INSTANT)) {
      throw new InvalidTaskException(field, "must lie between 1970 and the end of 2199");
    }
  }

  static void requireDuration(String field, Duration duration, Duration min, Duration max) {
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      throw new InvalidTaskException(field, "must lie between " + min + " and " + max);
    }
  }

  static void requireText(String field, @Nullable String text, int maxLength) {
    if (text != null && (text.isEmpty() || text.length() > maxLength)) {
      throw new InvalidTaskException(field, "must have 1 to " + maxLength + " characters");
    }
  }
}
