package io.xcron.http;

import io.xcron.model.Alert;
import io.xcron.model.Owner;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A task in the making, from a system that knows less of tasks than we do. Where that has no word,
 * ours are the defaults, but for the retry: none of those systems calls a failed command again, and
 * their commands may not be fit for it.
 */
final class Draft {
  private static final Policy.Retry ONCE =
      new Policy.Retry(1, Duration.ofSeconds(1), Duration.ofMinutes(5));

  private final String id;
  private final Schedule schedule;
  private final Target target;
  String namespace = Task.DEFAULT_NAMESPACE;
  @Nullable String name;
  Map<String, String> labels = Map.of();
  @Nullable Owner owner;
  @Nullable Instant start;
  @Nullable Instant end;
  Duration jitter = Duration.ZERO;
  boolean enabled = true;
  Policy.Overlap overlap = Policy.DEFAULT.overlap();

  /** What its owner is mailed of. */
  Set<Alert.On> alertOn = Set.of(Alert.On.FAILURE, Alert.On.TIMEOUT);

  Draft(String id, Schedule schedule, Target target) {
    this.id = id;
    this.schedule = schedule;
    this.target = target;
  }

  Task task() {
    return new Task(
        id, namespace, name, labels, owner, schedule, start, end, 0, jitter, null, enabled, null,
        target, policy(), alert());
  }

  /** Those systems mail whom a job names when it fails; the owner is who is mailed here. */
  private @Nullable Alert alert() {
    String email = owner == null ? null : owner.email();
    return email == null || !Alert.isAddress(email) ? null : new Alert(alertOn, List.of(), null);
  }

  private Policy policy() {
    Policy base = Policy.defaultFor(schedule);
    return new Policy(
        base.misfire(),
        base.misfireAfter(),
        base.misfireWindow(),
        overlap,
        base.queue(),
        base.delivery(),
        base.priority(),
        base.timeout(),
        base.mutex(),
        base.mutexWait(),
        base.after(),
        ONCE);
  }

  /** What stands for a text that cannot be an id itself. */
  static String digest(String text) {
    byte[] hash = Idempotency.sha256(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash, 0, 16);
  }
}
