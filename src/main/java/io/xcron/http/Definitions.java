package io.xcron.http;

import io.xcron.grid.Registry;
import io.xcron.model.Calendars;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Progress;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.CalendarCache;
import io.xcron.schedule.CompiledSchedule;
import io.xcron.schedule.ScheduleCache;
import io.xcron.schedule.Timeline;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * Decides whether a definition that can be read can be run too, and when first. Any thread may
 * call.
 */
final class Definitions {
  // Below this, milliseconds since 1970 lie before 1973: somebody gave seconds.
  private static final long LOOKS_LIKE_SECONDS = 100_000_000_000L;

  private final ScheduleCache schedules = new ScheduleCache();
  private final TaskChecks checks;
  private final CalendarCache calendars;
  private final Registered registered;
  private final boolean shellEnabled;
  private final Supplier<Caller> caller;

  /**
   * The rules of this member.
   *
   * @param shellEnabled whether tasks with commands are taken
   * @param caller whose namespaces hold for what is defined now
   */
  Definitions(
      TaskChecks checks,
      Calendars calendars,
      Registered registered,
      boolean shellEnabled,
      Supplier<Caller> caller) {
    this.checks = checks;
    this.calendars = new CalendarCache(calendars);
    this.registered = registered;
    this.shellEnabled = shellEnabled;
    this.caller = caller;
  }

  /** The first instant of a task that is to be created now. */
  long first(Task task, long nowMillis) {
    requireAddressable(task.id());
    check(task);
    if (task.schedule() instanceof Schedule.At at) {
      requireNotPast(at.instant().toEpochMilli(), task, nowMillis);
    }
    long first = timeline(task, nowMillis).first(nowMillis);
    if (first == Timeline.NONE) {
      throw neverFires(task);
    }
    return first;
  }

  /**
   * The first instant from now of a new task that need not have one, because it does not fire;
   * {@link Progress#NEVER} when there is none.
   */
  long firstIfAny(Task task, long nowMillis) {
    requireAddressable(task.id());
    check(task);
    long first = timeline(task, nowMillis).first(nowMillis);
    return first == Timeline.NONE || first < nowMillis ? Progress.NEVER : first;
  }

  /**
   * The first instant from now of a task that replaces one; a schedule that stays may have come to
   * its end.
   */
  long firstAgain(Task task, TaskRecord current, long nowMillis) {
    check(task);
    Task before = current.task(task.id());
    if (before.schedule().equals(task.schedule()) && Objects.equals(before.start(), task.start())) {
      return fromNow(task, current, nowMillis);
    }
    if (task.schedule() instanceof Schedule.At at) {
      requireNotPast(at.instant().toEpochMilli(), task, nowMillis);
    }
    long first = timeline(task, current.createdMillis()).first(nowMillis);
    if (first == Timeline.NONE) {
      throw neverFires(task);
    }
    return first;
  }

  /**
   * The first instant from now of a task that goes on; {@link Progress#NEVER} when there is none.
   */
  long fromNow(Task task, TaskRecord current, long nowMillis) {
    if (isStillDue(task, current, nowMillis)) {
      return current.nextMillis();
    }
    long first = timeline(task, current.createdMillis()).first(nowMillis);
    // An instant that passed while the task stood still is not made up for.
    return first == Timeline.NONE || first < nowMillis ? Progress.NEVER : first;
  }

  /** Whether the instant to come has passed by name only: its jitter lies ahead. */
  private static boolean isStillDue(Task task, TaskRecord current, long nowMillis) {
    long next = current.nextMillis();
    if (current.phase() != Progress.Phase.ACTIVE || next > nowMillis || task.jitter().isZero()) {
      return false;
    }
    long due =
        Timeline.dueMillis(
            task.id(),
            current.generation(),
            current.decidedNumber() + 1,
            next,
            task.jitter().toMillis());
    return due > nowMillis && Objects.equals(current.task(task.id()).calendar(), task.calendar());
  }

  /** Clients take these out of a path (RFC 3986, 5.2.4); tasks that have them already stay. */
  private static void requireAddressable(String id) {
    if (id.equals(".") || id.equals("..")) {
      throw new InvalidTaskException(
          "id", "must not be \".\" or \"..\": a path with it leads elsewhere");
    }
  }

  private void check(Task task) {
    caller.get().requireNamespace(task.namespace());
    requireKnown(task);
    if (task.target() instanceof Target.Http http) {
      requireUrl("target.http.url", http.url());
    }
    if (task.target() instanceof Target.Shell && !shellEnabled) {
      throw Problem.of(
          Code.FORBIDDEN,
          "this member takes no tasks with shell commands; XCRON_SHELL_ENABLED=true lets it");
    }
    checks.check(task);
  }

  /** What a task names must be there when it is written; later it may go. */
  private void requireKnown(Task task) {
    String calendar = task.calendar();
    if (calendar != null && !registered.knows(Registry.Kind.CALENDAR, calendar)) {
      throw new InvalidTaskException(
          "calendar", "names no calendar that there is: " + Texts.clip(calendar));
    }
    if (task.target() instanceof Target.Service service
        && !registered.knows(Registry.Kind.SERVICE, service.name())) {
      throw new InvalidTaskException(
          "target.service.name", "names no service that there is: " + Texts.clip(service.name()));
    }
  }

  private static void requireNotPast(long atMillis, Task task, long nowMillis) {
    if (atMillis < nowMillis - task.policy().misfireAfter().toMillis()) {
      throw new InvalidTaskException(
          "schedule.at",
          atMillis < LOOKS_LIKE_SECONDS
              ? "lies in the past, at "
                  + Texts.instant(atMillis)
                  + "; it looks like seconds since 1970, and milliseconds are expected"
              : "lies in the past");
    }
  }

  private static InvalidTaskException neverFires(Task task) {
    return task.end() != null
        ? new InvalidTaskException("end", "lies before the first fire, so the task would never run")
        : new InvalidTaskException("schedule", "never fires");
  }

  /** Absolute, http or https, with a host; the target's own rules are among the checks. */
  static void requireUrl(String field, String url) {
    int start = afterScheme(url);
    if (start < 0) {
      throw new InvalidTaskException(field, "must begin with http:// or https://");
    }
    int i = start;
    while (i < url.length() && "/?#".indexOf(url.charAt(i)) < 0) {
      i++;
    }
    String authority = url.substring(start, i);
    String host = authority.substring(authority.lastIndexOf('@') + 1);
    if (host.isEmpty() || host.startsWith(":")) {
      throw new InvalidTaskException(field, "must name a host");
    }
    for (int at = 0; at < url.length(); at++) {
      char c = url.charAt(at);
      if (c <= ' ' || c >= 127 || "\"<>\\^`{|}".indexOf(c) >= 0) {
        throw new InvalidTaskException(
            field, "must be a URL in ASCII; escape other characters with %");
      }
    }
  }

  /** Where the host begins behind http or https, in any case (RFC 3986, 3.1); negative for none. */
  static int afterScheme(String url) {
    return url.regionMatches(true, 0, "http://", 0, 7)
        ? 7
        : url.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
  }

  CompiledSchedule compiled(Schedule schedule) {
    return schedules.get(schedule);
  }

  /** The instants of a task, whatever its state. */
  Timeline timeline(Task task, long createdMillis) {
    return Timeline.of(task, schedules, calendars, createdMillis);
  }
}
