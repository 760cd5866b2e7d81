package io.xcron.http;

import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The parameters that select tasks, and the text of a cursor. */
final class Filters {
  private Filters() {}

  /** Null when nothing can fit: two values of one label are asked for, and all must fit. */
  static @Nullable TaskFilter of(Query query) {
    boolean impossible = false;
    Map<String, String> labels = new HashMap<>();
    for (String label : query.all("label")) {
      int colon = label.indexOf(':');
      if (colon <= 0) {
        throw Problem.invalid("label", "must be <name>:<value>");
      }
      String value = label.substring(colon + 1);
      String before = labels.put(label.substring(0, colon), value);
      impossible |= before != null && !before.equals(value);
    }
    String state = query.get("state");
    String prefix = query.get("q");
    TaskFilter filter =
        new TaskFilter(
            query.get("namespace"),
            labels,
            state == null ? null : TaskWriter.STATES.parse("state", state),
            prefix == null || prefix.isEmpty() ? null : prefix);
    return impossible ? null : filter;
  }

  /** A page of what fits; without a filter, nothing does. */
  static CompletableFuture<TaskPage> page(
      TaskGrid grid,
      @Nullable TaskFilter filter,
      @Nullable TaskCursor after,
      int limit,
      boolean stale) {
    return filter == null
        ? CompletableFuture.completedFuture(new TaskPage(List.of(), null, false))
        : grid.list(filter, after, limit, stale);
  }

  /**
   * The parameters of a change to many: those of the query, and those of a JSON body. A body that
   * was not understood must not select everything.
   */
  static Query ofQueryAndBody(Exchange exchange, String... allowed) {
    Query query = exchange.query();
    query.allowOnly(allowed);
    if ("".equals(query.get("q"))) {
      throw Problem.invalid("q", "must not be empty; leave it out to select all");
    }
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
