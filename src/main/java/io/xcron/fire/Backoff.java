package io.xcron.fire;

import io.xcron.model.Policy;

/** How long to wait before a next try. */
final class Backoff {
  private static final long WRITE_BASE_MILLIS = 20;
  private static final long WRITE_MAX_MILLIS = 2_000;
  private static final long OFFER_BASE_MILLIS = 4;
  private static final long OFFER_MAX_MILLIS = 512;

  private Backoff() {}

  /**
   * Before the attempt that follows {@code failed} of them: doubled each time, and up to a tenth
   * more, which depends on the run alone, so that runs that failed together do not return together.
   */
  static long beforeRetryMillis(Policy.Retry retry, int failed, long seed) {
    long max = retry.maxBackoff().toMillis();
    long millis = doubled(retry.backoff().toMillis(), failed - 1, max);
    return millis + Math.floorMod(TraceIds.mix(seed + failed), millis / 10 + 1);
  }

  /** Before a write is tried again. */
  static long beforeWriteMillis(int failed) {
    return doubled(WRITE_BASE_MILLIS, failed - 1, WRITE_MAX_MILLIS);
  }

  /** Before a run that was refused by a full host, or found no grant, is offered again. */
  static long beforeOfferMillis(int refused) {
    return doubled(OFFER_BASE_MILLIS, refused - 1, OFFER_MAX_MILLIS);
  }

  private static long doubled(long base, int times, long max) {
    int shift = Math.max(0, times);
    return shift >= 40 || base > (max >> shift) ? max : Math.min(max, base << shift);
  }
}
