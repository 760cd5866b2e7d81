package io.xcron.http;

import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.model.Dialect;
import io.xcron.model.DstRule;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Limits;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The paths of the system that this one continues, for its clients as they are. Each answer is an
 * envelope with a code and HTTP status 200; the one exception is an idempotency key with another
 * body, which only a new client can send: 422.
 */
final class XcronFacade implements Facade {
  private static final int UNREADABLE = 1000;
  private static final int NOT_A_TIMESTAMP = 1001;
  private static final int BAD_TIME = 1002;
  private static final int BAD_URL = 1003;
  private static final int NOT_STORED = 1004;
  private static final int BAD_CRON = 1005;
  private static final int NO_SUCH_TASK = 1006;
  private static final int NOT_ACCEPTED = 1007;
  private static final int OUTCOME_UNKNOWN = 1008;
  private static final int NOT_AUTHORISED = 1009;
  private static final int UNKNOWN_TYPE = 1020;

  private static final int PERIODIC = 1;
  private static final int ONE_SHOT = 2;

  /** Remembers the type a task was created with where the format has decided otherwise. */
  private static final String TYPE_LABEL = "xcron.type";

  private static final Set<String> PATHS =
      Set.of("/xcron/createTask", "/xcron/deleteTask", "/xcron/queryTask");

  private final TaskGrid grid;
  private final Definitions definitions;
  private final HttpConfig config;

  XcronFacade(TaskGrid grid, Definitions definitions, HttpConfig config) {
    this.grid = grid;
    this.definitions = definitions;
    this.config = config;
  }

  @Override
  public void addTo(Router router) {
    router
        .on("POST", "/xcron/createTask", this::create)
        .on("POST", "/xcron/deleteTask", this::delete)
        .on("GET", "/xcron/queryTask", this::query);
  }

  @Override
  public boolean answers(String path) {
    return PATHS.contains(Facade.trimmed(path));
  }

  /** A refusal that has a code of its own here. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final int code;

    Refusal(int code, String message) {
      super(message, null, false, false);
      this.code = code;
    }
  }

  private void create(Exchange exchange) {
    XcronRequest request = XcronRequest.read(exchange.body());
    String key = exchange.idempotencyKey();
    String id =
        key == null ? UUID.randomUUID().toString() : Idempotency.idOf(key, exchange.caller());
    try {
      Task task = taskOf(request, id, exchange, key != null);
      store(exchange, task, key != null);
    } catch (Refusal e) {
      send(exchange, e.code, e.getMessage(), null);
      return;
    } catch (InvalidTaskException e) {
      send(exchange, codeOf(e, request), e.getMessage(), null);
      return;
    } catch (TargetDeniedException e) {
      send(exchange, BAD_URL, e.getMessage(), null);
      return;
    }
    send(exchange, 0, null, json -> json.writeStringField("task_id", id));
  }

  private void store(Exchange exchange, Task task, boolean keyed) {
    long now = exchange.nowMillis();
    if (keyed) {
      var unused =
          TaskResource.createOnce(
              grid, task.id(), task, now, exchange::remainingNanos, () -> firstInTime(task, now));
      return;
    }
    long next = definitions.first(task, now);
    Change change = new TaskChange.Create(task, now, next);
    Change.Applied applied = Call.write(grid.write(task.id(), change), exchange, task.id());
    if (!(applied instanceof Change.Applied.Stored)) {
      throw new Refusal(NOT_STORED, "the task could not be stored");
    }
  }

  private Task taskOf(XcronRequest request, String id, Exchange exchange, boolean keyed) {
    long given = request.type();
    if (given != PERIODIC && given != ONE_SHOT) {
      throw new Refusal(UNKNOWN_TYPE, "type must be 1 (periodic) or 2 (one-shot)");
    }
    String format = request.format();
    boolean digits = !format.isEmpty() && format.chars().allMatch(c -> c >= '0' && c <= '9');
    long type = config.typeFromFormat() ? (digits ? ONE_SHOT : PERIODIC) : given;
    Schedule schedule = type == ONE_SHOT ? at(format, digits, exchange, keyed) : cron(format);
    if (request.url() == null) {
      throw new Refusal(BAD_URL, "callback.url is missing");
    }
    return Task.of(
        id,
        null,
        type == given ? Map.of() : Map.of(TYPE_LABEL, Long.toString(given)),
        schedule,
        new Target.Http(
            request.url(), "POST", Map.of(), request.body(), Target.Http.DEFAULT_TIMEOUT));
  }

  private static Schedule at(String format, boolean digits, Exchange exchange, boolean keyed) {
    if (!digits || format.length() != 10) {
      throw new Refusal(NOT_A_TIMESTAMP, "format must be a unix timestamp of 10 digits");
    }
    Instant instant = Instant.ofEpochSecond(Long.parseLong(format));
    if (instant.isAfter(Limits.LAST_INSTANT)) {
      throw new Refusal(BAD_TIME, "format lies after the year 2199");
    }
    // With a key it may be the repeat of a request that was in time: then the key decides.
    if (!keyed && isPast(instant, exchange.nowMillis())) {
      throw new Refusal(BAD_TIME, "format lies in the past");
    }
    return new Schedule.At(instant);
  }

  /** Any instant that has passed is refused here, while our own API takes one just past. */
  private long firstInTime(Task task, long nowMillis) {
    long first = definitions.first(task, nowMillis);
    if (task.schedule() instanceof Schedule.At at && isPast(at.instant(), nowMillis)) {
      throw new InvalidTaskException("schedule.at", "lies in the past");
    }
    return first;
  }

  private static boolean isPast(Instant instant, long nowMillis) {
    return instant.getEpochSecond() < Math.floorDiv(nowMillis, 1_000L);
  }

  private Schedule cron(String format) {
    return new Schedule.Cron(format, config.zone(), Dialect.UNIX, DstRule.DEFAULT);
  }

  private static int codeOf(InvalidTaskException e, XcronRequest request) {
    String field = e.field();
    if (field.equals("schedule.at")) {
      return BAD_TIME;
    }
    if (field.startsWith("schedule")) {
      return BAD_CRON;
    }
    return field.startsWith("target.http.url") || request.url() == null ? BAD_URL : UNREADABLE;
  }

  private void delete(Exchange exchange) {
    String id = XcronRequest.read(exchange.body()).taskId();
    if (id == null || id.isEmpty()) {
      send(exchange, UNREADABLE, "task_id is missing", null);
      return;
    }
    if (!Task.validId(id)) {
      send(exchange, NO_SUCH_TASK, "no such task", null);
      return;
    }
    Change change = new TaskChange.Remove(Change.ANY_VERSION);
    Change.Applied applied = Call.write(grid.write(id, change), exchange, id);
    if (applied instanceof Change.Applied.Removed) {
      send(exchange, 0, null, null);
    } else {
      send(exchange, NO_SUCH_TASK, "no such task", null);
    }
  }

  private void query(Exchange exchange) {
    String id = exchange.query().get("task_id");
    if (id == null || id.isEmpty()) {
      send(exchange, UNREADABLE, "task_id is missing", null);
      return;
    }
    TaskRecord record = Task.validId(id) ? Call.read(grid.read(id, false), exchange) : null;
    if (record == null) {
      send(exchange, NO_SUCH_TASK, "no such task", null);
      return;
    }
    Task task = record.task(id);
    send(
        exchange,
        0,
        null,
        json -> {
          json.writeStringField("task_id", id);
          json.writeStringField("create_time", Long.toString(record.createdMillis() / 1_000));
          json.writeNumberField("type", typeOf(task));
          json.writeStringField("format", formatOf(task.schedule()));
          json.writeNumberField("run_count", record.delivered());
          json.writeObjectFieldStart("callback");
          Target.Http http = task.target() instanceof Target.Http target ? target : null;
          json.writeStringField("url", http == null ? "" : http.url());
          json.writeFieldName("body");
          json.writeRawValue(TaskWriter.bodyText(http == null ? null : http.body(), false));
          json.writeEndObject();
        });
  }

  private static int typeOf(Task task) {
    String given = task.labels().get(TYPE_LABEL);
    if (given != null && (given.equals("1") || given.equals("2"))) {
      return Integer.parseInt(given);
    }
    return task.schedule().oneShot() ? ONE_SHOT : PERIODIC;
  }

  private static String formatOf(Schedule schedule) {
    return switch (schedule) {
      case Schedule.Cron cron -> cron.expression();
      case Schedule.At at -> Long.toString(at.instant().getEpochSecond());
      case Schedule.Every every -> "@every " + Texts.duration(every.period());
      case Schedule.Chained chained -> "";
      case Schedule.After after -> "@every " + Texts.duration(after.delay());
    };
  }

  @Override
  public void fail(Exchange exchange, Problem problem) {
    int code =
        switch (problem.code()) {
          case MALFORMED, INVALID, TOO_LARGE -> UNREADABLE;
          case NOT_FOUND -> NO_SUCH_TASK;
          case CONFLICT, STALE_VERSION, IDEMPOTENCY_MISMATCH -> NOT_STORED;
          case NOT_ACCEPTED, NO_OWNER, RATE_LIMITED -> NOT_ACCEPTED;
          case UNKNOWN -> OUTCOME_UNKNOWN;
          case UNAUTHORIZED, FORBIDDEN -> NOT_AUTHORISED;
          case TARGET_DENIED -> BAD_URL;
        };
    String taskId = problem.taskId();
    Status status = problem.code() == Code.IDEMPOTENCY_MISMATCH ? problem.status() : Status.OK_200;
    exchange.send(
        status,
        Exchange.JSON,
        envelope(
            code,
            problem.detail(),
            taskId == null ? null : json -> json.writeStringField("task_id", taskId)));
  }

  private static void send(
      Exchange exchange, int code, @Nullable String message, Json.@Nullable Writing data) {
    exchange.send(Status.OK_200, Exchange.JSON, envelope(code, message, data));
  }

  private static byte[] envelope(int code, @Nullable String message, Json.@Nullable Writing data) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          json.writeStringField("uuid", UUID.randomUUID().toString());
          json.writeNumberField("code", code);
          if (code != 0) {
            json.writeStringField("message", Texts.wellFormed(String.valueOf(message)));
          }
          if (data != null) {
            json.writeObjectFieldStart("data");
            data.writeTo(json);
            json.writeEndObject();
          }
          json.writeEndObject();
        });
  }
}
