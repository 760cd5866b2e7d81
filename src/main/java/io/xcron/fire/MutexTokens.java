package io.xcron.fire;

/**
 * Tokens of mutexes: the slice, and in its lower bits a counter, so that they grow within a slice
 * by counting, and across restarts of everything because slices do.
 */
final class MutexTokens {
  /** Half a second has room for a million tokens; more go on counting into the next slice's. */
  private static final int COUNTER_BITS = 20;

  private MutexTokens() {}

  /** The next token after the last one, given in this slice. */
  static long after(long last, long slice) {
    return Math.max(last + 1, slice << COUNTER_BITS);
  }
}
