package io.xcron.journal;

import java.time.Duration;

/**
 * Figures since open.
 *
 * @param appends frames accepted
 * @param refused appends refused
 * @param commits group commits
 * @param committedBytes frame bytes committed (not what MVStore made of them)
 * @param commitMean mean time of a group commit with its sync
 * @param commitMax longest since open
 * @param queuedBytes bytes waiting to be committed
 * @param logBytes size of the log's files
 * @param checkpointBytes size of the checkpoint
 * @param segments number of log files
 * @param folds checkpoints written
 * @param foldState what the folder does
 * @param recoveries times the log was reopened after a failed write or fsync
 */
public record JournalStats(
    long appends,
    long refused,
    long commits,
    long committedBytes,
    Duration commitMean,
    Duration commitMax,
    long queuedBytes,
    long logBytes,
    long checkpointBytes,
    int segments,
    long folds,
    FoldState foldState,
    long recoveries) {

  /** What the folder does. */
  public enum FoldState {
    /** The log is short enough. */
    IDLE,
    /** A checkpoint is being written. */
    FOLDING,
    /** Waits until {@link Recovered} or a backup lets go of the files. */
    HELD,
    /** The disk has no room for the new checkpoint beside the old one. */
    NO_ROOM,
    /** The last try failed; it is tried again. */
    FAILED
  }
}
