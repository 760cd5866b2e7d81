package io.xcron.schedule;

import io.xcron.schedule.CronText.Field;
import io.xcron.schedule.CronText.Term;

/**
 * The days of a month that an expression selects, as bits 1 to 31. All in registers: the
 * day-of-week pattern of seven bits is turned to the weekday of the first and repeated by a
 * multiplication.
 */
final class DaySet {
  private static final long FIVE_WEEKS = 1L | (1L << 7) | (1L << 14) | (1L << 21) | (1L << 28);
  private static final int SATURDAY = 6;
  private static final int SUNDAY = 0;

  private final int days;
  private final int weekdays;
  private final boolean eitherDay;
  // The rare ones: L, L-3 | LW, L-3W | 15W | 5L | 5#3, the last as seven bits per n.
  private final int lastDays;
  private final int lastWorkdays;
  private final int nearestWorkdays;
  private final int lastWeekdays;
  private final long nthWeekdays;
  private final boolean plain;

  DaySet(Field dayOfMonth, Field dayOfWeek, boolean eitherDay) {
    days = (int) dayOfMonth.bits()[0];
    weekdays = (int) dayOfWeek.bits()[0];
    this.eitherDay = eitherDay;
    int last = 0;
    int lastWork = 0;
    int nearest = 0;
    for (Term term : dayOfMonth.terms()) {
      if (term instanceof Term.LastDay day) {
        last |= 1 << day.before();
      } else if (term instanceof Term.LastWorkday day) {
        lastWork |= 1 << day.before();
      } else if (term instanceof Term.NearestWorkday day) {
        nearest |= 1 << day.day();
      }
    }
    int lastOf = 0;
    long nth = 0;
    for (Term term : dayOfWeek.terms()) {
      if (term instanceof Term.LastWeekday day) {
        lastOf |= 1 << day.dayOfWeek();
      } else if (term instanceof Term.NthWeekday day) {
        nth |= 1L << (7 * (day.nth() - 1) + day.dayOfWeek());
      }
    }
    lastDays = last;
    lastWorkdays = lastWork;
    nearestWorkdays = nearest;
    lastWeekdays = lastOf;
    nthWeekdays = nth;
    plain = (last | lastWork | nearest | lastOf) == 0 && nth == 0;
  }

  boolean everyDay() {
    int allDays = days & 0xFFFF_FFFE;
    boolean bothFull = allDays == 0xFFFF_FFFE && weekdays == 0x7F;
    return eitherDay ? allDays == 0xFFFF_FFFE || weekdays == 0x7F : bothFull;
  }

  /**
   * The selected days.
   *
   * @param length of the month, in days
   * @param first the weekday of its first day, Sunday 0
   */
  int in(int length, int first) {
    int inMonth = (int) ((1L << (length + 1)) - 2);
    int byDay = days;
    int byWeekday = spread(weekdays, first);
    if (!plain) {
      byDay |= specialDays(length, first);
      byWeekday |= specialWeekdays(length, first);
    }
    return (eitherDay ? byDay | byWeekday : byDay & byWeekday) & inMonth;
  }

  /** Seven bits of weekdays as bits of the days 1 to 31. */
  private static int spread(int weekdays, int first) {
    long turned = ((weekdays >>> first) | ((long) weekdays << (7 - first))) & 0x7F;
    return (int) ((turned * FIVE_WEEKS) << 1);
  }

  private int specialDays(int length, int first) {
    int bits = 0;
    for (int rest = lastDays; rest != 0; rest &= rest - 1) {
      int day = length - Integer.numberOfTrailingZeros(rest);
      bits |= day >= 1 ? 1 << day : 0;
    }
    for (int rest = lastWorkdays; rest != 0; rest &= rest - 1) {
      int day = length - Integer.numberOfTrailingZeros(rest);
      bits |= day >= 1 ? 1 << nearestWorkday(day, length, first) : 0;
    }
    for (int rest = nearestWorkdays; rest != 0; rest &= rest - 1) {
      int day = Integer.numberOfTrailingZeros(rest);
      bits |= day <= length ? 1 << nearestWorkday(day, length, first) : 0;
    }
    return bits;
  }

  /**
   * Friday for a Saturday and Monday for a Sunday, turned round where that would leave the month.
   */
  private static int nearestWorkday(int day, int length, int first) {
    int weekday = (first + day - 1) % 7;
    if (weekday == SATURDAY) {
      return day > 1 ? day - 1 : day + 2;
    }
    if (weekday == SUNDAY) {
      return day < length ? day + 1 : day - 2;
    }
    return day;
  }

  private int specialWeekdays(int length, int first) {
    int bits = spread(lastWeekdays, first) & (-1 << (length - 6));
    for (int n = 0; n < 5; n++) {
      int weekdaysOfN = (int) (nthWeekdays >>> (7 * n)) & 0x7F;
      bits |= spread(weekdaysOfN, first) & (0x7F << (7 * n + 1));
    }
    return bits;
  }
}
