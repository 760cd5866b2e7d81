package io.xcron.alert;

import io.xcron.grid.GridException;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.model.Alert;
import io.xcron.model.Change;
import io.xcron.model.Owner;
import io.xcron.model.Policy;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Tasks that can be read, and the reads counted. */
final class Book implements TaskGrid {
  private final Map<String, TaskRecord> tasks = new ConcurrentHashMap<>();
  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger failingReads = new AtomicInteger();
  volatile boolean silent;

  void put(String id, @Nullable Owner owner, @Nullable Alert alert) {
    Schedule schedule = new Schedule.Every(Duration.ofMinutes(1));
    Task task =
        new Task(
            id,
            "pay",
            "Settle " + id,
            Map.of(),
            owner,
            schedule,
            null,
            null,
            0,
            Duration.ZERO,
            null,
            true,
            null,
            new Target.Http("http://127.0.0.1:9/", "POST", Map.of(), null, Duration.ofSeconds(1)),
            Policy.defaultFor(schedule),
            alert);
    Change.Applied applied =
        new TaskChange.Create(task, 0, 1).apply(null, null, new Change.Stamp(1, 1, 0, 7));
    tasks.put(id, ((Change.Applied.Stored) applied).record());
  }

  static RunRecord run(String id, long number, RunOutcome outcome) {
    boolean called = outcome.delivered();
    String error = outcome == RunOutcome.SUCCESS ? null : "connection refused";
    return new RunRecord(
        id,
        7,
        number,
        1_000,
        1_000,
        1_100,
        1_200,
        outcome,
        false,
        called ? List.of(new RunRecord.Try(1, 1_100, 1_200, "m:1", 503, error)) : List.of(),
        "m:1",
        3,
        "the output of the run",
        called ? null : "let go");
  }

  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    reads.incrementAndGet();
    if (silent) {
      return new CompletableFuture<>();
    }
    if (failingReads.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return CompletableFuture.failedFuture(
          new GridException(GridException.Kind.NOT_ACCEPTED, "ordered by the test"));
    }
    return CompletableFuture.completedFuture(tasks.get(id));
  }

  @Override
  public CompletableFuture<Change.Applied> write(String id, Change change) {
    throw new AssertionError("alerts only read tasks");
  }

  @Override
  public CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    throw new AssertionError("alerts only read tasks");
  }

  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes) {
    throw new AssertionError("alerts only read tasks");
  }

  @Override
  public CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    throw new AssertionError("alerts only read tasks");
  }

  @Override
  public int partitionCount() {
    return 1;
  }
}
