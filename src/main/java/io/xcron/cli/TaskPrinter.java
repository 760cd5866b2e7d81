package io.xcron.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;

/** Tasks and runs for people. */
final class TaskPrinter {
  private static final String NONE = "-";

  private TaskPrinter() {}

  static Table list(JsonNode tasks) {
    Table table = new Table("ID", "NAME", "STATE", "SCHEDULE", "NEXT DUE", "RUNS", "LAST RUN");
    for (JsonNode task : tasks) {
      table.row(
          text(task, "id"),
          text(task, "name"),
          text(task, "state"),
          schedule(task.path("schedule")),
          text(task, "next_due"),
          text(task, "run_count"),
          text(task.path("last_run"), "outcome"));
    }
    return table;
  }

  static Table one(JsonNode task) {
    Table table = new Table("id", text(task, "id"));
    table.row("name", text(task, "name"));
    table.row("namespace", text(task, "namespace"));
    table.row("labels", labels(task.path("labels")));
    table.row("state", text(task, "state"));
    table.row("schedule", schedule(task.path("schedule")));
    table.row("target", target(task.path("target")));
    table.row("next due", text(task, "next_due"));
    table.row("runs", text(task, "run_count"));
    table.row("last run", text(task.path("last_run"), "outcome"));
    table.row("created", text(task, "create_time"));
    table.row("version", text(task, "version"));
    return table;
  }

  static Table runs(JsonNode runs) {
    Table table = new Table("RUN", "OUTCOME", "DUE", "START", "TOOK", "ATTEMPTS", "ERROR");
    for (JsonNode run : runs) {
      JsonNode attempts = run.path("attempts");
      JsonNode last = attempts.path(attempts.size() - 1);
      table.row(
          text(run, "run_number"),
          text(run, "outcome"),
          text(run, "due"),
          text(run, "start"),
          took(run),
          String.valueOf(attempts.size()),
          last.hasNonNull("error") ? text(last, "error") : text(last, "status"));
    }
    return table;
  }

  private static String took(JsonNode run) {
    if (!run.hasNonNull("start") || !run.hasNonNull("end")) {
      return NONE;
    }
    Instant start = Instant.parse(run.path("start").asText());
    return Duration.between(start, Instant.parse(run.path("end").asText())).toMillis() + "ms";
  }

  static String schedule(JsonNode schedule) {
    StringBuilder words = new StringBuilder();
    for (String kind : new String[] {"cron", "at", "every", "after"}) {
      if (schedule.hasNonNull(kind)) {
        words.append(kind).append(' ').append(schedule.path(kind).asText());
      }
    }
    if (schedule.hasNonNull("cron") && schedule.hasNonNull("zone")) {
      words.append(' ').append(schedule.path("zone").asText());
    }
    return words.isEmpty() ? NONE : words.toString();
  }

  private static String target(JsonNode target) {
    JsonNode http = target.path("http");
    if (http.isObject()) {
      return text(http, "method") + " " + text(http, "url");
    }
    return target.toString();
  }

  private static String labels(JsonNode labels) {
    StringBuilder words = new StringBuilder();
    labels
        .properties()
        .forEach(
            label ->
                words
                    .append(words.isEmpty() ? "" : " ")
                    .append(label.getKey())
                    .append(':')
                    .append(label.getValue().asText()));
    return words.isEmpty() ? NONE : words.toString();
  }

  static String text(JsonNode node, String field) {
    String text = node.hasNonNull(field) ? node.path(field).asText() : "";
    return text.isEmpty() ? NONE : text;
  }
}
