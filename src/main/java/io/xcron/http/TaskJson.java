package io.xcron.http;

import io.xcron.model.Task;

/** The JSON of a task's definition, for clients that are written in Java too. */
public final class TaskJson {
  private TaskJson() {}

  /**
   * What {@code PUT /api/v1/tasks/<id>} takes: every field, defaults filled in.
   *
   * @param withId false for a creation with an idempotency key, which chooses the id
   */
  public static byte[] definition(Task task, boolean withId) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          TaskWriter.writeDefinition(json, task, false, withId);
          json.writeEndObject();
        });
  }

  /** Reads the definition from an answer; what is not of it is passed over. */
  public static Task read(byte[] document) {
    try {
      return new TaskReader(java.time.ZoneOffset.UTC, () -> "").read(document, 0, document.length);
    } catch (Problem e) {
      throw new RefusedException(e.code().text(), String.valueOf(e.getMessage()), e.field());
    }
  }
}
