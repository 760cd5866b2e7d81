package io.xcron.journal;

/**
 * What the disk held of a partition when the journal was opened.
 *
 * @param partition its number
 * @param state only {@link PartitionState#WHOLE} has a version and entries
 * @param epoch epoch of the content's version, 0 unless whole
 * @param sequence sequence of the content's version, 0 unless whole
 * @param highestEpoch the highest epoch this member has journaled for the partition
 * @param entriesAtMost an upper bound of the entries, to size what will hold them
 */
public record RecoveredPartition(
    int partition,
    PartitionState state,
    long epoch,
    long sequence,
    long highestEpoch,
    long entriesAtMost) {}
