package io.xcron.http;

import io.xcron.grid.GridException;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.model.Change;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import io.xcron.model.Time;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Tasks in a map, in the order that a grid would list them, with faults to order. */
final class FakeGrid implements TaskGrid {
  private record Key(int partition, String id) {}

  private record Once(String digest, Creation.Created created) {}

  private final Time time;
  private final TreeMap<Key, TaskRecord> tasks =
      new TreeMap<>(Comparator.comparingInt(Key::partition).thenComparing(Key::id));
  private final Map<String, Once> once = new HashMap<>();

  /** The digest of the body that a key is taken for. */
  private final Map<String, String> taken = new HashMap<>();

  private long sequence;
  volatile GridException.@Nullable Kind failing;
  volatile boolean silent;

  final AtomicInteger reads = new AtomicInteger();

  /** So many reads to come are never answered. */
  final AtomicInteger unansweredReads = new AtomicInteger();

  volatile boolean incomplete;

  /** Of so many chunks to come the {@linkplain #refusable} tasks are refused. */
  final AtomicInteger refuseChunks = new AtomicInteger();

  volatile Predicate<String> refusable = id -> true;
  volatile GridException.Kind refusal = GridException.Kind.NOT_ACCEPTED;
  final AtomicInteger chunks = new AtomicInteger();

  /** How long a chunk waits for its answer; {@link #mostAtOnce} were waiting at the same time. */
  volatile Duration chunkDelay = Duration.ZERO;

  final AtomicInteger mostAtOnce = new AtomicInteger();
  private final AtomicInteger atOnce = new AtomicInteger();

  /** Runs before each single write and each chunk. */
  volatile Runnable beforeWrite = () -> {};

  FakeGrid(Time time) {
    this.time = time;
  }

  @Override
  public int partitionCount() {
    return 7;
  }

  private static Key key(String id) {
    return new Key(Math.floorMod(id.hashCode(), 7), id);
  }

  private <T extends @Nullable Object> @Nullable CompletableFuture<T> fault() {
    if (silent) {
      return new CompletableFuture<>();
    }
    GridException.Kind kind = failing;
    return kind == null
        ? null
        : CompletableFuture.failedFuture(new GridException(kind, "ordered by the test"));
  }

  private synchronized Change.Applied apply(String id, Change change) {
    sequence++;
    Change.Stamp stamp = new Change.Stamp(1, sequence, time.nowMillis(), sequence);
    Change.Applied applied = change.apply(tasks.get(key(id)), null, stamp);
    switch (applied) {
      case Change.Applied.Stored stored -> tasks.put(key(id), stored.record());
      case Change.Applied.Removed removed -> tasks.remove(key(id));
      case Change.Applied.Unchanged unchanged -> {}
      case Change.Applied.Refused refused -> {}
    }
    return applied;
  }

  @Override
  public CompletableFuture<Change.Applied> write(String id, Change change) {
    beforeWrite.run();
    CompletableFuture<Change.Applied> fault = fault();
    return fault != null ? fault : CompletableFuture.completedFuture(apply(id, change));
  }

  @Override
  public synchronized CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    CompletableFuture<Creation> fault = fault();
    if (fault != null) {
      return fault;
    }
    Once earlier = once.get(id + key);
    if (earlier != null) {
      return CompletableFuture.completedFuture(
          earlier.digest().equals(HexFormat.of().formatHex(digest))
              ? earlier.created()
              : new Creation.Refused(Change.Refusal.IDEMPOTENCY_MISMATCH));
    }
    if (change == null) {
      return CompletableFuture.completedFuture(new Creation.Refused(Change.Refusal.NOT_FOUND));
    }
    String body = HexFormat.of().formatHex(digest);
    if (!body.equals(taken.getOrDefault(key, body))) {
      return CompletableFuture.completedFuture(
          new Creation.Refused(Change.Refusal.IDEMPOTENCY_MISMATCH));
    }
    taken.put(key, body);
    return CompletableFuture.completedFuture(
        switch (apply(id, change)) {
          case Change.Applied.Stored stored -> {
            Creation.Created created =
                new Creation.Created(
                    stored.record().createdMillis(),
                    stored.record().nextMillis(),
                    stored.record().generation());
            once.put(id + key, new Once(body, created));
            yield created;
          }
          case Change.Applied.Refused refused -> new Creation.Refused(refused.reason());
          case Change.Applied.Removed removed -> throw new IllegalStateException();
          case Change.Applied.Unchanged unchanged -> throw new IllegalStateException();
        });
  }

  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes) {
    beforeWrite.run();
    chunks.incrementAndGet();
    boolean refuse = refuseChunks.getAndUpdate(left -> Math.max(0, left - 1)) > 0;
    CompletableFuture<Void> delay = CompletableFuture.completedFuture(null);
    if (!chunkDelay.isZero()) {
      mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
      delay =
          CompletableFuture.runAsync(
              atOnce::decrementAndGet,
              CompletableFuture.delayedExecutor(chunkDelay.toMillis(), TimeUnit.MILLISECONDS));
    }
    List<CompletableFuture<Change.Applied>> answers = new ArrayList<>();
    for (Write write : writes) {
      CompletableFuture<Change.Applied> fault = fault();
      if (refuse && refusable.test(write.id())) {
        fault = CompletableFuture.failedFuture(new GridException(refusal, "overloaded"));
      }
      if (fault == null) {
        Change.Applied applied = apply(write.id(), write.change());
        answers.add(delay.thenApply(unused -> applied));
      } else {
        answers.add(fault);
      }
    }
    return answers;
  }

  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    reads.incrementAndGet();
    CompletableFuture<@Nullable TaskRecord> fault =
        stale ? null : this.<@Nullable TaskRecord>fault();
    if (fault != null) {
      return fault;
    }
    CompletableFuture<@Nullable TaskRecord> found = new CompletableFuture<>();
    if (unansweredReads.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return found;
    }
    found.complete(record(id));
    return found;
  }

  synchronized @Nullable TaskRecord record(String id) {
    return tasks.get(key(id));
  }

  synchronized int size() {
    return tasks.size();
  }

  synchronized void clear() {
    tasks.clear();
  }

  @Override
  public synchronized CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    CompletableFuture<TaskPage> fault = stale ? null : fault();
    if (fault != null) {
      return fault;
    }
    List<TaskPage.Entry> entries = new ArrayList<>();
    Map<Key, TaskRecord> rest =
        after == null ? tasks : tasks.tailMap(new Key(after.partition(), after.id()), false);
    for (Map.Entry<Key, TaskRecord> entry : rest.entrySet()) {
      String id = entry.getKey().id();
      if (fits(filter, entry.getValue().task(id), entry.getValue())) {
        if (entries.size() == limit) {
          String last = entries.getLast().id();
          TaskCursor next = new TaskCursor(key(last).partition(), last);
          return CompletableFuture.completedFuture(new TaskPage(entries, next, incomplete));
        }
        entries.add(new TaskPage.Entry(id, entry.getValue()));
      }
    }
    return CompletableFuture.completedFuture(new TaskPage(entries, null, incomplete));
  }

  private static boolean fits(TaskFilter filter, Task task, TaskRecord record) {
    String prefix = filter.prefix();
    String name = task.name();
    return (filter.namespace() == null || filter.namespace().equals(task.namespace()))
        && task.labels().entrySet().containsAll(filter.labels().entrySet())
        && (filter.state() == null || filter.state() == record.state())
        && (prefix == null
            || task.id().startsWith(prefix)
            || (name != null
                && Arrays.stream(name.split(" ", -1))
                    .anyMatch(
                        word ->
                            word.toLowerCase(Locale.ROOT)
                                .startsWith(prefix.toLowerCase(Locale.ROOT)))));
  }
}
