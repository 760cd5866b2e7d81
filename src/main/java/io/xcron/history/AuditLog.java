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
import java.util.concurrent.ThreadLocalRandom;
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

  /** All lines lie in one partition. */
  private static final int PARTITION = 0;

  /** So that two members give no order twice: beside the clock, some bits by chance. */
  private static final int ORDER_BITS = 11;

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
    return open(directory, maxAge, maxBytes, nowMillis, RecordCopies.NONE);
  }

  static AuditLog open(
      Path directory, Duration maxAge, long maxBytes, LongSupplier nowMillis, RecordCopies copies) {
    RunStoreConfig config =
        new RunStoreConfig(
            directory, maxAge, maxBytes, KEEP_FREE_BYTES, QUEUE_BYTES, SEGMENT_BYTES, SEGMENT_AGE);
    RunStoreListener copying =
        new RunStoreListener() {
          @Override
          public void taken(byte[] bytes, int offset, int length) {}

          @Override
          public void numbered(int partition, byte[] bytes, int offset, int length) {
            copies.take(partition, bytes, offset, length);
          }
        };
    // By the clock, so that a later process does not give the same order to the same millisecond.
    long byClock = nowMillis.getAsLong() * 1_000;
    return new AuditLog(
        RunStore.open(config, copying, nowMillis),
        (byClock << ORDER_BITS) + ThreadLocalRandom.current().nextInt(1 << ORDER_BITS));
  }

  @Override
  public void append(long atMillis, String line) {
    store.append(
        PARTITION,
        0,
        atMillis,
        order.getAndAdd(1L << ORDER_BITS),
        line.getBytes(StandardCharsets.UTF_8));
  }

  /** The lines of this member only. */
  @Override
  public CompletableFuture<Page> page(@Nullable String cursor, int limit) {
    StoreReader.requireLimit(limit);
    return part(Place.after(cursor), limit)
        .thenApply(part -> page(limit, List.of(part), List.of()));
  }

  /** What this member has of a page, copies of others' lines too. */
  CompletableFuture<RunPart> part(Place from, int limit) {
    return reader.takenIn(
        () ->
            RunPart.of(
                store.from(PARTITION, 0, from.generation(), from.number(), limit + 1), limit));
  }

  /** Puts the parts of several members together: each line once. */
  static Page page(int limit, List<RunPart> parts, List<String> missing) {
    RunPart.Merged merged = RunPart.merged(limit, parts);
    List<Line> lines = new ArrayList<>();
    for (StoredRun one : merged.runs()) {
      lines.add(
          new Line(
              new Place(one.generation(), one.number()).text(),
              new String(one.payload(), StandardCharsets.UTF_8)));
    }
    return new Page(List.copyOf(lines), merged.nextCursor(), missing);
  }

  RunStore store() {
    return store;
  }

  public RunStoreStats stats() {
    return store.stats();
  }

  @Override
  public void close() {
    store.close();
  }
}
