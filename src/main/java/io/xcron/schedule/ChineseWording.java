package io.xcron.schedule;

import io.xcron.schedule.CronText.Field;
import io.xcron.schedule.CronText.Kind;
import io.xcron.schedule.CronText.Term;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** "每天 01:00", "周一至周五，9 至 17 时，每 5 分钟". Dates come before times. */
final class ChineseWording implements Wording {
  private static final List<String> WEEKDAYS =
      List.of("周日", "周一", "周二", "周三", "周四", "周五", "周六", "周日");

  @Override
  public String cron(CronText text) {
    StringBuilder words = new StringBuilder();
    if (!text.year().full()) {
      words.append(list(text.year())).append("，");
    }
    if (!text.month().full()) {
      words.append(list(text.month())).append("，");
    }
    List<String> clock = Phrasing.times(text);
    String days = days(text);
    if (!days.isEmpty()) {
      words.append(days).append(clock.isEmpty() ? "，" : " ");
    } else if (!clock.isEmpty()) {
      words.append("每天 ");
    }
    return words.append(clock.isEmpty() ? time(text) : String.join("、", clock)).toString();
  }

  private static String time(CronText text) {
    boolean onTheMinute = Phrasing.isZero(text.second());
    boolean onTheHour = onTheMinute && Phrasing.isZero(text.minute());
    String hours = unit(text.hour(), "小时", "时");
    if (onTheHour) {
      return Phrasing.evenStep(text.hour()) != null ? hours : hours + "整";
    }
    StringBuilder words = new StringBuilder();
    boolean anyMinute = text.minute().full();
    if (!text.hour().full()) {
      words.append(hours).append("，");
    } else if (!anyMinute && Phrasing.evenStep(text.minute()) == null) {
      words.append("每小时的");
    }
    if (!anyMinute || onTheMinute) {
      words.append(unit(text.minute(), "分钟", "分"));
    }
    if (!onTheMinute) {
      boolean runs = Phrasing.evenStep(text.second()) != null;
      String between = anyMinute ? (runs ? "" : "每分钟的") : "，";
      words.append(between).append(unit(text.second(), "秒", "秒"));
    }
    return words.toString();
  }

  private static String unit(Field field, String length, String mark) {
    if (field.full()) {
      return "每" + length;
    }
    Term.Span span = Phrasing.evenStep(field);
    if (span != null) {
      return "每 " + span.step() + " " + length;
    }
    if (field.terms().size() == 1
        && field.terms().getFirst() instanceof Term.Span one
        && one.step() > 1) {
      return "第 "
          + one.from()
          + " 至 "
          + one.to()
          + " "
          + mark
          + "中每 "
          + one.step()
          + " "
          + length
          + "一次";
    }
    return "第 " + list(field) + " " + mark;
  }

  private static String days(CronText text) {
    boolean anyDay = text.dayOfMonth().full();
    boolean anyWeekday = text.dayOfWeek().full();
    if (text.eitherDay()) {
      return anyDay || anyWeekday ? "" : list(text.dayOfMonth()) + "，或" + list(text.dayOfWeek());
    }
    if (anyDay || anyWeekday) {
      return anyDay ? (anyWeekday ? "" : list(text.dayOfWeek())) : list(text.dayOfMonth());
    }
    return list(text.dayOfMonth()) + "且为" + list(text.dayOfWeek());
  }

  private static String list(Field field) {
    return String.join("、", field.terms().stream().map(term -> term(field.kind(), term)).toList());
  }

  private static String term(Kind kind, Term term) {
    return switch (term) {
      case Term.Span span -> span(kind, span);
      case Term.LastDay last -> lastDay(last.before());
      case Term.LastWorkday last ->
          last.before() == 0 ? "每月最后一个工作日" : "离" + lastDay(last.before()) + "最近的工作日";
      case Term.NearestWorkday nearest -> "离每月 " + nearest.day() + " 日最近的工作日";
      case Term.LastWeekday last -> "每月最后一个" + WEEKDAYS.get(last.dayOfWeek());
      case Term.NthWeekday nth -> "每月第 " + nth.nth() + " 个" + WEEKDAYS.get(nth.dayOfWeek());
    };
  }

  private static String lastDay(int before) {
    return before == 0 ? "每月最后一天" : "每月最后一天之前 " + before + " 天";
  }

  private static String span(Kind kind, Term.Span span) {
    if (span.from() == span.to()) {
      return (kind == Kind.DAY_OF_MONTH ? "每月 " : "") + value(kind, span.from());
    }
    String to = kind == Kind.DAY_OF_WEEK ? "至" : " 至 ";
    String range =
        (kind == Kind.DAY_OF_MONTH ? "每月 " : "")
            + value(kind, span.from())
            + to
            + value(kind, span.to());
    return span.step() == 1 ? range : range + "中每 " + span.step() + " 取一";
  }

  private static String value(Kind kind, int value) {
    return switch (kind) {
      case YEAR -> value + " 年";
      case MONTH -> value + " 月";
      case DAY_OF_MONTH -> value + " 日";
      case DAY_OF_WEEK -> WEEKDAYS.get(value);
      case SECOND, MINUTE, HOUR -> Integer.toString(value);
    };
  }

  @Override
  public String rate(Duration period) {
    return "每 " + period(period);
  }

  @Override
  public String told() {
    return "另一任务结束时";
  }

  @Override
  public String delay(Duration delay) {
    return "上次运行结束后 " + period(delay);
  }

  @Override
  public String once(Instant at) {
    return "一次，" + at;
  }

  private static String period(Duration period) {
    StringBuilder words = new StringBuilder();
    part(words, period.toDaysPart(), "天");
    part(words, period.toHoursPart(), "小时");
    part(words, period.toMinutesPart(), "分钟");
    part(words, period.toSecondsPart(), "秒");
    part(words, period.toMillisPart(), "毫秒");
    return words.toString();
  }

  private static void part(StringBuilder words, long amount, String unit) {
    if (amount > 0) {
      words.append(words.isEmpty() ? "" : " ").append(amount).append(' ').append(unit);
    }
  }
}
