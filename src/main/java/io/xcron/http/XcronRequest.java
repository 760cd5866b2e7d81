package io.xcron.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The body of {@code /xcron/createTask} and {@code /xcron/deleteTask}. Read as the old server's
 * JSON library did: unknown fields are passed over, a null is as good as nothing, a value of
 * another type makes the whole body unreadable.
 */
record XcronRequest(
    long type,
    String format,
    @Nullable String url,
    @Nullable String body,
    @Nullable String taskId) {

  static XcronRequest read(byte[] bytes) {
    return Json.object(bytes, json -> read(json, bytes));
  }

  private static XcronRequest read(JsonParser json, byte[] bytes) throws IOException {
    long type = 0;
    String format = "";
    @Nullable String[] callback = {null, null};
    String taskId = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      if (json.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "type" -> type = number(json);
        case "format" -> format = textOrNumber(json);
        case "callback" -> callback = readCallback(json, bytes);
        case "task_id" -> taskId = text(json, field);
        default -> json.skipChildren();
      }
    }
    return new XcronRequest(type, format, callback[0], callback[1], taskId);
  }

  private static @Nullable String[] readCallback(JsonParser json, byte[] bytes) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw wrong("callback must be an object");
    }
    @Nullable String[] callback = {null, null};
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      if (json.nextToken() == JsonToken.VALUE_NULL) {
        continue;
      }
      switch (field) {
        case "url" -> callback[0] = text(json, "callback.url");
        case "body" -> callback[1] = TargetReader.bodyOf(RawBody.cut(json, bytes, 0));
        default -> json.skipChildren();
      }
    }
    return callback;
  }

  private static long number(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_NUMBER_INT
        || json.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw wrong("type must be a whole number");
    }
    return json.getLongValue();
  }

  private static String textOrNumber(JsonParser json) throws IOException {
    return json.currentToken() == JsonToken.VALUE_NUMBER_INT
        ? json.getText()
        : text(json, "format");
  }

  private static String text(JsonParser json, String field) throws IOException {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong(field + " must be a string");
    }
    String text = json.getText();
    if (!Texts.isWellFormed(text)) {
      throw wrong(field + " holds half of a surrogate pair");
    }
    return text;
  }

  private static Problem wrong(String detail) {
    return Problem.of(Code.MALFORMED, detail);
  }
}
