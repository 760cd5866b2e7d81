package io.xcron.grid;

/** Makes the engine of a partition when its replica opens on this member. */
public interface PartitionEngines {
  PartitionEngine open(TaskSlots slots);
}
