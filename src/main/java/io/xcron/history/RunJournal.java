package io.xcron.history;

import io.xcron.journal.RunStore;
import io.xcron.journal.RunStoreConfig;
import io.xcron.journal.RunStoreListener;
import io.xcron.journal.RunStoreStats;
import io.xcron.journal.StoredRun;
import io.xcron.model.RunCodec;
import io.xcron.model.RunLog;
import io.xcron.model.RunRecord;
import io.xcron.model.Time;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The history that this member keeps: takes the engine's records and the copies of other members',
 * and finds them again. What all members have is told by {@link SharedHistory}.
 *
 * <p>A page's cursor is the generation and number of its last run, so it stays good whatever is
 * added or deleted meanwhile, and on another member. A record can be found right after {@link
 * #ended} returned; it survives a kill of the process a second later.
 *
 * <p>A thread counts what earlier processes had recorded in the last day, once, after the start.
 */
public final class RunJournal implements RunLog, RunHistory, AutoCloseable {
  public static final int DEFAULT_OUTPUT_BYTES = 4_096;
  public static final int MAX_OUTPUT_BYTES = 64 << 10;

  private static final System.Logger LOG = System.getLogger(RunJournal.class.getName());

  private final RunStore store;
  private final Time time;
  private final ToIntFunction<String> partitionOf;
  private final int maxOutputBytes;
  private final RunStatistics statistics;
  private final StoreReader reader;
  private final CompletableFuture<Long> recounted = new CompletableFuture<>();
  private volatile boolean closed;

  private RunJournal(
      RunStore store,
      Time time,
      ToIntFunction<String> partitionOf,
      int maxOutputBytes,
      RunStatistics statistics) {
    this.store = store;
    this.time = time;
    reader = new StoreReader(store, "xcron-history");
    this.partitionOf = partitionOf;
    this.maxOutputBytes = maxOutputBytes;
    this.statistics = statistics;
  }

  /**
   * Opens the history.
   *
   * @param partitionOf in which partition a task lies; the same as the engine gives
   * @param maxOutputBytes how much is kept of a run's output, in UTF-8
   * @param statistics counts each record as it is taken
   */
  public static RunJournal open(
      RunStoreConfig config,
      Time time,
      ToIntFunction<String> partitionOf,
      int maxOutputBytes,
      RunStatistics statistics) {
    return open(config, time, partitionOf, maxOutputBytes, statistics, RecordCopies.NONE);
  }

  /**
   * The same in a cluster.
   *
   * @param copies takes a copy of each record for another member
   */
  public static RunJournal open(
      RunStoreConfig config,
      Time time,
      ToIntFunction<String> partitionOf,
      int maxOutputBytes,
      RunStatistics statistics,
      RecordCopies copies) {
    if (maxOutputBytes < 0 || maxOutputBytes > MAX_OUTPUT_BYTES) {
      throw new IllegalArgumentException(
          "an output may have 0 to " + MAX_OUTPUT_BYTES + " bytes, not " + maxOutputBytes);
    }
    RunStoreListener counting =
        new RunStoreListener() {
          @Override
          public boolean recounts() {
            return true;
          }

          @Override
          public void taken(byte[] bytes, int offset, int length) {
            statistics.add(RunCodec.glance(bytes, offset), time.nowMillis());
          }

          @Override
          public void copied(byte[] bytes, int offset, int length) {
            taken(bytes, offset, length);
          }

          @Override
          public void numbered(int partition, byte[] bytes, int offset, int length) {
            copies.take(partition, bytes, offset, length);
          }
        };
    RunStore store = RunStore.open(config, counting, time::nowMillis);
    statistics.selfIs(store.origin());
    RunJournal journal = new RunJournal(store, time, partitionOf, maxOutputBytes, statistics);
    Thread.ofPlatform().name("xcron-recount").daemon().start(journal::recount);
    return journal;
  }

  private void recount() {
    long nowMillis = time.nowMillis();
    long origin = store.origin();
    long[] newest = {(nowMillis - RunStatistics.KEPT_MILLIS) * 1_000};
    try {
      store.left(
          nowMillis - RunStatistics.KEPT_MILLIS,
          run -> {
            if (closed) {
              throw new IllegalStateException("the history was closed");
            }
            RunCodec.Glance glance = RunCodec.glance(run.payload(), 0);
            statistics.add(glance, nowMillis);
            if (glance.origin() == origin || glance.origin() == 0) {
              newest[0] = Math.max(newest[0], run.sequence());
            }
          });
      statistics.settle();
      recounted.complete(newest[0]);
    } catch (RuntimeException e) {
      recounted.completeExceptionally(e);
      if (!closed) {
        LOG.log(
            System.Logger.Level.WARNING,
            "What was recorded before the start is not counted in the figures",
            e);
      }
    }
  }

  /**
   * Complete when what earlier processes had left is counted, with the largest sequence among this
   * member's own records in it.
   */
  CompletableFuture<Long> recounted() {
    return recounted;
  }

  @Override
  public void ended(int partition, String namespace, RunRecord run) {
    store.append(
        partition,
        TaskHash.of(run.taskId()),
        run.generation(),
        run.number(),
        RunCodec.encode(namespace, run, store.origin(), maxOutputBytes));
  }

  @Override
  public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
    StoreReader.requireLimit(limit);
    return part(taskId, Place.after(cursor), limit)
        .thenApply(part -> RunPart.page(taskId, limit, List.of(part), List.of()));
  }

  /** What this member has of a page. */
  CompletableFuture<RunPart> part(String taskId, Place from, int limit) {
    return reader.takenIn(
        () ->
            RunPart.of(
                store.from(
                    partitionOf.applyAsInt(taskId),
                    TaskHash.of(taskId),
                    from.generation(),
                    from.number(),
                    limit + 1),
                limit));
  }

  @Override
  public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
    return this.newest(taskId, number).<@Nullable RunRecord>thenApply(RunJournal::record);
  }

  static @Nullable RunRecord record(@Nullable StoredRun run) {
    return run == null ? null : RunCodec.decode(run.payload(), 0).run();
  }

  /** The newest run of the task with this number that this member has. */
  CompletableFuture<@Nullable StoredRun> newest(String taskId, long number) {
    return reader.<@Nullable StoredRun>takenIn(() -> look(taskId, number));
  }

  private @Nullable StoredRun look(String taskId, long number) {
    int partition = partitionOf.applyAsInt(taskId);
    long task = TaskHash.of(taskId);
    Place place = Place.NEWEST;
    // One step for each generation that has records.
    while (true) {
      List<StoredRun> found = store.from(partition, task, place.generation(), place.number(), 1);
      if (found.isEmpty()) {
        return null;
      }
      StoredRun first = found.getFirst();
      if (first.number() == number
          && RunCodec.decode(first.payload(), 0).run().taskId().equals(taskId)) {
        return first;
      }
      boolean mayFollow = first.number() > number;
      place =
          mayFollow
              ? new Place(first.generation(), number)
              : new Place(first.generation() - 1, Long.MAX_VALUE);
    }
  }

  /** The partition under which a task's records are looked for. */
  public int partitionOf(String taskId) {
    return partitionOf.applyAsInt(taskId);
  }

  /** The store itself, for copies to other members. */
  public RunStore store() {
    return store;
  }

  RunStatistics statistics() {
    return statistics;
  }

  StoreReader reader() {
    return reader;
  }

  public RunStoreStats stats() {
    return store.stats();
  }

  @Override
  public void close() {
    closed = true;
    store.close();
  }
}
