package io.xcron.grid;

import io.xcron.model.Change;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of the cluster. Any thread may call; no call blocks. A future that fails does so with a
 * {@link GridException} whose kind says whether anything may have been stored.
 */
public interface TaskGrid {
  /** Applies a change. Complete means: durable on every copy that must have it. */
  CompletableFuture<Change.Applied> write(String id, Change change);

  /**
   * Creates a task once for an idempotency key: for 24 hours the same key with the same digest
   * answers {@link Creation} of the first call, though the task may have changed or gone since, and
   * with another digest is refused, whatever the id. The digest tells ids apart. A key that came
   * with an id of the caller's is taken even if its task is refused.
   *
   * @param id the key's own, or the caller's choice
   * @param key a text that could be an id
   * @param change null when the definition would not be taken now: then only a repeat is answered,
   *     and a key that is not known is refused as {@link Change.Refusal#NOT_FOUND}
   */
  CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest);

  /**
   * Applies many changes to many tasks. Each stands for itself, and is answered as by {@link
   * #write}; the answers are in the order of the writes.
   */
  List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes);

  /**
   * Reads one task.
   *
   * @param stale whether to take what this member has, without a grant
   */
  CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale);

  /**
   * Lists tasks in the order (partition, id), after the cursor.
   *
   * @param stale whether to take what this member has, without a grant
   */
  CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale);

  /** How many partitions the tasks are spread over, by a hash of their ids. */
  int partitionCount();

  /** One of many. */
  record Write(String id, Change change) {}

  /** What an idempotent creation came to: as of the first call. */
  sealed interface Creation {
    record Created(long createdMillis, long nextMillis, long generation) implements Creation {}

    record Refused(Change.Refusal reason) implements Creation {}
  }
}
