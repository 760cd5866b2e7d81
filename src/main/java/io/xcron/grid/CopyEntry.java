package io.xcron.grid;

import org.jspecify.annotations.Nullable;

/**
 * One change of a partition's content, as the record store keeps it: a key of one of the maps has
 * this value now, or none. The arrays must not be changed afterwards.
 */
final class CopyEntry {
  /** What an entry takes beside its bytes. */
  private static final int OVERHEAD = 16;

  private final int map;
  private final byte[] key;
  private final byte @Nullable [] value;

  CopyEntry(int map, byte[] key, byte @Nullable [] value) {
    this.map = map;
    this.key = key;
    this.value = value;
  }

  int map() {
    return map;
  }

  byte[] key() {
    return key;
  }

  /** Null for a removal. */
  byte @Nullable [] value() {
    return value;
  }

  int size() {
    return OVERHEAD + key.length + (value == null ? 0 : value.length);
  }
}
