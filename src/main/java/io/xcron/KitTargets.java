package io.xcron;

import io.xcron.model.HeaderValue;
import io.xcron.model.Target;
import io.xcron.model.Time;
import io.xcron.target.Attempt;
import io.xcron.target.HandlerCall;
import io.xcron.target.HandlerCode;
import io.xcron.target.Outcome;
import io.xcron.target.Targets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Attempts of a test, run one after the other by the thread that moves the clock. Those that take
 * time end when the clock comes to it. Bounded by the runs that the engine has in memory.
 */
final class KitTargets implements Targets {
  private final Time time;
  private final HandlerBook handlers;
  private final Map<String, Duration> durations = new HashMap<>();
  private final ArrayDeque<Attempt> offered = new ArrayDeque<>();
  private final Set<Attempt> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private final TreeMap<Long, ArrayDeque<Runnable>> later = new TreeMap<>();
  private @Nullable Function<XcronTestKit.Call, XcronTestKit.Reply> http;

  KitTargets(Time time, HandlerBook handlers) {
    this.time = time;
    this.handlers = handlers;
  }

  void http(Function<XcronTestKit.Call, XcronTestKit.Reply> answers) {
    http = answers;
  }

  void takes(String handler, Duration duration) {
    durations.put(handler, duration);
  }

  @Override
  public boolean start(Attempt attempt) {
    open.add(attempt);
    offered.add(attempt);
    return true;
  }

  @Override
  public void kill(Attempt attempt) {
    if (!open.contains(attempt)) {
      return;
    }
    boolean waited = offered.remove(attempt);
    at(
        time.nowMillis(),
        () -> end(attempt, waited ? new Outcome.Withdrawn() : new Outcome.Killed("", false)));
  }

  /** When something ends by itself; {@code Long.MAX_VALUE} for never. */
  long nextMillis() {
    return later.isEmpty() ? Long.MAX_VALUE : later.firstKey();
  }

  /** Starts and ends what is due now; answers whether there was anything. */
  boolean runDue() {
    boolean any = false;
    while (true) {
      Runnable event = pollDue();
      if (event != null) {
        event.run();
      } else {
        Attempt attempt = offered.poll();
        if (attempt == null) {
          return any;
        }
        run(attempt);
      }
      any = true;
    }
  }

  private @Nullable Runnable pollDue() {
    Map.Entry<Long, ArrayDeque<Runnable>> first = later.firstEntry();
    if (first == null || first.getKey() > time.nowMillis()) {
      return null;
    }
    Runnable event = first.getValue().poll();
    if (first.getValue().isEmpty()) {
      later.remove(first.getKey());
    }
    return event;
  }

  private void at(long millis, Runnable event) {
    later.computeIfAbsent(millis, unused -> new ArrayDeque<>()).add(event);
  }

  private void end(Attempt attempt, Outcome outcome) {
    if (open.remove(attempt)) {
      attempt.ended(outcome);
    }
  }

  private void endAfter(Attempt attempt, Duration duration, Outcome outcome) {
    if (duration.isZero()) {
      end(attempt, outcome);
    } else {
      at(time.nowMillis() + duration.toMillis(), () -> end(attempt, outcome));
    }
  }

  private void run(Attempt attempt) {
    switch (attempt.target()) {
      case Target.Handler target -> handle(attempt, target);
      case Target.Http target -> send(attempt, target);
      case Target.Service service ->
          end(attempt, new Outcome.Unsendable("the test kit calls no services"));
      case Target.Shell shell ->
          end(attempt, new Outcome.Unsendable("the test kit runs no commands"));
    }
  }

  private void handle(Attempt attempt, Target.Handler target) {
    HandlerCode code = handlers.find(target.name());
    if (code == null) {
      end(attempt, new Outcome.ConnectFailed("no handler " + target.name() + " here"));
      return;
    }
    if (!attempt.mayStart()) {
      end(attempt, new Outcome.Withdrawn());
      return;
    }
    HandlerCall call = new HandlerCall(attempt, target);
    Throwable failure = null;
    try {
      code.run(call);
    } catch (Exception e) {
      failure = e;
    }
    endAfter(attempt, durations.getOrDefault(target.name(), Duration.ZERO), call.ended(failure));
  }

  private void send(Attempt attempt, Target.Http target) {
    Function<XcronTestKit.Call, XcronTestKit.Reply> answers = http;
    if (answers == null) {
      end(attempt, new Outcome.ConnectFailed("the test has no answer for HTTP targets"));
      return;
    }
    if (!attempt.mayStart()) {
      end(attempt, new Outcome.Withdrawn());
      return;
    }
    XcronTestKit.Reply reply = answers.apply(call(attempt, target));
    if (reply.after().compareTo(target.timeout()) > 0) {
      endAfter(attempt, target.timeout(), new Outcome.TimedOut());
    } else if (reply.status() == XcronTestKit.Reply.LOST) {
      endAfter(attempt, reply.after(), new Outcome.Broken("the test loses the connection"));
    } else {
      endAfter(attempt, reply.after(), new Outcome.Answered(reply.status(), reply.body(), false));
    }
  }

  private static XcronTestKit.Call call(Attempt attempt, Target.Http target) {
    Map<String, String> headers = new LinkedHashMap<>();
    target
        .headers()
        .forEach(
            (name, value) -> {
              switch (value) {
                case HeaderValue.Plain plain -> headers.put(name, plain.text());
                case HeaderValue.Secret secret -> headers.put(name, "<" + secret.name() + ">");
              }
            });
    String body = target.body();
    return new XcronTestKit.Call(
        attempt.taskId(),
        attempt.runNumber(),
        attempt.number(),
        Instant.ofEpochMilli(attempt.dueMillis()),
        Instant.ofEpochMilli(attempt.startMillis()),
        attempt.taskId() + "/" + attempt.generation() + "/" + attempt.runNumber(),
        target.method(),
        target.url(),
        headers,
        body == null ? "{}" : body);
  }

  @Override
  public void close() {
    offered.clear();
    later.clear();
    open.clear();
  }
}
