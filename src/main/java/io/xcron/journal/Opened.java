package io.xcron.journal;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an open found, after repairs.
 *
 * @param identity of the store, found or created
 * @param checkpoint the base, if there is one
 * @param closed the segments after it, in order
 * @param image all of it
 * @param lastBatch the last batch that counts, 0 if there is none
 * @param lastSegmentNumber no file has a higher number
 * @param batchesLost acknowledged batches that an operator accepted to lose
 */
record Opened(
    JournalIdentity identity,
    @Nullable Checkpoint checkpoint,
    List<ClosedSegment> closed,
    LogImage image,
    long lastBatch,
    long lastSegmentNumber,
    long batchesLost) {}
