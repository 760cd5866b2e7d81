package io.xcron.wheel;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;

/** What the wheel has to behave like: a set sorted by deadline and by the turn of scheduling. */
final class SortedModel {

  record Entry(long deadlineMillis, long turn, int timer) {}

  private final TreeSet<Entry> sorted =
      new TreeSet<>(Comparator.comparingLong(Entry::deadlineMillis).thenComparingLong(Entry::turn));
  private final Map<Integer, Entry> byTimer = new HashMap<>();
  private long turns;

  void schedule(int timer, long deadlineMillis) {
    cancel(timer);
    Entry entry = new Entry(deadlineMillis, turns++, timer);
    byTimer.put(timer, entry);
    sorted.add(entry);
  }

  boolean cancel(int timer) {
    Entry entry = byTimer.remove(timer);
    return entry != null && sorted.remove(entry);
  }

  void clear() {
    sorted.clear();
    byTimer.clear();
  }

  int size() {
    return sorted.size();
  }

  boolean isScheduled(int timer) {
    return byTimer.containsKey(timer);
  }

  long deadlineMillis(int timer) {
    Entry entry = byTimer.get(timer);
    if (entry == null) {
      throw new IllegalStateException("not scheduled");
    }
    return entry.deadlineMillis();
  }

  boolean hasDue(long nowMillis) {
    return !sorted.isEmpty() && sorted.first().deadlineMillis() <= nowMillis;
  }

  Entry first() {
    return sorted.first();
  }

  Iterable<Entry> entries() {
    return sorted;
  }
}
