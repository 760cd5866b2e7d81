package io.xcron.history;

/** Where a member's own records go beside its own store. */
@FunctionalInterface
public interface RecordCopies {
  /** Nowhere: the member is alone. */
  RecordCopies NONE = (partition, bytes, offset, length) -> {};

  /**
   * Takes a record, as {@link io.xcron.journal.StoredRun#read} reads it. Called by the store's
   * thread; must not wait. The bytes are only good during the call.
   */
  void take(int partition, byte[] bytes, int offset, int length);
}
