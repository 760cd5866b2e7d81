package io.xcron.journal;

/** Walks over frames in the store's order. For one thread, under the store's read lock. */
interface RunCursor {
  /** Whether there is a frame here; after {@code false} nothing else may be asked. */
  boolean valid();

  /** The bytes in which the frame lies. */
  byte[] bytes();

  /** Where it begins. */
  int at();

  void advance();
}
