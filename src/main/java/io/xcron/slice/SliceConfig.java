package io.xcron.slice;

import io.xcron.model.Seats;
import java.util.UUID;

/**
 * What a keeper must know of its cluster.
 *
 * @param member this start: the UUID of the Hazelcast member
 * @param journal the name of this member's journal
 * @param members how many members the cluster is configured with: 1, or 3 and more. It counts only
 *     until a size was agreed
 * @param partitionCount the grid's number of partitions
 * @param sliceLimit the reservation found in the journal, 0 if there was none
 * @param seats found in the journal
 */
public record SliceConfig(
    UUID member, UUID journal, int members, int partitionCount, long sliceLimit, Seats seats) {
  public SliceConfig {
    if (members < 1 || members == 2) {
      throw new IllegalArgumentException("a cluster has 1, or 3 and more members: " + members);
    }
    if (partitionCount < 1 || sliceLimit < 0) {
      throw new IllegalArgumentException("partitions " + partitionCount + ", limit " + sliceLimit);
    }
  }

  /** How many journals must have reserved a slice so that every quorum of a restart holds one. */
  int reservers() {
    return Math.min(2, members);
  }
}
