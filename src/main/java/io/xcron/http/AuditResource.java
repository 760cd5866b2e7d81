package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.Status;
import io.xcron.history.AuditTrail;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who changed what. */
final class AuditResource {
  private static final int PAGE = 1_000;

  private final AuditTrail trail;

  AuditResource(AuditTrail trail) {
    this.trail = trail;
  }

  void addTo(Router router) {
    router.on("GET", "/api/v1/audit", this::list);
  }

  /**
   * A page. With a filter, a page that took too long to fill may have fewer lines than asked for,
   * and {@code next_cursor} goes on from there.
   */
  private void list(Exchange exchange) {
    Query query = exchange.query();
    // No grant is needed for it, so there is nothing staler.
    query.allowOnly("limit", "cursor", "task", "actor", "stale");
    int limit = query.number("limit", 1, PAGE, 50);
    String task = query.get("task");
    String actor = query.get("actor");
    String cursor = query.get("cursor");
    List<String> found = new ArrayList<>();
    do {
      int size = task == null && actor == null ? limit : PAGE;
      AuditTrail.Page page = Call.read(trail.page(cursor, size), exchange);
      exchange.missing(page.missing());
      cursor = page.nextCursor();
      for (int i = 0; i < page.lines().size() && found.size() < limit; i++) {
        AuditTrail.Line line = page.lines().get(i);
        if (fits(line.text(), task, actor)) {
          found.add(line.text());
          boolean last = i + 1 == page.lines().size();
          cursor = found.size() < limit || last ? cursor : line.cursor();
        }
      }
    } while (cursor != null && found.size() < limit && !exchange.overdue());
    String next = cursor;
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeArrayFieldStart("audit");
              for (String line : found) {
                json.writeRawValue(line);
              }
              json.writeEndArray();
              json.writeStringField("next_cursor", next);
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  private static boolean fits(String line, @Nullable String task, @Nullable String actor) {
    if (task == null && actor == null) {
      return true;
    }
    JsonNode tree = Json.tree(line.getBytes(StandardCharsets.UTF_8));
    return (task == null || task.equals(tree.path("task_id").asText()))
        && (actor == null || actor.equals(tree.path("actor").asText()));
  }
}
