package io.xcron;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.xcron.fire.FireConfig;
import io.xcron.fire.LocalMutexes;
import io.xcron.fire.SteppedEngine;
import io.xcron.grid.PracticeGrid;
import io.xcron.history.LiveOutput;
import io.xcron.history.RunStatistics;
import io.xcron.http.HistoryParts;
import io.xcron.http.HttpParts;
import io.xcron.http.Registered;
import io.xcron.http.ShellDoor;
import io.xcron.http.TaskDesk;
import io.xcron.model.Grant;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.Time;
import io.xcron.model.WorkCalendar;
import io.xcron.schedule.ScheduleCache;
import io.xcron.target.HttpRules;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;

/**
 * An xcron in memory whose clock the test moves, to find out in milliseconds what happens at 01:00.
 *
 * <p>The schedules, the policies and everything that is decided about a run are those of a member;
 * only the store keeps nothing, and the threads and sockets are missing: what is due runs in the
 * thread that moves the clock, one after the other and in the same order each time. A handler ends
 * at the instant at which it started unless {@link #takes} says otherwise; HTTP targets are
 * answered by {@link #http}; services and commands are refused.
 *
 * <p>Of the runs, the newest 1,000 of each of 100,000 tasks are kept. For one thread.
 *
 * {@snippet :
 * try (XcronTestKit kit = XcronTestKit.at(Instant.parse("2027-01-31T22:00:00Z"))) {
 *   kit.handler("settle", run -> settled.add(run.due()));
 *   kit.create(Xcron.task("settlement").cron("0 1 * * *", ZoneOffset.UTC).handler("settle"));
 *   kit.advance(Duration.ofDays(1));
 * }
 * }
 */
public final class XcronTestKit extends ForwardingTasks implements AutoCloseable {
  /**
   * A request that an HTTP target would have got.
   *
   * @param taskId the id of the task
   * @param runNumber counts the runs of the task from 1
   * @param attempt counts the attempts of the run from 1
   * @param due when the run was due
   * @param started when the attempt started
   * @param idempotencyKey the same for all attempts of a run
   * @param method the HTTP method
   * @param url the URL of the definition
   * @param headers those of the definition; a secret appears as its name in angle brackets
   * @param body what is sent
   */
  public record Call(
      String taskId,
      long runNumber,
      int attempt,
      Instant due,
      Instant started,
      String idempotencyKey,
      String method,
      String url,
      Map<String, String> headers,
      String body) {
    /** Copies the headers. */
    public Call {
      headers = Map.copyOf(headers);
    }
  }

  /**
   * What the test answers in place of an HTTP target.
   *
   * @param status of the answer; 0 when the connection is lost
   * @param body of the answer
   * @param after how long it takes; a task whose target has a shorter timeout sees only that
   */
  public record Reply(int status, String body, Duration after) {
    static final int LOST = 0;

    /** Refuses a status below 100 other than 0, or above 999, and a time below zero. */
    public Reply {
      if ((status != LOST && (status < 100 || status > 999)) || after.isNegative()) {
        throw new IllegalArgumentException("no answer has status " + status + " after " + after);
      }
    }

    /** 200 at once. */
    public static Reply ok() {
      return of(200);
    }

    /** This status at once. */
    public static Reply of(int status) {
      return new Reply(status, "", Duration.ZERO);
    }

    /** The connection is lost when the request is out: nobody knows whether it was acted on. */
    public static Reply lost() {
      return of(LOST);
    }

    /** The same, but so much later. */
    public Reply after(Duration delay) {
      return new Reply(status, body, delay);
    }
  }

  /** The clock that the test moves. */
  private static final class ManualTime implements Time {
    private long millis;

    ManualTime(long millis) {
      this.millis = millis;
    }

    @Override
    public long nowMillis() {
      return millis;
    }

    @Override
    public long nanoTime() {
      return Duration.ofMillis(millis).toNanos();
    }
  }

  /** One lane that takes all runs of a burst into memory, and writes long ones as a member does. */
  private static final FireConfig CONFIG =
      new FireConfig(
          1, 4_096, FireConfig.DEFAULT_MAX_RUNS, Duration.ofSeconds(1), Duration.ofMillis(500));

  private final ManualTime time;
  private final HandlerBook handlers = new HandlerBook(Map.of());
  private final KitTargets targets;
  private final KitHistory history = new KitHistory();
  private final KitCalendars calendars = new KitCalendars();
  private final SteppedEngine engine;
  private final XcronTasks tasks;
  private boolean moving;
  private boolean closed;

  private XcronTestKit(Instant now) {
    time = new ManualTime(now.toEpochMilli());
    targets = new KitTargets(time, handlers);
    PracticeGrid grid = new PracticeGrid(time::nowMillis);
    Grant always = new Grant(0, 1, 1, Long.MAX_VALUE);
    engine =
        new SteppedEngine(
            grid,
            targets,
            partition -> always,
            time,
            new ScheduleCache(),
            CONFIG,
            calendars,
            (partition, namespace, run) -> history.ended(run),
            "test",
            new LocalMutexes(() -> 1));
    grid.open(engine);
    HistoryParts past =
        new HistoryParts(history, LiveOutput.NONE, new RunStatistics()::figures, calendars);
    tasks =
        new DeskTasks(
            new TaskDesk(
                new HttpParts(
                    grid,
                    time,
                    XcronTestKit::check,
                    () -> null,
                    () -> "",
                    JsonNodeFactory.instance::objectNode,
                    calendars,
                    new Registered(calendars, node -> false),
                    ShellDoor.CLOSED,
                    past)));
  }

  private static void check(Task task) {
    if (task.target() instanceof Target.Http http) {
      HttpRules.check(http);
    }
  }

  /** A kit whose clock stands at this instant. */
  public static XcronTestKit at(Instant now) {
    return new XcronTestKit(now);
  }

  /** What the clock says. */
  public Instant now() {
    return Instant.ofEpochMilli(time.nowMillis());
  }

  /** Lets runs call this code, from the next attempt on. It is called by the thread of the test. */
  public XcronTestKit handler(String name, XcronHandler handler) {
    handlers.put(name, handler);
    return this;
  }

  /**
   * Lets the attempts of a handler end so much later than they start, on the clock of the test: its
   * code is called at the start, and timeouts, overlaps and kills happen as if it still ran.
   */
  public XcronTestKit takes(String handler, Duration duration) {
    if (duration.isNegative()) {
      throw new IllegalArgumentException("a handler cannot take " + duration);
    }
    targets.takes(handler, duration);
    return this;
  }

  /** Answers in place of all HTTP targets; without it no connection can be made. */
  public XcronTestKit http(Function<Call, Reply> answers) {
    targets.http(answers);
    return this;
  }

  /** A calendar that tasks may name. */
  public XcronTestKit calendar(String name, WorkCalendar calendar) {
    calendars.put(name, calendar);
    return this;
  }

  /** Moves the clock on, see {@link #advanceTo}. */
  public XcronTestKit advance(Duration by) {
    return advanceTo(now().plus(by));
  }

  /**
   * Moves the clock on to an instant; whatever is due until then, that instant included, happens
   * before this returns, each at its own time.
   *
   * @throws IllegalArgumentException if the instant is past
   * @throws IllegalStateException if a handler calls this, or the kit is closed
   */
  public XcronTestKit advanceTo(Instant instant) {
    long until = instant.toEpochMilli();
    if (until < time.millis) {
      throw new IllegalArgumentException("the clock stands at " + now() + " and does not go back");
    }
    if (moving || closed) {
      throw new IllegalStateException(
          closed ? "the kit is closed" : "a handler cannot move the clock that it is called by");
    }
    moving = true;
    try {
      for (long next = settled(); next <= until; next = settled()) {
        time.millis = Math.max(time.millis, next);
      }
      time.millis = until;
    } finally {
      moving = false;
    }
    return this;
  }

  /** Does all that is due now; answers when there is more, always later than now. */
  private long settled() {
    while (true) {
      long next = engine.sweep(time.millis);
      boolean ran = targets.runDue();
      if (!ran && !engine.hasWorkBefore(time.millis + 1)) {
        return Math.max(time.millis + 1, Math.min(next, targets.nextMillis()));
      }
    }
  }

  @Override
  XcronTasks tasks() {
    return tasks;
  }

  /** Forgets everything. There is no thread and no socket to close. */
  @Override
  public void close() {
    closed = true;
    targets.close();
  }
}
