package io.xcron.model;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/** When a task fires. */
public sealed interface Schedule {

  /**
   * By a cron text.
   *
   * @param expression the text as the user gave it; a leading {@code TZ=} overrides {@code zone}
   * @param zone whose local time the text speaks of
   */
  record Cron(String expression, ZoneId zone, Dialect dialect, DstRule dst) implements Schedule {
    /** The longest text that is accepted, in characters. */
    public static final int MAX_LENGTH = 512;

    public Cron {
      if (expression.isBlank() || expression.length() > MAX_LENGTH) {
        throw new InvalidTaskException(
            "schedule.cron", "must have 1 to " + MAX_LENGTH + " characters");
      }
    }
  }

  /** Once, at an instant. */
  record At(Instant instant) implements Schedule {
    public At {
      Limits.requireInstant("schedule.at", instant);
    }
  }

  /** At a fixed rate, counted from the task's start, else from its creation. */
  record Every(Duration period) implements Schedule {
    /** The shortest period; shorter ones are a busy loop rather than a schedule. */
    public static final Duration MIN = Duration.ofMillis(100);

    public Every {
      Limits.requireDuration("schedule.every", period, MIN, Limits.MAX_PERIOD);
    }
  }

  /** After a fixed delay, counted from the recorded end of the last run. */
  record After(Duration delay) implements Schedule {
    public After {
      Limits.requireDuration("schedule.after", delay, Every.MIN, Limits.MAX_PERIOD);
    }
  }

  /** None: the task runs when another ends, as {@code policy.after} says. */
  record Chained() implements Schedule {}

  /** Whether the task fires at most once. */
  default boolean oneShot() {
    return this instanceof At;
  }
}
