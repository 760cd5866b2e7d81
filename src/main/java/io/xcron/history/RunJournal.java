package io.xcron.history;

import io.xcron.journal.RunStore;
import io.xcron.journal.RunStoreConfig;
import io.xcron.journal.RunStoreStats;
import io.xcron.journal.StoredRun;
import io.xcron.model.RunCodec;
import io.xcron.model.RunLog;
import io.xcron.model.RunRecord;
import io.xcron.model.Time;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The history of the runs that this member made: takes the engine's records, and finds them again.
 *
 * <p>A page's cursor is the generation and number of its last run, so it stays good whatever is
 * added or deleted meanwhile, and on another member. A record can be found right after {@link
 * #ended} returned; it survives a kill of the process a second later.
 */
public final class RunJournal implements RunLog, RunHistory, AutoCloseable {
  public static final int DEFAULT_OUTPUT_BYTES = 4_096;
  public static final int MAX_OUTPUT_BYTES = 64 << 10;

  private final RunStore store;
  private final ToIntFunction<String> partitionOf;
  private final int maxOutputBytes;
  private final StoreReader reader;

  private RunJournal(RunStore store, ToIntFunction<String> partitionOf, int maxOutputBytes) {
    this.store = store;
    reader = new StoreReader(store, "xcron-history");
    this.partitionOf = partitionOf;
    this.maxOutputBytes = maxOutputBytes;
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
    if (maxOutputBytes < 0 || maxOutputBytes > MAX_OUTPUT_BYTES) {
      throw new IllegalArgumentException(
          "an output may have 0 to " + MAX_OUTPUT_BYTES + " bytes, not " + maxOutputBytes);
    }
    RunStore store =
        RunStore.open(
            config,
            (bytes, offset, length) ->
                statistics.add(RunCodec.glance(bytes, offset), time.nowMillis()),
            time::nowMillis);
    return new RunJournal(store, partitionOf, maxOutputBytes);
  }

  @Override
  public void ended(int partition, String namespace, RunRecord run) {
    store.append(
        partition,
        TaskHash.of(run.taskId()),
        run.generation(),
        run.number(),
        RunCodec.encode(namespace, run, maxOutputBytes));
  }

  @Override
  public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
    StoreReader.requireLimit(limit);
    Place from = Place.after(cursor);
    return reader.takenIn(() -> page(taskId, from, limit));
  }

  private Page page(String taskId, Place from, int limit) {
    List<StoredRun> found =
        store.from(
            partitionOf.applyAsInt(taskId),
            TaskHash.of(taskId),
            from.generation(),
            from.number(),
            limit + 1);
    boolean more = found.size() > limit;
    List<RunRecord> runs = new ArrayList<>(found.size());
    for (StoredRun one : more ? found.subList(0, limit) : found) {
      RunRecord run = RunCodec.decode(one.payload(), 0).run();
      if (run.taskId().equals(taskId)) {
        runs.add(run);
      }
    }
    StoredRun last = more ? found.get(limit - 1) : null;
    return new Page(
        List.copyOf(runs),
        last == null ? null : new Place(last.generation(), last.number()).text());
  }

  @Override
  public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
    return reader.<@Nullable RunRecord>takenIn(() -> newest(taskId, number));
  }

  private @Nullable RunRecord newest(String taskId, long number) {
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
      RunRecord run = RunCodec.decode(first.payload(), 0).run();
      if (first.number() == number && run.taskId().equals(taskId)) {
        return run;
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

  public RunStoreStats stats() {
    return store.stats();
  }

  @Override
  public void close() {
    store.close();
  }
}
