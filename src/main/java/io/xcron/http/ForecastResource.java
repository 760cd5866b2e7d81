package io.xcron.http;

import io.helidon.http.Status;
import io.xcron.grid.GridException;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * How many fires each minute ahead will bring. Pages of the list are walked for at most {@value
 * #PATIENCE_MILLIS} ms and {@link ForecastTally#MAX_STEPS} instants. The list goes by partition and
 * partitions are a hash of the id, so what was seen by then is a fair sample: it is scaled up, and
 * the answer says what share of the partitions it is. An answer is kept for some seconds, and those
 * who ask meanwhile wait for the one count that is at work.
 */
final class ForecastResource {
  private static final int MAX_HOURS = 48;
  private static final int PAGE = 1_000;
  private static final int CROWDED = 20;
  private static final long PATIENCE_MILLIS = 2_000;
  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private record Kept(long sinceNanos, CompletableFuture<byte[]> answer) {}

  private final TaskGrid grid;
  private final Definitions definitions;
  private final AtomicReferenceArray<@Nullable Kept> kept =
      new AtomicReferenceArray<>(MAX_HOURS + 1);

  ForecastResource(TaskGrid grid, Definitions definitions) {
    this.grid = grid;
    this.definitions = definitions;
  }

  void addTo(Router router) {
    router.on("GET", "/api/v1/forecast", this::forecast);
  }

  private void forecast(Exchange exchange) {
    exchange.query().allowOnly("hours", "stale");
    int hours = exchange.query().number("hours", 1, MAX_HOURS, 1);
    boolean stale = exchange.query().flag("stale");
    if (stale || !exchange.caller().everywhere()) {
      // What is kept counts the tasks of all, as their owners have them.
      exchange.send(Status.OK_200, Exchange.JSON, count(exchange, hours, stale));
      return;
    }
    long now = System.nanoTime();
    Kept earlier = kept.get(hours);
    if (earlier != null && now - earlier.sinceNanos < KEPT_NANOS) {
      exchange.send(Status.OK_200, Exchange.JSON, Call.read(earlier.answer, exchange));
      return;
    }
    Kept own = new Kept(now, new CompletableFuture<>());
    if (!kept.compareAndSet(hours, earlier, own)) {
      Kept other = kept.get(hours);
      exchange.send(
          Status.OK_200,
          Exchange.JSON,
          other == null ? count(exchange, hours, false) : Call.read(other.answer, exchange));
      return;
    }
    try {
      own.answer.complete(count(exchange, hours, false));
    } finally {
      if (!own.answer.isDone()) {
        // The count failed; the next caller tries again, and those who wait are told to.
        kept.compareAndSet(hours, own, null);
        own.answer.completeExceptionally(
            new GridException(GridException.Kind.NOT_ACCEPTED, "the tasks could not be read"));
      }
    }
    exchange.send(Status.OK_200, Exchange.JSON, own.answer.join());
  }

  private byte[] count(Exchange exchange, int hours, boolean stale) {
    long nowMillis = exchange.nowMillis();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    ForecastTally tally = new ForecastTally(nowMillis, hours);
    boolean incomplete = false;
    double sampled = 1;
    TaskCursor cursor = null;
    while (true) {
      TaskPage page = Call.read(grid.list(TaskFilter.ALL, cursor, PAGE, stale), exchange);
      incomplete |= page.incomplete();
      for (TaskPage.Entry entry : page.entries()) {
        tally.add(entry.id(), entry.record(), definitions, nowMillis);
      }
      cursor = page.next();
      if (cursor == null) {
        break;
      }
      if (tally.full() || System.nanoTime() - deadline > 0) {
        // The partition at the cursor is partly seen; it counts for half.
        sampled = Math.min(1, (cursor.partition() + 0.5) / grid.partitionCount());
        break;
      }
    }
    return document(tally.finish(nowMillis), hours, sampled, incomplete);
  }

  private static byte[] document(
      ForecastTally tally, int hours, double sampled, boolean incomplete) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          json.writeStringField("from", Texts.instant(tally.fromMillis()));
          json.writeNumberField("hours", hours);
          json.writeArrayFieldStart("minutes");
          long total = 0;
          for (long fires : tally.minutes(sampled)) {
            json.writeNumber(fires);
            total += fires;
          }
          json.writeEndArray();
          json.writeNumberField("total", total);
          json.writeArrayFieldStart("crowded");
          for (ForecastTally.Second second : tally.crowded(CROWDED, sampled)) {
            json.writeStartObject();
            json.writeStringField("at", Texts.instant(second.atMillis()));
            json.writeNumberField("fires", second.fires());
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeNumberField("tasks", tally.tasks());
          json.writeNumberField("sampled", Math.round(sampled * 10_000) / 10_000.0);
          json.writeBooleanField("incomplete", incomplete);
          json.writeEndObject();
        });
  }
}
