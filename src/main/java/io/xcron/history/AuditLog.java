package io.xcron.history;

import io.xcron.journal.RunStore;
import io.xcron.journal.RunStoreConfig;
import io.xcron.journal.RunStoreListener;
import io.xcron.journal.RunStoreStats;
import io.xcron.journal.StoredRun;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The audit trail of this member, in a run store of its own: sorted by time, which stands where a
 * run has its generation, then by order of arrival, which stands where it has its number. Bounded
 * by age and by size, the oldest lines going first; lines that come faster than they can be taken,
 * or while the disk is broken, are lost and counted.
 */
public final class AuditLog implements AuditTrail, AutoCloseable {
  private static final int QUEUE_BYTES = 8 << 20;
  private static final int SEGMENT_BYTES = 1 << 20;
  private static final long KEEP_FREE_BYTES = 256L << 20;
  private static final Duration SEGMENT_AGE = Duration.ofDays(1);

  private final RunStore store;
  private final AtomicLong order;
  private final StoreReader reader;

  private AuditLog(RunStore store, long firstOrder) {
    this.store = store;
    reader = new StoreReader(store, "xcron-audit");
    order = new AtomicLong(firstOrder);
  }

  /**
   * Opens the trail in a directory of its own.
   *
   * @param maxAge lines that are older go, a file at a time
   * @param maxBytes that the files may take; at least 4 MB
   */
  public static AuditLog open(
      Path directory, Duration maxAge, long maxBytes, LongSupplier nowMillis) {
    RunStoreConfig config =
        new RunStoreConfig(
            directory, maxAge, maxBytes, KEEP_FREE_BYTES, QUEUE_BYTES, SEGMENT_BYTES, SEGMENT_AGE);
    // By the clock, so that a later process does not give the same order to the same millisecond.
    return new AuditLog(
        RunStore.open(config, RunStoreListener.NONE, nowMillis), nowMillis.getAsLong() * 1_000);
  }

  @Override
  public void append(long atMillis, String line) {
    store.append(0, 0, atMillis, order.getAndIncrement(), line.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public CompletableFuture<Page> page(@Nullable String cursor, int limit) {
    StoreReader.requireLimit(limit);
    Place from = Place.after(cursor);
    return reader.takenIn(() -> read(from, limit));
  }

  private Page read(Place from, int limit) {
    List<StoredRun> found = store.from(0, 0, from.generation(), from.number(), limit + 1);
    List<Line> lines = new ArrayList<>(found.size());
    for (StoredRun one : found.subList(0, Math.min(limit, found.size()))) {
      lines.add(
          new Line(
              new Place(one.generation(), one.number()).text(),
              new String(one.payload(), StandardCharsets.UTF_8)));
    }
    return new Page(List.copyOf(lines), found.size() > limit ? lines.getLast().cursor() : null);
  }

  public RunStoreStats stats() {
    return store.stats();
  }

  @Override
  public void close() {
    store.close();
  }
}
