package io.xcron.schedule;

import io.xcron.model.Dialect;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Limits;
import io.xcron.model.Schedule;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From the user's text to a schedule: what stands around the fields. {@code TZ=} and {@code
 * CRON_TZ=} (unix), the names with an {@code @} (unix and gorhill), {@code @every} (unix). The
 * fields themselves are {@link CronParser}'s.
 */
final class CronCompiler {
  private static final String FIELD = "schedule.cron";
  private static final int SHOWN = 40;

  private static final Map<String, String> NAMES =
      Map.of(
          "@yearly", "0 0 1 1 *",
          "@annually", "0 0 1 1 *",
          "@monthly", "0 0 1 * *",
          "@weekly", "0 0 * * 0",
          "@daily", "0 0 * * *",
          "@midnight", "0 0 * * *",
          "@hourly", "0 * * * *");

  // Go's time.ParseDuration: decimal numbers, each with a unit.
  private static final Pattern PART =
      Pattern.compile("(\\d{1,12}(?:\\.\\d{0,9})?|\\.\\d{1,9})(ns|us|µs|μs|ms|s|m|h|d)");
  private static final Map<String, Long> UNIT_NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L,
          "d", 86_400_000_000_000L);

  private CronCompiler() {}

  static CompiledSchedule compile(Schedule.Cron cron) {
    String text = trim(cron.expression());
    ZoneId zone = cron.zone();
    if (text.startsWith("TZ=") || text.startsWith("CRON_TZ=")) {
      requireUnix(cron.dialect(), "TZ=", "give the zone as schedule.zone");
      int end = endOfWord(text);
      zone = zone(text.substring(text.indexOf('=') + 1, end));
      text = trim(text.substring(end));
      if (text.isEmpty()) {
        throw refuse("has a time zone and nothing after it; add the five fields");
      }
    }
    if (text.startsWith("@")) {
      String name = text.substring(0, endOfWord(text)).toLowerCase(Locale.ROOT);
      if (name.equals("@every")) {
        requireUnix(cron.dialect(), "@every", "use a schedule of the form {\"every\":\"1h30m\"}");
        return every(trim(text.substring(name.length())));
      }
      text = named(text, cron.dialect());
    }
    CronText parsed = CronParser.parse(text, cron.dialect());
    CronSchedule schedule = new CronSchedule(parsed, zone, cron.dst());
    if (schedule.nextAfter(-1) == CompiledSchedule.NONE) {
      throw refuse(
          "never fires: "
              + quote(text)
              + " names no date that exists; check its day-of-month against its month, day-of-week and year");
    }
    return schedule;
  }

  static InvalidTaskException refuse(String reason) {
    return new InvalidTaskException(FIELD, reason);
  }

  /** A part of the user's text for a message: cut, and without what a terminal might act on. */
  static String quote(String text) {
    String clean = text.replaceAll("\\p{Cntrl}", "?");
    return "'" + (clean.length() <= SHOWN ? clean : clean.substring(0, SHOWN) + "…") + "'";
  }

  private static String named(String text, Dialect dialect) {
    if (dialect == Dialect.QUARTZ) {
      throw refuse(
          "has "
              + quote(text)
              + ", but the quartz dialect has no names with @; write the fields out");
    }
    String fields = NAMES.get(text.toLowerCase(Locale.ROOT));
    if (fields != null) {
      return fields;
    }
    if (text.toLowerCase(Locale.ROOT).startsWith("@reboot")) {
      throw refuse(
          "has '@reboot', which a cluster that does not stop never reaches; give times instead");
    }
    throw refuse(
        "has the unknown name "
            + quote(text)
            + "; known are @yearly @annually @monthly @weekly @daily @midnight @hourly"
            + (dialect == Dialect.UNIX ? " and @every 1h30m" : ""));
  }

  /**
   * As in robfig/cron: each instant is the one before, cut to the second, plus the duration. That
   * is a fixed rate whose anchor lies on a whole second. Where robfig rounds a duration that is not
   * in whole seconds, we refuse it; where it has no days, we take them as 24 hours.
   */
  private static CompiledSchedule.Rate every(String text) {
    Matcher part = PART.matcher(text);
    BigDecimal nanos = BigDecimal.ZERO;
    int at = 0;
    while (part.find() && part.start() == at) {
      long unit = UNIT_NANOS.getOrDefault(part.group(2), 0L);
      nanos = nanos.add(new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit)));
      at = part.end();
    }
    if (at == 0 || at != text.length()) {
      throw refuse(
          "has a bad duration "
              + quote(text)
              + " after @every; write numbers with units, such as 90s, 1h30m or 1d");
    }
    BigDecimal seconds = nanos.movePointLeft(9).stripTrailingZeros();
    if (seconds.scale() > 0 || seconds.signum() <= 0) {
      throw refuse(
          "has @every "
              + quote(text)
              + ", which must be whole seconds and at least 1s; for less use a schedule of the form {\"every\":\"500ms\"}");
    }
    if (seconds.compareTo(BigDecimal.valueOf(Limits.MAX_PERIOD.toSeconds())) > 0) {
      throw refuse(
          "has @every "
              + quote(text)
              + ", which is longer than "
              + Limits.MAX_PERIOD.toDays()
              + " days");
    }
    return new CompiledSchedule.Rate(Duration.ofSeconds(seconds.longValueExact()).toMillis(), true);
  }

  private static ZoneId zone(String name) {
    try {
      return ZoneId.of(name);
    } catch (DateTimeException e) {
      InvalidTaskException refusal =
          refuse(
              "has an unknown time zone "
                  + quote(name)
                  + "; use a name of the tz database such as Asia/Shanghai, or UTC");
      refusal.initCause(e);
      throw refusal;
    }
  }

  private static void requireUnix(Dialect dialect, String what, String remedy) {
    if (dialect != Dialect.UNIX) {
      throw refuse("has " + what + ", which only the unix dialect knows; " + remedy);
    }
  }

  private static int endOfWord(String text) {
    int end = 0;
    while (end < text.length() && !blank(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static String trim(String text) {
    int from = 0;
    int to = text.length();
    while (from < to && blank(text.charAt(from))) {
      from++;
    }
    while (from < to && blank(text.charAt(to - 1))) {
      to--;
    }
    return text.substring(from, to);
  }

  private static boolean blank(char c) {
    return c == ' ' || c == '\t';
  }
}
