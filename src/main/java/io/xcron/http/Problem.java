package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.helidon.http.Status;
import io.xcron.model.InvalidTaskException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An answer other than the one asked for (RFC 9457). Thrown by handlers; carries no stack trace,
 * because it is no error of ours.
 */
final class Problem extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient Code code;
  private final transient Status status;
  private final String detail;
  private final @Nullable String field;
  private final @Nullable String reason;
  private final @Nullable String taskId;
  private final @Nullable String allow;

  private Problem(
      Code code,
      Status status,
      String detail,
      @Nullable String field,
      @Nullable String reason,
      @Nullable String taskId,
      @Nullable String allow) {
    super(detail, null, false, false);
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.field = field;
    this.reason = reason;
    this.taskId = taskId;
    this.allow = allow;
  }

  static Problem of(Code code, String detail) {
    return new Problem(code, code.status(), detail, null, null, null, null);
  }

  static Problem invalid(String field, String reason) {
    return new Problem(
        Code.INVALID, Code.INVALID.status(), field + " " + reason, field, reason, null, null);
  }

  static Problem invalid(InvalidTaskException e) {
    return invalid(e.field(), e.reason());
  }

  /** A write whose outcome nobody knows. */
  static Problem unknown(String taskId, String detail) {
    return new Problem(Code.UNKNOWN, Code.UNKNOWN.status(), detail, null, null, taskId, null);
  }

  static Problem methodNotAllowed(String allow) {
    return new Problem(
        Code.INVALID,
        Status.METHOD_NOT_ALLOWED_405,
        "this path answers to " + allow,
        null,
        null,
        null,
        allow);
  }

  static Problem withStatus(Code code, Status status, String detail) {
    return new Problem(code, status, detail, null, null, null, null);
  }

  Code code() {
    return code;
  }

  Status status() {
    return status;
  }

  String detail() {
    return detail;
  }

  @Nullable String field() {
    return field;
  }

  @Nullable String taskId() {
    return taskId;
  }

  @Nullable String allow() {
    return allow;
  }

  /** The document of {@code application/problem+json}. */
  byte[] document() {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          json.writeStringField("type", "about:blank");
          writeMembers(json, true);
          json.writeEndObject();
        });
  }

  /** The members that the answer to a line of an import has too. */
  void writeMembers(JsonGenerator json, boolean withStatus) throws IOException {
    if (!withStatus) {
      json.writeStringField("code", code.text());
    }
    json.writeStringField("title", status.code() == 500 ? "An error of this server" : code.title());
    if (withStatus) {
      json.writeNumberField("status", status.code());
    }
    json.writeStringField("detail", Texts.wellFormed(detail));
    if (withStatus) {
      json.writeStringField("code", code.text());
    }
    if (withStatus || field != null) {
      json.writeArrayFieldStart("errors");
      if (field != null && reason != null) {
        json.writeStartObject();
        json.writeStringField("field", Texts.wellFormed(field));
        json.writeStringField("reason", Texts.wellFormed(reason));
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    if (taskId != null) {
      json.writeStringField("task_id", taskId);
    }
  }
}
