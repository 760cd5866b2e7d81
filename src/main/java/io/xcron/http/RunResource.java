package io.xcron.http;

import io.helidon.http.Status;
import io.xcron.grid.TaskGrid;
import io.xcron.history.RunHistory;
import io.xcron.model.Change;
import io.xcron.model.RunChange;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A task's runs, one of them, and a failed one made once more. */
final class RunResource {
  private final TaskGrid grid;
  private final RunHistory history;

  RunResource(TaskGrid grid, HistoryParts parts) {
    this.grid = grid;
    this.history = parts.runs();
  }

  void addTo(Router router) {
    router
        .on("GET", "/api/v1/tasks/{}/runs", this::list)
        .on("POST", "/api/v1/tasks/{}/runs/{}/replay", this::replay)
        .on("GET", "/api/v1/runs/{}/{}", this::one);
  }

  private void list(Exchange exchange) {
    Query query = exchange.query();
    query.allowOnly("limit", "cursor", "stale");
    String id = requireId(exchange);
    String cursor = query.get("cursor");
    int limit = query.number("limit", 1, 1_000, 50);
    RunHistory.Page page = Call.read(history.runs(id, cursor, limit), exchange);
    if (page.runs().isEmpty() && cursor == null) {
      // The history of a task outlives it; a task that never was has none.
      TaskRecord record = Call.read(grid.read(id, query.flag("stale")), exchange);
      if (record == null) {
        throw Call.notFound(id);
      }
    }
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeArrayFieldStart("runs");
              for (RunRecord run : page.runs()) {
                RunWriter.write(json, run);
              }
              json.writeEndArray();
              json.writeStringField("next_cursor", page.nextCursor());
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  private void one(Exchange exchange) {
    // No grant is needed for it, so there is nothing staler.
    exchange.query().allowOnly("stale");
    RunRecord run = found(exchange, history);
    if (run == null) {
      throw notFound(exchange);
    }
    exchange.send(Status.OK_200, Exchange.JSON, Json.bytes(json -> RunWriter.write(json, run)));
  }

  private void replay(Exchange exchange) {
    exchange.query().allowOnly();
    String id = requireId(exchange);
    long number = number(exchange);
    Change change = new RunChange.Replay(number);
    Change.Applied applied = Call.write(grid.write(id, change), exchange, id);
    if (applied.equals(new Change.Applied.Refused(Change.Refusal.NOT_FAILED))) {
      requireDecided(exchange, id, number);
    }
    var unused = Call.stored(applied, change, id);
    sendAccepted(exchange, id, number);
  }

  /** A run that never was is not there, rather than not to be replayed. */
  private void requireDecided(Exchange exchange, String id, long number) {
    TaskRecord record = Call.<@Nullable TaskRecord>read(grid.read(id, false), exchange);
    if (record == null) {
      throw Call.notFound(id);
    }
    if (number > record.decidedNumber()) {
      throw notFound(exchange);
    }
  }

  /** The run is to start: says which one it will be. */
  static void sendAccepted(Exchange exchange, String id, long number) {
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("task_id", id);
              json.writeNumberField("run_number", number);
              json.writeEndObject();
            });
    exchange.send(Status.ACCEPTED_202, Exchange.JSON, answer);
  }

  /** The run that the path names; null when there is no record of it. */
  static @Nullable RunRecord found(Exchange exchange, RunHistory history) {
    return Call.<@Nullable RunRecord>read(
        history.run(requireId(exchange), number(exchange)), exchange);
  }

  static String requireId(Exchange exchange) {
    String id = exchange.parameter(0);
    if (!Task.validId(id)) {
      throw Call.notFound(id);
    }
    return id;
  }

  static long number(Exchange exchange) {
    String text = exchange.parameter(1);
    try {
      long number = Long.parseLong(text);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw notFound(exchange);
    }
    throw notFound(exchange);
  }

  static Problem notFound(Exchange exchange) {
    return Problem.of(
        Code.NOT_FOUND,
        "there is no record of run "
            + Texts.clip(Objects.requireNonNull(exchange.parameter(1)))
            + " of task "
            + Texts.clip(exchange.parameter(0))
            + ": it has not ended yet, its record is too old, or it never was");
  }
}
