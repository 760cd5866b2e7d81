package io.xcron.fire;

import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Builds the tasks of the tests. */
final class Tasks {
  final String id;
  Schedule schedule;
  Policy.Misfire misfire = Policy.Misfire.ONCE;
  Duration misfireAfter = Duration.ofSeconds(60);
  @Nullable Duration window;
  Policy.Overlap overlap = Policy.Overlap.SKIP;
  int queue = 16;
  Policy.Delivery delivery = Policy.Delivery.AT_LEAST_ONCE;
  @Nullable Duration timeout;
  Policy.Retry retry = new Policy.Retry(3, Duration.ofMillis(100), Duration.ofSeconds(10));
  Policy.@Nullable After after;
  Duration jitter = Duration.ZERO;
  long maxRuns;
  @Nullable Instant start;
  @Nullable Instant end;
  String url = "http://localhost/a";
  @Nullable Target target;
  int priority = 5;
  @Nullable String mutex;
  Duration mutexWait = Duration.ofMinutes(5);
  @Nullable Duration deleteAfter;
  @Nullable String calendar;

  private Tasks(String id, Schedule schedule) {
    this.id = id;
    this.schedule = schedule;
  }

  static Tasks every(String id, long millis) {
    return new Tasks(id, new Schedule.Every(Duration.ofMillis(millis)));
  }

  static Tasks once(String id, long atMillis) {
    return new Tasks(id, new Schedule.At(Instant.ofEpochMilli(atMillis)));
  }

  static Tasks by(String id, Schedule schedule) {
    return new Tasks(id, schedule);
  }

  /** Runs after another task. */
  static Tasks chained(String id, String predecessor, Policy.After.On on) {
    Tasks task = new Tasks(id, new Schedule.Chained());
    task.after = new Policy.After(predecessor, on);
    return task;
  }

  static Tasks after(String id, long millis) {
    return new Tasks(id, new Schedule.After(Duration.ofMillis(millis)));
  }

  Tasks overlap(Policy.Overlap value) {
    overlap = value;
    return this;
  }

  Tasks misfire(Policy.Misfire value, long afterMillis) {
    misfire = value;
    misfireAfter = Duration.ofMillis(afterMillis);
    return this;
  }

  Tasks window(long millis) {
    window = Duration.ofMillis(millis);
    return this;
  }

  Tasks atMostOnce() {
    delivery = Policy.Delivery.AT_MOST_ONCE;
    return this;
  }

  Tasks retry(int attempts, long backoffMillis) {
    retry = new Policy.Retry(attempts, Duration.ofMillis(backoffMillis), Duration.ofMinutes(5));
    return this;
  }

  Tasks timeout(long millis) {
    timeout = Duration.ofMillis(millis);
    return this;
  }

  Tasks maxRuns(long value) {
    maxRuns = value;
    return this;
  }

  Tasks queue(int value) {
    queue = value;
    return this;
  }

  Tasks end(long millis) {
    end = Instant.ofEpochMilli(millis);
    return this;
  }

  Tasks start(long millis) {
    start = Instant.ofEpochMilli(millis);
    return this;
  }

  Tasks jitter(long millis) {
    jitter = Duration.ofMillis(millis);
    return this;
  }

  Tasks url(String value) {
    url = value;
    return this;
  }

  /** A service that may accept the run and confirm its end within this time. */
  Tasks service(long confirmMillis) {
    target = new Target.Service("s", "/", null, Duration.ofMillis(confirmMillis));
    return this;
  }

  Tasks shell() {
    target = new Target.Shell("true", Map.of(), new Target.Place.Any(), Duration.ofHours(1));
    return this;
  }

  Tasks handler() {
    target = new Target.Handler("settle", null);
    return this;
  }

  Tasks mutex(String name, long waitMillis) {
    mutex = name;
    mutexWait = Duration.ofMillis(waitMillis);
    return this;
  }

  Tasks priority(int value) {
    priority = value;
    return this;
  }

  Tasks deleteAfter(long millis) {
    deleteAfter = Duration.ofMillis(millis);
    return this;
  }

  Tasks calendar(String name) {
    calendar = name;
    return this;
  }

  Task build() {
    Target called =
        target == null
            ? new Target.Http(url, "POST", Map.of(), null, Duration.ofSeconds(10))
            : target;
    Policy policy =
        new Policy(
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
    return new Task(
        id,
        Task.DEFAULT_NAMESPACE,
        null,
        Map.of(),
        null,
        schedule,
        start,
        end,
        maxRuns,
        jitter,
        calendar,
        true,
        deleteAfter,
        called,
        policy,
        null);
  }
}
