package io.xcron;

import io.xcron.model.Alert;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.HeaderValue;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Owner;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Builds the definition of a task: a schedule and a target, and what departs from the defaults.
 * Values are checked as they are given or when the task is built, with an {@link
 * InvalidTaskException} that names the field. For one thread; a builder may build many tasks.
 */
public final class TaskBuilder {
  private final @Nullable String id;
  private final Map<String, String> labels = new TreeMap<>();
  private String namespace = Task.DEFAULT_NAMESPACE;
  private @Nullable String name;
  private @Nullable Owner owner;
  private @Nullable Schedule schedule;
  private @Nullable Target target;
  private @Nullable Instant start;
  private @Nullable Instant end;
  private long maxRuns;
  private Duration jitter = Duration.ZERO;
  private @Nullable String calendar;
  private boolean enabled = true;
  private @Nullable Duration deleteAfter;
  private @Nullable Alert alert;
  private Function<Policy, Policy> policy = Function.identity();

  TaskBuilder(@Nullable String id) {
    this.id = id;
  }

  /** A name for people, 256 characters at most. */
  public TaskBuilder name(String text) {
    name = text;
    return this;
  }

  /** Keeps tasks of different users apart; {@code default} if not given. */
  public TaskBuilder namespace(String text) {
    namespace = text;
    return this;
  }

  /** Adds a label to list by; a second one of the same name takes its place. 32 at most. */
  public TaskBuilder label(String key, String value) {
    labels.put(key, value);
    return this;
  }

  /** Who answers for the task. */
  public TaskBuilder owner(Owner who) {
    owner = who;
    return this;
  }

  /** Fires by a cron text, in the zone of this machine unless the text begins with {@code TZ=}. */
  public TaskBuilder cron(String expression) {
    return cron(expression, ZoneId.systemDefault());
  }

  /** Fires by a cron text (five fields, or six with seconds first) in the local time of a zone. */
  public TaskBuilder cron(String expression, ZoneId zone) {
    return schedule(new Schedule.Cron(expression, zone, Dialect.UNIX, DstRule.DEFAULT));
  }

  /** Fires once. An instant that is long past is refused when the task is created. */
  public TaskBuilder at(Instant instant) {
    return schedule(new Schedule.At(instant));
  }

  /** Fires at a fixed rate, 100 ms or more, counted from the start, else from the creation. */
  public TaskBuilder every(Duration period) {
    return schedule(new Schedule.Every(period));
  }

  /** Fires again so long after the end of each run, 100 ms or more. */
  public TaskBuilder after(Duration delay) {
    return schedule(new Schedule.After(delay));
  }

  /** Fires by any schedule; takes the place of one given before. */
  public TaskBuilder schedule(Schedule when) {
    schedule = when;
    return this;
  }

  /** No fire before this. */
  public TaskBuilder start(Instant instant) {
    start = instant;
    return this;
  }

  /** No fire after this. */
  public TaskBuilder end(Instant instant) {
    end = instant;
    return this;
  }

  /** Finished after so many runs that have reached their target. */
  public TaskBuilder maxRuns(long most) {
    maxRuns = most;
    return this;
  }

  /** Each fire is late by a part of this that depends on the task and the run number alone. */
  public TaskBuilder jitter(Duration most) {
    jitter = most;
    return this;
  }

  /** No fire on the days that this calendar excludes; it must be there at the creation. */
  public TaskBuilder calendar(String nameOfCalendar) {
    calendar = nameOfCalendar;
    return this;
  }

  /** Stored, and not fired until it is replaced by one that is enabled. */
  public TaskBuilder disabled() {
    enabled = false;
    return this;
  }

  /** The task goes so long after it has finished. */
  public TaskBuilder deleteAfter(Duration delay) {
    deleteAfter = delay;
    return this;
  }

  /** Calls a handler of the host. */
  public TaskBuilder handler(String handler) {
    return target(new Target.Handler(handler, null));
  }

  /** Calls a handler of the host with an argument. */
  public TaskBuilder handler(String handler, String arg) {
    return target(new Target.Handler(handler, arg));
  }

  /** Posts this JSON to a URL, which must answer within ten seconds. */
  public TaskBuilder post(String url, String json) {
    Map<String, HeaderValue> headers = new LinkedHashMap<>();
    return target(new Target.Http(url, "POST", headers, json, Target.Http.DEFAULT_TIMEOUT));
  }

  /** Calls a node of a registered service. */
  public TaskBuilder service(String service, @Nullable String arg) {
    return target(new Target.Service(service, null, arg, Target.Service.DEFAULT_CONFIRM_TIMEOUT));
  }

  /** Calls any target; takes the place of one given before. */
  public TaskBuilder target(Target what) {
    target = what;
    return this;
  }

  /** What becomes of fires that come more than {@code after} late. */
  public TaskBuilder misfire(Policy.Misfire misfire, Duration after) {
    return changed(p -> with(p, misfire, after, p.overlap(), p.delivery(), p.timeout(), p.retry()));
  }

  /** What becomes of a fire while an earlier run goes on. */
  public TaskBuilder overlap(Policy.Overlap overlap) {
    return changed(
        p -> with(p, p.misfire(), p.misfireAfter(), overlap, p.delivery(), p.timeout(), p.retry()));
  }

  /** At most once: an attempt of which nobody knows whether it arrived is not repeated. */
  public TaskBuilder atMostOnce() {
    return changed(
        p ->
            with(
                p,
                p.misfire(),
                p.misfireAfter(),
                p.overlap(),
                Policy.Delivery.AT_MOST_ONCE,
                p.timeout(),
                p.retry()));
  }

  /** The time of the whole run, retries included; a handler is interrupted when it is over. */
  public TaskBuilder timeout(Duration most) {
    return changed(
        p -> with(p, p.misfire(), p.misfireAfter(), p.overlap(), p.delivery(), most, p.retry()));
  }

  /**
   * How often a failed attempt is tried again.
   *
   * @param attempts tries in all, 1 to 100
   * @param backoff before the second; twice that before the third, and so on
   * @param maxBackoff the longest of them
   */
  public TaskBuilder retry(int attempts, Duration backoff, Duration maxBackoff) {
    Policy.Retry retry = new Policy.Retry(attempts, backoff, maxBackoff);
    return changed(
        p -> with(p, p.misfire(), p.misfireAfter(), p.overlap(), p.delivery(), p.timeout(), retry));
  }

  /** Changes the policy in any other way; called when the task is built, after what came before. */
  public TaskBuilder policy(Function<Policy, Policy> change) {
    return changed(change);
  }

  /** Who is told when runs fail. */
  public TaskBuilder alert(Alert whom) {
    alert = whom;
    return this;
  }

  private TaskBuilder changed(Function<Policy, Policy> change) {
    policy = policy.andThen(change);
    return this;
  }

  private static Policy with(
      Policy p,
      Policy.Misfire misfire,
      Duration misfireAfter,
      Policy.Overlap overlap,
      Policy.Delivery delivery,
      @Nullable Duration timeout,
      Policy.Retry retry) {
    return new Policy(
        misfire,
        misfireAfter,
        p.misfireWindow(),
        overlap,
        p.queue(),
        delivery,
        p.priority(),
        timeout,
        p.mutex(),
        p.mutexWait(),
        p.after(),
        retry);
  }

  /**
   * The definition, with a new id if none was given.
   *
   * @throws InvalidTaskException if the schedule or the target is missing, or a value is wrong
   */
  public Task build() {
    return build(id == null ? UUID.randomUUID().toString() : id);
  }

  Task build(String as) {
    Schedule when = schedule;
    Target what = target;
    if (when == null) {
      throw new InvalidTaskException("schedule", "is missing");
    }
    if (what == null) {
      throw new InvalidTaskException("target", "is missing");
    }
    return new Task(
        as,
        namespace,
        name,
        labels,
        owner,
        when,
        start,
        end,
        maxRuns,
        jitter,
        calendar,
        enabled,
        deleteAfter,
        what,
        policy.apply(Policy.defaultFor(when)),
        alert);
  }
}
