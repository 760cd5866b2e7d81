package io.xcron.schedule;

import io.xcron.model.Dialect;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Predicate;

/**
 * A random expression together with what it means, built side by side from one structure so that no
 * parser is needed to know the meaning. Shares nothing with the code under test.
 */
final class RandomCron {
  private static final String[] NO_NAMES = {};
  private static final String[] MONTHS = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"
  };
  private static final String[] WEEKDAYS = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

  /** One field under construction: its text, its values, its special days. */
  private static final class Part {
    final List<String> items = new ArrayList<>();
    final boolean[] values = new boolean[2_200];
    final List<Predicate<LocalDate>> special = new ArrayList<>();
    boolean bareStar;
    boolean plain = true;

    String text() {
      return String.join(",", items);
    }

    List<Integer> list(int from, int to) {
      List<Integer> list = new ArrayList<>();
      for (int value = from; value <= to; value++) {
        if (values[value]) {
          list.add(value);
        }
      }
      return list;
    }
  }

  private final Random random;
  private final Dialect dialect;
  final String text;
  final List<Integer> seconds;
  final List<Integer> minutes;
  final List<Integer> hours;
  final boolean realTime;

  /**
   * Whether cron-utils is known to read it rightly: no lists with special days, no ranges that it
   * gets wrong.
   */
  final boolean plain;

  private final Part dayOfMonth;
  private final Part month;
  private final Part dayOfWeek;
  private final Part year;
  private final boolean either;

  RandomCron(Random random, Dialect dialect, int aroundYear) {
    this.random = random;
    this.dialect = dialect;
    boolean withSeconds = dialect == Dialect.QUARTZ || random.nextInt(4) == 0;
    Part second = withSeconds ? seconds() : just(0);
    Part minute = clockPart(59);
    Part hour = clockPart(23);
    boolean quartzByWeekday = random.nextBoolean();
    dayOfMonth = dialect == Dialect.QUARTZ && quartzByWeekday ? star("?", 1, 31) : dayOfMonth();
    month = random.nextInt(3) > 0 ? star("*", 1, 12) : part(1, 12, MONTHS, 1);
    dayOfWeek = dialect == Dialect.QUARTZ && !quartzByWeekday ? star("?", 0, 6) : dayOfWeek();
    boolean withYear =
        (dialect == Dialect.GORHILL && (withSeconds || random.nextInt(4) == 0))
            || (dialect == Dialect.QUARTZ && random.nextInt(4) == 0);
    year = withYear && random.nextInt(3) > 0 ? years(aroundYear) : star("*", 1970, 2199);

    List<String> words = new ArrayList<>();
    if (withSeconds) {
      words.add(second.text());
    }
    words.addAll(
        List.of(minute.text(), hour.text(), dayOfMonth.text(), month.text(), dayOfWeek.text()));
    if (withYear) {
      words.add(year.text());
    }
    String joined = String.join(random.nextInt(8) == 0 ? " \t" : " ", words);
    text = random.nextInt(4) == 0 ? joined.toUpperCase(Locale.ROOT) : joined;

    seconds = second.list(0, 59);
    minutes = minute.list(0, 59);
    hours = hour.list(0, 23);
    realTime = runs(minute, 60) || runs(hour, 24);
    either =
        switch (dialect) {
          case UNIX -> !starFirst(dayOfMonth) && !starFirst(dayOfWeek);
          case GORHILL -> !dayOfMonth.bareStar && !dayOfWeek.bareStar;
          case QUARTZ -> false;
        };
    plain =
        second.plain
            && minute.plain
            && hour.plain
            && dayOfMonth.plain
            && month.plain
            && dayOfWeek.plain
            && year.plain;
  }

  /** Whether a local date is one of the expression's. */
  boolean matches(LocalDate date) {
    int y = date.getYear();
    boolean yearMatches = year.bareStar || (y >= 1970 && y < 2200 && year.values[y]);
    if (!yearMatches || !month.values[date.getMonthValue()]) {
      return false;
    }
    boolean byDay =
        dayOfMonth.values[date.getDayOfMonth()]
            || dayOfMonth.special.stream().anyMatch(p -> p.test(date));
    boolean byWeekday =
        dayOfWeek.values[date.getDayOfWeek().getValue() % 7]
            || dayOfWeek.special.stream().anyMatch(p -> p.test(date));
    return either ? byDay || byWeekday : byDay && byWeekday;
  }

  boolean bothDaysRestricted() {
    return !dayOfMonth.bareStar && !dayOfWeek.bareStar;
  }

  private static boolean starFirst(Part part) {
    return part.items.getFirst().startsWith("*") || part.items.getFirst().startsWith("?");
  }

  private static boolean runs(Part part, int size) {
    String first = part.items.getFirst();
    return starFirst(part)
        || first.startsWith("0/")
        || first.startsWith("/")
        || part.list(0, size - 1).size() == size;
  }

  private Part just(int value) {
    Part part = new Part();
    part.items.add(Integer.toString(value));
    part.values[value] = true;
    return part;
  }

  private Part star(String text, int min, int max) {
    Part part = new Part();
    part.items.add(text);
    part.bareStar = true;
    for (int value = min; value <= max; value++) {
      part.values[value] = true;
    }
    return part;
  }

  private Part seconds() {
    return random.nextInt(20) == 0 ? part(0, 59, NO_NAMES, 0) : just(random.nextInt(60));
  }

  private Part clockPart(int max) {
    return switch (random.nextInt(6)) {
      case 0, 1 -> just(random.nextInt(max == 23 ? 5 : 60));
      case 2 -> star("*", 0, max);
      default -> part(0, max, NO_NAMES, 0);
    };
  }

  private Part years(int around) {
    Part part = new Part();
    int from = Math.clamp(around - random.nextInt(3), 1970, 2195);
    int to = from + random.nextInt(5);
    switch (random.nextInt(3)) {
      case 0 -> {
        part.items.add(from + "-" + to);
        mark(part, from, to, 1, 1970, 2199);
      }
      case 1 -> {
        part.items.add(from + "," + to);
        part.values[from] = true;
        part.values[to] = true;
      }
      default -> {
        int step = 1 + random.nextInt(4);
        part.items.add(from + "/" + step);
        mark(part, from, 2199, step, 1970, 2199);
      }
    }
    return part;
  }

  /** A list of one to three items. {@code shift} is what names start at. */
  private Part part(int min, int max, String[] names, int shift) {
    Part part = new Part();
    int items = random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1;
    for (int i = 0; i < items; i++) {
      item(part, min, max, names, shift);
    }
    part.plain &= !part.bareStar || items == 1;
    return part;
  }

  private void item(Part part, int min, int max, String[] names, int shift) {
    int size = max - min + 1;
    int step = 1 + random.nextInt(size - 1);
    switch (random.nextInt(9)) {
      case 0 -> {
        part.items.add(dialect == Dialect.UNIX && random.nextInt(3) == 0 ? "?" : "*");
        part.bareStar = true;
        part.plain &= part.items.size() == 1;
        mark(part, min, max, 1, min, max);
      }
      case 1, 2 -> {
        part.items.add((dialect == Dialect.QUARTZ && random.nextInt(3) == 0 ? "/" : "*/") + step);
        part.plain &= part.items.getLast().startsWith("*");
        mark(part, min, max, step, min, max);
      }
      case 3 -> {
        int from = min + random.nextInt(size);
        part.items.add(from + "/" + step);
        part.plain = false;
        mark(part, from, max, step, min, max);
      }
      case 4, 5, 6 -> range(part, min, max, names, shift, random.nextInt(3) == 0 ? step : 1);
      default -> {
        int value = min + random.nextInt(size);
        part.items.add(spell(value, names, shift));
        part.values[value] = true;
      }
    }
  }

  private void range(Part part, int min, int max, String[] names, int shift, int step) {
    int one = min + random.nextInt(max - min + 1);
    int two = min + random.nextInt(max - min + 1);
    boolean round = dialect == Dialect.QUARTZ && random.nextInt(3) == 0;
    int from = round ? Math.max(one, two) : Math.min(one, two);
    int to = round ? Math.min(one, two) : Math.max(one, two);
    // Cron-utils knows no range that goes round, and a step over a single value goes on in it.
    part.plain &= from < to;
    part.items.add(
        spell(from, names, shift) + "-" + spell(to, names, shift) + (step == 1 ? "" : "/" + step));
    mark(part, from, to, step, min, max);
  }

  /** Lays the values out in a row, going round the end when need be, and takes each step-th. */
  private static void mark(Part part, int from, int to, int step, int min, int max) {
    List<Integer> row = new ArrayList<>();
    int value = from;
    while (value != to) {
      row.add(value);
      value = value == max ? min : value + 1;
    }
    row.add(to);
    for (int i = 0; i < row.size(); i += step) {
      part.values[row.get(i)] = true;
    }
  }

  private String spell(int value, String[] names, int shift) {
    if (names.length > 0 && random.nextInt(3) == 0) {
      return names[value - shift];
    }
    return value < 10 && random.nextInt(6) == 0 ? "0" + value : Integer.toString(value);
  }

  private Part dayOfMonth() {
    if (random.nextInt(3) == 0) {
      return star("*", 1, 31);
    }
    if (dialect == Dialect.UNIX || random.nextBoolean()) {
      return part(1, 31, NO_NAMES, 0);
    }
    Part part = new Part();
    part.plain = false;
    int items = random.nextInt(3) == 0 ? 2 : 1;
    for (int i = 0; i < items; i++) {
      int kind = random.nextInt(dialect == Dialect.QUARTZ ? 6 : 4);
      int day = 1 + random.nextInt(31);
      int before = random.nextInt(31);
      switch (kind) {
        case 0 -> special(part, "L", date -> date.getDayOfMonth() == date.lengthOfMonth());
        case 1 ->
            special(part, "LW", date -> date.equals(nearestWorkday(date, date.lengthOfMonth())));
        case 2 ->
            special(
                part,
                day + "W",
                date -> day <= date.lengthOfMonth() && date.equals(nearestWorkday(date, day)));
        case 3 -> item(part, 1, 31, NO_NAMES, 0);
        case 4 ->
            special(
                part, "L-" + before, date -> date.getDayOfMonth() == date.lengthOfMonth() - before);
        default ->
            special(
                part,
                "L-" + before + "W",
                date ->
                    date.lengthOfMonth() > before
                        && date.equals(nearestWorkday(date, date.lengthOfMonth() - before)));
      }
    }
    return part;
  }

  private static void special(Part part, String text, Predicate<LocalDate> predicate) {
    part.items.add(text);
    part.special.add(predicate);
  }

  /** Of all workdays of the month the one with the fewest days between. */
  private static LocalDate nearestWorkday(LocalDate inMonth, int day) {
    LocalDate target = inMonth.withDayOfMonth(day);
    YearMonth month = YearMonth.from(inMonth);
    LocalDate best = target.plusYears(1);
    for (int candidate = 1; candidate <= month.lengthOfMonth(); candidate++) {
      LocalDate date = month.atDay(candidate);
      boolean workday =
          date.getDayOfWeek() != DayOfWeek.SATURDAY && date.getDayOfWeek() != DayOfWeek.SUNDAY;
      if (workday && distance(date, target) < distance(best, target)) {
        best = date;
      }
    }
    return best;
  }

  private static long distance(LocalDate one, LocalDate two) {
    return Math.abs(ChronoUnit.DAYS.between(one, two));
  }

  private Part dayOfWeek() {
    if (random.nextInt(3) == 0) {
      return star("*", 0, 6);
    }
    Part part = new Part();
    int items = random.nextInt(4) == 0 ? 2 : 1;
    for (int i = 0; i < items; i++) {
      boolean special = dialect != Dialect.UNIX && random.nextInt(3) == 0;
      if (special && (dialect == Dialect.GORHILL || items == 1)) {
        specialWeekday(part);
      } else {
        weekday(part);
      }
    }
    return part;
  }

  private String spellWeekday(int weekday) {
    if (random.nextInt(3) == 0) {
      return WEEKDAYS[weekday];
    }
    if (dialect == Dialect.QUARTZ) {
      return Integer.toString(weekday + 1);
    }
    return Integer.toString(weekday == 0 && random.nextBoolean() ? 7 : weekday);
  }

  private void specialWeekday(Part part) {
    part.plain = false;
    int weekday = random.nextInt(7);
    int nth = 1 + random.nextInt(5);
    DayOfWeek day = DayOfWeek.of(weekday == 0 ? 7 : weekday);
    if (random.nextBoolean()) {
      special(
          part,
          spellWeekday(weekday) + "L",
          date -> date.equals(date.with(TemporalAdjusters.lastInMonth(day))));
    } else {
      special(
          part,
          spellWeekday(weekday) + "#" + nth,
          date -> date.equals(date.with(TemporalAdjusters.dayOfWeekInMonth(nth, day))));
    }
  }

  private void weekday(Part part) {
    int step = 1 + random.nextInt(6);
    int one = random.nextInt(7);
    int two = random.nextInt(7);
    switch (random.nextInt(6)) {
      case 0 -> {
        part.items.add("*/" + step);
        mark(part, 0, 6, step, 0, 6);
        part.plain &= dialect != Dialect.UNIX || step < 7;
      }
      case 1 -> {
        int from = Math.min(one, two);
        part.items.add((dialect == Dialect.QUARTZ ? from + 1 : from) + "/" + step);
        part.plain = false;
        mark(part, from, 6, step, 0, 6);
      }
      case 2 -> {
        if (dialect == Dialect.QUARTZ) {
          part.items.add((one + 1) + "-" + (two + 1) + "/" + step);
          part.plain &= one < two;
          mark(part, one, two, step, 0, 6);
        } else {
          // Up to Sunday, written 7, 0 or by name.
          int from = 1 + random.nextInt(6);
          part.items.add(from + "-" + List.of("7", "0", "Sun").get(random.nextInt(3)));
          part.plain = false;
          mark(part, from, 0, 1, 0, 6);
        }
      }
      case 3 -> {
        int from = Math.min(one, two);
        int to = Math.max(one, two);
        boolean named = random.nextBoolean();
        int shift = dialect == Dialect.QUARTZ ? 1 : 0;
        part.items.add(
            named ? WEEKDAYS[from] + "-" + WEEKDAYS[to] : from + shift + "-" + (to + shift));
        part.plain &= from < to && !(named && from == 0);
        mark(part, from, to, 1, 0, 6);
      }
      default -> {
        part.items.add(spellWeekday(one));
        part.values[one] = true;
      }
    }
  }

  @Override
  public String toString() {
    return dialect + " [" + text + "]";
  }
}
