package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.helidon.http.Status;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * All tasks that fit, one a line, page by page. An export that cannot be complete does not look
 * complete: while a partition has no owner at its beginning it is refused, and one that loses a
 * partition on the way for longer than {@value #PATIENCE_SECONDS} s is cut off without its end,
 * which the client sees as a broken transfer.
 */
final class ExportResource {
  private static final int PAGE = 1_000;
  private static final int PATIENCE_SECONDS = 30;
  private static final long PAUSE_NANOS = 200_000_000;

  private final TaskGrid grid;

  ExportResource(TaskGrid grid) {
    this.grid = grid;
  }

  void addTo(Router router) {
    router.on("GET", "/api/v1/tasks/export", this::export);
  }

  private void export(Exchange exchange) throws IOException {
    Query query = exchange.query();
    query.allowOnly("namespace", "label", "state", "q", "stale");
    boolean stale = query.flag("stale");
    @Nullable TaskFilter filter = Filters.of(query);
    TaskPage page = Call.read(Filters.page(grid, filter, null, PAGE, stale), exchange);
    if (page.incomplete()) {
      throw Problem.of(
          Code.NO_OWNER, "some partitions have no owner, so the export would be short");
    }
    try (OutputStream out = exchange.stream(Status.OK_200, Exchange.NDJSON)) {
      while (true) {
        out.write(lines(page));
        TaskCursor next = page.next();
        if (filter == null || next == null) {
          return;
        }
        page = complete(filter, next, stale);
      }
    }
  }

  private static byte[] lines(TaskPage page) {
    return Json.bytes(
        json -> {
          for (TaskPage.Entry entry : page.entries()) {
            TaskWriter.write(json, entry.id(), entry.record(), true);
            json.flush();
            newLine(json);
          }
        });
  }

  private static void newLine(JsonGenerator json) throws IOException {
    json.writeRaw('\n');
  }

  private TaskPage complete(TaskFilter filter, TaskCursor after, boolean stale) throws IOException {
    Exception last = null;
    for (long tries = TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS) / PAUSE_NANOS;
        tries > 0;
        tries--) {
      try {
        TaskPage page = grid.list(filter, after, PAGE, stale).get(5, TimeUnit.SECONDS);
        if (!page.incomplete()) {
          return page;
        }
      } catch (ExecutionException | TimeoutException e) {
        // Asked again: the partition may have found its next owner.
        last = e;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("an export was cut off, because the member stops", e);
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    throw new IOException("an export lost a partition and was cut off", last);
  }
}
