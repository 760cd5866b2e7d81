package io.xcron.model;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a task's fires become runs.
 *
 * @param misfire what becomes of fires later than {@code misfireAfter}
 * @param misfireWindow missed fires older than this are not fired at all; null for no such bound
 * @param overlap what becomes of a fire while an earlier run of the task goes on
 * @param queue how many fires wait when {@code overlap} is {@code QUEUE}
 * @param priority 0 to 9; of fires due together the higher goes first
 * @param timeout for the whole run, retries included; null for none
 * @param mutex a name that at most one running task of the cluster may hold; null for none
 */
public record Policy(
    Misfire misfire,
    Duration misfireAfter,
    @Nullable Duration misfireWindow,
    Overlap overlap,
    int queue,
    Delivery delivery,
    int priority,
    @Nullable Duration timeout,
    @Nullable String mutex,
    Duration mutexWait,
    @Nullable After after,
    Retry retry) {

  /** The contract's defaults for a task that fires again and again. */
  public static final Policy DEFAULT =
      new Policy(
          Misfire.ONCE,
          Duration.ofSeconds(60),
          Duration.ofHours(24),
          Overlap.SKIP,
          16,
          Delivery.AT_LEAST_ONCE,
          5,
          null,
          null,
          Duration.ofMinutes(5),
          null,
          Retry.DEFAULT);

  /**
   * The contract's defaults for a one-shot: it fires however late, because nothing comes after it.
   */
  public static final Policy ONE_SHOT_DEFAULT = DEFAULT.withMisfireWindow(null);

  public Policy {
    Limits.requireDuration(
        "policy.misfire_after", misfireAfter, Duration.ofSeconds(1), Limits.MAX_PERIOD);
    if (misfireWindow != null) {
      Limits.requireDuration(
          "policy.misfire_window", misfireWindow, Duration.ofSeconds(1), Limits.MAX_PERIOD);
    }
    if (queue < 1 || queue > 1_000) {
      throw new InvalidTaskException("policy.queue", "must lie between 1 and 1000");
    }
    if (priority < 0 || priority > 9) {
      throw new InvalidTaskException("policy.priority", "must lie between 0 and 9");
    }
    if (timeout != null) {
      Limits.requireDuration("policy.timeout", timeout, Duration.ofMillis(1), Limits.MAX_PERIOD);
    }
    Limits.requireText("policy.mutex", mutex, Limits.MAX_NAME_LENGTH);
    Limits.requireDuration("policy.mutex_wait", mutexWait, Duration.ZERO, Limits.MAX_PERIOD);
  }

  private Policy withMisfireWindow(@Nullable Duration window) {
    return new Policy(
        misfire,
        misfireAfter,
        window,
        overlap,
        queue,
        delivery,
        priority,
        timeout,
        mutex,
        mutexWait,
        after,
        retry);
  }

  /** The defaults for a task with this schedule. */
  public static Policy defaultFor(Schedule schedule) {
    return schedule.oneShot() ? ONE_SHOT_DEFAULT : DEFAULT;
  }

  /** What becomes of missed fires. */
  public enum Misfire {
    /** The latest missed one is fired. */
    ONCE,
    /** All are fired, one after the other. */
    ALL,
    /** None is fired. */
    SKIP
  }

  /** What becomes of a fire while an earlier run of the task goes on. */
  public enum Overlap {
    SKIP,
    QUEUE,
    REPLACE,
    ALLOW
  }

  /** How often a run may reach its target. */
  public enum Delivery {
    AT_LEAST_ONCE,
    AT_MOST_ONCE
  }

  /** The task runs when another has ended so, besides the instants of its schedule, if any. */
  public record After(String task, On on) {
    /** A run that was killed has ended, and is neither a success nor a failure. */
    public enum On {
      SUCCESS,
      FAILURE,
      END;

      boolean fits(RunOutcome outcome) {
        return switch (outcome) {
          case SUCCESS -> this != FAILURE;
          case FAILURE, TIMEOUT, UNKNOWN -> this != SUCCESS;
          case KILLED -> this == END;
          case SKIPPED, MISFIRED -> false;
        };
      }
    }
  }

  /**
   * How often and how soon a failed attempt is tried again: after {@code backoff}, then twice that,
   * up to {@code maxBackoff}.
   *
   * @param attempts tries in all, the first included
   */
  public record Retry(int attempts, Duration backoff, Duration maxBackoff) {
    public static final Retry DEFAULT = new Retry(3, Duration.ofSeconds(1), Duration.ofMinutes(5));

    public Retry {
      if (attempts < 1 || attempts > 100) {
        throw new InvalidTaskException("policy.retry.attempts", "must lie between 1 and 100");
      }
      Limits.requireDuration(
          "policy.retry.backoff", backoff, Duration.ofMillis(1), Limits.MAX_PERIOD);
      Limits.requireDuration("policy.retry.max_backoff", maxBackoff, backoff, Limits.MAX_PERIOD);
    }
  }
}
