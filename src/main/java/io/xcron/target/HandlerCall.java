package io.xcron.target;

import io.xcron.model.Target;
import org.jspecify.annotations.Nullable;

/** One attempt, as the code that is called for it sees it. Any thread of the code may use it. */
public final class HandlerCall {
  /** What is kept of an output, in characters. */
  public static final int MAX_OUTPUT = 4_096;

  private final Attempt attempt;
  private final Target.Handler target;
  private final long startMillis;
  private final long fencingToken;
  private final long mutexToken;
  private final String traceparent;
  private final StringBuilder output = new StringBuilder(0);
  private boolean cut;
  private volatile boolean stopping;

  /** An attempt that may start now: {@link Attempt#mayStart} has said yes. */
  public HandlerCall(Attempt attempt, Target.Handler target) {
    this.attempt = attempt;
    this.target = target;
    startMillis = attempt.startMillis();
    fencingToken = attempt.fencingToken();
    mutexToken = attempt.mutexToken();
    traceparent = attempt.traceparent();
  }

  public String handler() {
    return target.name();
  }

  public String taskId() {
    return attempt.taskId();
  }

  public @Nullable String taskName() {
    return attempt.taskName();
  }

  public @Nullable String label(String name) {
    return attempt.labels().get(name);
  }

  /** What a manual run was given, else what the definition gives; null for nothing. */
  public @Nullable String arg() {
    String given = attempt.arg();
    return given == null ? target.arg() : given;
  }

  public long runNumber() {
    return attempt.runNumber();
  }

  public int attempt() {
    return attempt.number();
  }

  public long dueMillis() {
    return attempt.dueMillis();
  }

  public long startMillis() {
    return startMillis;
  }

  public long fencingToken() {
    return fencingToken;
  }

  /** {@link Attempt#NO_MUTEX} for none. */
  public long mutexToken() {
    return mutexToken;
  }

  public String traceparent() {
    return traceparent;
  }

  /** The same for all attempts of a run, and for no other run: what HTTP targets get too. */
  public String idempotencyKey() {
    return attempt.taskId() + "/" + attempt.generation() + "/" + attempt.runNumber();
  }

  /** Whether the run is to end: it was killed, its time is over, or the member stops. */
  public boolean stopping() {
    return stopping;
  }

  void stop() {
    stopping = true;
  }

  /** Adds a line to the output; beyond {@link #MAX_OUTPUT} nothing more is kept. */
  public synchronized void print(String line) {
    int room = MAX_OUTPUT - output.length();
    if (line.length() + 1 > room) {
      cut = true;
    }
    if (room > 0) {
      int end = Math.min(line.length(), room);
      if (end > 0 && end < line.length() && Character.isHighSurrogate(line.charAt(end - 1))) {
        end--;
      }
      output.append(line, 0, end);
      if (end == line.length() && output.length() < MAX_OUTPUT) {
        output.append('\n');
      }
    }
  }

  synchronized Outcome.Killed killed() {
    return new Outcome.Killed(output.toString(), cut);
  }

  /** How the code ended; a failure leaves what it threw in the output. */
  public Outcome ended(@Nullable Throwable failure) {
    if (failure != null) {
      print(failure.toString());
    }
    synchronized (this) {
      return new Outcome.Exited(failure == null ? 0 : 1, output.toString(), cut);
    }
  }
}
