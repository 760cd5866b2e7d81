package io.xcron.journal;

/**
 * A copy of a live journal, complete and durable.
 *
 * @param lastBatch the number of the last group of writes in it; of two copies of one journal the
 *     later has the larger
 * @param bytes what its files take
 */
public record JournalBackup(long lastBatch, long bytes) {}
