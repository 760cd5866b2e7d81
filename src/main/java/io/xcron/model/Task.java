package io.xcron.model;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a user defines. The contract's page "REST" describes each field under the same name.
 *
 * @param start no fire before this; null for none
 * @param end no fire after this; null for none
 * @param maxRuns delivered runs after which the task is finished; 0 for no bound
 * @param jitter each fire is late by a part of this that depends on the task and the run number
 *     alone
 * @param calendar the name of a calendar of excluded days; null for none
 * @param deleteAfter how long after it has finished the task goes; null for never
 */
public record Task(
    String id,
    String namespace,
    @Nullable String name,
    Map<String, String> labels,
    @Nullable Owner owner,
    Schedule schedule,
    @Nullable Instant start,
    @Nullable Instant end,
    long maxRuns,
    Duration jitter,
    @Nullable String calendar,
    boolean enabled,
    @Nullable Duration deleteAfter,
    Target target,
    Policy policy,
    @Nullable Alert alert) {

  public static final String DEFAULT_NAMESPACE = "default";

  private static final int MAX_NAMESPACE_LENGTH = 64;
  private static final String ID_MARKS = "._:@~-";

  public Task {
    if (!validId(id)) {
      throw new InvalidTaskException(
          "id",
          "must have 1 to " + Limits.MAX_ID_LENGTH + " letters, digits or any of . _ : @ ~ -");
    }
    if (!validNamespace(namespace)) {
      throw new InvalidTaskException(
          "namespace", "must have 1 to 64 letters, digits or any of . _ -");
    }
    Limits.requireText("name", name, Limits.MAX_NAME_LENGTH);
    if (labels.size() > Limits.MAX_LABELS) {
      throw new InvalidTaskException("labels", "must be at most " + Limits.MAX_LABELS);
    }
    labels.forEach(
        (key, value) -> {
          if (key.isEmpty() || key.indexOf(':') >= 0 || key.length() > Limits.MAX_LABEL_LENGTH) {
            throw new InvalidTaskException(
                "labels",
                "must have keys of 1 to "
                    + Limits.MAX_LABEL_LENGTH
                    + " characters without a colon");
          }
          if (value.length() > Limits.MAX_LABEL_LENGTH) {
            throw new InvalidTaskException(
                "labels." + key, "must have at most " + Limits.MAX_LABEL_LENGTH + " characters");
          }
        });
    if (start != null) {
      Limits.requireInstant("start", start);
    }
    if (end != null) {
      Limits.requireInstant("end", end);
      if (start != null && end.isBefore(start)) {
        throw new InvalidTaskException("end", "must not lie before start");
      }
    }
    if (maxRuns < 0) {
      throw new InvalidTaskException("max_runs", "must be at least 1, or null for no bound");
    }
    Policy.After after = policy.after();
    if (after != null && after.task().equals(id)) {
      throw new InvalidTaskException("policy.after.task", "must name another task");
    }
    boolean chained = schedule instanceof Schedule.Chained;
    if (chained && after == null) {
      throw new InvalidTaskException("schedule", "is missing");
    }
    Limits.requireDuration("jitter", jitter, Duration.ZERO, Duration.ofDays(1));
    if (chained && (calendar != null || !jitter.isZero())) {
      throw new InvalidTaskException(
          calendar == null ? "jitter" : "calendar", "needs a schedule that it is applied to");
    }
    if (deleteAfter != null) {
      Limits.requireDuration("delete_after", deleteAfter, Duration.ZERO, Limits.MAX_PERIOD);
    }
    labels = labels.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(labels));
  }

  /** A task with a schedule, a target and labels; all else is the default. */
  public static Task of(
      String id,
      @Nullable String name,
      Map<String, String> labels,
      Schedule schedule,
      Target target) {
    return new Task(
        id,
        DEFAULT_NAMESPACE,
        name,
        labels,
        null,
        schedule,
        null,
        null,
        0,
        Duration.ZERO,
        null,
        true,
        null,
        target,
        Policy.defaultFor(schedule),
        null);
  }

  public Task withName(@Nullable String other) {
    return copy(other, schedule, enabled, target);
  }

  public Task withSchedule(Schedule other) {
    return copy(name, other, enabled, target);
  }

  public Task withEnabled(boolean other) {
    return copy(name, schedule, other, target);
  }

  public Task withTarget(Target other) {
    return copy(name, schedule, enabled, other);
  }

  private Task copy(@Nullable String name, Schedule schedule, boolean enabled, Target target) {
    return new Task(
        id,
        namespace,
        name,
        labels,
        owner,
        schedule,
        start,
        end,
        maxRuns,
        jitter,
        calendar,
        enabled,
        deleteAfter,
        target,
        policy,
        alert);
  }

  /** Whether this text may be the id of a task. */
  public static boolean validId(String id) {
    if (id.isEmpty() || id.length() > Limits.MAX_ID_LENGTH) {
      return false;
    }
    for (int at = 0; at < id.length(); at += Character.charCount(id.codePointAt(at))) {
      int c = id.codePointAt(at);
      if (!Character.isLetterOrDigit(c) && ID_MARKS.indexOf(c) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean validNamespace(String namespace) {
    if (namespace.isEmpty() || namespace.length() > MAX_NAMESPACE_LENGTH) {
      return false;
    }
    for (int at = 0; at < namespace.length(); at++) {
      char c = namespace.charAt(at);
      if (c >= 128 || (!Character.isLetterOrDigit(c) && "._-".indexOf(c) < 0)) {
        return false;
      }
    }
    return true;
  }
}
