package io.xcron.journal;

/**
 * Hears of each record that the store takes, in the store's thread, before it is written. A call
 * must be short; what it throws is logged and the record kept all the same. The bytes are only good
 * during the call.
 */
@FunctionalInterface
public interface RunStoreListener {
  RunStoreListener NONE = (bytes, offset, length) -> {};

  /**
   * Whether what earlier processes had left will be asked for, once, by {@link RunStore#left}: it
   * stays in memory until then.
   */
  default boolean recounts() {
    return false;
  }

  /** The payload of a record that this member's own engine gave. */
  void taken(byte[] bytes, int offset, int length);

  /** The payload of a record that came with its sequence, by {@link RunStore#put}. */
  default void copied(byte[] bytes, int offset, int length) {}

  /**
   * A record that this member's own engine gave, now with its sequence: as {@link StoredRun#read}
   * reads it.
   */
  default void numbered(int partition, byte[] bytes, int offset, int length) {}
}
