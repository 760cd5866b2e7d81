package io.xcron.schedule;

import io.xcron.schedule.CronText.Field;
import io.xcron.schedule.CronText.Term;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the wordings of all languages ask of the fields. */
final class Clock {
  private static final int MAX_TIMES = 6;

  private Clock() {}

  /**
   * The times of day as 01:00 or 01:00:30, when there are few and none comes from a range or a
   * step; else empty.
   */
  static List<String> times(CronText text) {
    List<Integer> hours = values(text.hour());
    List<Integer> minutes = values(text.minute());
    List<Integer> seconds = values(text.second());
    int count = hours.size() * minutes.size() * seconds.size();
    List<String> times = new ArrayList<>();
    if (count > MAX_TIMES) {
      return times;
    }
    boolean withSeconds = !isZero(text.second());
    for (int hour : hours) {
      for (int minute : minutes) {
        for (int second : seconds) {
          times.add(
              withSeconds
                  ? String.format(Locale.ROOT, "%02d:%02d:%02d", hour, minute, second)
                  : String.format(Locale.ROOT, "%02d:%02d", hour, minute));
        }
      }
    }
    return times;
  }

  /** The values of a list of single values, in order and once each; empty for any other list. */
  private static List<Integer> values(Field field) {
    List<Integer> values = new ArrayList<>();
    for (Term term : field.terms()) {
      if (!(term instanceof Term.Span span) || span.from() != span.to()) {
        return List.of();
      }
      values.add(span.from());
    }
    return values.stream().sorted().distinct().toList();
  }

  static boolean isZero(Field field) {
    return values(field).equals(List.of(0));
  }

  /**
   * The field's one term when it runs evenly over the whole field, as every 5 minutes does and
   * every 7 does not.
   */
  static Term.@Nullable Span evenStep(Field field) {
    return field.terms().size() == 1
            && field.terms().getFirst() instanceof Term.Span span
            && span.from() == field.kind().min
            && span.to() == field.kind().max
            && span.step() < field.kind().size()
            && field.kind().size() % span.step() == 0
        ? span
        : null;
  }

  /** Whether the field leaves nothing out. */
  static boolean unrestricted(Field field) {
    return field.full();
  }
}
