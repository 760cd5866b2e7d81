package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.xcron.grid.TaskGrid;
import io.xcron.model.Alert;
import io.xcron.model.HeaderValue;
import io.xcron.model.LastRun;
import io.xcron.model.Owner;
import io.xcron.model.Policy;
import io.xcron.model.Progress;
import io.xcron.model.RunOutcome;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.model.TaskState;
import io.xcron.schedule.Timeline;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes a task as JSON: every field, in the contract's order, defaults filled in. */
final class TaskWriter {
  static final Words<TaskState> STATES = new Words<>(TaskState.class);
  static final Words<RunOutcome> OUTCOMES = new Words<>(RunOutcome.class);

  private TaskWriter() {}

  static byte[] document(String id, TaskRecord record) {
    return Json.bytes(json -> write(json, id, record, false));
  }

  /** A task that was created just now, or as it was then. */
  static byte[] created(Task task, TaskGrid.Creation.Created created) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          writeDefinition(json, task, false);
          TaskState state =
              created.nextMillis() == Progress.NEVER
                  ? TaskState.FINISHED
                  : task.enabled() ? TaskState.SCHEDULED : TaskState.DISABLED;
          boolean fires =
              state == TaskState.SCHEDULED && created.nextMillis() < Progress.UNTIL_TOLD;
          long due = fires ? firstDueMillis(task, created) : Timeline.NONE;
          writeProgress(json, state, 0, due, null, created.createdMillis(), 1);
          json.writeEndObject();
        });
  }

  private static long firstDueMillis(Task task, TaskGrid.Creation.Created created) {
    return Timeline.dueMillis(
        task.id(), created.generation(), 1, created.nextMillis(), task.jitter().toMillis());
  }

  /**
   * Writes the task of a record.
   *
   * @param oneLine whether a line break in the callback's body, where it can only be white space,
   *     becomes a space
   */
  static void write(JsonGenerator json, String id, TaskRecord record, boolean oneLine)
      throws IOException {
    json.writeStartObject();
    writeDefinition(json, record.task(id), oneLine);
    LastRun last = record.progress().lastRun();
    writeProgress(
        json,
        record.state(),
        record.delivered(),
        Timeline.nextDueMillis(id, record),
        last,
        record.createdMillis(),
        record.version());
    json.writeEndObject();
  }

  private static void writeProgress(
      JsonGenerator json,
      TaskState state,
      long runCount,
      long nextDueMillis,
      @Nullable LastRun last,
      long createdMillis,
      int version)
      throws IOException {
    json.writeStringField("state", STATES.word(state));
    json.writeNumberField("run_count", runCount);
    writeMillis(json, "next_due", nextDueMillis == Timeline.NONE ? 0 : nextDueMillis);
    json.writeFieldName("last_run");
    if (last == null) {
      json.writeNull();
    } else {
      writeLastRun(json, last);
    }
    writeMillis(json, "create_time", createdMillis);
    json.writeNumberField("version", version);
  }

  private static void writeLastRun(JsonGenerator json, LastRun run) throws IOException {
    json.writeStartObject();
    json.writeNumberField("run_number", run.number());
    writeMillis(json, "scheduled", run.scheduledMillis());
    writeMillis(json, "due", run.dueMillis());
    writeMillis(json, "start", run.attempts() == 0 ? 0 : run.startMillis());
    writeMillis(json, "end", run.attempts() == 0 ? 0 : run.endMillis());
    json.writeStringField("outcome", OUTCOMES.word(run.outcome()));
    json.writeNumberField("attempts", run.attempts());
    json.writeFieldName("status");
    if (run.status() == 0) {
      json.writeNull();
    } else {
      json.writeNumber(run.status());
    }
    json.writeEndObject();
  }

  /** Writes the members of the definition into an object that is open. */
  static void writeDefinition(JsonGenerator json, Task task, boolean oneLine) throws IOException {
    writeDefinition(json, task, oneLine, true);
  }

  static void writeDefinition(JsonGenerator json, Task task, boolean oneLine, boolean withId)
      throws IOException {
    if (withId) {
      json.writeStringField("id", task.id());
    }
    json.writeStringField("namespace", task.namespace());
    json.writeStringField("name", task.name());
    writeTexts(json, "labels", task.labels());
    writeOwner(json, task.owner());
    json.writeFieldName("schedule");
    writeSchedule(json, task.schedule());
    writeInstant(json, "start", task.start());
    writeInstant(json, "end", task.end());
    json.writeFieldName("max_runs");
    if (task.maxRuns() == 0) {
      json.writeNull();
    } else {
      json.writeNumber(task.maxRuns());
    }
    writeDuration(json, "jitter", task.jitter());
    json.writeStringField("calendar", task.calendar());
    json.writeBooleanField("enabled", task.enabled());
    writeDuration(json, "delete_after", task.deleteAfter());
    writeTarget(json, task.target(), oneLine);
    writePolicy(json, task.policy());
    writeAlert(json, task.alert());
  }

  private static void writeOwner(JsonGenerator json, @Nullable Owner owner) throws IOException {
    json.writeFieldName("owner");
    if (owner == null) {
      json.writeNull();
      return;
    }
    json.writeStartObject();
    json.writeStringField("author", owner.author());
    json.writeStringField("email", owner.email());
    json.writeStringField("mobile", owner.mobile());
    json.writeStringField("remark", owner.remark());
    json.writeEndObject();
  }

  static void writeSchedule(JsonGenerator json, Schedule schedule) throws IOException {
    if (schedule instanceof Schedule.Chained) {
      json.writeNull();
      return;
    }
    json.writeStartObject();
    switch (schedule) {
      case Schedule.Cron cron -> {
        json.writeStringField("cron", cron.expression());
        json.writeStringField("zone", cron.zone().getId());
        json.writeStringField("dialect", TaskReader.DIALECTS.word(cron.dialect()));
        json.writeObjectFieldStart("dst");
        json.writeStringField("gap", TaskReader.GAPS.word(cron.dst().gap()));
        json.writeStringField("overlap", TaskReader.OVERLAPS.word(cron.dst().overlap()));
        json.writeEndObject();
      }
      case Schedule.At at -> writeInstant(json, "at", at.instant());
      case Schedule.Every every -> writeDuration(json, "every", every.period());
      case Schedule.Chained chained -> {}
      case Schedule.After after -> writeDuration(json, "after", after.delay());
    }
    json.writeEndObject();
  }

  private static void writeTarget(JsonGenerator json, Target target, boolean oneLine)
      throws IOException {
    json.writeObjectFieldStart("target");
    switch (target) {
      case Target.Http http -> writeHttp(json, http, oneLine);
      case Target.Service service -> {
        json.writeObjectFieldStart("service");
        json.writeStringField("name", service.name());
        json.writeStringField("path", service.path());
        json.writeStringField("arg", service.arg());
        writeDuration(json, "confirm_timeout", service.confirmTimeout());
        json.writeEndObject();
      }
      case Target.Shell shell -> {
        json.writeObjectFieldStart("shell");
        json.writeStringField("command", shell.command());
        writeTexts(json, "env", shell.env());
        switch (shell.place()) {
          case Target.Place.Member member -> json.writeStringField("member", member.name());
          case Target.Place.Group group -> json.writeStringField("group", group.name());
          case Target.Place.Any any -> json.writeBooleanField("any", true);
          case Target.Place.Broadcast all -> json.writeBooleanField("broadcast", true);
        }
        writeDuration(json, "timeout", shell.timeout());
        json.writeEndObject();
      }
      case Target.Handler handler -> {
        json.writeObjectFieldStart("handler");
        json.writeStringField("name", handler.name());
        json.writeStringField("arg", handler.arg());
        json.writeEndObject();
      }
    }
    json.writeEndObject();
  }

  private static void writeHttp(JsonGenerator json, Target.Http http, boolean oneLine)
      throws IOException {
    json.writeObjectFieldStart("http");
    json.writeStringField("url", http.url());
    json.writeStringField("method", http.method());
    json.writeObjectFieldStart("headers");
    for (Map.Entry<String, HeaderValue> header : http.headers().entrySet()) {
      switch (header.getValue()) {
        case HeaderValue.Plain plain -> json.writeStringField(header.getKey(), plain.text());
        case HeaderValue.Secret secret -> {
          json.writeObjectFieldStart(header.getKey());
          json.writeStringField("secret", secret.name());
          json.writeEndObject();
        }
      }
    }
    json.writeEndObject();
    json.writeFieldName("body");
    json.writeRawValue(bodyText(http.body(), oneLine));
    writeDuration(json, "timeout", http.timeout());
    json.writeEndObject();
  }

  static String bodyText(@Nullable String body, boolean oneLine) {
    if (body == null) {
      return "{}";
    }
    return oneLine ? body.replace('\n', ' ').replace('\r', ' ') : body;
  }

  private static void writePolicy(JsonGenerator json, Policy policy) throws IOException {
    json.writeObjectFieldStart("policy");
    json.writeStringField("misfire", PolicyReader.MISFIRES.word(policy.misfire()));
    writeDuration(json, "misfire_after", policy.misfireAfter());
    writeDuration(json, "misfire_window", policy.misfireWindow());
    json.writeStringField("overlap", PolicyReader.OVERLAPS.word(policy.overlap()));
    json.writeNumberField("queue", policy.queue());
    json.writeStringField("delivery", PolicyReader.DELIVERIES.word(policy.delivery()));
    json.writeNumberField("priority", policy.priority());
    writeDuration(json, "timeout", policy.timeout());
    json.writeStringField("mutex", policy.mutex());
    writeDuration(json, "mutex_wait", policy.mutexWait());
    json.writeFieldName("after");
    Policy.After after = policy.after();
    if (after == null) {
      json.writeNull();
    } else {
      json.writeStartObject();
      json.writeStringField("task", after.task());
      json.writeStringField("on", PolicyReader.ENDS.word(after.on()));
      json.writeEndObject();
    }
    json.writeObjectFieldStart("retry");
    json.writeNumberField("attempts", policy.retry().attempts());
    writeDuration(json, "backoff", policy.retry().backoff());
    writeDuration(json, "max_backoff", policy.retry().maxBackoff());
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeAlert(JsonGenerator json, @Nullable Alert alert) throws IOException {
    json.writeFieldName("alert");
    if (alert == null) {
      json.writeNull();
      return;
    }
    json.writeStartObject();
    json.writeArrayFieldStart("on");
    for (Alert.On on : Alert.On.values()) {
      if (alert.on().contains(on)) {
        json.writeString(on.name().toLowerCase(Locale.ROOT));
      }
    }
    json.writeEndArray();
    json.writeArrayFieldStart("email");
    for (String email : alert.email()) {
      json.writeString(email);
    }
    json.writeEndArray();
    json.writeStringField("webhook", alert.webhook());
    json.writeEndObject();
  }

  private static void writeTexts(JsonGenerator json, String name, Map<String, String> texts)
      throws IOException {
    json.writeObjectFieldStart(name);
    for (Map.Entry<String, String> text : texts.entrySet()) {
      json.writeStringField(text.getKey(), text.getValue());
    }
    json.writeEndObject();
  }

  private static void writeDuration(JsonGenerator json, String name, @Nullable Duration duration)
      throws IOException {
    json.writeStringField(name, duration == null ? null : Texts.duration(duration));
  }

  private static void writeInstant(JsonGenerator json, String name, @Nullable Instant instant)
      throws IOException {
    json.writeStringField(name, instant == null ? null : Texts.instant(instant.toEpochMilli()));
  }

  /** An instant; 0 stands for none. */
  static void writeMillis(JsonGenerator json, String name, long millis) throws IOException {
    json.writeStringField(name, millis == 0 ? null : Texts.instant(millis));
  }
}
