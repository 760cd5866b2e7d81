package io.xcron.journal;

/** What the disk holds of a partition. */
public enum PartitionState {
  /** Nothing: never had, or released. Not the same as whole and empty. */
  ABSENT,
  /** Only the beginning of a copy that was never finished: without a version, not readable. */
  COPYING,
  /** All of it, at its version. */
  WHOLE
}
