package io.xcron.grid;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries of one partition by small dense numbers: each slot refers to the key and the value
 * that the record store holds, and copies neither. An open-addressing table finds the slot of a
 * key. Not thread-safe.
 */
final class SlotTable {
  static final int NONE = -1;

  private static final int FIRST_CAPACITY = 16;
  private static final byte[] EMPTY = new byte[0];

  private byte[][] keys = new byte[FIRST_CAPACITY][];
  private byte[][] values = new byte[FIRST_CAPACITY][];
  private int used;
  private int size;

  /** Slots that were given back, most recent last. */
  private int[] free = new int[FIRST_CAPACITY];

  private int freeCount;

  /** Slot + 1 at the key's hash, 0 where there is none; a power of two, at most two thirds full. */
  private int[] buckets = new int[2 * FIRST_CAPACITY];

  int size() {
    return size;
  }

  /** No slot in use is this large or larger. */
  int bound() {
    return used;
  }

  boolean used(int slot) {
    return slot < used && keys[slot].length > 0;
  }

  byte[] key(int slot) {
    return keys[slot];
  }

  byte[] value(int slot) {
    return values[slot];
  }

  int find(byte[] key) {
    int mask = buckets.length - 1;
    for (int at = hash(key) & mask; ; at = (at + 1) & mask) {
      int slot = buckets[at] - 1;
      if (slot < 0) {
        return NONE;
      }
      if (Arrays.equals(keys[slot], key)) {
        return slot;
      }
    }
  }

  /** Puts a value under a key that has no slot yet, and returns its slot. */
  int add(byte[] key, byte[] value) {
    if (3 * (size + 1) > 2 * buckets.length) {
      rehash(2 * buckets.length);
    }
    int slot = freeCount > 0 ? free[--freeCount] : used++;
    if (slot == keys.length) {
      int capacity = slot + (slot >> 2) + FIRST_CAPACITY;
      keys = Arrays.copyOf(keys, capacity);
      values = Arrays.copyOf(values, capacity);
    }
    keys[slot] = key;
    values[slot] = value;
    link(slot);
    size++;
    return slot;
  }

  void set(int slot, byte[] value) {
    values[slot] = value;
  }

  void remove(int slot) {
    unlink(slot);
    keys[slot] = EMPTY;
    values[slot] = EMPTY;
    size--;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, freeCount + (freeCount >> 1));
    }
    free[freeCount++] = slot;
  }

  private void link(int slot) {
    int mask = buckets.length - 1;
    int at = hash(keys[slot]) & mask;
    while (buckets[at] != 0) {
      at = (at + 1) & mask;
    }
    buckets[at] = slot + 1;
  }

  /**
   * Takes the slot out and moves later ones of its run back, so that no marker stays behind (Knuth
   * 6.4, algorithm R).
   */
  private void unlink(int slot) {
    int mask = buckets.length - 1;
    int hole = hash(keys[slot]) & mask;
    while (buckets[hole] != slot + 1) {
      hole = (hole + 1) & mask;
    }
    for (int at = (hole + 1) & mask; buckets[at] != 0; at = (at + 1) & mask) {
      int home = hash(keys[buckets[at] - 1]) & mask;
      if (((at - home) & mask) >= ((at - hole) & mask)) {
        buckets[hole] = buckets[at];
        hole = at;
      }
    }
    buckets[hole] = 0;
  }

  private void rehash(int capacity) {
    buckets = new int[capacity];
    for (int slot = 0; slot < used; slot++) {
      if (keys[slot].length > 0) {
        link(slot);
      }
    }
  }

  private static int hash(byte @Nullable [] key) {
    int hash = Arrays.hashCode(key);
    return hash ^ (hash >>> 15) ^ (hash >>> 7);
  }
}
