package io.xcron.grid;

import org.jspecify.annotations.Nullable;

/**
 * The entries of one partition as the grid holds them in memory. Whatever changes them, this or
 * another part of the grid, is reported to the partition's {@link Replica} before the call returns.
 * Called on the partition's thread.
 */
interface PartitionStore {
  void setTask(byte[] key, byte[] value);

  void removeTask(byte[] key);

  byte @Nullable [] onceKey(byte[] key);

  void setOnceKey(byte[] key, byte[] value);

  void removeOnceKey(byte[] key);

  /** Puts an entry of a map beside the tasks, by the map's number in the journal. */
  void setSide(int map, byte[] key, byte[] value);

  void removeSide(int map, byte[] key);
}
