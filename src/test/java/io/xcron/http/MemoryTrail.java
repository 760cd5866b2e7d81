package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.history.AuditTrail;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Audit lines in a list; a cursor is how many come after. */
final class MemoryTrail implements AuditTrail {
  private final List<String> lines = new ArrayList<>();

  @Override
  public synchronized void append(long atMillis, String line) {
    lines.add(line);
  }

  @Override
  public synchronized CompletableFuture<Page> page(@Nullable String cursor, int limit) {
    int from = cursor == null ? lines.size() : Integer.parseInt(cursor);
    List<Line> page = new ArrayList<>();
    for (int i = from - 1; i >= 0 && page.size() < limit; i--) {
      page.add(new Line(Integer.toString(i), lines.get(i)));
    }
    boolean more = from - page.size() > 0;
    return CompletableFuture.completedFuture(
        new Page(List.copyOf(page), more ? page.getLast().cursor() : null));
  }

  synchronized int size() {
    return lines.size();
  }

  synchronized JsonNode last() {
    return Json.tree(lines.getLast().getBytes(StandardCharsets.UTF_8));
  }

  synchronized String text() {
    return String.join("\n", lines);
  }
}
