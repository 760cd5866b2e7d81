package io.xcron.slice;

import java.util.UUID;

/**
 * What a keeper must know of its cluster.
 *
 * @param member this start: the UUID of the Hazelcast member
 * @param journal the name of this member's journal
 * @param members how many members the cluster is configured with: 1, or 3 and more. Too few lets a
 *     full restart begin without the newest copies; too many makes it wait for ever
 * @param partitionCount the grid's number of partitions
 * @param sliceLimit the reservation found in the journal, 0 if there was none
 */
public record SliceConfig(
    UUID member, UUID journal, int members, int partitionCount, long sliceLimit) {
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

  /** How many used journals must be present before a full restart decides whose copies win. */
  int quorum() {
    return Math.max(1, members - 1);
  }
}
