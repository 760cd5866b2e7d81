package io.xcron.alert;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.xcron.model.Alert;
import io.xcron.model.Owner;
import io.xcron.model.RunRecord;
import io.xcron.model.Task;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is told. The output of the run is left out: it may hold what a mailbox should not.
 *
 * @param id the same at each try, so that a receiver can tell a repeat
 * @param held alerts of the same kind that were not told since the one before
 */
record Message(String id, Alert.On on, Task task, RunRecord run, long held) {
  private static final JsonFactory JSON = new JsonFactory();

  String event() {
    return on.name().toLowerCase(Locale.ROOT);
  }

  String title() {
    String name = task.name();
    return name == null ? task.id() : name;
  }

  String subject() {
    return oneLine(
        "[xcron] "
            + switch (on) {
              case FAILURE -> "failed: ";
              case TIMEOUT -> "timed out: ";
              case MISFIRE -> "misfired: ";
              case RECOVERY -> "works again: ";
              case SKIP -> "skipped: ";
            }
            + title());
  }

  String text() {
    StringBuilder text = new StringBuilder(512);
    line(text, "Task", title());
    line(text, "Id", task.id());
    line(text, "Namespace", task.namespace());
    line(text, "Run", Long.toString(run.number()));
    line(text, "Outcome", outcome());
    line(text, "Scheduled", instant(run.scheduledMillis()));
    line(text, "Started", instant(run.startMillis()));
    line(text, "Ended", instant(run.endMillis()));
    line(text, "Attempts", Integer.toString(run.attempts().size()));
    int status = status();
    line(text, "Status", status == 0 ? null : Integer.toString(status));
    line(text, "Error", error());
    line(text, "Detail", run.detail());
    line(text, "Member", run.member());
    if (held > 0) {
      text.append("\nNot told since the last alert of this kind: ").append(held).append('\n');
    }
    text.append("\nMore: GET /api/v1/runs/").append(task.id()).append('/').append(run.number());
    return text.append('\n').toString();
  }

  private static void line(StringBuilder text, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      text.append(name).append(": ").append(oneLine(value)).append('\n');
    }
  }

  /** The body of a webhook, of the shape that Standard Webhooks recommends. */
  String document() {
    StringWriter out = new StringWriter(512);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("type", "task." + event());
      json.writeStringField("timestamp", instant(run.endMillis()));
      json.writeObjectFieldStart("data");
      json.writeStringField("task_id", task.id());
      json.writeStringField("name", task.name());
      json.writeStringField("namespace", task.namespace());
      Owner owner = task.owner();
      json.writeStringField("author", owner == null ? null : owner.author());
      json.writeNumberField("generation", run.generation());
      json.writeNumberField("run_number", run.number());
      json.writeStringField("scheduled", instant(run.scheduledMillis()));
      json.writeStringField("start", instant(run.startMillis()));
      json.writeStringField("end", instant(run.endMillis()));
      json.writeStringField("outcome", outcome());
      json.writeNumberField("attempts", run.attempts().size());
      json.writeNumberField("status", status());
      json.writeStringField("error", error());
      json.writeStringField("detail", run.detail());
      json.writeStringField("member", run.member());
      json.writeNumberField("held_back", held);
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a text in memory cannot be written", e);
    }
    return out.toString();
  }

  private String outcome() {
    return run.outcome().name().toLowerCase(Locale.ROOT);
  }

  private int status() {
    return run.attempts().isEmpty() ? 0 : run.attempts().getLast().status();
  }

  private @Nullable String error() {
    return run.attempts().isEmpty() ? null : run.attempts().getLast().error();
  }

  private static String instant(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }

  /** Nothing that a task is called may begin another line of a mail. */
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder(text.length());
    text.codePoints().forEach(c -> line.appendCodePoint(Character.isISOControl(c) ? ' ' : c));
    return line.toString();
  }
}
