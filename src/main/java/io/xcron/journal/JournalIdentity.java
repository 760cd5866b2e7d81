package io.xcron.journal;

import java.time.Instant;
import java.util.UUID;

/**
 * What a store is, fixed when it is created but for the mode, which is that of its last start.
 *
 * @param store a random name of this store
 * @param cluster the cluster it belongs to
 * @param partitionCount the grid's number of partitions
 * @param mode alone or in a Raft cluster
 * @param created when
 * @param formatVersion of the files, see {@link Format}
 * @param startsWhole whether partitions without any content are whole and empty, at version (0, 0)
 */
public record JournalIdentity(
    UUID store,
    String cluster,
    int partitionCount,
    JournalMode mode,
    Instant created,
    int formatVersion,
    boolean startsWhole) {
  /** The same store, used in this mode from now on. */
  JournalIdentity as(JournalMode other) {
    return new JournalIdentity(
        store, cluster, partitionCount, other, created, formatVersion, startsWhole);
  }
}
