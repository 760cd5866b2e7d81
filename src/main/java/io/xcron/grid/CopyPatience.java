package io.xcron.grid;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * How long an owner bears with a member that does not come forward, by {@link CopyLimits}. It says
 * what is due and does nothing itself but keep who rests. Guarded by the owner's lock.
 */
final class CopyPatience {
  /** What an owner makes of a peer. */
  enum Verdict {
    /** It comes forward, or is given more time. */
    BORNE,
    /** In sync or a candidate, and silent for too long or gone: to be done without. */
    LOST,
    /** Proposed; the ledger has not said so yet, and is asked again. */
    PROPOSED_STILL,
    /** Proposed, and silent for far too long or gone. */
    STUCK
  }

  private final CopyLimits limits;

  /** Candidates that were given up, which are not tried again before this. */
  private final Map<UUID, Long> restingUntilNanos = new LinkedHashMap<>();

  CopyPatience(CopyLimits limits) {
    this.limits = limits;
  }

  /**
   * @param owes whether there is something that the peer has not acknowledged
   */
  Verdict judge(CopyPeer peer, boolean owes, long nowNanos) {
    boolean silent = owes && peer.silentNanos(nowNanos) > limits.patience().toNanos();
    if (peer.inSync() || !peer.proposed()) {
      return silent || peer.gone() ? Verdict.LOST : Verdict.BORNE;
    }
    if (!mayAskAgain(peer, nowNanos)) {
      return Verdict.BORNE;
    }
    boolean stuck = silent && peer.silentNanos(nowNanos) > 4 * limits.patience().toNanos();
    return stuck || peer.gone() ? Verdict.STUCK : Verdict.PROPOSED_STILL;
  }

  /** Whether what the ledger was asked for this peer may be asked once more. */
  boolean mayAskAgain(CopyPeer peer, long nowNanos) {
    return peer.sinceAskedNanos(nowNanos) > limits.resend().toNanos();
  }

  /** Whether what was sent to this peer may be sent once more. */
  boolean maySendAgain(CopyPeer peer, long nowNanos) {
    return !peer.gone() && peer.sinceSentNanos(nowNanos) >= limits.resend().toNanos();
  }

  /** A candidate that was given up is none for a while. */
  void rest(UUID member, long nowNanos) {
    restingUntilNanos.put(member, nowNanos + 2 * limits.patience().toNanos());
  }

  boolean rests(UUID member, long nowNanos) {
    Long until = restingUntilNanos.get(member);
    return until != null && until - nowNanos > 0;
  }

  /** It is a candidate again. */
  void rested(UUID member) {
    restingUntilNanos.remove(member);
  }
}
