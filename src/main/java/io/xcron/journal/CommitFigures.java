package io.xcron.journal;

/** Counted by the committer, read by anybody. */
final class CommitFigures {
  private long commits;
  private long bytes;
  private long nanos;
  private long maxNanos;
  private long recoveries;
  private long segmentBytes;

  synchronized void committed(long frameBytes, long tookNanos, long currentSegmentBytes) {
    commits++;
    bytes += frameBytes;
    nanos += tookNanos;
    maxNanos = Math.max(maxNanos, tookNanos);
    segmentBytes = currentSegmentBytes;
  }

  synchronized void currentSegment(long currentSegmentBytes) {
    segmentBytes = currentSegmentBytes;
  }

  synchronized void recovered(long currentSegmentBytes) {
    recoveries++;
    segmentBytes = currentSegmentBytes;
  }

  /** A moment's values. */
  record Snapshot(
      long commits, long bytes, long nanos, long maxNanos, long recoveries, long segmentBytes) {}

  synchronized Snapshot snapshot() {
    return new Snapshot(commits, bytes, nanos, maxNanos, recoveries, segmentBytes);
  }
}
