package io.xcron.journal;

/**
 * The run store's figures since it was opened.
 *
 * @param taken records that reached the store
 * @param dropped records lost because the queue was full or the disk refused them
 * @param written bytes of records handed to the operating system
 * @param commits batches
 * @param segments sealed ones on disk
 * @param bytes what all files take
 */
public record RunStoreStats(
    long taken, long dropped, long written, long commits, int segments, long bytes) {}
