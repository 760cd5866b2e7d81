package io.xcron.grid;

import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tasks for tests. */
final class Tasks {
  private Tasks() {}

  static Task at(String id, long dueMillis) {
    return named(id, null, Map.of(), dueMillis);
  }

  static Task named(String id, @Nullable String name, Map<String, String> labels, long dueMillis) {
    Schedule schedule = new Schedule.At(Instant.ofEpochMilli(dueMillis));
    return new Task(
        id,
        Task.DEFAULT_NAMESPACE,
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
        new Target.Http(
            "http://127.0.0.1:1/cb", "POST", Map.of(), "{}", Target.Http.DEFAULT_TIMEOUT),
        Policy.defaultFor(schedule),
        null);
  }
}
