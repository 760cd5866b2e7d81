package io.xcron.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How the run store is kept.
 *
 * @param directory of its files; created if missing
 * @param maxAge records older than this go, a segment at a time. Too short forgets what a user asks
 *     for; too long is bounded by {@code maxBytes}
 * @param maxBytes what all files together may take; the oldest segments go first. Below four
 *     segments it is refused
 * @param keepFreeBytes of the disk: below this much room the oldest segments go, and when none is
 *     left nothing more is written, so that history never takes the journal's room
 * @param queueBytes what may wait for the writer; beyond it the oldest waiting are dropped and
 *     counted
 * @param segmentBytes after so many bytes of records a segment is sealed. They are kept in memory
 *     until then, so large is memory; small is many files to look into
 * @param segmentAge a segment is sealed after this long even if it is small
 */
public record RunStoreConfig(
    Path directory,
    Duration maxAge,
    long maxBytes,
    long keepFreeBytes,
    int queueBytes,
    int segmentBytes,
    Duration segmentAge) {
  public static final Duration DEFAULT_MAX_AGE = Duration.ofDays(7);
  public static final long DEFAULT_MAX_BYTES = 2L << 30;

  public RunStoreConfig {
    if (segmentBytes < 4_096 || queueBytes < 64 << 10) {
      throw new IllegalArgumentException(
          "segments take at least 4 KB, the queue at least 64 KB: "
              + segmentBytes
              + ", "
              + queueBytes);
    }
    if (maxBytes < 4L * segmentBytes) {
      throw new IllegalArgumentException(
          "must be at least " + 4L * segmentBytes + " bytes, not " + maxBytes);
    }
    if (!maxAge.isPositive() || !segmentAge.isPositive()) {
      throw new IllegalArgumentException("ages must be positive");
    }
  }

  /** The defaults: 7 days or 2 GB, whichever is reached first. */
  public static RunStoreConfig of(Path directory) {
    return new RunStoreConfig(
        directory,
        DEFAULT_MAX_AGE,
        DEFAULT_MAX_BYTES,
        512L << 20,
        8 << 20,
        16 << 20,
        Duration.ofHours(6));
  }

  public RunStoreConfig withRetention(Duration age, long bytes) {
    return new RunStoreConfig(
        directory, age, bytes, keepFreeBytes, queueBytes, segmentBytes, segmentAge);
  }
}
