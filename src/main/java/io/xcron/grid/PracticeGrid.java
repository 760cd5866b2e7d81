package io.xcron.grid;

import io.xcron.journal.AppendLog;
import io.xcron.journal.Durability;
import io.xcron.journal.DurabilityCallback;
import io.xcron.journal.JournalState;
import io.xcron.journal.Reservation;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.TaskChange;
import io.xcron.model.TaskRecord;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A grid of one partition that keeps nothing: real replica, slots and index, no Hazelcast and no
 * disk. A member practises on it before its first fire, and users test on it. Any thread may call;
 * writes are done before the call returns.
 */
public final class PracticeGrid implements TaskGrid {
  private final Grant grant = new Grant(0, 1, 1, Long.MAX_VALUE);
  private final Replica replica = new Replica(0, new NoJournal());
  private final PartitionStore store = entry -> {};
  private final LongSupplier clock;

  /** On the machine's clock. */
  public PracticeGrid() {
    this(System::currentTimeMillis);
  }

  /** On a clock of the caller's, in epoch milliseconds. */
  public PracticeGrid(LongSupplier clock) {
    this.clock = clock;
  }

  /** Opens the one partition. */
  public void open(PartitionEngines engines) {
    replica.open(grant, engines);
  }

  @Override
  public synchronized CompletableFuture<Change.Applied> write(String id, Change change) {
    return CompletableFuture.completedFuture(
        replica.write(id, change, grant, clock.getAsLong(), store));
  }

  @Override
  public List<CompletableFuture<Change.Applied>> writeAll(List<Write> writes) {
    return writes.stream().map(write -> write(write.id(), write.change())).toList();
  }

  @Override
  public synchronized CompletableFuture<Creation> createOnce(
      String id, String key, TaskChange.@Nullable Create change, byte[] digest) {
    return CompletableFuture.completedFuture(
        new OnceKeys(replica).create(id, key, change, digest, grant, clock.getAsLong(), store));
  }

  @Override
  public synchronized CompletableFuture<@Nullable TaskRecord> read(String id, boolean stale) {
    return CompletableFuture.completedFuture(replica.read(id));
  }

  @Override
  public synchronized CompletableFuture<TaskPage> list(
      TaskFilter filter, @Nullable TaskCursor after, int limit, boolean stale) {
    List<TaskPage.Entry> entries = replica.list(filter, after == null ? null : after.id(), limit);
    TaskCursor next =
        entries.size() < limit ? null : new TaskCursor(0, entries.get(limit - 1).id());
    return CompletableFuture.completedFuture(new TaskPage(entries, next, false));
  }

  @Override
  public int partitionCount() {
    return 1;
  }

  /** Everything is durable at once, and nothing is kept. */
  private static final class NoJournal implements AppendLog {
    @Override
    public long put(
        int partition,
        int map,
        long epoch,
        long sequence,
        byte[] key,
        int keyOffset,
        int keyLength,
        byte[] value,
        int valueOffset,
        int valueLength) {
      return 0;
    }

    @Override
    public long remove(
        int partition, int map, long epoch, long sequence, byte[] key, int offset, int length) {
      return 0;
    }

    @Override
    public long copyBegin(int partition, long epoch) {
      return 0;
    }

    @Override
    public long copyEnd(int partition, long epoch, long sequence) {
      return 0;
    }

    @Override
    public long drop(int partition) {
      return 0;
    }

    @Override
    public long epoch(int partition, long epoch) {
      return 0;
    }

    @Override
    public long reserve(Reservation reservation) {
      return 0;
    }

    @Override
    public void whenDurable(long position, DurabilityCallback callback) {
      callback.ended(Durability.DURABLE);
    }

    @Override
    public JournalState state() {
      return JournalState.OPEN;
    }

    @Override
    public boolean behind(int partition) {
      return false;
    }
  }
}
