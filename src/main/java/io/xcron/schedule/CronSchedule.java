package io.xcron.schedule;

import io.xcron.model.DstRule;
import io.xcron.schedule.CronText.Kind;
import java.time.ZoneId;

/**
 * A cron expression as bit sets beside a zone's offsets. An instant is found in local time (next
 * set bit of hour, minute and second; next set bit of the month's days) and brought back by the
 * offset of its segment of the {@link ZoneClock}.
 *
 * <p><b>Where the clock jumps.</b> A jump forward leaves out the local times of the gap; a jump
 * back gives those of the overlap twice. As in Vixie cron there are two kinds of expression:
 *
 * <ul>
 *   <li><b>Those that follow real time.</b> The minute or the hour field runs: it begins with
 *       {@code *} or {@code ?}, is written {@code 0/n} or {@code /n}, or names every value. Such an
 *       expression fires at each instant whose local time matches: through both hours of an
 *       overlap, and not at all for a gap, whatever the task's rule says. (So does {@code * 2 * *
 *       *} on the day on which there is no hour 2.) The seconds field plays no part in this choice.
 *   <li><b>Those with fixed times</b>, all others, where the task's {@link DstRule} says what
 *       happens. Gap {@code AFTER}: at the first instant after the gap, once however many fixed
 *       times fall into it, and one fire with a fixed time that lies just there. {@code SKIP}: not.
 *       {@code SHIFT}: each as much later as the gap is long. Overlap {@code FIRST}, {@code
 *       SECOND}, {@code BOTH}: as named.
 * </ul>
 *
 * <p>The instants of a schedule are a set, so that the next one is always later than the last,
 * whatever the clocks did between. Nothing is before 1970 or after 2199.
 */
final class CronSchedule {
  private static final int LAST_YEAR = 2200;
  private static final long NONE = CompiledSchedule.NONE;

  private final CronText text;
  private final ZoneClock clock;
  private final long seconds;
  private final long minutes;
  private final int hours;
  private final int firstTime;
  private final DaySet days;
  private final int months;
  // Null when every year will do, those at the edges that are reached only in local time included.
  private final long @org.jspecify.annotations.Nullable [] years;
  private final boolean everyDate;
  private final boolean fixedTimes;
  private final DstRule dst;

  CronSchedule(CronText text, ZoneId zone, DstRule dst) {
    this.text = text;
    this.dst = dst;
    clock = ZoneClock.of(zone);
    seconds = text.second().bits()[0];
    minutes = text.minute().bits()[0];
    hours = (int) text.hour().bits()[0];
    firstTime =
        Integer.numberOfTrailingZeros(hours) * 3_600
            + Long.numberOfTrailingZeros(minutes) * 60
            + Long.numberOfTrailingZeros(seconds);
    days = new DaySet(text.dayOfMonth(), text.dayOfWeek(), text.eitherDay());
    months = (int) text.month().bits()[0];
    years = text.year().full() ? null : text.year().bits();
    everyDate = years == null && text.month().full() && days.everyDay();
    fixedTimes = !text.realTime();
  }

  CronText text() {
    return text;
  }

  /** The first instant strictly after, in milliseconds, or {@link CompiledSchedule#NONE}. */
  long nextAfter(long afterMillis) {
    long from = afterMillis < 0 ? 0 : afterMillis / 1_000 + 1;
    if (from >= ZoneClock.END) {
      return NONE;
    }
    int segment = clock.segmentAt(from);
    long next = fixedTimes ? nextFixed(segment, from) : nextReal(segment, from);
    return next < ZoneClock.END ? next * 1_000 : NONE;
  }

  private long nextReal(int segment, long from) {
    // No local time from knownFrom up to knownNext matches: spares a search per segment when the
    // next match is far.
    long knownFrom = Long.MAX_VALUE;
    long knownNext = Long.MAX_VALUE;
    for (int i = segment; i < clock.segments(); i++) {
      int offset = clock.offset[i];
      long localFrom = Math.max(from, clock.start[i]) + offset;
      if (localFrom < knownFrom || localFrom > knownNext) {
        knownFrom = localFrom;
        knownNext = nextLocal(localFrom);
      }
      if (knownNext < clock.start[i + 1] + offset) {
        return knownNext - offset;
      }
    }
    return NONE;
  }

  private long nextFixed(int segment, long from) {
    long knownFrom = Long.MAX_VALUE;
    long knownNext = Long.MAX_VALUE;
    for (int i = segment; i < clock.segments(); i++) {
      long start = clock.start[i];
      int offset = clock.offset[i];
      int before = i == 0 ? offset : clock.offset[i - 1];
      int after = i + 1 == clock.segments() ? offset : clock.offset[i + 1];
      long now = Math.max(from, start);
      if (before < offset && dst.gap() != DstRule.Gap.SKIP && now + before < start + offset) {
        long next = fromGap(start, before, offset, now);
        if (next != NONE) {
          return next;
        }
      }
      long localFrom = now + offset;
      if (before > offset && dst.overlap() == DstRule.Overlap.FIRST) {
        localFrom = Math.max(localFrom, start + before);
      }
      long localEnd = clock.start[i + 1] + offset;
      if (after < offset && dst.overlap() == DstRule.Overlap.SECOND) {
        localEnd = clock.start[i + 1] + after;
      }
      if (localFrom < knownFrom || localFrom > knownNext) {
        knownFrom = localFrom;
        knownNext = nextLocal(localFrom);
      }
      if (knownNext < localEnd) {
        return knownNext - offset;
      }
    }
    return NONE;
  }

  /**
   * The first instant owed to a local time of the gap before {@code start}, or owed to a local time
   * as early as it is.
   */
  private long fromGap(long start, int before, int offset, long now) {
    return switch (dst.gap()) {
      case SKIP -> NONE;
      case AFTER -> now == start && nextLocal(start + before) < start + offset ? start : NONE;
      case SHIFT -> {
        long missed = nextLocal(now + before);
        if (missed >= start + offset) {
          yield NONE;
        }
        // A time after the gap may lie before a shifted one.
        yield Math.min(missed - before, nextLocal(now + offset) - offset);
      }
    };
  }

  /**
   * The first matching local second from {@code local} on, counted as if the zone were UTC; NONE
   * after the last year.
   */
  private long nextLocal(long local) {
    long day = Math.floorDiv(local, 86_400L);
    int second = (int) (local - day * 86_400L);
    long found = everyDate ? day : nextDay(day);
    if (found == day) {
      int time = nextTime(second);
      if (time >= 0) {
        return day * 86_400L + time;
      }
      found = everyDate ? day + 1 : nextDay(day + 1);
    }
    return found == NONE ? NONE : found * 86_400L + firstTime;
  }

  /** The first matching second of a day, from {@code second} on; -1 when none is left. */
  private int nextTime(int second) {
    int hour = second / 3_600;
    int minute = second / 60 % 60;
    if (((hours >>> hour) & 1) != 0) {
      if (((minutes >>> minute) & 1) != 0) {
        long left = seconds & (-1L << (second % 60));
        if (left != 0) {
          return hour * 3_600 + minute * 60 + Long.numberOfTrailingZeros(left);
        }
      }
      // Bit 60 and above are never set, so a shift past 59 leaves nothing.
      long left = minutes & (-1L << (minute + 1));
      if (left != 0) {
        return hour * 3_600
            + Long.numberOfTrailingZeros(left) * 60
            + Long.numberOfTrailingZeros(seconds);
      }
    }
    int left = hours & (-1 << (hour + 1));
    return left == 0 ? -1 : Integer.numberOfTrailingZeros(left) * 3_600 + firstTime % 3_600;
  }

  /** The first matching day from {@code epochDay} on, as an epoch day, or NONE. */
  private long nextDay(long epochDay) {
    // From days to a date by counting years from March, so that the leap day is a year's last
    // (Howard Hinnant, chrono algorithms).
    long shifted = epochDay + 719_468;
    int era = (int) (shifted / 146_097);
    int ofEra = (int) (shifted - era * 146_097L);
    int yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365;
    int ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int fromMarch = (5 * ofYear + 2) / 153;
    int day = ofYear - (153 * fromMarch + 2) / 5 + 1;
    int month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
    int year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
    if (matches(year) && ((months >>> month) & 1) != 0) {
      long firstOfMonth = epochDay - day + 1;
      int left = daysIn(year, month, firstOfMonth) & (-1 << day);
      if (left != 0) {
        return firstOfMonth - 1 + Integer.numberOfTrailingZeros(left);
      }
    }
    return nextMonths(year, month);
  }

  private long nextMonths(int fromYear, int fromMonth) {
    int left = months & (-1 << (fromMonth + 1));
    for (int year = fromYear; year <= LAST_YEAR; year++, left = months) {
      if (!matches(year)) {
        continue;
      }
      for (; left != 0; left &= left - 1) {
        int month = Integer.numberOfTrailingZeros(left);
        long firstOfMonth = epochDay(year, month);
        int found = daysIn(year, month, firstOfMonth);
        if (found != 0) {
          return firstOfMonth - 1 + Integer.numberOfTrailingZeros(found);
        }
      }
    }
    return NONE;
  }

  private boolean matches(int year) {
    if (years == null) {
      return true;
    }
    int bit = year - Kind.YEAR.min;
    return bit >= 0 && year <= Kind.YEAR.max && ((years[bit >> 6] >>> bit) & 1) != 0;
  }

  private int daysIn(int year, int month, long firstOfMonth) {
    int length = month == 2 ? (leap(year) ? 29 : 28) : 30 + ((month ^ (month >>> 3)) & 1);
    // 1970-01-01 was a Thursday; the sum stays positive from 1969 on.
    return days.in(length, (int) ((firstOfMonth + 4 + 7_000) % 7));
  }

  private static boolean leap(int year) {
    return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0);
  }

  /** The first of a month. */
  private static long epochDay(int year, int month) {
    int marchYear = month <= 2 ? year - 1 : year;
    int era = marchYear / 400;
    int ofEra = marchYear - era * 400;
    int ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5;
    return era * 146_097L + ofEra * 365L + ofEra / 4 - ofEra / 100 + ofYear - 719_468;
  }
}
