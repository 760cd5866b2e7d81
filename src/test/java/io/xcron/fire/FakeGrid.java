package io.xcron.fire;

import io.xcron.grid.GridException;
import io.xcron.grid.PartitionEngine;
import io.xcron.grid.TaskSlots;
import io.xcron.model.Change;
import io.xcron.model.TaskRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One partition on a map. Each write is applied after a while and durable after a while longer, in
 * order; a crash goes back to what was durable.
 */
final class FakeGrid extends UnsupportedGrid implements TaskSlots {
  /** Told of each change as it is applied. */
  interface Listener {
    void applied(String id, Change change, @Nullable TaskRecord before, @Nullable TaskRecord after);
  }

  private final FakeWorld world;
  private final Listener listener;
  private final ReentrantLock lock = new ReentrantLock();
  private Map<String, Integer> slotOf = new HashMap<>();
  private final List<@Nullable String> ids = new ArrayList<>();
  private final List<@Nullable TaskRecord> records = new ArrayList<>();
  private final Deque<Integer> free = new ArrayDeque<>();
  final Map<String, TaskRecord> durable = new TreeMap<>();
  private @Nullable PartitionEngine engine;
  private long sequence;
  private long generation;
  private long lastDurableMillis;
  double refusedRate;
  double unknownRate;
  int applyMillis = 2;
  int durableMillis = 4;
  int writes;
  Consumer<Change> sent = change -> {};

  FakeGrid(FakeWorld world, Listener listener) {
    this.world = world;
    this.listener = listener;
  }

  /** Opens the engine on what is durable. */
  void open(PartitionEngine opened) {
    engine = opened;
    slotOf = new HashMap<>();
    ids.clear();
    records.clear();
    free.clear();
    durable.forEach(
        (id, record) -> {
          int slot = take(id);
          records.set(slot, record);
          opened.changed(slot, null, record);
        });
  }

  /** What is written from now on need not wait for what was lost with a crash. */
  void allDurable() {
    lastDurableMillis = 0;
  }

  /** When all that was applied so far is durable. */
  long allDurableMillis() {
    return lastDurableMillis;
  }

  @Nullable TaskRecord current(String id) {
    Integer slot = slotOf.get(id);
    return slot == null ? null : records.get(slot);
  }

  /** Answered under the grant, a little later. */
  @Override
  public CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    CompletableFuture<@Nullable TaskRecord> answer = new CompletableFuture<>();
    world.in(
        world.upTo(5),
        () -> {
          if (world.acts()) {
            answer.complete(current(id));
          } else {
            answer.completeExceptionally(new GridException(GridException.Kind.NOT_ACCEPTED, "no"));
          }
        });
    return answer;
  }

  private int take(String id) {
    int slot = free.isEmpty() ? ids.size() : free.pop();
    if (slot == ids.size()) {
      ids.add(id);
      records.add(null);
    } else {
      ids.set(slot, id);
    }
    slotOf.put(id, slot);
    return slot;
  }

  @Override
  public CompletableFuture<Change.Applied> write(String id, Change change) {
    if (lock.isHeldByCurrentThread()) {
      throw new IllegalStateException("a write with the partition's lock held");
    }
    writes++;
    sent.accept(change);
    CompletableFuture<Change.Applied> answer = new CompletableFuture<>();
    world.in(world.upTo(applyMillis), () -> apply(id, change, answer));
    return answer;
  }

  /** Applies before the lane has looked at anything. */
  Change.Applied applyAtOnce(String id, Change change) {
    lock.lock();
    try {
      return applyNow(id, change);
    } finally {
      lock.unlock();
    }
  }

  private void apply(String id, Change change, CompletableFuture<Change.Applied> answer) {
    if (!world.acts() || world.random.nextDouble() < refusedRate) {
      answer.completeExceptionally(new GridException(GridException.Kind.NOT_ACCEPTED, "no"));
      return;
    }
    boolean unknown = world.random.nextDouble() < unknownRate;
    if (unknown && world.random.nextBoolean()) {
      answer.completeExceptionally(new GridException(GridException.Kind.UNKNOWN, "lost"));
      return;
    }
    Change.Applied applied;
    lock.lock();
    try {
      applied = applyNow(id, change);
    } finally {
      lock.unlock();
    }
    long at = Math.max(lastDurableMillis, world.nowMillis + world.upTo(durableMillis));
    lastDurableMillis = at;
    world.at(
        at,
        () -> {
          switch (applied) {
            case Change.Applied.Stored stored -> durable.put(id, stored.record());
            case Change.Applied.Removed removed -> durable.remove(id);
            case Change.Applied.Unchanged unchanged -> {}
            case Change.Applied.Refused refused -> {}
          }
          if (unknown) {
            answer.completeExceptionally(new GridException(GridException.Kind.UNKNOWN, "lost"));
          } else {
            answer.complete(applied);
          }
        });
  }

  private Change.Applied applyNow(String id, Change change) {
    PartitionEngine told = Objects.requireNonNull(engine);
    Integer slot = slotOf.get(id);
    TaskRecord before = slot == null ? null : records.get(slot);
    Change.Unwritten unwritten = slot == null ? null : told.unwritten(slot);
    TaskRecord current = before;
    if (change.tellsWhatHasStarted() && slot != null && before != null && !before.paused()) {
      current = before.withStarted(told.started(slot));
    }
    Change.Applied applied =
        change.apply(
            current,
            unwritten,
            new Change.Stamp(world.epoch, ++sequence, world.nowMillis, ++generation));
    switch (applied) {
      case Change.Applied.Stored stored -> {
        int at = slot == null ? take(id) : slot;
        records.set(at, stored.record());
        listener.applied(id, change, before, stored.record());
        told.changed(at, before, stored.record());
      }
      case Change.Applied.Removed removed -> {
        listener.applied(id, change, before, null);
        told.changed(Objects.requireNonNull(slot), before, null);
        slotOf.remove(id);
        records.set(slot, null);
        free.push(slot);
      }
      case Change.Applied.Unchanged unchanged -> {}
      case Change.Applied.Refused refused -> {}
    }
    return applied;
  }

  @Override
  public int partition() {
    return 0;
  }

  @Override
  public Lock lock() {
    return lock;
  }

  @Override
  public String id(int slot) {
    requireLock();
    return Objects.requireNonNull(ids.get(slot));
  }

  @Override
  public TaskRecord record(int slot) {
    requireLock();
    return Objects.requireNonNull(records.get(slot));
  }

  private void requireLock() {
    if (!lock.isHeldByCurrentThread() && !world.opening) {
      throw new IllegalStateException("read without the partition's lock");
    }
  }
}
