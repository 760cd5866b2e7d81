package io.xcron.journal;

/** Receives a partition's entries, in no particular order, each key once. */
@FunctionalInterface
public interface EntryVisitor {
  /**
   * One entry. The array is shared with the journal: it may be read during the call only, and never
   * be written to.
   */
  void entry(
      int map,
      long epoch,
      long sequence,
      byte[] bytes,
      int keyOffset,
      int keyLength,
      int valueOffset,
      int valueLength);
}
