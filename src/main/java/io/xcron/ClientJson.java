package io.xcron;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcron.http.TaskJson;
import io.xcron.model.LastRun;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.TaskState;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The JSON of answers, read. What an answer lacks is an error of the server's version, and thrown.
 */
final class ClientJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private ClientJson() {}

  static JsonNode tree(byte[] body) throws IOException {
    return body.length == 0 ? MAPPER.nullNode() : MAPPER.readTree(body);
  }

  static byte[] argument(String arg) {
    try {
      return MAPPER.writeValueAsBytes(Map.of("arg", arg));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a text can always be written", e);
    }
  }

  static TaskInfo task(JsonNode json) {
    try {
      return new TaskInfo(
          TaskJson.read(MAPPER.writeValueAsBytes(json)),
          TaskState.valueOf(json.path("state").asText().toUpperCase(Locale.ROOT)),
          json.path("run_count").asLong(),
          instant(json, "next_due"),
          json.path("version").asInt(),
          Instant.ofEpochMilli(millis(json, "create_time")),
          json.path("last_run").isObject() ? lastRun(json.path("last_run")) : null);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("what was read can always be written", e);
    }
  }

  private static LastRun lastRun(JsonNode json) {
    return new LastRun(
        json.path("run_number").asLong(),
        millis(json, "scheduled"),
        millis(json, "due"),
        millis(json, "start"),
        millis(json, "end"),
        outcome(json),
        json.path("attempts").asInt(),
        json.path("status").asInt());
  }

  static RunRecord run(JsonNode json) {
    List<RunRecord.Try> tries = new ArrayList<>();
    for (JsonNode attempt : json.path("attempts")) {
      tries.add(
          new RunRecord.Try(
              attempt.path("attempt").asInt(),
              millis(attempt, "start"),
              millis(attempt, "end"),
              attempt.path("member").asText(),
              attempt.path("status").asInt(),
              text(attempt, "error")));
    }
    return new RunRecord(
        json.path("task_id").asText(),
        json.path("generation").asLong(),
        json.path("run_number").asLong(),
        millis(json, "scheduled"),
        millis(json, "due"),
        millis(json, "start"),
        millis(json, "end"),
        outcome(json),
        json.path("late").asBoolean(),
        tries,
        json.path("member").asText(),
        json.path("fencing_token").asLong(),
        text(json, "output"),
        null);
  }

  private static RunOutcome outcome(JsonNode json) {
    return RunOutcome.valueOf(json.path("outcome").asText().toUpperCase(Locale.ROOT));
  }

  static @Nullable String text(JsonNode json, String field) {
    JsonNode value = json.path(field);
    return value.isTextual() ? value.asText() : null;
  }

  private static @Nullable Instant instant(JsonNode json, String field) {
    String text = text(json, field);
    return text == null ? null : Instant.parse(text);
  }

  private static long millis(JsonNode json, String field) {
    Instant instant = instant(json, field);
    return instant == null ? 0 : instant.toEpochMilli();
  }
}
