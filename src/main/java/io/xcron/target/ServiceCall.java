package io.xcron.target;

import io.vertx.core.json.JsonObject;
import io.xcron.model.CallbackService;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An attempt at a service, as an attempt at one of its nodes after the other, until one lets bytes
 * be sent. The engine is asked once, before the first byte, and told once.
 */
final class ServiceCall implements Attempt {
  /** Under which an easytask client's own key of a task is kept. */
  static final String BIZ_ID = "easytask.biz_id";

  /** As much of a service's reason as an error repeats. */
  private static final int REASON = 1_000;

  private final ServiceTargets home;
  private final Attempt outer;
  private final Target.Service service;
  private final List<CallbackService.Node> nodes;
  private int next;
  private volatile Target.@Nullable Http target;

  /** The engine was asked, so that no other node may be tried. Guarded by this. */
  private boolean asked;

  /** The end is known; guarded by this. */
  private boolean over;

  /**
   * A call.
   *
   * @param nodes in the order of the tries; at least one
   */
  ServiceCall(
      ServiceTargets home,
      Attempt outer,
      Target.Service service,
      List<CallbackService.Node> nodes) {
    this.home = home;
    this.outer = outer;
    this.service = service;
    this.nodes = nodes;
  }

  Attempt outer() {
    return outer;
  }

  /** Starts the attempt at the next node that has room; false when none is left. */
  boolean startNext() {
    while (next < nodes.size()) {
      CallbackService.Node node = nodes.get(next++);
      target = new Target.Http(urlOf(node), "POST", Map.of(), body(), node.timeout());
      if (home.http().start(this)) {
        return true;
      }
    }
    return false;
  }

  private String urlOf(CallbackService.Node node) {
    String path = service.path();
    if (path == null || path.isBlank()) {
      return node.url() + "/";
    }
    String stripped = path.strip();
    return node.url() + (stripped.startsWith("/") ? stripped : "/" + stripped);
  }

  private String body() {
    String given = outer.arg();
    String arg = given == null ? service.arg() : given;
    return new JsonObject()
        .put("cmd", home.commands().callback())
        .put("task_id", outer.taskId())
        .put("task_name", textOf(outer.taskName()))
        .put("arg", textOf(arg))
        .put("run_times", outer.runNumber())
        .put("biz_id", textOf(outer.labels().get(BIZ_ID)))
        .encode();
  }

  private static String textOf(@Nullable String text) {
    return text == null ? "" : text;
  }

  /** Ends it by force; nothing happens when its end is known. */
  void kill() {
    Outcome outcome;
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      outcome = asked ? new Outcome.Killed("", false) : new Outcome.Withdrawn();
    }
    home.http().later(() -> home.ended(this, outcome));
  }

  @Override
  public void ended(Outcome outcome) {
    Outcome end = read(outcome);
    boolean again;
    synchronized (this) {
      if (over) {
        return;
      }
      again = !asked && mayTryAnother(end);
      over = !again;
    }
    if (again && !tryAnother()) {
      synchronized (this) {
        if (over) {
          return;
        }
        over = true;
      }
      again = false;
    }
    if (!again) {
      home.ended(this, end);
    }
  }

  private boolean tryAnother() {
    try {
      return startNext();
    } catch (InvalidTaskException e) {
      return false;
    }
  }

  private static boolean mayTryAnother(Outcome outcome) {
    return switch (outcome) {
      case Outcome.ConnectFailed failed -> true;
      case Outcome.Denied denied -> true;
      case Outcome.Answered answered -> false;
      case Outcome.TimedOut timedOut -> false;
      case Outcome.Broken broken -> false;
      case Outcome.Unsendable unsendable -> false;
      case Outcome.Withdrawn withdrawn -> false;
      case Outcome.Accepted accepted -> false;
      case Outcome.Exited exited -> false;
      case Outcome.Killed killed -> false;
    };
  }

  /** What the service's answer means; what is no answer stays what it is. */
  private static Outcome read(Outcome outcome) {
    if (!(outcome instanceof Outcome.Answered answered) || !answered.success()) {
      return outcome;
    }
    TopFields fields = TopFields.read(answered.body(), answered.cut());
    Boolean async = fields == null ? null : fields.truth("is_run_in_async");
    Boolean success = fields == null ? null : fields.truth("is_success");
    if (fields == null || async == null || success == null) {
      return new Outcome.Broken(
          "the answer is not a service's, {\"is_run_in_async\",\"is_success\",\"extra\"}: "
              + clip(answered.body()));
    }
    if (async) {
      return new Outcome.Accepted(answered.body());
    }
    if (success) {
      return answered;
    }
    String extra = fields.text("extra");
    return new Outcome.Broken(
        "the service says that the run failed" + (extra.isEmpty() ? "" : ": " + clip(extra)));
  }

  private static String clip(String text) {
    return text.length() <= REASON ? text : text.substring(0, REASON) + "…";
  }

  @Override
  public boolean mayStart() {
    synchronized (this) {
      if (over) {
        return false;
      }
      asked = true;
    }
    return outer.mayStart();
  }

  @Override
  public long leftNanos() {
    return outer.leftNanos();
  }

  @Override
  public Target target() {
    Target.Http current = target;
    return current == null ? service : current;
  }

  @Override
  public String taskId() {
    return outer.taskId();
  }

  @Override
  public long generation() {
    return outer.generation();
  }

  @Override
  public long runNumber() {
    return outer.runNumber();
  }

  @Override
  public int number() {
    return outer.number();
  }

  @Override
  public long dueMillis() {
    return outer.dueMillis();
  }

  @Override
  public long startMillis() {
    return outer.startMillis();
  }

  @Override
  public long fencingToken() {
    return outer.fencingToken();
  }

  @Override
  public long mutexToken() {
    return outer.mutexToken();
  }

  @Override
  public String traceparent() {
    return outer.traceparent();
  }
}
