package io.xcron.schedule;

import static io.xcron.schedule.CronCompiler.quote;

import io.xcron.model.Dialect;
import io.xcron.model.InvalidTaskException;
import io.xcron.schedule.CronText.Field;
import io.xcron.schedule.CronText.Kind;
import io.xcron.schedule.CronText.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One field's list. Every refusal names field, term, reason and what to write instead. */
final class TermParser {
  private static final int MAX_DIGITS = 4;
  private static final int MAX_LAST_OFFSET = 30;
  private static final int SATURDAY = 6;
  private static final List<String> MONTHS =
      List.of(
          "january",
          "february",
          "march",
          "april",
          "may",
          "june",
          "july",
          "august",
          "september",
          "october",
          "november",
          "december");
  private static final List<String> WEEKDAYS =
      List.of("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday");

  private final Kind kind;
  private final String written;
  private final Dialect dialect;
  private final boolean quartz;

  TermParser(Kind kind, String written, Dialect dialect) {
    this.kind = kind;
    this.written = written;
    this.dialect = dialect;
    quartz = dialect == Dialect.QUARTZ;
  }

  Field field() {
    List<Term> terms = new ArrayList<>();
    for (String item : written.split(",", -1)) {
      if (item.isEmpty()) {
        throw bad("a list item is empty", "write items between the commas");
      }
      terms.add(term(item));
    }
    if (quartz && kind == Kind.DAY_OF_WEEK && terms.size() > 1) {
      boolean special = written.indexOf('#') >= 0 || written.toUpperCase(Locale.ROOT).contains("L");
      if (special) {
        throw bad("L and # stand alone in this field in Quartz", "split it into several tasks");
      }
    }
    return new Field(kind, written, terms);
  }

  private Term term(String item) {
    String upper = item.toUpperCase(Locale.ROOT);
    boolean days = kind == Kind.DAY_OF_MONTH || kind == Kind.DAY_OF_WEEK;
    if (days && dialect != Dialect.UNIX) {
      Term special = kind == Kind.DAY_OF_MONTH ? dayOfMonth(upper) : dayOfWeek(item, upper);
      if (special != null) {
        return special;
      }
    }
    int slash = item.indexOf('/');
    String base = slash < 0 ? item : item.substring(0, slash);
    boolean stepped = slash >= 0;
    int step = stepped ? step(item.substring(slash + 1)) : 1;
    if (base.equals("*") || (quartz && stepped && base.isEmpty())) {
      return new Term.Span(kind.min, kind.max, step, true);
    }
    if (base.equals("?")) {
      return questionMark(step, stepped);
    }
    int dash = base.indexOf('-');
    if (dash < 0) {
      int from = value(base);
      if (!stepped) {
        return new Term.Span(from, from, 1, false);
      }
      return new Term.Span(kind == Kind.DAY_OF_WEEK ? from % 7 : from, kind.max, step, false);
    }
    return range(value(base.substring(0, dash)), value(base.substring(dash + 1)), step);
  }

  private Term questionMark(int step, boolean stepped) {
    boolean days = kind == Kind.DAY_OF_MONTH || kind == Kind.DAY_OF_WEEK;
    boolean allowed =
        switch (dialect) {
          case UNIX -> true;
          case GORHILL -> !stepped;
          case QUARTZ -> days && !stepped && written.equals("?");
        };
    if (!allowed) {
      throw bad("'?' is not allowed here in the " + name() + " dialect", "write '*'");
    }
    return new Term.Span(kind.min, kind.max, step, true);
  }

  private Term range(int from, int to, int step) {
    if (kind == Kind.DAY_OF_WEEK && !quartz) {
      if (to == 0 && from > 0) {
        return new Term.Span(from, 7, step, false);
      }
      if (from == 7 && dialect == Dialect.GORHILL) {
        return new Term.Span(0, to % 7, step, false);
      }
    }
    if (from > to && (!quartz || kind == Kind.YEAR)) {
      String remedy =
          kind == Kind.YEAR
              ? "put the smaller year first"
              : "write " + from + "-" + kind.max + "," + kind.min + "-" + to;
      throw bad("the range runs backwards", remedy);
    }
    return new Term.Span(from, to, step, false);
  }

  private @org.jspecify.annotations.Nullable Term dayOfMonth(String upper) {
    if (upper.equals("L")) {
      return new Term.LastDay(0);
    }
    if (upper.equals("LW")) {
      return new Term.LastWorkday(0);
    }
    if (upper.startsWith("L-")) {
      if (!quartz) {
        throw bad(
            "days before the last are known only to the quartz dialect", "use dialect quartz");
      }
      boolean workday = upper.endsWith("W");
      int before = number(upper.substring(2, upper.length() - (workday ? 1 : 0)));
      if (before > MAX_LAST_OFFSET) {
        throw bad(before + " days before the last lies in no month", "use 1 to " + MAX_LAST_OFFSET);
      }
      return workday ? new Term.LastWorkday(before) : new Term.LastDay(before);
    }
    if (upper.endsWith("W")) {
      String day = upper.substring(0, upper.length() - 1);
      if (day.indexOf('-') >= 0 || day.indexOf('/') >= 0 || day.equals("*")) {
        throw bad("W takes a single day", "write such as 15W");
      }
      return new Term.NearestWorkday(value(day));
    }
    return null;
  }

  private @org.jspecify.annotations.Nullable Term dayOfWeek(String item, String upper) {
    int hash = item.indexOf('#');
    if (hash >= 0) {
      int nth = number(item.substring(hash + 1));
      if (nth < 1 || nth > 5) {
        throw bad("a month has no such week as #" + nth, "use #1 to #5");
      }
      return new Term.NthWeekday(value(item.substring(0, hash)) % 7, nth);
    }
    if (upper.equals("L")) {
      if (!quartz) {
        throw bad(
            "L needs a weekday before it in the gorhill dialect",
            "write such as 5L, or L in the day-of-month field");
      }
      return new Term.Span(SATURDAY, SATURDAY, 1, false);
    }
    // No weekday ends with an l.
    return upper.endsWith("L")
        ? new Term.LastWeekday(value(item.substring(0, item.length() - 1)) % 7)
        : null;
  }

  /** A number or a name; in quartz the day of week moved to Sunday 0. */
  private int value(String text) {
    int named = name(text);
    if (named >= 0) {
      return named;
    }
    if (text.isEmpty() || text.charAt(0) < '0' || text.charAt(0) > '9') {
      throw notANumber(text);
    }
    int value = number(text);
    int shift = quartz && kind == Kind.DAY_OF_WEEK ? 1 : 0;
    int min = kind.min + shift;
    int max = kind == Kind.DAY_OF_WEEK ? 7 : kind.max;
    if (value < min || value > max) {
      throw bad(
          value + " is out of range",
          "use " + min + " to " + max + (shift == 1 ? " (Sunday is 1)" : ""));
    }
    return value - shift;
  }

  private int name(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.length() < 3 || (kind != Kind.MONTH && kind != Kind.DAY_OF_WEEK)) {
      return -1;
    }
    List<String> names = kind == Kind.MONTH ? MONTHS : WEEKDAYS;
    for (int i = 0; i < names.size(); i++) {
      String full = names.get(i);
      if (lower.equals(full.substring(0, 3))
          || (dialect == Dialect.GORHILL && lower.equals(full))) {
        return i + kind.min;
      }
    }
    return -1;
  }

  private InvalidTaskException notANumber(String text) {
    String upper = written.toUpperCase(Locale.ROOT);
    boolean days = kind == Kind.DAY_OF_MONTH || kind == Kind.DAY_OF_WEEK;
    if (dialect == Dialect.UNIX
        && days
        && upper.matches("[0-9A-Z,#-]*[LW#][0-9A-Z,#-]*")
        && !upper.matches("[A-Z]{4,}")) {
      return bad("L, W and # are not of the unix dialect", "use dialect gorhill or quartz");
    }
    if (text.indexOf('~') >= 0) {
      return bad("random times (~) are not supported", "use the task's jitter");
    }
    String names =
        switch (kind) {
          case MONTH -> " or JAN to DEC";
          case DAY_OF_WEEK -> " or SUN to SAT";
          case SECOND, MINUTE, HOUR, DAY_OF_MONTH, YEAR -> "";
        };
    int shift = quartz && kind == Kind.DAY_OF_WEEK ? 1 : 0;
    int max = kind == Kind.DAY_OF_WEEK ? 7 : kind.max;
    String reason = text.isEmpty() ? "a value is missing" : quote(text) + " is no value";
    return bad(reason, "use " + (kind.min + shift) + " to " + max + names);
  }

  private int step(String text) {
    int step = number(text);
    // Quartz and cronexpr refuse a step beyond the field; cronie takes it.
    int max =
        dialect == Dialect.UNIX
            ? 9_999
            : kind == Kind.DAY_OF_WEEK ? 7 : kind == Kind.YEAR ? kind.size() : kind.max;
    if (step < 1 || step > max) {
      throw bad("the step " + step + " is out of range", "use 1 to " + max);
    }
    return step;
  }

  private int number(String text) {
    if (text.isEmpty()) {
      throw bad("a number is missing", "write it after the sign");
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        // What starts with a digit and goes on otherwise may be L, W or # in a dialect without
        // them.
        throw notANumber(text);
      }
    }
    if (text.length() > MAX_DIGITS) {
      throw bad(
          "the number " + quote(text) + " is too large", "use at most " + MAX_DIGITS + " digits");
    }
    return Integer.parseInt(text);
  }

  private String name() {
    return dialect.name().toLowerCase(Locale.ROOT);
  }

  private InvalidTaskException bad(String reason, String remedy) {
    return CronCompiler.refuse(
        "has a bad " + kind.label + " field " + quote(written) + ": " + reason + "; " + remedy);
  }
}
