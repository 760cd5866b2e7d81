package io.xcron;

import io.xcron.target.Attempt;
import io.xcron.target.HandlerCall;
import java.time.Instant;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** One attempt of a run, as a handler sees it. Any thread may use it while the handler runs. */
public final class XcronRun {
  private final HandlerCall call;

  XcronRun(HandlerCall call) {
    this.call = call;
  }

  /** The id of the task. */
  public String taskId() {
    return call.taskId();
  }

  /** What the user calls the task; null for nothing. */
  public @Nullable String taskName() {
    return call.taskName();
  }

  /** The value of a label of the task; null when it has none of this name. */
  public @Nullable String label(String name) {
    return call.label(name);
  }

  /** What a manual run was given, else what the task gives its handler; null for nothing. */
  public @Nullable String arg() {
    return call.arg();
  }

  /** Counts the runs of the task from 1. All attempts of a run have the same number. */
  public long number() {
    return call.runNumber();
  }

  /** Which attempt of the run this is, from 1. */
  public int attempt() {
    return call.attempt();
  }

  /** When the run was due, jitter included. */
  public Instant due() {
    return Instant.ofEpochMilli(call.dueMillis());
  }

  /** When this attempt started, on the cluster's clock. */
  public Instant started() {
    return Instant.ofEpochMilli(call.startMillis());
  }

  /**
   * Only grows for one task. A store that remembers the largest one it has seen, and refuses
   * smaller ones, cannot be changed by an attempt whose member has lost the task without knowing it
   * yet.
   */
  public long fencingToken() {
    return call.fencingToken();
  }

  /** The token of the mutex that the run holds; empty without one. */
  public OptionalLong mutexToken() {
    return call.mutexToken() == Attempt.NO_MUTEX
        ? OptionalLong.empty()
        : OptionalLong.of(call.mutexToken());
  }

  /** The same for all attempts of this run, and for no other run. */
  public String idempotencyKey() {
    return call.idempotencyKey();
  }

  /** The W3C trace context of this attempt, to be passed on. */
  public String traceparent() {
    return call.traceparent();
  }

  /** Whether the handler is to end: long loops ask, blocking calls are interrupted anyway. */
  public boolean stopping() {
    return call.stopping();
  }

  /** Adds a line to the output that is kept with the run; 4,096 characters in all are. */
  public void print(String line) {
    call.print(line);
  }
}
