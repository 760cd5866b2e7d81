package io.xcron.journal;

/**
 * Hears of each record that this member's own engine gave, in the store's thread, before it is
 * written. A call must be short; what it throws is logged and the record kept all the same.
 */
@FunctionalInterface
public interface RunStoreListener {
  RunStoreListener NONE = (bytes, offset, length) -> {};

  /** The bytes are only good during the call. */
  void taken(byte[] bytes, int offset, int length);
}
