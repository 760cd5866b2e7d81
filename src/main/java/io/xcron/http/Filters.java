package io.xcron.http;

import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters that select tasks, and the text of a cursor. */
final class Filters {
  private Filters() {}

  static TaskFilter of(Query query) {
    Map<String, String> labels = new HashMap<>();
    for (String label : query.all("label")) {
      int colon = label.indexOf(':');
      if (colon <= 0) {
        throw Problem.invalid("label", "must be <name>:<value>");
      }
      String value = label.substring(colon + 1);
      String before = labels.put(label.substring(0, colon), value);
      if (before != null && !before.equals(value)) {
        throw Problem.invalid("label", "asks for two values of one label, which no task has");
      }
    }
    String state = query.get("state");
    String prefix = query.get("q");
    return new TaskFilter(
        query.get("namespace"),
        labels,
        state == null ? null : TaskWriter.STATES.parse("state", state),
        prefix == null || prefix.isEmpty() ? null : prefix);
  }

  /**
   * The parameters of a change to many: those of the query, and those of a JSON body. A body that
   * was not understood must not select everything.
   */
  static Query ofQueryAndBody(Exchange exchange, String... allowed) {
    Query query = exchange.query();
    query.allowOnly(allowed);
    byte[] body = exchange.body();
    String text = new String(body, StandardCharsets.UTF_8).strip();
    if (text.isEmpty() || text.equals("{}")) {
      return query;
    }
    exchange.requireJson(false);
    Query more = Query.ofFields(body);
    more.allowOnly(allowed);
    return query.and(more);
  }

  static String textOf(TaskCursor cursor) {
    String text = cursor.partition() + ":" + cursor.id();
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static @Nullable TaskCursor cursor(Query query) {
    String text = query.get("cursor");
    return text == null ? null : cursor(text);
  }

  static TaskCursor cursor(String text) {
    try {
      String decoded = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      int colon = decoded.indexOf(':');
      if (colon > 0) {
        int partition = Integer.parseInt(decoded.substring(0, colon));
        TaskCursor cursor = new TaskCursor(partition, decoded.substring(colon + 1));
        if (partition >= 0 && textOf(cursor).equals(text)) {
          return cursor;
        }
      }
    } catch (IllegalArgumentException e) {
      throw badCursor();
    }
    throw badCursor();
  }

  private static Problem badCursor() {
    return Problem.invalid("cursor", "is none that a list has given");
  }
}
