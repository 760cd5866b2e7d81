package io.xcron.journal;

/**
 * A part of the log that is not written to any more.
 *
 * @param number of the file
 * @param firstBatch the first batch that counts in it
 * @param lastBatch the last batch that counts in it; below the first if there is none
 * @param bytes size of the file
 */
record ClosedSegment(long number, long firstBatch, long lastBatch, long bytes) {
  boolean empty() {
    return lastBatch < firstBatch;
  }
}
