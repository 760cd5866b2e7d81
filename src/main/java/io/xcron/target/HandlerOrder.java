package io.xcron.target;

import io.xcron.model.Target;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a task with a handler, with all that another member needs to call it.
 *
 * @param mutexToken {@link Attempt#NO_MUTEX} without one
 * @param arg what a run by hand was given; null for nothing
 * @param givenArg what the definition gives; null for nothing
 * @param taskName null for none
 */
record HandlerOrder(
    AttemptKey key,
    long dueMillis,
    long startMillis,
    long fencingToken,
    long mutexToken,
    String traceparent,
    @Nullable String arg,
    String handler,
    @Nullable String givenArg,
    @Nullable String taskName,
    Map<String, String> labels)
    implements Work {
  HandlerOrder {
    labels = Map.copyOf(labels);
  }

  /** To be called after the yes of {@link Attempt#mayStart}. */
  static HandlerOrder of(Attempt attempt, Target.Handler target) {
    return new HandlerOrder(
        AttemptKey.of(attempt),
        attempt.dueMillis(),
        attempt.startMillis(),
        attempt.fencingToken(),
        attempt.mutexToken(),
        attempt.traceparent(),
        attempt.arg(),
        target.name(),
        target.arg(),
        attempt.taskName(),
        attempt.labels());
  }
}
