package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.helidon.http.Status;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.model.Change;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Many tasks: the list, and the same change to all that fit. */
final class ListResource {
  private static final int BULK_PAGE = 1_000;

  private final TaskGrid grid;
  private final Definitions definitions;
  private final Audit audit;

  ListResource(TaskGrid grid, Definitions definitions, Audit audit) {
    this.audit = audit;
    this.grid = grid;
    this.definitions = definitions;
  }

  void addTo(Router router) {
    router
        .on("GET", "/api/v1/tasks", this::list)
        .on(
            "POST",
            "/api/v1/tasks/pause",
            x -> bulk(x, bulkQuery(x), "pause", (one, now) -> new TaskChange.Pause()))
        .on("POST", "/api/v1/tasks/resume", x -> bulk(x, bulkQuery(x), "resume", this::resume))
        .on("POST", "/api/v1/tasks/delete", this::deleteAll);
  }

  private void list(Exchange exchange) {
    Query query = exchange.query();
    query.allowOnly("namespace", "label", "state", "q", "limit", "cursor", "stale");
    TaskPage page =
        Call.read(
            Filters.page(
                grid,
                Filters.of(query),
                Filters.cursor(query),
                query.number("limit", 1, 1_000, 50),
                query.flag("stale")),
            exchange);
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeArrayFieldStart("tasks");
              for (TaskPage.Entry entry : page.entries()) {
                TaskWriter.write(json, entry.id(), entry.record(), false);
              }
              json.writeEndArray();
              TaskCursor next = page.next();
              json.writeStringField("next_cursor", next == null ? null : Filters.textOf(next));
              json.writeBooleanField("incomplete", page.incomplete());
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  /** What to do with one of the tasks; null for nothing. */
  private interface BulkChange {
    @Nullable Change of(TaskPage.Entry entry, long nowMillis);
  }

  private @Nullable Change resume(TaskPage.Entry entry, long nowMillis) {
    TaskRecord record = entry.record();
    if (!record.paused()) {
      return null;
    }
    return new TaskChange.Resume(
        definitions.fromNow(record.task(entry.id()), record, nowMillis), record.version());
  }

  private void deleteAll(Exchange exchange) {
    Query query = bulkQuery(exchange);
    if (TaskFilter.ALL.equals(Filters.of(query)) && !query.flag("all")) {
      throw Problem.invalid("all", "must be true to delete every task there is");
    }
    bulk(exchange, query, "delete", (entry, now) -> new TaskChange.Remove(Change.ANY_VERSION));
  }

  private static Query bulkQuery(Exchange exchange) {
    return Filters.ofQueryAndBody(exchange, "namespace", "label", "state", "q", "cursor", "all");
  }

  /**
   * Goes over the list page by page until its end, or until the request has taken its time: then
   * {@code next_cursor} says where to go on.
   */
  private void bulk(Exchange exchange, Query query, String action, BulkChange change) {
    @Nullable TaskFilter filter = Filters.of(query);
    TaskCursor cursor = Filters.cursor(query);
    Counts counts = new Counts();
    do {
      TaskCursor from = cursor;
      TaskPage page;
      try {
        page = Call.read(Filters.page(grid, filter, from, BULK_PAGE, false), exchange);
      } catch (Problem e) {
        if (counts.matched == 0) {
          throw e;
        }
        counts.incomplete = true;
        break;
      }
      counts.incomplete |= page.incomplete();
      apply(exchange, page, change, counts);
      cursor = page.next();
    } while (cursor != null && !exchange.nearlyDue());
    if (filter != null && counts.changed + counts.failed > 0) {
      audit.many(exchange, action, json -> counts.writeTo(json, filter));
    }
    exchange.send(Status.OK_200, Exchange.JSON, counts.document(cursor));
  }

  private void apply(Exchange exchange, TaskPage page, BulkChange change, Counts counts) {
    List<TaskGrid.Write> writes = new ArrayList<>(page.entries().size());
    long now = exchange.nowMillis();
    for (TaskPage.Entry entry : page.entries()) {
      counts.matched++;
      Change one = change.of(entry, now);
      if (one != null) {
        writes.add(new TaskGrid.Write(entry.id(), one));
      }
    }
    if (writes.isEmpty()) {
      return;
    }
    List<CompletableFuture<Change.Applied>> answers = grid.writeAll(writes);
    Call.await(answers, exchange);
    for (int i = 0; i < writes.size(); i++) {
      try {
        switch (Call.write(answers.get(i), 0, writes.get(i).id())) {
          case Change.Applied.Stored stored -> counts.changed++;
          case Change.Applied.Removed removed -> counts.changed++;
          case Change.Applied.Unchanged unchanged -> {}
          case Change.Applied.Refused refused -> {
            // What went away between the list and the write has not failed.
            if (refused.reason() != Change.Refusal.NOT_FOUND) {
              counts.failed++;
            }
          }
        }
      } catch (Problem e) {
        counts.failed++;
      }
    }
  }

  private static final class Counts {
    private long matched;
    private long changed;
    private long failed;
    private boolean incomplete;

    /** What is told of it in the audit log; {@code failed} were refused, or nobody knows. */
    void writeTo(JsonGenerator json, TaskFilter filter) throws IOException {
      json.writeStringField("namespace", filter.namespace());
      json.writeStringField("filter", filter.equals(TaskFilter.ALL) ? "all" : filter.toString());
      json.writeNumberField("matched", matched);
      json.writeNumberField("changed", changed);
      json.writeNumberField("failed", failed);
    }

    byte[] document(@Nullable TaskCursor next) {
      return Json.bytes(
          json -> {
            json.writeStartObject();
            json.writeNumberField("matched", matched);
            json.writeNumberField("changed", changed);
            json.writeNumberField("failed", failed);
            json.writeStringField("next_cursor", next == null ? null : Filters.textOf(next));
            json.writeBooleanField("incomplete", incomplete);
            json.writeEndObject();
          });
    }
  }
}
