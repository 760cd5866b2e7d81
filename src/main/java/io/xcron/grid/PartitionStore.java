package io.xcron.grid;

/**
 * Where a partition's content is shown to the rest of the grid. Called on the partition's thread,
 * after the {@link Replica} has changed.
 */
interface PartitionStore {
  /** This entry is so now. */
  void show(CopyEntry entry);
}
