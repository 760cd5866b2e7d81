package io.xcron.grid;

import io.xcron.journal.AppendLog;
import io.xcron.journal.Durability;
import io.xcron.journal.DurabilityCallback;
import io.xcron.journal.JournalState;
import io.xcron.journal.Reservation;
import io.xcron.model.TaskRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * A journal in memory: its state is what a replay of the appends comes to. Durable at once, or when
 * told.
 */
final class MemoryLog implements AppendLog {
  private final Map<Integer, Map<String, byte[]>> tasks = new HashMap<>();
  private final Map<Integer, Map<String, byte[]>> onceKeys = new HashMap<>();
  private final Map<Integer, Map<String, byte[]>> definitions = new HashMap<>();
  private final Queue<DurabilityCallback> waiting = new ArrayDeque<>();
  private long position;
  private boolean holding;
  private volatile JournalState state = JournalState.OPEN;

  synchronized SortedMap<String, TaskRecord> tasks() {
    SortedMap<String, TaskRecord> all = new TreeMap<>();
    tasks
        .values()
        .forEach(part -> part.forEach((id, bytes) -> all.put(id, TaskRecord.of(bytes, 0))));
    return all;
  }

  /** The keys of all definitions. */
  synchronized SortedSet<String> definitions() {
    SortedSet<String> keys = new TreeSet<>();
    definitions.values().forEach(part -> keys.addAll(part.keySet()));
    return keys;
  }

  synchronized int onceKeyCount() {
    return onceKeys.values().stream().mapToInt(Map::size).sum();
  }

  synchronized void hold() {
    holding = true;
  }

  /** Waits until somebody asks for the durability of what was appended. */
  synchronized void awaitWaiting() throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
    while (waiting.isEmpty()) {
      long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
      if (left <= 0) {
        throw new AssertionError("nothing waits for the journal");
      }
      wait(left);
    }
  }

  synchronized void release(Durability outcome) {
    holding = false;
    waiting.forEach(callback -> callback.ended(outcome));
    waiting.clear();
  }

  void state(JournalState now) {
    state = now;
  }

  @Override
  public synchronized long put(
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
    map(partition, map)
        .put(
            text(key, keyOffset, keyLength),
            Arrays.copyOfRange(value, valueOffset, valueOffset + valueLength));
    return ++position;
  }

  @Override
  public synchronized long remove(
      int partition, int map, long epoch, long sequence, byte[] key, int keyOffset, int keyLength) {
    map(partition, map).remove(text(key, keyOffset, keyLength));
    return ++position;
  }

  private Map<String, byte[]> map(int partition, int map) {
    Map<Integer, Map<String, byte[]>> kept =
        switch (map) {
          case Replica.TASKS -> tasks;
          case Replica.ONCE_KEYS -> onceKeys;
          default -> definitions;
        };
    return kept.computeIfAbsent(partition, p -> new HashMap<>());
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.UTF_8);
  }

  @Override
  public synchronized long copyBegin(int partition, long epoch) {
    tasks.remove(partition);
    definitions.remove(partition);
    return ++position;
  }

  @Override
  public synchronized long copyEnd(int partition, long epoch, long sequence) {
    return ++position;
  }

  @Override
  public synchronized long drop(int partition) {
    return ++position;
  }

  @Override
  public synchronized long epoch(int partition, long epoch) {
    return ++position;
  }

  @Override
  public synchronized long reserve(Reservation reservation) {
    return ++position;
  }

  @Override
  public synchronized void whenDurable(long at, DurabilityCallback callback) {
    if (holding) {
      waiting.add(callback);
      notifyAll();
    } else {
      callback.ended(Durability.DURABLE);
    }
  }

  @Override
  public JournalState state() {
    return state;
  }

  @Override
  public boolean behind(int partition) {
    return false;
  }
}
