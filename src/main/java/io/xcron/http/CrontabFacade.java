package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.helidon.http.Status;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.history.RunHistory;
import io.xcron.model.Change;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.RunChange;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.io.IOException;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The paths of cloud-org/crontab, for its console and clients as they are. Each answer is an
 * envelope with HTTP status 200: {@code errno} is 0, or -1 with the reason in {@code msg}.
 *
 * <p>A job is a task with a command, in a namespace of its own, under an id that follows from its
 * name; so it is also there for our own API, and keeps what is set there when it is saved again.
 */
final class CrontabFacade implements Facade {
  private static final Set<String> PATHS =
      Set.of("/job/save", "/job/delete", "/job/kill", "/job/list", "/job/log", "/worker/list");

  /** How often a save starts again when somebody else saves the same job meanwhile. */
  private static final int MAX_TRIES = 5;

  private static final int LIST_PAGE = 1_000;
  private static final int LOG_PAGE = 1_000;
  private static final int MAX_LOG = 1_000;

  private final TaskGrid grid;
  private final Definitions definitions;
  private final ZoneId zone;
  private final ShellDoor shell;
  private final RunHistory history;

  CrontabFacade(
      TaskGrid grid, Definitions definitions, ZoneId zone, ShellDoor shell, RunHistory history) {
    this.grid = grid;
    this.definitions = definitions;
    this.zone = zone;
    this.shell = shell;
    this.history = history;
  }

  @Override
  public void addTo(Router router) {
    router
        .on("POST", "/job/save", this::save)
        .on("POST", "/job/delete", this::delete)
        .on("POST", "/job/kill", this::kill)
        .on("GET", "/job/list", this::list)
        .on("GET", "/job/log", this::log)
        .on("GET", "/worker/list", this::workers);
  }

  @Override
  public boolean answers(String path) {
    return PATHS.contains(Facade.trimmed(path));
  }

  private void save(Exchange exchange) {
    CrontabJob job;
    CrontabJob previous;
    try {
      job = CrontabJob.read(field(exchange, "job"));
      previous = store(exchange, job);
    } catch (InvalidTaskException e) {
      refuse(exchange, e.field() + " " + e.reason());
      return;
    }
    send(exchange, json -> writeJob(json, previous));
  }

  /** Stores the job and answers what was there before, which nobody has changed in between. */
  private @Nullable CrontabJob store(Exchange exchange, CrontabJob job) {
    String id = CrontabJob.idOf(job.name());
    for (int tries = 0; tries < MAX_TRIES; tries++) {
      TaskRecord current = Call.read(grid.read(id, false), exchange);
      Task before = current == null ? null : current.task(id);
      if (before != null && !before.namespace().equals(CrontabJob.NAMESPACE)) {
        throw Problem.of(Code.CONFLICT, "a task that is none of these jobs has the id " + id);
      }
      Change.Applied applied =
          Call.write(grid.write(id, change(exchange, job, current, before)), exchange, id);
      if (!(applied instanceof Change.Applied.Refused)) {
        return before == null ? null : CrontabJob.of(before);
      }
    }
    throw Problem.of(Code.CONFLICT, "others save the same job at the same time");
  }

  private Change change(
      Exchange exchange, CrontabJob job, @Nullable TaskRecord current, @Nullable Task before) {
    long now = exchange.nowMillis();
    if (current == null || before == null) {
      Task task = job.newTask(zone);
      return new TaskChange.Create(task, now, definitions.first(task, now));
    }
    Task task = job.over(before, zone);
    return new TaskChange.Replace(
        task, now, definitions.firstAgain(task, current, now), current.version());
  }

  private void delete(Exchange exchange) {
    String id = CrontabJob.idOf(field(exchange, "name"));
    Change change = new TaskChange.Remove(Change.ANY_VERSION);
    Change.Applied applied = Call.write(grid.write(id, change), exchange, id);
    CrontabJob old =
        applied instanceof Change.Applied.Removed removed
            ? CrontabJob.of(removed.last().task(id))
            : null;
    send(exchange, json -> writeJob(json, old));
  }

  /** As there, a name that no job has is killed with success. */
  private void kill(Exchange exchange) {
    String name = field(exchange, "name");
    String id = CrontabJob.idOf(name);
    var unused = Call.write(grid.write(id, new RunChange.Kill()), exchange, id);
    send(exchange, json -> json.writeString(name));
  }

  private void list(Exchange exchange) {
    List<CrontabJob> jobs = new ArrayList<>();
    TaskFilter filter = new TaskFilter(CrontabJob.NAMESPACE, Map.of(), null, null);
    TaskCursor cursor = null;
    do {
      TaskPage page = Call.read(grid.list(filter, cursor, LIST_PAGE, false), exchange);
      if (page.incomplete() || exchange.overdue()) {
        throw Problem.of(Code.NO_OWNER, "not all jobs can be listed now");
      }
      for (TaskPage.Entry entry : page.entries()) {
        jobs.add(CrontabJob.of(entry.record().task(entry.id())));
      }
      cursor = page.next();
    } while (cursor != null);
    jobs.sort(Comparator.comparing(CrontabJob::name));
    send(
        exchange,
        json -> {
          json.writeStartArray();
          for (CrontabJob job : jobs) {
            job.writeTo(json);
          }
          json.writeEndArray();
        });
  }

  private void log(Exchange exchange) {
    Query query = exchange.query();
    String name = query.get("name");
    if (name == null || name.isEmpty()) {
      throw Problem.invalid("name", "must not be empty");
    }
    int skip = clamped(query, "skip", 0, Integer.MAX_VALUE, 0);
    int limit = clamped(query, "limit", 1, MAX_LOG, 10);
    String id = CrontabJob.idOf(name);
    TaskRecord current = Call.read(grid.read(id, false), exchange);
    String command = current == null ? "" : CrontabJob.of(current.task(id)).command();
    List<RunRecord> found = called(exchange, history, id, skip, limit);
    send(
        exchange,
        json -> {
          json.writeStartArray();
          for (RunRecord run : found) {
            writeRun(json, name, command, run);
          }
          json.writeEndArray();
        });
  }

  /**
   * The nearest number that may be; the default when nothing is given, be it with a name or not.
   */
  private static int clamped(Query query, String name, int min, int max, int otherwise) {
    String value = query.get(name);
    if (value == null || value.isEmpty()) {
      return otherwise;
    }
    try {
      return Math.clamp(Long.parseLong(value), min, max);
    } catch (NumberFormatException e) {
      throw Problem.invalid(name, "must be a number");
    }
  }

  /**
   * The runs whose command was called; there, an instant that is let go leaves no trace. They may
   * lie far apart, so many records are looked at together, however few are asked for.
   */
  private static List<RunRecord> called(
      Exchange exchange, RunHistory history, String id, int skip, int limit) {
    List<RunRecord> found = new ArrayList<>();
    long left = skip;
    String cursor = null;
    do {
      RunHistory.Page page = Call.read(history.runs(id, cursor, LOG_PAGE), exchange);
      for (RunRecord run : page.runs()) {
        if (run.outcome().delivered() && left-- <= 0 && found.size() < limit) {
          found.add(run);
        }
      }
      cursor = page.nextCursor();
      if (cursor != null && found.size() < limit && exchange.overdue()) {
        throw Problem.of(Code.NO_OWNER, "not all runs can be looked through now");
      }
    } while (cursor != null && found.size() < limit);
    return found;
  }

  private static void writeRun(JsonGenerator json, String name, String command, RunRecord run)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("job_name", name);
    json.writeStringField("command", command);
    json.writeStringField("err", errorOf(run));
    String output = run.output();
    json.writeStringField("output", output == null ? "" : Texts.wellFormed(output));
    json.writeNumberField("plan_time", run.scheduledMillis());
    json.writeNumberField("schedule_time", run.startMillis());
    json.writeNumberField("start_time", run.startMillis());
    json.writeNumberField("end_time", run.endMillis());
    json.writeEndObject();
  }

  /** In the words that its workers use. */
  private static String errorOf(RunRecord run) {
    RunRecord.Try last = run.attempts().isEmpty() ? null : run.attempts().getLast();
    String error = last == null ? null : last.error();
    return switch (run.outcome()) {
      case SUCCESS -> "";
      case KILLED -> "signal: killed";
      case TIMEOUT -> "timeout";
      case UNKNOWN -> "unknown: the member was lost";
      case FAILURE, SKIPPED, MISFIRED ->
          last != null && last.status() != 0
              ? "exit status " + last.status()
              : error == null ? "failed" : Texts.wellFormed(error);
    };
  }

  private void workers(Exchange exchange) {
    List<String> hosts =
        shell.workers().get().stream().map(CrontabFacade::hostOf).distinct().sorted().toList();
    send(
        exchange,
        json -> {
          json.writeStartArray();
          for (String host : hosts) {
            json.writeString(host);
          }
          json.writeEndArray();
        });
  }

  private static String hostOf(String member) {
    int colon = member.lastIndexOf(':');
    return colon < 0 ? member : member.substring(0, colon);
  }

  /** A field of the form in the body, which must not be empty. */
  private static String field(Exchange exchange, String name) {
    byte[] form = exchange.body();
    String value = Query.parse(Texts.utf8(form, 0, form.length)).get(name);
    if (value == null || value.isEmpty()) {
      throw Problem.invalid(name, "must not be empty");
    }
    return value;
  }

  @Override
  public void fail(Exchange exchange, Problem problem) {
    refuse(exchange, problem.detail());
  }

  private static void refuse(Exchange exchange, String reason) {
    send(exchange, -1, reason, JsonGenerator::writeNull);
  }

  private static void send(Exchange exchange, Json.Writing data) {
    send(exchange, 0, "success", data);
  }

  private static void send(Exchange exchange, int errno, String message, Json.Writing data) {
    exchange.send(
        Status.OK_200,
        Exchange.JSON,
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeNumberField("errno", errno);
              json.writeStringField("msg", Texts.wellFormed(message));
              json.writeFieldName("data");
              data.writeTo(json);
              json.writeEndObject();
            }));
  }

  private static void writeJob(JsonGenerator json, @Nullable CrontabJob job) throws IOException {
    if (job == null) {
      json.writeNull();
    } else {
      job.writeTo(json);
    }
  }
}
