package io.xcron.schedule;

import io.xcron.model.Limits;
import io.xcron.model.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/**
 * A schedule in the form that computes. Immutable and thread-safe; shared by all tasks with equal
 * schedules.
 */
public sealed interface CompiledSchedule
    permits CronSchedule,
        CompiledSchedule.Rate,
        CompiledSchedule.Delay,
        CompiledSchedule.Once,
        CompiledSchedule.Told {

  /** No instant: the answer where a schedule has come to its end. */
  long NONE = Long.MAX_VALUE;

  /** The last millisecond that a schedule may reach. */
  long LAST_MILLIS = Limits.LAST_INSTANT.toEpochMilli();

  /**
   * Compiles.
   *
   * @throws io.xcron.model.InvalidTaskException naming {@code schedule.cron}, with the part that is
   *     wrong, why, and what to write instead. An expression that can never fire, such as {@code 0
   *     0 30 2 *}, is refused too.
   */
  static CompiledSchedule compile(Schedule schedule) {
    return switch (schedule) {
      case Schedule.Cron cron -> CronCompiler.compile(cron);
      case Schedule.Every every -> new Rate(every.period().toMillis(), false);
      case Schedule.After after -> new Delay(after.delay().toMillis());
      case Schedule.Chained chained -> new Told();
      case Schedule.At at -> new Once(at.instant().toEpochMilli());
    };
  }

  /**
   * The first nominal instant strictly after {@code afterMillis}, or {@link #NONE} when there is
   * none up to the end of 2199. A rate or a delay has no instants of its own: here it counts from
   * {@code afterMillis}; {@link Timeline} knows its anchor.
   */
  long nextAfter(long afterMillis);

  /**
   * The schedule in words. English and Chinese are ours; other languages are cron-utils' where it
   * has them, else English.
   */
  String describe(Locale locale);

  default String describe() {
    return describe(Locale.ENGLISH);
  }

  /**
   * A fixed rate.
   *
   * @param wholeSeconds whether the instants lie on whole seconds, as those of {@code @every} do
   */
  record Rate(long periodMillis, boolean wholeSeconds) implements CompiledSchedule {
    @Override
    public long nextAfter(long afterMillis) {
      long from = wholeSeconds ? Math.floorDiv(afterMillis, 1_000L) * 1_000L : afterMillis;
      return later(from, periodMillis);
    }

    @Override
    public String describe(Locale locale) {
      return Wording.of(locale).rate(Duration.ofMillis(periodMillis));
    }
  }

  /** A fixed delay after the recorded end of the last run. */
  record Delay(long delayMillis) implements CompiledSchedule {
    @Override
    public long nextAfter(long afterMillis) {
      return later(afterMillis, delayMillis);
    }

    @Override
    public String describe(Locale locale) {
      return Wording.of(locale).delay(Duration.ofMillis(delayMillis));
    }
  }

  /** One instant. */
  record Once(long atMillis) implements CompiledSchedule {
    @Override
    public long nextAfter(long afterMillis) {
      return atMillis > afterMillis ? atMillis : NONE;
    }

    @Override
    public String describe(Locale locale) {
      return Wording.of(locale).once(Instant.ofEpochMilli(atMillis));
    }
  }

  /** No instants: another task's ends say when. */
  record Told() implements CompiledSchedule {
    @Override
    public long nextAfter(long afterMillis) {
      return NONE;
    }

    @Override
    public String describe(Locale locale) {
      return Wording.of(locale).told();
    }
  }

  private static long later(long fromMillis, long byMillis) {
    return fromMillis <= LAST_MILLIS - byMillis ? fromMillis + byMillis : NONE;
  }
}
