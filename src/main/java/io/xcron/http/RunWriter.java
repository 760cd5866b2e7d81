package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.xcron.model.RunRecord;
import java.io.IOException;

/** Writes a run record as JSON, in the contract's order. */
final class RunWriter {
  private RunWriter() {}

  static void write(JsonGenerator json, RunRecord run) throws IOException {
    boolean started = !run.attempts().isEmpty();
    json.writeStartObject();
    json.writeStringField("task_id", run.taskId());
    json.writeNumberField("generation", run.generation());
    json.writeNumberField("run_number", run.number());
    TaskWriter.writeMillis(json, "scheduled", run.scheduledMillis());
    TaskWriter.writeMillis(json, "due", run.dueMillis());
    TaskWriter.writeMillis(json, "start", started ? run.startMillis() : 0);
    TaskWriter.writeMillis(json, "end", run.endMillis());
    json.writeStringField("outcome", TaskWriter.OUTCOMES.word(run.outcome()));
    json.writeBooleanField("late", run.late());
    json.writeArrayFieldStart("attempts");
    for (RunRecord.Try attempt : run.attempts()) {
      write(json, attempt);
    }
    json.writeEndArray();
    json.writeStringField("member", run.member());
    json.writeFieldName("fencing_token");
    if (run.token() == 0) {
      json.writeNull();
    } else {
      json.writeNumber(run.token());
    }
    String output = run.output();
    json.writeStringField("output", output == null ? null : Texts.wellFormed(output));
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, RunRecord.Try attempt) throws IOException {
    json.writeStartObject();
    json.writeNumberField("attempt", attempt.number());
    TaskWriter.writeMillis(json, "start", attempt.startMillis());
    TaskWriter.writeMillis(json, "end", attempt.endMillis());
    json.writeStringField("member", attempt.member());
    json.writeFieldName("status");
    // A command that succeeds exits with 0; an HTTP attempt without an answer has an error.
    if (attempt.status() == 0 && attempt.error() != null) {
      json.writeNull();
    } else {
      json.writeNumber(attempt.status());
    }
    String error = attempt.error();
    json.writeStringField("error", error == null ? null : Texts.wellFormed(error));
    json.writeEndObject();
  }
}
