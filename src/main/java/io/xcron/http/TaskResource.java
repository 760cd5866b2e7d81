package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.model.Change;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.OpenRun;
import io.xcron.model.PercentEncoding;
import io.xcron.model.RunChange;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One task: create, read, replace, delete, pause, resume, run. */
final class TaskResource {
  /**
   * What a manual run may be given: so many that a task's open runs, each with one, fit its record.
   */
  static final int MAX_ARG_BYTES = OpenRun.MAX_TEXT_BYTES;

  private static final Duration MAX_WAIT = Duration.ofMinutes(1);
  private static final long WAIT_STEP_NANOS = 50_000_000;
  private static final long WAIT_READ_NANOS = 1_000_000_000;

  private final TaskGrid grid;
  private final Definitions definitions;
  private final HttpConfig config;

  TaskResource(TaskGrid grid, Definitions definitions, HttpConfig config) {
    this.grid = grid;
    this.definitions = definitions;
    this.config = config;
  }

  void addTo(Router router) {
    router
        .on("POST", "/api/v1/tasks", this::create)
        .on("GET", "/api/v1/tasks/{}", this::get)
        .on("PUT", "/api/v1/tasks/{}", this::put)
        .on("DELETE", "/api/v1/tasks/{}", this::delete)
        .on("POST", "/api/v1/tasks/{}/run", this::run)
        .on("POST", "/api/v1/tasks/{}/pause", this::pause)
        .on("POST", "/api/v1/tasks/{}/resume", this::resume)
        .on("POST", "/api/v1/tasks/{}/kill", this::kill);
  }

  private Task readTask(Exchange exchange, String id) {
    byte[] body = exchange.body();
    return new TaskReader(config.zone(), () -> id).read(body, 0, body.length);
  }

  private void create(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    String key = exchange.idempotencyKey();
    String newId =
        key == null ? UUID.randomUUID().toString() : Idempotency.idOf(key, exchange.caller());
    Task task = readTask(exchange, newId);
    if (key == null) {
      create(exchange, task);
    } else {
      createOnce(exchange, newId, task);
    }
  }

  private void create(Exchange exchange, Task task) {
    long now = exchange.nowMillis();
    long next = definitions.first(task, now);
    Change change = new TaskChange.Create(task, now, next);
    switch (Call.write(grid.write(task.id(), change), exchange, task.id())) {
      case Change.Applied.Stored stored ->
          sendCreated(
              exchange,
              task.id(),
              stored.record().version(),
              TaskWriter.document(task.id(), stored.record()));
      case Change.Applied.Refused refused -> throw Call.refused(refused.reason(), task.id());
      case Change.Applied.Removed removed -> throw Call.impossible(change);
      case Change.Applied.Unchanged unchanged -> throw Call.impossible(change);
    }
  }

  private void createOnce(Exchange exchange, String key, Task task) {
    long now = exchange.nowMillis();
    TaskGrid.Creation.Created created =
        createOnce(
            grid, key, task, now, exchange::remainingNanos, () -> definitions.first(task, now));
    sendCreated(exchange, task.id(), 1, TaskWriter.created(task, created));
  }

  /**
   * Creates a task once for an idempotency key. What would not be taken now may have been in order
   * when it came first: its instant has passed since, what it names is gone. So it is refused only
   * when the key is not known.
   *
   * @param key what {@link Idempotency#idOf} made of it
   * @param timeoutNanos how long the grid may take, asked when it is called
   * @param judge says when the task fires first, or throws what is wrong with it
   */
  static TaskGrid.Creation.Created createOnce(
      TaskGrid grid,
      String key,
      Task task,
      long now,
      LongSupplier timeoutNanos,
      LongSupplier judge) {
    byte[] digest = Idempotency.digestOf(task);
    TaskChange.Create change;
    try {
      change = new TaskChange.Create(task, now, judge.getAsLong());
    } catch (InvalidTaskException | TargetDeniedException e) {
      return switch (Call.readForWrite(
          grid.createOnce(task.id(), key, null, digest), timeoutNanos.getAsLong())) {
        case TaskGrid.Creation.Created created -> created;
        case TaskGrid.Creation.Refused refused ->
            throw refused.reason() == Change.Refusal.NOT_FOUND
                ? e
                : Call.refused(refused.reason(), task.id());
      };
    }
    return switch (Call.write(
        grid.createOnce(task.id(), key, change, digest), timeoutNanos.getAsLong(), task.id())) {
      case TaskGrid.Creation.Created created -> created;
      case TaskGrid.Creation.Refused refused -> throw Call.refused(refused.reason(), task.id());
    };
  }

  private static void sendCreated(Exchange exchange, String id, int version, byte[] document) {
    exchange.set(HeaderNames.LOCATION, "/api/v1/tasks/" + PercentEncoding.encode(id));
    exchange.set(HeaderNames.ETAG, '"' + Integer.toString(version) + '"');
    exchange.send(Status.CREATED_201, Exchange.JSON, document);
  }

  private void get(Exchange exchange) {
    exchange.query().allowOnly("stale");
    String id = exchange.parameter(0);
    send(exchange, id, existing(exchange, id, exchange.query().flag("stale")));
  }

  private TaskRecord existing(Exchange exchange, String id, boolean stale) {
    TaskRecord record = read(exchange, id, stale);
    if (record == null) {
      throw Call.notFound(id);
    }
    return record;
  }

  private @Nullable TaskRecord read(Exchange exchange, String id, boolean stale) {
    return Task.validId(id) ? Call.read(grid.read(id, stale), exchange) : null;
  }

  static void send(Exchange exchange, String id, TaskRecord record) {
    exchange.set(HeaderNames.ETAG, '"' + Integer.toString(record.version()) + '"');
    exchange.send(Status.OK_200, Exchange.JSON, TaskWriter.document(id, record));
  }

  private void put(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    String id = exchange.parameter(0);
    Task task = readTask(exchange, id);
    if (!task.id().equals(id)) {
      throw Problem.invalid("id", "must be the one in the path, or absent");
    }
    Conditions conditions = Conditions.of(exchange);
    TaskRecord current = Call.read(grid.read(id, false), exchange);
    int expected = conditions.expectedVersion(current);
    if (conditions.mustBeNew()) {
      putNew(exchange, task);
      return;
    }
    long now = exchange.nowMillis();
    long next =
        current == null ? definitions.first(task, now) : definitions.firstAgain(task, current, now);
    Change change = new TaskChange.Replace(task, now, next, expected);
    switch (Call.write(grid.write(id, change), exchange, id)) {
      case Change.Applied.Stored stored -> {
        TaskRecord record = stored.record();
        if (stored.created()) {
          sendCreated(exchange, id, record.version(), TaskWriter.document(id, record));
        } else {
          send(exchange, id, stored.record());
        }
      }
      case Change.Applied.Refused refused ->
          throw refused.reason() == Change.Refusal.NOT_FOUND
              ? Call.refused(Change.Refusal.STALE_VERSION, id)
              : Call.refused(refused.reason(), id);
      case Change.Applied.Removed removed -> throw Call.impossible(change);
      case Change.Applied.Unchanged unchanged ->
          send(exchange, id, Call.stored(unchanged, change, id));
    }
  }

  private void putNew(Exchange exchange, Task task) {
    try {
      create(exchange, task);
    } catch (Problem e) {
      throw e.code() == Code.CONFLICT
          ? Problem.of(Code.STALE_VERSION, "If-None-Match: * asks for a new task, and there is one")
          : e;
    }
  }

  private void delete(Exchange exchange) {
    exchange.query().allowOnly("wait");
    String id = exchange.parameter(0);
    String wait = exchange.query().get("wait");
    Conditions conditions = Conditions.of(exchange);
    if (!Task.validId(id)) {
      throw Call.notFound(id);
    }
    int expected = Change.ANY_VERSION;
    if (conditions.present()) {
      expected = conditions.expectedVersion(existing(exchange, id, false));
    }
    if (wait != null) {
      awaitOpenRuns(exchange, id, Texts.parseDuration("wait", wait));
    }
    Change change = new TaskChange.Remove(expected);
    long timeout =
        wait == null
            ? exchange.remainingNanos()
            : Math.max(exchange.remainingNanos(), TimeUnit.SECONDS.toNanos(4));
    switch (Call.write(grid.write(id, change), timeout, id)) {
      case Change.Applied.Removed removed -> exchange.send(Status.NO_CONTENT_204);
      case Change.Applied.Refused refused -> throw Call.refused(refused.reason(), id);
      case Change.Applied.Stored stored -> throw Call.impossible(change);
      case Change.Applied.Unchanged unchanged -> throw Call.impossible(change);
    }
  }

  /**
   * Pauses the task, so that nothing starts any more, kills what can be killed, and waits until no
   * attempt of it is out, at most as long as asked and never over a minute. Then the removal goes
   * on in either case: what has started and not ended by then may still arrive.
   */
  private void awaitOpenRuns(Exchange exchange, String id, Duration wait) {
    if (wait.compareTo(MAX_WAIT) > 0) {
      throw Problem.invalid("wait", "must be at most " + Texts.duration(MAX_WAIT));
    }
    long end = System.nanoTime() + wait.toNanos();
    TaskRecord paused = written(exchange, id, new TaskChange.Pause());
    if (paused.hasOpenRuns() && !(paused.task(id).target() instanceof Target.Http)) {
      var unused = written(exchange, id, new RunChange.Kill());
    }
    for (long left = wait.toNanos(); left >= 0; left = end - System.nanoTime()) {
      if (!mayBeOut(id, Math.clamp(left, WAIT_STEP_NANOS, WAIT_READ_NANOS))) {
        return;
      }
      LockSupport.parkNanos(WAIT_STEP_NANOS);
    }
  }

  /** Whether an attempt is out, or nobody has said in time that none is. */
  private boolean mayBeOut(String id, long timeoutNanos) {
    try {
      TaskRecord record = Call.read(grid.read(id, false), timeoutNanos);
      return record != null && attemptIsOut(record);
    } catch (Problem e) {
      if (Thread.currentThread().isInterrupted()) {
        throw Problem.unknown(id, "this member is stopping; the task is paused, and may go on");
      }
      return true;
    }
  }

  /** The pause has written what had started: what waits now waits for its turn or its retry. */
  private static boolean attemptIsOut(TaskRecord record) {
    return record.hasOpenRuns()
        && record.progress().openRuns().stream()
            .anyMatch(run -> run.state() != OpenRun.State.WAITING);
  }

  private void run(Exchange exchange) {
    exchange.query().allowOnly();
    String id = exchange.parameter(0);
    String arg = readArg(exchange);
    Change change = new RunChange.Run(arg);
    long number = written(exchange, id, change).decidedNumber();
    RunResource.sendAccepted(exchange, id, number);
  }

  /** The argument as JSON text, a string as its text; null when there is none. */
  private static @Nullable String readArg(Exchange exchange) {
    byte[] body = exchange.body();
    if (body.length == 0) {
      return null;
    }
    exchange.requireJson(false);
    String arg = Json.<@Nullable String>object(body, json -> readArg(json, body));
    if (arg != null && arg.getBytes(StandardCharsets.UTF_8).length > MAX_ARG_BYTES) {
      throw Problem.invalid("arg", "must have at most " + MAX_ARG_BYTES + " bytes");
    }
    return arg;
  }

  private static @Nullable String readArg(JsonParser json, byte[] body) throws IOException {
    String arg = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      if (!field.equals("arg")) {
        throw Problem.invalid(In.unknown(field));
      }
      JsonToken value = json.nextToken();
      arg =
          value == JsonToken.VALUE_NULL
              ? null
              : value == JsonToken.VALUE_STRING ? In.text(json, "arg") : RawBody.cut(json, body, 0);
    }
    return arg;
  }

  private void pause(Exchange exchange) {
    exchange.query().allowOnly();
    String id = exchange.parameter(0);
    send(exchange, id, written(exchange, id, new TaskChange.Pause()));
  }

  private void resume(Exchange exchange) {
    exchange.query().allowOnly();
    String id = exchange.parameter(0);
    send(
        exchange,
        id,
        resumed(grid, definitions, id, exchange::nowMillis, exchange::remainingNanos));
  }

  /**
   * Lets a task go on from now, by the definition that it has when it does.
   *
   * @param timeoutNanos how long the grid may take, asked when it is called
   */
  static TaskRecord resumed(
      TaskGrid grid,
      Definitions definitions,
      String id,
      LongSupplier nowMillis,
      LongSupplier timeoutNanos) {
    if (!Task.validId(id)) {
      throw Call.notFound(id);
    }
    return Call.triedAgain(
        () -> {
          TaskRecord current =
              Call.<@Nullable TaskRecord>readForWrite(
                  grid.read(id, false), timeoutNanos.getAsLong());
          if (current == null) {
            throw Call.notFound(id);
          }
          if (!current.paused()) {
            return current;
          }
          long next = definitions.fromNow(current.task(id), current, nowMillis.getAsLong());
          Change change = new TaskChange.Resume(next, current.version());
          return Call.storedUnlessStale(
              Call.write(grid.write(id, change), timeoutNanos.getAsLong(), id), change, id);
        });
  }

  /** Ends what runs of the task by force; the answer does not wait for it. */
  private void kill(Exchange exchange) {
    exchange.query().allowOnly();
    String id = exchange.parameter(0);
    send(exchange, id, written(exchange, id, new RunChange.Kill()));
  }

  private TaskRecord written(Exchange exchange, String id, Change change) {
    if (!Task.validId(id)) {
      throw Call.notFound(id);
    }
    return Call.stored(Call.write(grid.write(id, change), exchange, id), change, id);
  }
}
