package io.xcron.target;

import io.xcron.model.Target;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One try of a run, as the engine describes it, and the engine's ear for what becomes of it.
 *
 * <p>{@link Targets} reads what does not depend on the start (target, task id, numbers, due time)
 * from any of its threads. It calls {@link #mayStart}, and after a yes {@link #startMillis}, {@link
 * #fencingToken}, {@link #mutexToken} and {@link #traceparent}, one after the other on one
 * event-loop thread; then {@link #ended}, once, on an event-loop thread. None of these may block.
 */
public interface Attempt {
  /** No mutex is held: the header is left out. */
  long NO_MUTEX = -1;

  Target target();

  String taskId();

  /** What the user calls the task; null for nothing. */
  default @Nullable String taskName() {
    return null;
  }

  /** The labels of the task. */
  default Map<String, String> labels() {
    return Map.of();
  }

  long generation();

  long runNumber();

  /** What a manual run was given; null for nothing. */
  default @Nullable String arg() {
    return null;
  }

  /**
   * Said before {@link #mayStart} by targets that run something on a member of their choice: where
   * it runs; several members with commas between. The engine writes it down, and a new owner of the
   * task finds it there, see {@link Targets#rejoin}.
   */
  default void placed(String member) {}

  /** Which try of the run this is, from 1. */
  int number();

  /** When the run was due, jitter included. */
  long dueMillis();

  /**
   * Asked on the event loop when the connection stands and the bytes would go out next; at most
   * once. The engine checks its grant and the record's version, and chooses the token. A no, or an
   * exception, sends nothing and ends the attempt as {@link Outcome.Withdrawn}.
   */
  boolean mayStart();

  /**
   * For how long from now on the yes of {@link #mayStart} holds; negative when that time is over.
   * Asked once more when the request is written, and all of it goes out or nothing; who starts the
   * attempt on another member sees to it that it starts by then.
   */
  default long leftNanos() {
    return Long.MAX_VALUE;
  }

  /** The cluster time of the yes of {@link #mayStart}. */
  long startMillis();

  /** The fencing token chosen by {@link #mayStart}. */
  long fencingToken();

  /** The token of the mutex this run holds, or {@link #NO_MUTEX}. */
  long mutexToken();

  /** The W3C trace context header: {@code 00-<32 hex digits>-<16 hex digits>-<2 hex digits>}. */
  String traceparent();

  /** Told exactly once for an attempt that was accepted. */
  void ended(Outcome outcome);
}
