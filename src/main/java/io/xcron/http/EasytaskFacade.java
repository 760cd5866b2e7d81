package io.xcron.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.model.CallbackService;
import io.xcron.model.Change;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Limits;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The paths of easytask, for its clients as they are. Each answer is an envelope with a code and
 * HTTP status 200, and carries the trace it belongs to.
 *
 * <p>A server with its nodes becomes a service of the registry; a task becomes a task with that
 * service as its target. A task with a {@code biz_id} has an id that is derived from its name and
 * that; so adding it again meets it. To stop a task is to pause it: a later {@code /add_task}
 * brings it back, and so does a resume by the REST API.
 */
final class EasytaskFacade implements Facade {
  private static final int INTERNAL = 500;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int BAD_ARGUMENTS = 10001;
  private static final int NO_SUCH_TASK = 10002;
  private static final int NO_SUCH_SERVER = 10003;
  private static final int NOT_ACCEPTED = 10004;

  private static final int BY_CRON = 1;
  private static final int AT_A_TIME = 2;
  private static final int BY_INTERVAL = 3;

  /** Under this label the sender of callbacks finds the client's own key of a task. */
  private static final String BIZ_ID = "easytask.biz_id";

  private static final HeaderName TRACE_ID = HeaderNames.create("x-easy-task-trace-id");
  private static final HeaderName SPAN_ID = HeaderNames.create("x-easy-task-trace-span-id");
  private static final HeaderName PARENT_SPAN_ID =
      HeaderNames.create("x-easy-task-trace-parent-span-id");
  private static final int MAX_TRACE_LENGTH = 128;

  private static final Set<String> PATHS =
      Set.of("/add_task_server", "/del_task_server", "/add_task", "/confirm_task", "/stop_task");

  private final TaskGrid grid;
  private final Definitions definitions;
  private final ServiceStore services;
  private final HttpConfig config;

  EasytaskFacade(TaskGrid grid, Definitions definitions, ServiceStore services, HttpConfig config) {
    this.grid = grid;
    this.definitions = definitions;
    this.services = services;
    this.config = config;
  }

  @Override
  public void addTo(Router router) {
    router
        .on("POST", "/add_task_server", this::addServer)
        .on("POST", "/del_task_server", this::removeServer)
        .on("POST", "/add_task", this::addTask)
        .on("POST", "/confirm_task", this::confirm)
        .on("POST", "/stop_task", this::stop);
  }

  @Override
  public boolean answers(String path) {
    return PATHS.contains(Facade.trimmed(path));
  }

  private void addServer(Exchange exchange) {
    EasytaskRequest request = EasytaskRequest.read(exchange);
    String name = Registered.requireName(request.requiredText("name"));
    String url = urlOf(request);
    long seconds = request.number("callback_timeout_sec");
    if (seconds > Target.MAX_TIMEOUT.toSeconds()) {
      throw Problem.invalid(
          "callback_timeout_sec", "must be at most " + Target.MAX_TIMEOUT.toSeconds());
    }
    Duration timeout = seconds == 0 ? Target.Http.DEFAULT_TIMEOUT : Duration.ofSeconds(seconds);
    boolean check = request.truth("is_enable_health_check");
    services.addNode(exchange, name, new CallbackService.Node(url, timeout, check));
    send(exchange, 0, "", json -> {});
  }

  private void removeServer(Exchange exchange) {
    EasytaskRequest request = EasytaskRequest.read(exchange);
    String name = request.requiredText("name");
    services.removeNode(exchange, name, urlOf(request));
    send(exchange, 0, "", json -> {});
  }

  private static String urlOf(EasytaskRequest request) {
    String schema = request.requiredText("schema");
    if (!schema.equals("http") && !schema.equals("https")) {
      throw Problem.invalid("schema", "must be http or https");
    }
    String host = request.requiredText("host");
    long port = request.requiredNumber("port");
    if (port > 65_535) {
      throw Problem.invalid("port", "must lie between 1 and 65535");
    }
    boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
    return ServiceStore.rootOf(
        "host", schema + "://" + (bare ? "[" + host + "]" : host) + ":" + port);
  }

  private void addTask(Exchange exchange) {
    EasytaskRequest request = EasytaskRequest.read(exchange);
    String name = request.requiredText("name");
    String service = request.requiredText("srv_name");
    long mode = request.requiredChoice("sched_mode");
    Schedule schedule = scheduleOf(exchange, request, mode);
    if (schedule == null) {
      return;
    }
    if (!services.knows(service)) {
      send(exchange, NO_SUCH_SERVER, "there is no callback server " + Texts.clip(service), null);
      return;
    }
    String bizId = request.text("biz_id");
    String id =
        bizId.isEmpty()
            ? UUID.randomUUID().toString()
            : Idempotency.idFrom("easytask\0" + name + "\0" + bizId);
    try {
      Task task = taskOf(request, id, name, service, schedule, bizId);
      if (bizId.isEmpty()) {
        create(exchange, task);
      } else {
        var unused = Call.triedAgain(() -> replaced(exchange, task));
      }
    } catch (InvalidTaskException e) {
      boolean cron = mode == BY_CRON && e.field().startsWith("schedule");
      send(exchange, cron ? INTERNAL : BAD_ARGUMENTS, e.getMessage(), null);
      return;
    }
    send(exchange, 0, "", json -> json.writeStringField("task_id", id));
  }

  /** Null when the answer is given. */
  private @Nullable Schedule scheduleOf(Exchange exchange, EasytaskRequest request, long mode) {
    String cron = request.text("time_cron");
    long at = request.number("time_spec_at");
    long interval = request.number("time_interval_sec");
    if (mode == BY_CRON) {
      if (cron.isEmpty()) {
        return refuse(exchange, BAD_ARGUMENTS, "time cron is empty");
      }
      if (cron.isBlank() || cron.length() > Schedule.Cron.MAX_LENGTH) {
        return refuse(exchange, INTERNAL, "this is no cron expression");
      }
      return new Schedule.Cron(cron, config.zone(), Dialect.GORHILL, DstRule.DEFAULT);
    }
    if (mode == AT_A_TIME) {
      if (at == 0) {
        return refuse(exchange, BAD_ARGUMENTS, "not specific time");
      }
      if (at > Limits.LAST_INSTANT.getEpochSecond()) {
        return refuse(exchange, BAD_ARGUMENTS, "time_spec_at lies after the year 2199");
      }
      return new Schedule.At(Instant.ofEpochSecond(at));
    }
    if (mode == BY_INTERVAL) {
      if (interval == 0) {
        return refuse(exchange, BAD_ARGUMENTS, "specific time interval is empty");
      }
      if (interval > Limits.MAX_PERIOD.toSeconds()) {
        return refuse(exchange, BAD_ARGUMENTS, "time_interval_sec is longer than a century");
      }
      return new Schedule.Every(Duration.ofSeconds(interval));
    }
    return refuse(exchange, INTERNAL, "sched_mode must be 1, 2 or 3");
  }

  private static @Nullable Schedule refuse(Exchange exchange, int code, String reason) {
    send(exchange, code, reason, null);
    return null;
  }

  private static Task taskOf(
      EasytaskRequest request,
      String id,
      String name,
      String service,
      Schedule schedule,
      String bizId) {
    String path = request.text("callback_path");
    String arg = request.text("arg");
    return Task.of(
        id,
        name,
        bizId.isEmpty() ? Map.of() : Map.of(BIZ_ID, bizId),
        schedule,
        new Target.Service(
            service,
            path.isEmpty() ? null : path,
            arg.isEmpty() ? null : arg,
            Target.Service.DEFAULT_CONFIRM_TIMEOUT));
  }

  private void create(Exchange exchange, Task task) {
    long now = exchange.nowMillis();
    long next = definitions.first(task, now);
    var unused = stored(exchange, task.id(), new TaskChange.Create(task, now, next));
  }

  /**
   * Puts the definition in the place of the one with its key. A task that was stopped is resumed; a
   * finished one whose times are the same is switched off and on again, which counts its schedule
   * anew. Each step can be repeated, so a caller that got no answer calls again.
   *
   * @return null when another definition has come in between
   */
  private @Nullable TaskRecord replaced(Exchange exchange, Task task) {
    TaskRecord current = Call.read(grid.read(task.id(), false), exchange);
    long now = exchange.nowMillis();
    long next =
        current == null ? definitions.first(task, now) : definitions.firstAgain(task, current, now);
    Change change = new TaskChange.Replace(task, now, next, Change.ANY_VERSION);
    TaskRecord record = stored(exchange, task.id(), change);
    boolean over = record.progress().phase() != Progress.Phase.ACTIVE;
    if (over && next == Progress.NEVER) {
      // A one-shot whose second has passed a moment ago is due at once, as a new one would be.
      next = definitions.first(task, now);
    }
    if (over) {
      Change off = new TaskChange.Replace(task.withEnabled(false), now, next, Change.ANY_VERSION);
      var unused = stored(exchange, task.id(), off);
      record =
          stored(exchange, task.id(), new TaskChange.Replace(task, now, next, Change.ANY_VERSION));
    }
    if (!record.paused()) {
      return record;
    }
    change = new TaskChange.Resume(next, record.version());
    return Call.storedUnlessStale(
        Call.write(grid.write(task.id(), change), exchange, task.id()), change, task.id());
  }

  private TaskRecord stored(Exchange exchange, String id, Change change) {
    return Call.stored(Call.write(grid.write(id, change), exchange, id), change, id);
  }

  private void confirm(Exchange exchange) {
    EasytaskRequest request = EasytaskRequest.read(exchange);
    String id = request.requiredText("task_id");
    long number = request.requiredNumber("task_run_times");
    String extra = request.text("extra");
    boolean success = request.truth("is_success");
    if (!Task.validId(id)) {
      throw Call.notFound(id);
    }
    Change change = new RunChange.Confirm(number, success, extra.isEmpty() ? null : extra);
    var unused = stored(exchange, id, change);
    send(exchange, 0, "", json -> {});
  }

  private void stop(Exchange exchange) {
    String id = EasytaskRequest.read(exchange).requiredText("task_id");
    if (Task.validId(id)) {
      Change.Applied applied = Call.write(grid.write(id, new TaskChange.Pause()), exchange, id);
      if (applied instanceof Change.Applied.Refused refused
          && refused.reason() != Change.Refusal.NOT_FOUND) {
        throw Call.refused(refused.reason(), id);
      }
    }
    send(exchange, 0, "", json -> {});
  }

  @Override
  public void fail(Exchange exchange, Problem problem) {
    int code =
        switch (problem.code()) {
          case MALFORMED, INVALID, TOO_LARGE, UNAUTHORIZED, FORBIDDEN, TARGET_DENIED ->
              problem.allow() == null ? BAD_ARGUMENTS : METHOD_NOT_ALLOWED;
          case NOT_FOUND -> NO_SUCH_TASK;
          case CONFLICT, STALE_VERSION, IDEMPOTENCY_MISMATCH, UNKNOWN -> INTERNAL;
          case NOT_ACCEPTED, NO_OWNER, RATE_LIMITED -> NOT_ACCEPTED;
        };
    String taskId = problem.taskId();
    send(
        exchange,
        code,
        problem.detail(),
        taskId == null || problem.code() != Code.UNKNOWN
            ? null
            : json -> json.writeStringField("task_id", taskId));
  }

  private static void send(
      Exchange exchange, int code, @Nullable String message, Json.@Nullable Writing data) {
    String given = traceHeader(exchange, TRACE_ID);
    String trace = given == null ? newTrace() : given;
    String parent = traceHeader(exchange, SPAN_ID);
    exchange.set(TRACE_ID, trace);
    exchange.set(SPAN_ID, newTrace().substring(16));
    exchange.set(PARENT_SPAN_ID, parent == null ? "" : parent);
    byte[] envelope =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeNumberField("code", code);
              json.writeStringField("msg", Texts.wellFormed(String.valueOf(message)));
              if (data == null) {
                json.writeNullField("data");
              } else {
                json.writeObjectFieldStart("data");
                data.writeTo(json);
                json.writeEndObject();
              }
              json.writeStringField("hint", trace);
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, envelope);
  }

  private static String newTrace() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  /** What the caller gave, if it is fit to be given back. */
  private static @Nullable String traceHeader(Exchange exchange, HeaderName name) {
    String text = exchange.header(name);
    if (text == null || text.isEmpty() || text.length() > MAX_TRACE_LENGTH) {
      return null;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '!' || text.charAt(i) > '~') {
        return null;
      }
    }
    return text;
  }
}
