package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.helidon.http.Status;
import io.xcron.grid.GridException;
import io.xcron.history.RunFigures;
import io.xcron.history.RunFigures.Part;
import io.xcron.history.RunFigures.Spread;
import io.xcron.history.RunFigures.TaskPart;
import io.xcron.history.RunFigures.Window;
import io.xcron.model.RunOutcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Figures of what has run in a window that ends now. */
final class StatsResource {
  private static final Spread NO_SPREAD = new Spread(0, 0, 0, 0, 0, 0, 0);
  private static final Part NONE = new Part("", 0, Map.of(), 0, 0, NO_SPREAD, NO_SPREAD);

  private final HistoryParts parts;

  StatsResource(HistoryParts parts) {
    this.parts = parts;
  }

  void addTo(Router router) {
    router.on("GET", "/api/v1/stats", this::stats);
  }

  private void stats(Exchange exchange) {
    // No grant is needed for it, so there is nothing staler.
    exchange.query().allowOnly("window", "stale");
    String asked = exchange.query().get("window");
    Window window = asked == null ? Window.HOUR : window(asked);
    RunFigures figures = visible(figures(window, exchange), exchange.caller());
    exchange.missing(figures.missing());
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("window", name(window));
              TaskWriter.writeMillis(json, "from", figures.fromMillis());
              TaskWriter.writeMillis(json, "to", figures.toMillis());
              write(json, figures.all());
              write(json, "namespaces", "namespace", figures.namespaces());
              write(json, "hosts", "host", figures.hosts());
              json.writeArrayFieldStart("tasks");
              for (TaskPart task : figures.tasks()) {
                write(json, task);
              }
              json.writeEndArray();
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  private RunFigures figures(Window window, Exchange exchange) {
    try {
      return parts.figures().apply(window, exchange.nowMillis());
    } catch (GridException e) {
      throw Problem.of(Code.NO_OWNER, String.valueOf(e.getMessage()));
    }
  }

  /**
   * What the caller may see. Figures of several namespaces cannot be added up, because percentiles
   * cannot.
   */
  private static RunFigures visible(RunFigures figures, Caller caller) {
    if (caller.everywhere()) {
      return figures;
    }
    if (caller.namespaces().size() > 1) {
      caller.requireEverywhere("the sum of several namespaces");
    }
    List<Part> namespaces =
        figures.namespaces().stream().filter(part -> caller.sees(part.name())).toList();
    Part all = namespaces.isEmpty() ? NONE : namespaces.getFirst();
    return new RunFigures(
        figures.fromMillis(),
        figures.toMillis(),
        all,
        namespaces,
        List.of(), // others may call the same hosts
        figures.tasks().stream().filter(task -> caller.sees(task.namespace())).toList(),
        figures.missing());
  }

  private static Window window(String asked) {
    Duration length = Texts.parseDuration("window", asked);
    for (Window window : Window.values()) {
      if (window.length().equals(length)) {
        return window;
      }
    }
    throw Problem.invalid("window", "must be one of 1m, 10m, 1h, 24h");
  }

  private static String name(Window window) {
    return switch (window) {
      case MINUTE -> "1m";
      case TEN_MINUTES -> "10m";
      case HOUR -> "1h";
      case DAY -> "24h";
    };
  }

  private static void write(JsonGenerator json, String list, String name, List<Part> parts)
      throws IOException {
    json.writeArrayFieldStart(list);
    for (Part part : parts) {
      json.writeStartObject();
      json.writeStringField(name, part.name());
      write(json, part);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void write(JsonGenerator json, Part part) throws IOException {
    json.writeNumberField("runs", part.runs());
    json.writeObjectFieldStart("outcomes");
    for (RunOutcome outcome : RunOutcome.values()) {
      json.writeNumberField(
          TaskWriter.OUTCOMES.word(outcome), part.outcomes().getOrDefault(outcome, 0L));
    }
    json.writeEndObject();
    json.writeNumberField("late", part.late());
    json.writeNumberField("repeats", part.repeats());
    json.writeNumberField("misfires", part.outcomes().getOrDefault(RunOutcome.MISFIRED, 0L));
    write(json, "lag_ms", part.lag());
    write(json, "duration_ms", part.duration());
  }

  private static void write(JsonGenerator json, String name, Spread spread) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("count", spread.count());
    json.writeNumberField("mean", Math.round(spread.mean() * 10) / 10.0);
    json.writeNumberField("p50", spread.p50());
    json.writeNumberField("p90", spread.p90());
    json.writeNumberField("p99", spread.p99());
    json.writeNumberField("p999", spread.p999());
    json.writeNumberField("max", spread.max());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, TaskPart task) throws IOException {
    json.writeStartObject();
    json.writeStringField("task_id", task.id());
    json.writeStringField("namespace", task.namespace());
    json.writeNumberField("runs", task.runs());
    json.writeNumberField("failures", task.failures());
    json.writeNumberField("mean_duration_ms", task.meanMillis());
    json.writeEndObject();
  }
}
