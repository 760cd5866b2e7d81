package io.xcron.grid;

import io.xcron.journal.AppendLog;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One partition on this member: it applies changes, and it hears of every entry that the grid's
 * memory gains or loses, whoever caused it. What it hears it writes to the slots, the index and the
 * journal, and tells the partition's engine.
 *
 * <p>All methods but {@link #id}, {@link #record} and {@link #lock} are called on the partition's
 * thread. Writes and the engine's decisions exclude each other by {@link #lock()}, which is held
 * for memory work only.
 */
final class Replica implements TaskSlots {
  /** The journal's numbers of the maps. */
  static final int TASKS = 0;

  static final int ONCE_KEYS = 1;
  static final int DEFINITIONS = 2;

  /** How long an idempotency key is remembered (contract, promise 4). */
  static final Duration ONCE = Duration.ofHours(24);

  /**
   * Creations of one partition within one slice that have a generation of their own; more borrow
   * from the next slice.
   */
  private static final int GENERATION_BITS = 20;

  /** Whether what is observed is new, or is being brought back from the journal. */
  private enum Phase {
    CLOSED,
    RECOVERING,
    OPEN
  }

  private final int partition;
  private final AppendLog journal;
  private final ReentrantLock lock = new ReentrantLock();
  private final SlotTable slots = new SlotTable();
  private final TaskIndex index = new TaskIndex(slots);
  private Phase phase = Phase.CLOSED;
  private @Nullable PartitionEngine engine;
  private long epoch;
  private long sequence;
  private long lastGeneration;
  private long lastPosition = NOTHING_APPENDED;
  private boolean behind;

  private static final long NOTHING_APPENDED = Long.MIN_VALUE;

  Replica(int partition, AppendLog journal) {
    this.partition = partition;
    this.journal = journal;
  }

  @Override
  public int partition() {
    return partition;
  }

  @Override
  public Lock lock() {
    return lock;
  }

  @Override
  public String id(int slot) {
    return Payload.id(slots.key(slot));
  }

  @Override
  public TaskRecord record(int slot) {
    return Payload.record(slots.value(slot));
  }

  int size() {
    return slots.size();
  }

  /** From here on entries come back from the journal and are not written there again. */
  void recovering() {
    phase = Phase.RECOVERING;
  }

  /**
   * The entries are complete: the holder of this grant begins an epoch, and its engine learns of
   * every task.
   */
  void open(Grant grant, PartitionEngines engines) {
    lock.lock();
    try {
      phase = Phase.OPEN;
      beginEpoch(grant);
      PartitionEngine opened = engines.open(this);
      for (int slot = 0; slot < slots.bound(); slot++) {
        if (slots.used(slot)) {
          opened.changed(slot, null, record(slot));
        }
      }
      engine = opened;
    } finally {
      lock.unlock();
    }
  }

  /** The grid has dropped the partition's entries from its memory. What the journal holds stays. */
  void close() {
    lock.lock();
    try {
      phase = Phase.CLOSED;
      if (engine != null) {
        engine.closed();
        engine = null;
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isOpen() {
    return phase == Phase.OPEN;
  }

  /**
   * Whether the journal misses something that the memory has; then the copy must be written anew.
   */
  boolean behind() {
    return behind;
  }

  /** The position in the journal of all that was done here so far, or null when nothing was. */
  @Nullable Long position() {
    return lastPosition == NOTHING_APPENDED ? null : lastPosition;
  }

  Change.Applied write(
      String id, Change change, Grant grant, long nowMillis, PartitionStore store) {
    byte[] key = Payload.key(id);
    lock.lock();
    try {
      beginEpoch(grant);
      int slot = slots.find(key);
      TaskRecord current = slot == SlotTable.NONE ? null : record(slot);
      Change.Unwritten unwritten =
          slot == SlotTable.NONE || engine == null ? null : engine.unwritten(slot);
      Change.Stamp stamp = new Change.Stamp(epoch, sequence + 1, nowMillis, nextGeneration(grant));
      Change.Applied applied = change.apply(current, unwritten, stamp);
      switch (applied) {
        case Change.Applied.Stored stored -> {
          sequence++;
          if (stored.created()) {
            lastGeneration = stamp.generation();
          }
          store.setTask(
              slot == SlotTable.NONE ? key : slots.key(slot), Payload.value(stored.record()));
        }
        case Change.Applied.Removed removed -> {
          sequence++;
          store.removeTask(key);
        }
        case Change.Applied.Unchanged unchanged -> {}
        case Change.Applied.Refused refused -> {}
      }
      return applied;
    } finally {
      lock.unlock();
    }
  }

  TaskGrid.Creation createOnce(
      String id,
      Change.Create create,
      byte[] digest,
      Grant grant,
      long nowMillis,
      PartitionStore store) {
    byte[] key = Payload.key(id);
    byte[] known = store.onceKey(key);
    OnceRecord once = known == null ? null : OnceRecord.read(known);
    if (once != null && once.expiresMillis() > nowMillis) {
      return once.sameBody(digest)
          ? new TaskGrid.Creation.Created(
              once.createdMillis(), once.nextMillis(), once.generation())
          : new TaskGrid.Creation.Refused(Change.Refusal.IDEMPOTENCY_MISMATCH);
    }
    return switch (write(id, create, grant, nowMillis, store)) {
      case Change.Applied.Stored stored -> {
        OnceRecord record =
            OnceRecord.of(
                digest,
                stored.record().createdMillis(),
                stored.record().nextMillis(),
                stored.record().generation(),
                nowMillis + ONCE.toMillis());
        byte[] content = record.toBytes();
        sequence++;
        store.setOnceKey(key, Payload.value(content, 0, content.length));
        yield new TaskGrid.Creation.Created(
            record.createdMillis(), record.nextMillis(), record.generation());
      }
      case Change.Applied.Refused refused -> new TaskGrid.Creation.Refused(refused.reason());
      case Change.Applied.Unchanged unchanged ->
          throw new IllegalStateException("a creation stores or is refused");
      case Change.Applied.Removed removed ->
          throw new IllegalStateException("a creation removes nothing");
    };
  }

  /** Forgets an idempotency key whose time is over. */
  void forgetOnceKey(byte[] key, Grant grant, PartitionStore store) {
    beginEpoch(grant);
    sequence++;
    store.removeOnceKey(key);
  }

  /**
   * Puts an entry of a map beside the tasks, or removes it.
   *
   * @param value null to remove
   */
  void writeSide(int map, byte[] key, byte @Nullable [] value, Grant grant, PartitionStore store) {
    beginEpoch(grant);
    sequence++;
    if (value == null) {
      store.removeSide(map, key);
    } else {
      store.setSide(map, key, value);
    }
  }

  @Nullable TaskRecord read(String id) {
    int slot = slots.find(Payload.key(id));
    return slot == SlotTable.NONE ? null : record(slot);
  }

  List<TaskPage.Entry> list(TaskFilter filter, @Nullable String after, int limit) {
    List<TaskPage.Entry> entries = new ArrayList<>();
    index.search(
        filter, after, limit, (record, slot) -> entries.add(new TaskPage.Entry(id(slot), record)));
    return entries;
  }

  /** Writes the whole partition to the journal as a new copy, after changes that it refused. */
  void writeCopyAnew(Map<Integer, Map<byte[], byte[]>> sides) {
    journal.copyBegin(partition, epoch);
    for (int slot = 0; slot < slots.bound(); slot++) {
      if (slots.used(slot)) {
        TaskRecord record = record(slot);
        appendPut(TASKS, record.epoch(), record.sequence(), slots.key(slot), slots.value(slot));
      }
    }
    sides.forEach(
        (map, entries) ->
            entries.forEach((key, value) -> appendPut(map, epoch, sequence, key, value)));
    lastPosition = journal.copyEnd(partition, epoch, sequence);
    behind = lastPosition == AppendLog.REFUSED;
  }

  /** The grid's memory holds this entry now. */
  void observedTask(byte[] key, byte[] value) {
    lock.lock();
    try {
      TaskRecord after = Payload.record(value);
      int slot = slots.find(key);
      TaskRecord before = slot == SlotTable.NONE ? null : record(slot);
      if (before == null) {
        slot = slots.add(key, value);
        index.added(slot, after, Payload.id(key));
      } else {
        slots.set(slot, value);
        if (before.version() == after.version() && before.generation() == after.generation()) {
          index.progressed(slot, after);
        } else {
          index.described(slot, after, Payload.id(key));
        }
      }
      if (phase != Phase.RECOVERING) {
        appendPut(TASKS, after.epoch(), after.sequence(), key, value);
      }
      if (engine != null) {
        engine.changed(slot, before, after);
      }
    } finally {
      lock.unlock();
    }
  }

  /** The grid's memory has lost this entry by a write. */
  void observedTaskRemoval(byte[] key) {
    lock.lock();
    try {
      int slot = slots.find(key);
      if (slot == SlotTable.NONE) {
        return;
      }
      TaskRecord before = record(slot);
      if (engine != null) {
        engine.changed(slot, before, null);
      }
      index.removed(slot);
      slots.remove(slot);
      appendRemoval(TASKS, key);
    } finally {
      lock.unlock();
    }
  }

  /** The grid's memory holds this entry of a map beside the tasks now. */
  void observedSide(int map, byte[] key, byte[] value) {
    if (phase != Phase.RECOVERING) {
      appendPut(map, epoch, sequence, key, value);
    }
  }

  void observedSideRemoval(int map, byte[] key) {
    appendRemoval(map, key);
  }

  private void beginEpoch(Grant grant) {
    if (grant.epoch() != epoch) {
      epoch = grant.epoch();
      sequence = 0;
      appended(journal.epoch(partition, epoch));
    }
  }

  private long nextGeneration(Grant grant) {
    return Math.max(lastGeneration + 1, grant.slice() << GENERATION_BITS);
  }

  private void appendPut(int map, long ofEpoch, long ofSequence, byte[] key, byte[] value) {
    appended(
        journal.put(
            partition,
            map,
            ofEpoch,
            ofSequence,
            key,
            Payload.CONTENT,
            key.length - Payload.CONTENT,
            value,
            Payload.CONTENT,
            value.length - Payload.CONTENT));
  }

  private void appendRemoval(int map, byte[] key) {
    appended(
        journal.remove(
            partition, map, epoch, sequence, key, Payload.CONTENT, key.length - Payload.CONTENT));
  }

  private void appended(long position) {
    lastPosition = position;
    if (position == AppendLog.REFUSED) {
      behind = true;
    }
  }
}
