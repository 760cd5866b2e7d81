package io.xcron.node;

import io.xcron.grid.GridException;
import io.xcron.grid.HazelcastGrid;
import io.xcron.grid.Peers;
import io.xcron.grid.Registry;
import io.xcron.grid.TaskCursor;
import io.xcron.grid.TaskFilter;
import io.xcron.grid.TaskGrid;
import io.xcron.grid.TaskPage;
import io.xcron.model.Change;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The grid of this moment, for what lives as long as the process while the Hazelcast instance below
 * may be started again. Between two starts calls are refused as surely not done, definitions are
 * those that were known last, and partitions are counted as before.
 */
final class CurrentGrid implements TaskGrid, Registry, Peers {
  private volatile @Nullable HazelcastGrid last;
  private volatile boolean open;
  private volatile int partitions;
  private volatile Peers.@Nullable Answering answering;
  private volatile List<Peer> lastOthers = List.of();

  /**
   * From now on this one is asked.
   *
   * @throws IllegalStateException if it is not attached: it could answer nothing
   */
  void is(HazelcastGrid grid) {
    partitions = grid.partitionCount();
    Peers.Answering answers = answering;
    if (answers != null) {
      grid.answerPeers(answers);
    }
    last = grid;
    open = true;
  }

  /** Until the next {@link #is} nobody is asked. */
  void isGone() {
    open = false;
  }

  /** What answers other members, in each grid that comes; to be called before the first does. */
  void answerPeers(Peers.Answering answers) {
    answering = answers;
  }

  /** Between two starts those that were there: each question then fails, and they are missing. */
  @Override
  public List<Peer> others() {
    HazelcastGrid grid = last;
    if (grid != null && open) {
      lastOthers = grid.peers().others();
    }
    return lastOthers;
  }

  @Override
  public @Nullable UUID backup(int partition) {
    HazelcastGrid grid = last;
    return grid == null || !open ? null : grid.peers().backup(partition);
  }

  @Override
  public CompletableFuture<byte[]> ask(UUID peer, byte[] question, Duration patience) {
    return ask(grid -> grid.peers().ask(peer, question, patience));
  }

  /** The grid that was there last, to count by. */
  private HazelcastGrid known() {
    HazelcastGrid grid = last;
    if (grid == null) {
      throw new IllegalStateException("the member has not started");
    }
    return grid;
  }

  private <T extends @Nullable Object> CompletableFuture<T> ask(
      Function<HazelcastGrid, CompletableFuture<T>> question) {
    HazelcastGrid grid = last;
    return grid == null || !open
        ? CompletableFuture.failedFuture(notAPart())
        : question.apply(grid);
  }

  private static GridException notAPart() {
    return new GridException(
        GridException.Kind.NOT_ACCEPTED,
        "this member has no part of the grid: it is starting it again, or has stopped");
  }

  @Override
  public CompletableFuture<Change.Applied> write(String id, Change change) {
    return ask(grid -> grid.write(id, change));
  }

  @Override
  public CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    return ask(grid -> grid.createOnce(id, key, change, digest));
  }

  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes) {
    HazelcastGrid grid = last;
    return grid == null || !open
        ? Collections.nCopies(writes.size(), CompletableFuture.failedFuture(notAPart()))
        : grid.writeAll(writes);
  }

  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    return ask(grid -> grid.read(id, stale));
  }

  @Override
  public CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    return ask(grid -> grid.list(filter, after, limit, stale));
  }

  @Override
  public int partitionCount() {
    return partitions;
  }

  int partitionOf(String id) {
    return known().partitionOf(id);
  }

  /** Forgets idempotency keys whose time is over. */
  CompletableFuture<Void> sweep() {
    return ask(HazelcastGrid::sweep);
  }

  @Override
  public CompletableFuture<Void> put(Kind kind, String name, byte[] content) {
    return ask(grid -> grid.registry().put(kind, name, content));
  }

  @Override
  public CompletableFuture<Boolean> replace(
      Kind kind, String name, byte @Nullable [] expected, byte[] content) {
    return ask(grid -> grid.registry().replace(kind, name, expected, content));
  }

  @Override
  public CompletableFuture<Boolean> remove(Kind kind, String name) {
    return ask(grid -> grid.registry().remove(kind, name));
  }

  @Override
  public byte @Nullable [] get(Kind kind, String name) {
    HazelcastGrid grid = last;
    return grid == null ? null : grid.registry().get(kind, name);
  }

  @Override
  public Map<String, byte[]> all(Kind kind) {
    HazelcastGrid grid = last;
    return grid == null ? Map.of() : grid.registry().all(kind);
  }

  @Override
  public CompletableFuture<Void> refresh() {
    return ask(grid -> grid.registry().refresh());
  }
}
