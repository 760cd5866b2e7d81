package io.xcron.fire;

import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.model.Change;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What of the grid the engine does not use. */
abstract class UnsupportedGrid implements TaskGrid {
  @Override
  public int partitionCount() {
    throw new AssertionError("the engine does not ask this");
  }

  @Override
  public CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    throw new AssertionError("the engine does not ask this");
  }

  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> many) {
    throw new AssertionError("the engine does not ask this");
  }

  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    throw new AssertionError("the engine does not ask this");
  }

  @Override
  public CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    throw new AssertionError("the engine does not ask this");
  }
}
