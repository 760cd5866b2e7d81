package io.xcron.fire;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The mutexes of a member that runs alone: in its memory, first come, first served. The runs that
 * the lane bounds are the claims that there may be.
 *
 * <p>Tokens grow across restarts because they begin with the slice, which is above all slices of
 * the starts before, and count on from there.
 */
public final class LocalMutexes implements Mutexes {
  private final LongSupplier slice;

  /** For each mutex who holds it, and behind it those that wait. */
  private final Map<String, ArrayDeque<MutexClaim>> claims = new HashMap<>();

  private long lastToken;

  /**
   * @param slice the slice that was read last, of which tokens are made
   */
  public LocalMutexes(LongSupplier slice) {
    this.slice = slice;
  }

  @Override
  public synchronized void want(MutexClaim claim) {
    ArrayDeque<MutexClaim> queue =
        claims.computeIfAbsent(claim.name(), name -> new ArrayDeque<>(2));
    queue.add(claim);
    if (queue.size() == 1) {
      grant(claim);
    } else {
      claim.refused();
    }
  }

  private void grant(MutexClaim claim) {
    lastToken = MutexTokens.after(lastToken, slice.getAsLong());
    claim.holds(lastToken);
    claim.tell();
  }

  @Override
  public synchronized void release(MutexClaim claim) {
    ArrayDeque<MutexClaim> queue = claims.get(claim.name());
    if (queue == null) {
      return;
    }
    boolean held = queue.peek() == claim;
    queue.removeIf(other -> other == claim);
    MutexClaim next = queue.peek();
    if (next == null) {
      claims.remove(claim.name());
    } else if (held) {
      grant(next);
    }
  }

  /** A lone member's epoch lasts as long as its process: there is no owner to leave it to. */
  @Override
  public void leave(MutexClaim claim) {
    release(claim);
  }
}
