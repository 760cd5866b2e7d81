package io.xcron.grid;

import io.xcron.journal.AppendLog;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import io.xcron.model.TaskRecord;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One partition on this member: its content, which changes by writes of this member as owner, and
 * by what an owner sends, and by nothing else. Each change goes to the slots, the index and the
 * journal, and to the partition's engine if this member acts. Hazelcast's record stores show the
 * content to the rest of the grid; what they gain or lose of themselves changes nothing here.
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

  /** How many maps there are; the journal's numbers of those with entries are below this. */
  static final int MAPS = 3;

  /**
   * Creations of one partition within one slice that have a generation of their own; more borrow
   * from the next slice.
   */
  private static final int GENERATION_BITS = 20;

  private final int partition;
  private final PartitionJournal journal;
  private final ReentrantLock lock = new ReentrantLock();

  /** By map; the first is of tasks, and has an index. */
  private SlotTable[] tables = emptyTables();

  private SlotTable slots = tables[TASKS];
  private TaskIndex index = new TaskIndex(slots);
  private volatile boolean open;
  private @Nullable PartitionCopies copies;
  private @Nullable DefinitionCopy definitions;
  private @Nullable PartitionEngine engine;
  private long epoch;
  private long sequence;
  private long lastGeneration;

  Replica(int partition, AppendLog journal) {
    this.partition = partition;
    this.journal = new PartitionJournal(partition, journal);
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

  private static SlotTable[] emptyTables() {
    SlotTable[] empty = new SlotTable[MAPS];
    for (int map = 0; map < MAPS; map++) {
      empty[map] = new SlotTable();
    }
    return empty;
  }

  /** This partition has copies elsewhere, which are told of every write. */
  void replicated(PartitionCopies ofPartition) {
    copies = ofPartition;
  }

  @Nullable PartitionCopies copies() {
    return copies;
  }

  /**
   * For who takes what this member has, current or not.
   *
   * @throws GridException if it has no copy of this partition
   */
  void requireCopy() {
    if (copies != null && copies.local().version() == null) {
      throw GridException.notHere("this member has no copy of partition " + partition);
    }
  }

  /** Tells this copy of each definition that comes or goes here. */
  void tellDefinitions(DefinitionCopy copy) {
    definitions = copy;
  }

  /** An entry comes back from the journal, and is not written there again. */
  void restore(CopyEntry entry) {
    lock.lock();
    try {
      change(entry);
    } finally {
      lock.unlock();
    }
  }

  /**
   * The entries are complete: the holder of this grant begins an epoch, and its engine learns of
   * every task.
   */
  void open(Grant grant, PartitionEngines engines) {
    lock.lock();
    try {
      beginEpoch(grant);
      PartitionEngine opened = engines.open(this);
      for (int slot = 0; slot < slots.bound(); slot++) {
        if (slots.used(slot)) {
          TaskRecord record = record(slot);
          lastGeneration = Math.max(lastGeneration, record.generation());
          opened.changed(slot, null, record);
        }
      }
      engine = opened;
      open = true;
    } finally {
      lock.unlock();
    }
  }

  /** This member no longer acts for the partition: its engine ends, the content stays. */
  void close() {
    lock.lock();
    try {
      open = false;
      if (engine != null) {
        engine.closed();
        engine = null;
      }
    } finally {
      lock.unlock();
    }
  }

  boolean isOpen() {
    return open;
  }

  /** What the journal has of this partition. */
  PartitionJournal journal() {
    return journal;
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
      if (change.tellsWhatHasStarted() && current != null && !current.paused() && engine != null) {
        current = current.withStarted(engine.started(slot));
      }
      Change.Stamp stamp = new Change.Stamp(epoch, sequence + 1, nowMillis, nextGeneration(grant));
      Change.Applied applied = change.apply(current, unwritten, stamp);
      switch (applied) {
        case Change.Applied.Stored stored -> {
          sequence++;
          if (stored.created()) {
            lastGeneration = stamp.generation();
          }
          byte[] held = slot == SlotTable.NONE ? key : slots.key(slot);
          wrote(new CopyEntry(TASKS, held, Payload.value(stored.record())), store);
        }
        case Change.Applied.Removed removed -> {
          sequence++;
          wrote(new CopyEntry(TASKS, key, null), store);
        }
        case Change.Applied.Unchanged unchanged -> {}
        case Change.Applied.Refused refused -> {}
      }
      return applied;
    } finally {
      lock.unlock();
    }
  }

  /** Puts an entry of a map beside the tasks, or removes it. */
  void writeSide(CopyEntry entry, Grant grant, PartitionStore store) {
    lock.lock();
    try {
      beginEpoch(grant);
      sequence++;
      wrote(entry, store);
    } finally {
      lock.unlock();
    }
  }

  /** A write of this member as owner, under the lock: to memory, journal and copies. */
  private void wrote(CopyEntry entry, PartitionStore store) {
    apply(entry, epoch, sequence);
    if (copies != null) {
      copies.wrote(entry);
    }
    store.show(entry);
  }

  /** Changes an entry in memory and appends the change to the journal. */
  void apply(CopyEntry entry, long ofEpoch, long ofSequence) {
    lock.lock();
    try {
      change(entry);
      journal.append(entry, ofEpoch, ofSequence);
    } finally {
      lock.unlock();
    }
  }

  private void change(CopyEntry entry) {
    byte[] value = entry.value();
    if (entry.map() == TASKS) {
      if (value == null) {
        removeTask(entry.key());
      } else {
        putTask(entry.key(), value);
      }
      return;
    }
    SlotTable table = tables[entry.map()];
    int slot = table.find(entry.key());
    if (value == null) {
      if (slot != SlotTable.NONE) {
        table.remove(slot);
      }
    } else if (slot == SlotTable.NONE) {
      table.add(entry.key(), value);
    } else {
      table.set(slot, value);
    }
    if (definitions != null && entry.map() == DEFINITIONS) {
      definitions.observed(entry.key(), value);
    }
  }

  byte @Nullable [] value(int map, byte[] key) {
    int slot = tables[map].find(key);
    return slot == SlotTable.NONE ? null : tables[map].value(slot);
  }

  /**
   * The record store holds this entry, whoever put it there. If it is what this replica holds, both
   * hold the same arrays from now on; if not, this replica is right, and shows it when it opens.
   */
  @SuppressWarnings(
      "ReferenceEquality") // The usual case: the store holds what this replica gave it.
  void shown(int map, byte[] key, byte[] value) {
    SlotTable table = tables[map];
    int slot = table.find(key);
    if (slot != SlotTable.NONE
        && table.value(slot) != value
        && Arrays.equals(table.value(slot), value)) {
      lock.lock();
      try {
        table.set(slot, value);
      } finally {
        lock.unlock();
      }
    }
  }

  boolean holds(int map, byte[] key) {
    return tables[map].find(key) != SlotTable.NONE;
  }

  /** All entries of all maps. */
  List<CopyEntry> entries() {
    List<CopyEntry> all = new ArrayList<>();
    for (int map = 0; map < MAPS; map++) {
      all.addAll(entries(map));
    }
    return all;
  }

  /** All entries of one map. */
  List<CopyEntry> entries(int map) {
    SlotTable table = tables[map];
    List<CopyEntry> all = new ArrayList<>(table.size());
    for (int slot = 0; slot < table.bound(); slot++) {
      if (table.used(slot)) {
        all.add(new CopyEntry(map, table.key(slot), table.value(slot)));
      }
    }
    return all;
  }

  /** The content is this from now on; no engine is open. */
  void replaceContent(List<CopyEntry> entries) {
    lock.lock();
    try {
      if (definitions != null) {
        for (CopyEntry gone : entries(DEFINITIONS)) {
          definitions.observed(gone.key(), null);
        }
      }
      tables = emptyTables();
      slots = tables[TASKS];
      index = new TaskIndex(slots);
      entries.forEach(this::change);
    } finally {
      lock.unlock();
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
  void writeCopyAnew() {
    journal.writeAnew(entries(), epoch, sequence);
  }

  private void putTask(byte[] key, byte[] value) {
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
    if (engine != null) {
      engine.changed(slot, before, after);
    }
  }

  private void removeTask(byte[] key) {
    int slot = slots.find(key);
    if (slot == SlotTable.NONE) {
      return;
    }
    if (engine != null) {
      engine.changed(slot, record(slot), null);
    }
    index.removed(slot);
    slots.remove(slot);
  }

  private void beginEpoch(Grant grant) {
    if (grant.epoch() != epoch) {
      epoch = grant.epoch();
      sequence = 0;
      if (copies == null) {
        journal.seen(epoch);
      }
    }
  }

  /** See {@link PartitionEngine#stopAtRest}. */
  boolean stopAtRest() {
    lock.lock();
    try {
      return engine == null || engine.stopAtRest();
    } finally {
      lock.unlock();
    }
  }

  /** Tells whether an engine is at rest after it was told to start nothing new. */
  boolean drained() {
    lock.lock();
    try {
      return engine == null || engine.drained();
    } finally {
      lock.unlock();
    }
  }

  private long nextGeneration(Grant grant) {
    return Math.max(lastGeneration + 1, grant.slice() << GENERATION_BITS);
  }
}
