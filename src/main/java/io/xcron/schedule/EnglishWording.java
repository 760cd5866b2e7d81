package io.xcron.schedule;

import io.xcron.schedule.CronText.Field;
import io.xcron.schedule.CronText.Kind;
import io.xcron.schedule.CronText.Term;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** "At 01:00", "Every 5 minutes, from hour 9 to 17, Monday to Friday". */
final class EnglishWording implements Wording {
  private static final List<String> WEEKDAYS =
      List.of(
          "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");
  private static final List<String> MONTHS =
      List.of(
          "",
          "January",
          "February",
          "March",
          "April",
          "May",
          "June",
          "July",
          "August",
          "September",
          "October",
          "November",
          "December");
  private static final List<String> ORDINALS =
      List.of("", "first", "second", "third", "fourth", "fifth");

  @Override
  public String cron(CronText text) {
    StringJoiner phrases = new StringJoiner(", ");
    time(text).forEach(phrases::add);
    String days = days(text);
    if (!days.isEmpty()) {
      phrases.add(days);
    }
    if (!text.month().full()) {
      phrases.add("in " + list(text.month()));
    }
    if (!text.year().full()) {
      phrases.add("in " + list(text.year()));
    }
    String words = phrases.toString();
    return Character.toUpperCase(words.charAt(0)) + words.substring(1);
  }

  private List<String> time(CronText text) {
    List<String> clock = Phrasing.times(text);
    if (!clock.isEmpty()) {
      return List.of("at " + join(clock));
    }
    List<String> phrases = new ArrayList<>();
    boolean onTheMinute = Phrasing.isZero(text.second());
    boolean onTheHour = onTheMinute && Phrasing.isZero(text.minute());
    if (!onTheMinute) {
      phrases.add(unit(text.second(), "second"));
    }
    // "Every second" says all of it while the minutes run too.
    if (!onTheHour && !(text.minute().full() && !onTheMinute)) {
      phrases.add(unit(text.minute(), "minute"));
    }
    if (onTheHour) {
      phrases.add(unit(text.hour(), "hour"));
    } else if (!text.hour().full()) {
      String hours = unit(text.hour(), "hour");
      phrases.add(hours.startsWith("at ") ? "in " + hours.substring(3) : hours);
    } else if (!text.minute().full() && !phrases.getLast().startsWith("every ")) {
      phrases.add("every hour");
    }
    return phrases;
  }

  private static String unit(Field field, String unit) {
    if (field.full()) {
      return "every " + unit;
    }
    Term.Span span = Phrasing.evenStep(field);
    if (span != null) {
      return "every " + span.step() + " " + unit + "s";
    }
    boolean stepped =
        field.terms().size() == 1
            && field.terms().getFirst() instanceof Term.Span one
            && one.step() > 1;
    return (stepped ? "" : "at " + unit + " ") + list(field);
  }

  private static String days(CronText text) {
    boolean anyDay = text.dayOfMonth().full();
    boolean anyWeekday = text.dayOfWeek().full();
    String days = "on " + list(text.dayOfMonth());
    String weekdays = "on " + list(text.dayOfWeek());
    if (text.eitherDay()) {
      return anyDay || anyWeekday ? "" : days + " or " + weekdays;
    }
    if (anyDay || anyWeekday) {
      return anyDay ? (anyWeekday ? "" : weekdays) : days;
    }
    return days + " if also " + weekdays;
  }

  private static String list(Field field) {
    return join(field.terms().stream().map(term -> term(field.kind(), term)).toList());
  }

  private static String term(Kind kind, Term term) {
    return switch (term) {
      case Term.Span span -> span(kind, span);
      case Term.LastDay last -> lastDay(last.before());
      case Term.LastWorkday last ->
          last.before() == 0
              ? "the last workday of the month"
              : "the workday nearest to " + lastDay(last.before());
      case Term.NearestWorkday nearest -> "the workday nearest to day " + nearest.day();
      case Term.LastWeekday last -> "the last " + WEEKDAYS.get(last.dayOfWeek()) + " of the month";
      case Term.NthWeekday nth ->
          "the " + ORDINALS.get(nth.nth()) + " " + WEEKDAYS.get(nth.dayOfWeek()) + " of the month";
    };
  }

  private static String lastDay(int before) {
    return switch (before) {
      case 0 -> "the last day of the month";
      case 1 -> "the day before the last day of the month";
      default -> before + " days before the last day of the month";
    };
  }

  private static String span(Kind kind, Term.Span span) {
    if (span.from() == span.to()) {
      return (kind == Kind.DAY_OF_MONTH ? "day " : "") + value(kind, span.from());
    }
    if (span.step() == 1) {
      return (kind == Kind.DAY_OF_MONTH ? "days " : "")
          + value(kind, span.from())
          + " to "
          + value(kind, span.to());
    }
    String unit =
        switch (kind) {
          case DAY_OF_MONTH, DAY_OF_WEEK -> "day";
          case SECOND, MINUTE, HOUR, MONTH, YEAR -> kind.label;
        };
    return "every "
        + ordinal(span.step())
        + " "
        + unit
        + " from "
        + value(kind, span.from())
        + " to "
        + value(kind, span.to());
  }

  private static String value(Kind kind, int value) {
    return switch (kind) {
      case MONTH -> MONTHS.get(value);
      case DAY_OF_WEEK -> WEEKDAYS.get(value);
      case SECOND, MINUTE, HOUR, DAY_OF_MONTH, YEAR -> Integer.toString(value);
    };
  }

  private static String ordinal(int number) {
    boolean teens = number % 100 / 10 == 1;
    String ending =
        switch (teens ? 0 : number % 10) {
          case 1 -> "st";
          case 2 -> "nd";
          case 3 -> "rd";
          default -> "th";
        };
    return number + ending;
  }

  private static String join(List<String> items) {
    if (items.size() == 1) {
      return items.getFirst();
    }
    return String.join(", ", items.subList(0, items.size() - 1)) + " and " + items.getLast();
  }

  @Override
  public String rate(Duration period) {
    return "Every " + period(period);
  }

  @Override
  public String told() {
    return "when another task ends";
  }

  @Override
  public String delay(Duration delay) {
    return period(delay) + " after the end of the last run";
  }

  @Override
  public String once(Instant at) {
    return "Once, at " + at;
  }

  /** The API's spelling, 1d2h3m4.5s. */
  private static String period(Duration period) {
    StringBuilder words = new StringBuilder();
    part(words, period.toDaysPart(), "d");
    part(words, period.toHoursPart(), "h");
    part(words, period.toMinutesPart(), "m");
    part(words, period.toSecondsPart(), "s");
    part(words, period.toMillisPart(), "ms");
    return words.toString();
  }

  private static void part(StringBuilder words, long amount, String unit) {
    if (amount > 0) {
      words.append(amount).append(unit);
    }
  }
}
