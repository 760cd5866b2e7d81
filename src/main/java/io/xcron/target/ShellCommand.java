package io.xcron.target;

import io.xcron.model.Target;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attempt of a shell task with all that a member needs to run it: what may travel to another
 * member.
 *
 * @param mutexToken {@link Attempt#NO_MUTEX} without one
 * @param arg what a run by hand was given; null for nothing
 * @param env of the definition
 */
public record ShellCommand(
    AttemptKey key,
    long dueMillis,
    long fencingToken,
    long mutexToken,
    String traceparent,
    @Nullable String arg,
    String command,
    Map<String, String> env,
    Duration timeout)
    implements Work {
  public ShellCommand {
    env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
  }

  /** To be called after the yes of {@link Attempt#mayStart}. */
  static ShellCommand of(Attempt attempt, Target.Shell target) {
    return new ShellCommand(
        AttemptKey.of(attempt),
        attempt.dueMillis(),
        attempt.fencingToken(),
        attempt.mutexToken(),
        attempt.traceparent(),
        attempt.arg(),
        target.command(),
        target.env(),
        target.timeout());
  }

  /**
   * The environment of the command, over that of the member. What xcron sets goes before what the
   * definition sets, so that a definition cannot pass for another.
   */
  Map<String, String> environment() {
    Map<String, String> all = new LinkedHashMap<>(env);
    all.put("XCRON_TASK_ID", key.taskId());
    all.put("XCRON_GENERATION", Long.toString(key.generation()));
    all.put("XCRON_RUN_NUMBER", Long.toString(key.runNumber()));
    all.put("XCRON_ATTEMPT", Integer.toString(key.attempt()));
    all.put("XCRON_DUE_TIME", Long.toString(dueMillis));
    all.put("XCRON_FENCING_TOKEN", Long.toString(fencingToken));
    all.put("XCRON_IDEMPOTENCY_KEY", key.taskId() + "/" + key.generation() + "/" + key.runNumber());
    all.put("TRACEPARENT", traceparent);
    if (mutexToken != Attempt.NO_MUTEX) {
      all.put("XCRON_MUTEX_TOKEN", Long.toString(mutexToken));
    }
    if (arg != null) {
      all.put("XCRON_ARG", arg);
    }
    return all;
  }
}
