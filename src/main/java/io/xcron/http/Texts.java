package io.xcron.http;

import io.xcron.model.InvalidTaskException;
import io.xcron.model.Limits;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How durations and instants are written and read. */
final class Texts {
  private static final Pattern WEEKS =
      Pattern.compile("[Pp](\\d{1,9})[Ww](?:(\\d{1,9})[Dd])?((?:[Tt].+)?)");
  private static final Pattern FINER_THAN_NANOS = Pattern.compile("([.]\\d{9})\\d+");

  /** The last instant that is taken, as milliseconds since 1970. */
  static final long LAST_MILLIS = Limits.LAST_INSTANT.toEpochMilli();

  private Texts() {}

  /**
   * The short form: {@code 0s}, {@code 250ms}, {@code 90s}, {@code 1h30m}; what is under two
   * minutes is in seconds. Durations here have whole milliseconds.
   */
  static String duration(Duration duration) {
    long millis = duration.toMillis();
    if (millis == 0) {
      return "0s";
    }
    StringBuilder text = new StringBuilder(16);
    if (millis >= 120_000) {
      millis = part(text, millis, 3_600_000, "h");
      millis = part(text, millis, 60_000, "m");
    }
    millis = part(text, millis, 1_000, "s");
    part(text, millis, 1, "ms");
    return text.toString();
  }

  private static long part(StringBuilder text, long millis, long unit, String name) {
    if (millis >= unit) {
      text.append(millis / unit).append(name);
    }
    return millis % unit;
  }

  /** Reads {@code 10s}, {@code 1h30m}, {@code 1.5s}, {@code 7d}, or ISO 8601. */
  static Duration parseDuration(String field, String text) {
    Duration duration = null;
    if (text.length() <= 64) {
      if (text.startsWith("P") || text.startsWith("p")) {
        try {
          duration = Duration.parse(inDays(text));
        } catch (DateTimeException | ArithmeticException e) {
          throw notADuration(field, text);
        }
      } else {
        duration = shortForm(text);
      }
    }
    if (duration == null || duration.isNegative()) {
      throw notADuration(field, text);
    }
    if (duration.compareTo(Duration.ofMillis(Long.MAX_VALUE / 2)) > 0) {
      throw new InvalidTaskException(field, "is longer than any duration that is accepted");
    }
    if (!duration.equals(duration.truncatedTo(ChronoUnit.MILLIS))) {
      throw new InvalidTaskException(field, "must have whole milliseconds");
    }
    return duration;
  }

  /** ISO 8601 with its weeks, which {@link Duration} does not know, as days. */
  private static String inDays(String text) {
    Matcher weeks = WEEKS.matcher(text);
    if (!weeks.matches()) {
      return text;
    }
    String days = weeks.group(2);
    long sum = 7 * Long.parseLong(weeks.group(1)) + (days == null ? 0 : Long.parseLong(days));
    return "P" + sum + "D" + weeks.group(3);
  }

  private static InvalidTaskException notADuration(String field, String text) {
    return new InvalidTaskException(
        field, "must be a duration such as 10s, 1h30m or PT10S, not \"" + clip(text) + "\"");
  }

  private static @Nullable Duration shortForm(String text) {
    Duration sum = Duration.ZERO;
    int i = 0;
    while (i < text.length()) {
      int digits = i;
      while (i < text.length() && (isDigit(text.charAt(i)) || text.charAt(i) == '.')) {
        i++;
      }
      int unit = i;
      while (i < text.length() && Character.isLetter(text.charAt(i))) {
        i++;
      }
      long nanos = unitNanos(text.substring(unit, i));
      if (digits == unit || unit - digits > 12 || nanos == 0) {
        return null;
      }
      Duration part = times(text.substring(digits, unit), nanos);
      if (part == null) {
        return null;
      }
      sum = sum.plus(part);
    }
    return text.isEmpty() ? null : sum;
  }

  private static @Nullable Duration times(String number, long unitNanos) {
    int dot = number.indexOf('.');
    String whole = dot < 0 ? number : number.substring(0, dot);
    String fraction = dot < 0 ? "" : number.substring(dot + 1);
    if (whole.isEmpty() || (dot >= 0 && (fraction.isEmpty() || fraction.indexOf('.') >= 0))) {
      return null;
    }
    Duration duration = Duration.ofNanos(unitNanos).multipliedBy(Long.parseLong(whole));
    long nanos = unitNanos;
    for (int i = 0; i < fraction.length(); i++) {
      nanos /= 10;
      duration = duration.plusNanos(nanos * (fraction.charAt(i) - '0'));
    }
    return duration;
  }

  private static long unitNanos(String unit) {
    return switch (unit) {
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      case "h" -> 3_600_000_000_000L;
      case "d" -> 86_400_000_000_000L;
      default -> 0;
    };
  }

  /** RFC 3339, UTC, milliseconds. Years lie between 1970 and 9999. */
  static String instant(long epochMillis) {
    long days = Math.floorDiv(epochMillis, 86_400_000L);
    int ofDay = (int) Math.floorMod(epochMillis, 86_400_000L);
    // From Howard Hinnant's chrono-compatible date algorithms: days to civil.
    long z = days + 719_468;
    long era = Math.floorDiv(z, 146_097L);
    long dayOfEra = z - era * 146_097;
    long yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    long dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    long shifted = (5 * dayOfYear + 2) / 153;
    int day = (int) (dayOfYear - (153 * shifted + 2) / 5 + 1);
    int month = (int) (shifted < 10 ? shifted + 3 : shifted - 9);
    int year = (int) (yearOfEra + era * 400 + (month <= 2 ? 1 : 0));
    byte[] text = new byte[24];
    digits(text, 0, 4, year);
    text[4] = '-';
    digits(text, 5, 2, month);
    text[7] = '-';
    digits(text, 8, 2, day);
    text[10] = 'T';
    digits(text, 11, 2, ofDay / 3_600_000);
    text[13] = ':';
    digits(text, 14, 2, ofDay / 60_000 % 60);
    text[16] = ':';
    digits(text, 17, 2, ofDay / 1_000 % 60);
    text[19] = '.';
    digits(text, 20, 3, ofDay % 1_000);
    text[23] = 'Z';
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static void digits(byte[] text, int offset, int count, int value) {
    int rest = value;
    for (int i = offset + count - 1; i >= offset; i--) {
      text[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }

  /**
   * Reads RFC 3339 with any offset and any fraction; what is finer than a millisecond is cut. The
   * instant lies between 1970 and the end of 2199.
   */
  static Instant parseInstant(String field, String text) {
    Instant instant;
    try {
      if (text.length() > 40) {
        throw notAnInstant(field, text);
      }
      String nanos = FINER_THAN_NANOS.matcher(text).replaceFirst("$1");
      instant = OffsetDateTime.parse(nanos).withOffsetSameInstant(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw notAnInstant(field, text);
    }
    Instant cut = instant.truncatedTo(ChronoUnit.MILLIS);
    if (cut.isBefore(Instant.EPOCH) || cut.isAfter(Limits.LAST_INSTANT)) {
      throw outOfRange(field);
    }
    return cut;
  }

  /** An instant that can be written and is not taken. */
  static InvalidTaskException outOfRange(String field) {
    return new InvalidTaskException(field, "must lie between 1970 and the end of 2199");
  }

  private static InvalidTaskException notAnInstant(String field, String text) {
    return new InvalidTaskException(
        field,
        "must be an instant such as 2026-12-01T00:00:00Z, or milliseconds since 1970, not \""
            + clip(text)
            + "\"");
  }

  /** At most so many characters of a text, none of them torn. */
  static String upTo(int max, String text) {
    if (text.length() <= max) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(max - 1)) ? max - 1 : max);
  }

  /** Strictly decoded. */
  static String utf8(byte[] bytes, int offset, int length) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, offset, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw Problem.of(Code.MALFORMED, "the text is not UTF-8");
    }
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** At most 60 characters of what a caller gave, to repeat it to him. */
  static String clip(String text) {
    return wellFormed(text.length() <= 60 ? text : text.substring(0, 60) + "…");
  }

  /** Whether no half of a surrogate pair stands alone, so that the text can be written as UTF-8. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
        if (Character.isHighSurrogate(c)
            && i + 1 < text.length()
            && Character.isLowSurrogate(text.charAt(i + 1))) {
          i++;
        } else {
          return false;
        }
      }
    }
    return true;
  }

  /** The same text with lone halves of surrogate pairs replaced. */
  static String wellFormed(String text) {
    if (isWellFormed(text)) {
      return text;
    }
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }
}
