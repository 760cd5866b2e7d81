package io.xcron.schedule;

import static io.xcron.schedule.CronCompiler.quote;
import static io.xcron.schedule.CronCompiler.refuse;

import io.xcron.model.Dialect;
import io.xcron.schedule.CronText.Field;
import io.xcron.schedule.CronText.Kind;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The grammars. Where a text means different things to different programs, the dialect's own
 * program decides; where that program would drop a part of the text without a word, we refuse the
 * text instead.
 *
 * <ul>
 *   <li><b>unix</b> (cronie, the daemon behind crontab(5); robfig/cron for what crontab(5) lacks):
 *       five fields, or six with seconds first. When neither day field begins with {@code *} or
 *       {@code ?}, one of them is enough, else both must match: {@code 0 0 * /2 * 1} (without the
 *       blank) is the Mondays among the odd days. Names have three letters. {@code 5/15} is 5 to
 *       the end by 15, as in robfig. {@code 5-7}, {@code 5-0} and {@code FRI-SUN} end on Sunday;
 *       any other range that runs backwards is refused, as in cronie. A step beyond the field, such
 *       as {@code * /90} for a minute, leaves the first value, as in cronie.
 *   <li><b>gorhill</b> (cronexpr): five fields, six with a year last, seven with seconds first as
 *       well. Both day fields restricted (no {@code *} or {@code ?} in the list; {@code * /2} does
 *       restrict): one is enough. {@code L LW 15W} in day-of-month, {@code 5L 5#3} in day-of-week,
 *       also in lists; also full names. cronexpr reads a range up to 7 as empty; here it ends on
 *       Sunday.
 *   <li><b>quartz</b>: six fields with seconds first, or seven with a year last. Exactly one day
 *       field is {@code ?}. Sunday is 1; {@code L} alone in day-of-week is Saturday. Ranges may run
 *       backwards: {@code 22-2}, {@code NOV-FEB}. {@code L-3}, {@code L-3W} and lists such as
 *       {@code 15W,L} in day-of-month; {@code 6L} and {@code 6#3} only alone, as in Quartz.
 * </ul>
 *
 * <p>{@code 31W} has no day in a month of 30. A day {@code L-30} that a month does not reach is
 * none either.
 */
final class CronParser {
  private CronParser() {}

  static CronText parse(String text, Dialect dialect) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < ' ' && c != '\t') || c >= 0x7F) {
        throw refuse(
            String.format(
                "has the character U+%04X, which no cron text holds; use plain letters, digits and blanks",
                (int) c));
      }
    }
    String[] words = text.split("[ \t]+");
    return switch (dialect) {
      case UNIX -> unix(words);
      case GORHILL -> gorhill(words);
      case QUARTZ -> quartz(words);
    };
  }

  private static CronText unix(String[] words) {
    requireCount(
        words,
        5,
        6,
        "the unix dialect takes 5 (minute hour day-of-month month day-of-week), or 6 with seconds first");
    List<String> fields = List.of(words).subList(words.length - 5, words.length);
    Field second =
        words.length == 6 ? field(Kind.SECOND, words[0], Dialect.UNIX) : Field.just(Kind.SECOND, 0);
    return text(second, fields, Field.any(Kind.YEAR), Dialect.UNIX);
  }

  private static CronText gorhill(String[] words) {
    requireCount(
        words,
        5,
        7,
        "the gorhill dialect takes 5 (minute hour day-of-month month day-of-week), 6 with a year last, or 7 with seconds first and a year"
            + " last");
    int first = words.length == 7 ? 1 : 0;
    Field second =
        first == 1 ? field(Kind.SECOND, words[0], Dialect.GORHILL) : Field.just(Kind.SECOND, 0);
    Field year =
        words.length > 5
            ? field(Kind.YEAR, words[words.length - 1], Dialect.GORHILL)
            : Field.any(Kind.YEAR);
    return text(second, List.of(words).subList(first, first + 5), year, Dialect.GORHILL);
  }

  private static CronText quartz(String[] words) {
    requireCount(
        words,
        6,
        7,
        "the quartz dialect takes 6 (second minute hour day-of-month month day-of-week), or 7 with a year last; for five fields use the"
            + " unix dialect");
    if (words[3].equals("?") == words[5].equals("?")) {
      throw refuse(
          "must have '?' in exactly one of day-of-month and day-of-week, as in Quartz; it has "
              + quote(words[3])
              + " and "
              + quote(words[5]));
    }
    Field year =
        words.length == 7 ? field(Kind.YEAR, words[6], Dialect.QUARTZ) : Field.any(Kind.YEAR);
    return text(
        field(Kind.SECOND, words[0], Dialect.QUARTZ),
        List.of(words).subList(1, 6),
        year,
        Dialect.QUARTZ);
  }

  private static CronText text(Field second, List<String> five, Field year, Dialect dialect) {
    Field minute = field(Kind.MINUTE, five.get(0), dialect);
    Field hour = field(Kind.HOUR, five.get(1), dialect);
    Field dayOfMonth = field(Kind.DAY_OF_MONTH, five.get(2), dialect);
    Field month = field(Kind.MONTH, five.get(3), dialect);
    Field dayOfWeek = field(Kind.DAY_OF_WEEK, five.get(4), dialect);
    boolean eitherDay =
        switch (dialect) {
          case UNIX -> !dayOfMonth.startsWithStar() && !dayOfWeek.startsWithStar();
          case GORHILL -> restricted(dayOfMonth) && restricted(dayOfWeek);
          case QUARTZ -> false;
        };
    return new CronText(
        second,
        minute,
        hour,
        dayOfMonth,
        month,
        dayOfWeek,
        year,
        eitherDay,
        runs(minute) || runs(hour));
  }

  /** Gorhill's test. */
  private static boolean restricted(Field field) {
    return Collections.disjoint(Arrays.asList(field.written().split(",")), List.of("*", "?"));
  }

  /**
   * Whether a minute or hour field runs on rather than naming times. {@code 0/n} and {@code /n} are
   * {@code * /n} in other words.
   */
  private static boolean runs(Field field) {
    return field.startsWithStar()
        || field.written().startsWith("0/")
        || field.written().startsWith("/")
        || field.full();
  }

  private static Field field(Kind kind, String written, Dialect dialect) {
    return new TermParser(kind, written, dialect).field();
  }

  private static void requireCount(String[] words, int min, int max, String shape) {
    if (words.length < min || words.length > max) {
      throw refuse("has " + words.length + (words.length == 1 ? " field; " : " fields; ") + shape);
    }
  }
}
