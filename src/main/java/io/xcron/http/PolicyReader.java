package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.xcron.model.Alert;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the policy and the alert of a task. What is not there takes the default, which for one
 * field depends on the schedule.
 */
final class PolicyReader {
  static final Words<Policy.Misfire> MISFIRES = new Words<>(Policy.Misfire.class);
  static final Words<Policy.Overlap> OVERLAPS = new Words<>(Policy.Overlap.class);
  static final Words<Policy.Delivery> DELIVERIES = new Words<>(Policy.Delivery.class);
  static final Words<Policy.After.On> ENDS = new Words<>(Policy.After.On.class);
  static final Words<Alert.On> ALERTS = new Words<>(Alert.On.class);

  private Policy.Misfire misfire = Policy.DEFAULT.misfire();
  private Duration misfireAfter = Policy.DEFAULT.misfireAfter();
  private @Nullable Duration misfireWindow;
  private boolean misfireWindowGiven;
  private Policy.Overlap overlap = Policy.DEFAULT.overlap();
  private int queue = Policy.DEFAULT.queue();
  private Policy.Delivery delivery = Policy.DEFAULT.delivery();
  private int priority = Policy.DEFAULT.priority();
  private @Nullable Duration timeout;
  private @Nullable String mutex;
  private Duration mutexWait = Policy.DEFAULT.mutexWait();
  private Policy.@Nullable After after;

  /** Whether another task's ends say when to run. */
  boolean follows() {
    return after != null;
  }

  private Policy.Retry retry = Policy.Retry.DEFAULT;

  PolicyReader read(JsonParser json) throws IOException {
    In.requireObject(json, "policy");
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      if (!none) {
        readField(json, field);
      } else if (field.equals("misfire_window")) {
        // The one null that means something: no window, as in the answers.
        misfireWindow = null;
        misfireWindowGiven = true;
      } else {
        requireKnown(field);
      }
    }
    return this;
  }

  private void readField(JsonParser json, String field) throws IOException {
    switch (field) {
      case "misfire" -> misfire = MISFIRES.parse("policy.misfire", In.text(json, "policy.misfire"));
      case "misfire_after" -> misfireAfter = In.duration(json, "policy.misfire_after");
      case "misfire_window" -> {
        misfireWindow = In.duration(json, "policy.misfire_window");
        misfireWindowGiven = true;
      }
      case "overlap" -> overlap = OVERLAPS.parse("policy.overlap", In.text(json, "policy.overlap"));
      case "queue" -> queue = (int) In.number(json, "policy.queue", 1, 1_000);
      case "delivery" ->
          delivery = DELIVERIES.parse("policy.delivery", In.text(json, "policy.delivery"));
      case "priority" -> priority = (int) In.number(json, "policy.priority", 0, 9);
      case "timeout" -> timeout = In.duration(json, "policy.timeout");
      case "mutex" -> mutex = In.text(json, "policy.mutex");
      case "mutex_wait" -> mutexWait = In.duration(json, "policy.mutex_wait");
      case "after" -> after = readAfter(json);
      case "retry" -> retry = readRetry(json);
      default -> throw In.unknown("policy." + field);
    }
  }

  private static void requireKnown(String field) {
    switch (field) {
      case "misfire",
          "misfire_after",
          "overlap",
          "queue",
          "delivery",
          "priority",
          "timeout",
          "mutex",
          "mutex_wait",
          "after",
          "retry" -> {}
      default -> throw In.unknown("policy." + field);
    }
  }

  Policy policyFor(Schedule schedule) {
    return new Policy(
        misfire,
        misfireAfter,
        misfireWindowGiven ? misfireWindow : Policy.defaultFor(schedule).misfireWindow(),
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

  private static Policy.After readAfter(JsonParser json) throws IOException {
    In.requireObject(json, "policy.after");
    String task = null;
    Policy.After.On on = Policy.After.On.SUCCESS;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      json.nextToken();
      switch (field) {
        case "task" -> task = In.text(json, "policy.after.task");
        case "on" -> on = ENDS.parse("policy.after.on", In.text(json, "policy.after.on"));
        default -> throw In.unknown("policy.after." + field);
      }
    }
    if (task == null || !Task.validId(task)) {
      throw new InvalidTaskException("policy.after.task", "must be the id of a task");
    }
    return new Policy.After(task, on);
  }

  private static Policy.Retry readRetry(JsonParser json) throws IOException {
    In.requireObject(json, "policy.retry");
    int attempts = Policy.Retry.DEFAULT.attempts();
    Duration backoff = Policy.Retry.DEFAULT.backoff();
    Duration maxBackoff = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "attempts" ->
            attempts = none ? attempts : (int) In.number(json, "policy.retry.attempts", 1, 100);
        case "backoff" -> backoff = none ? backoff : In.duration(json, "policy.retry.backoff");
        case "max_backoff" -> maxBackoff = In.optionalDuration(json, "policy.retry.max_backoff");
        default -> throw In.unknown("policy.retry." + field);
      }
    }
    return new Policy.Retry(
        attempts, backoff, maxBackoff == null ? defaultBound(backoff) : maxBackoff);
  }

  /** The longest backoff when none is given: a first one that is longer is its own bound. */
  static Duration defaultBound(Duration backoff) {
    Duration byDefault = Policy.Retry.DEFAULT.maxBackoff();
    return backoff.compareTo(byDefault) > 0 ? backoff : byDefault;
  }

  static Alert readAlert(JsonParser json) throws IOException {
    In.requireObject(json, "alert");
    Set<Alert.On> on = Alert.On.DEFAULT;
    List<String> email = List.of();
    String webhook = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      switch (field) {
        case "on" -> {
          on = EnumSet.noneOf(Alert.On.class);
          for (String word : none ? List.<String>of() : In.list(json, "alert.on")) {
            on.add(ALERTS.parse("alert.on", word));
          }
        }
        case "email" -> email = none ? email : In.list(json, "alert.email");
        case "webhook" -> webhook = In.optionalText(json, "alert.webhook");
        default -> throw In.unknown("alert." + field);
      }
    }
    return new Alert(on, email, webhook);
  }
}
