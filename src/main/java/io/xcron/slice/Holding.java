package io.xcron.slice;

import io.xcron.model.Grant;
import org.jspecify.annotations.Nullable;

/**
 * All that one read of the ledger gives to this member. Immutable; made ten times a second, so that
 * a look-up makes nothing.
 */
final class Holding {
  static final Holding NOTHING = new Holding(0, 0, 0, new @Nullable Grant[0], new long[0]);

  private final long issuedNanos;
  private final long issuedWallMillis;
  private final long expiresNanos;
  private final @Nullable Grant[] grants;
  private final long[] fromNanos;

  Holding(
      long issuedNanos,
      long issuedWallMillis,
      long expiresNanos,
      @Nullable Grant[] grants,
      long[] fromNanos) {
    this.issuedNanos = issuedNanos;
    this.issuedWallMillis = issuedWallMillis;
    this.expiresNanos = expiresNanos;
    this.grants = grants;
    this.fromNanos = fromNanos;
  }

  /**
   * The grant of a partition if it is valid now. Both clocks must agree that it has not run out:
   * the monotonic one stands still while the machine is suspended, the wall clock does not.
   */
  @Nullable Grant grant(int partition, long nowNanos, long wallMillis) {
    if (partition >= grants.length) {
      return null;
    }
    Grant grant = grants[partition];
    return grant != null && nowNanos - fromNanos[partition] >= 0 && lasts(nowNanos, wallMillis)
        ? grant
        : null;
  }

  /** Whether anything is granted, valid now or not. */
  boolean grantsAny() {
    for (Grant grant : grants) {
      if (grant != null) {
        return true;
      }
    }
    return false;
  }

  /** Whether what was granted has run out by one of the clocks. */
  boolean ranOut(long nowNanos, long wallMillis) {
    return !lasts(nowNanos, wallMillis) && grantsAny();
  }

  private boolean lasts(long nowNanos, long wallMillis) {
    return expiresNanos - nowNanos > 0
        && wallMillis - issuedWallMillis < SliceKeeper.GRANT.toMillis();
  }

  long issuedNanos() {
    return issuedNanos;
  }
}
