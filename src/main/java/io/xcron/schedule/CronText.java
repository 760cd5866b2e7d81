package io.xcron.schedule;

import java.util.List;

/**
 * A cron expression as it was written, term by term, in one form for all dialects: day of week
 * counts Sunday as 0, and as 7 where a range ends there; fields that the dialect leaves out are
 * filled in.
 *
 * @param eitherDay whether day-of-month or day-of-week is enough; else both must match
 * @param realTime whether the expression follows real time through a jump of the clock ({@link
 *     CronSchedule} says how)
 */
record CronText(
    Field second,
    Field minute,
    Field hour,
    Field dayOfMonth,
    Field month,
    Field dayOfWeek,
    Field year,
    boolean eitherDay,
    boolean realTime) {

  /** A field's name in errors, and its values. */
  enum Kind {
    SECOND("second", 0, 59),
    MINUTE("minute", 0, 59),
    HOUR("hour", 0, 23),
    DAY_OF_MONTH("day-of-month", 1, 31),
    MONTH("month", 1, 12),
    DAY_OF_WEEK("day-of-week", 0, 6),
    YEAR("year", 1970, 2199);

    final String label;
    final int min;
    final int max;

    Kind(String label, int min, int max) {
      this.label = label;
      this.min = min;
      this.max = max;
    }

    int size() {
      return max - min + 1;
    }
  }

  /** One item of a field's list. */
  sealed interface Term {
    /**
     * From, to, by; {@code to} below {@code from} goes round. {@code star} marks one that was
     * written as a wildcard.
     */
    record Span(int from, int to, int step, boolean star) implements Term {}

    /** So many days before the last day of the month. */
    record LastDay(int before) implements Term {}

    /**
     * The workday nearest to the day so many days before the last one; {@code LW} for 0 is the last
     * workday.
     */
    record LastWorkday(int before) implements Term {}

    /**
     * The workday nearest to this day, in the same month; in a month without this day there is
     * none.
     */
    record NearestWorkday(int day) implements Term {}

    record LastWeekday(int dayOfWeek) implements Term {}

    record NthWeekday(int dayOfWeek, int nth) implements Term {}
  }

  /** A field: what was written, and what it means. */
  record Field(Kind kind, String written, List<Term> terms) {
    Field {
      terms = List.copyOf(terms);
    }

    static Field any(Kind kind) {
      return new Field(kind, "*", List.of(new Term.Span(kind.min, kind.max, 1, true)));
    }

    static Field just(Kind kind, int value) {
      return new Field(
          kind, Integer.toString(value), List.of(new Term.Span(value, value, 1, false)));
    }

    /** Whether the written text begins with a wildcard; Vixie's test of an unrestricted field. */
    boolean startsWithStar() {
      return written.startsWith("*") || written.startsWith("?");
    }

    /**
     * The spans' values as bits, counted from {@code kind.min} for years and from 0 for the others.
     */
    long[] bits() {
      int base = kind == Kind.YEAR ? kind.min : 0;
      long[] bits = new long[(kind.max - base) / 64 + 1];
      for (Term term : terms) {
        if (term instanceof Term.Span span) {
          int to = span.to < span.from ? span.to + kind.size() : span.to;
          for (int value = span.from; value <= to; value += span.step) {
            int bit = (value - kind.min) % kind.size() + kind.min - base;
            bits[bit >> 6] |= 1L << bit;
          }
        }
      }
      return bits;
    }

    boolean full() {
      int values = 0;
      for (long word : bits()) {
        values += Long.bitCount(word);
      }
      return values == kind.size();
    }
  }
}
