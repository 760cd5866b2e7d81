package io.xcron.slice;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What this member sees of the others. The ledger stays right whatever is said here: an error costs
 * time, or moves an owner without need. Only the keeper's thread asks, at least every {@link
 * SliceKeeper#POLL}; answers come from memory, without waiting.
 */
public interface ClusterSight {
  /**
   * The members that live now, this one among them. What this one has told of itself is not used.
   */
  List<Peer> peers();

  /** The start that owns the partition by Hazelcast's table, null if the table has none. */
  @Nullable UUID tableOwner(int partition);

  /**
   * What living members have of the partitions, as far as it is known here. Asked only while there
   * is no ledger, or a partition has no living copy. Nobody may write what a report decides about:
   * no grant may be held when it is made. A copy that a report names whole is not dropped before a
   * ledger names another owner for the partition.
   */
  List<JournalReport> reports();

  /**
   * There was a ledger, and there is none any more: what was reported before that may be old, for
   * members that went on have written since.
   */
  void forgetReports();
}
