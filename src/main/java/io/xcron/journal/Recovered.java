package io.xcron.journal;

import java.util.List;

/**
 * What the disk held when the journal was opened; appends made since are not in it. It keeps the
 * log in memory (about as large as the log's files) and holds back folding until it is closed, so
 * read it and close it.
 */
public interface Recovered extends AutoCloseable {
  /** One element per partition, by number. */
  List<RecoveredPartition> partitions();

  /** The last reservation, or {@link Reservation#NONE}. */
  Reservation reservation();

  /** Records that an operator accepted to lose at this open: 0 unless acceptLoss was needed. */
  long batchesLost();

  /**
   * Streams the entries of a whole partition; none for any other. May be called by several threads
   * for different partitions at once, and more than once.
   *
   * @throws IllegalStateException after close
   * @throws JournalException.Corrupt if the bytes on disk fail their checksum
   */
  void read(int partition, EntryVisitor visitor);

  /** Frees the memory; idempotent. */
  @Override
  void close();
}
