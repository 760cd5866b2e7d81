package io.xcron.slice;

import java.util.List;
import java.util.UUID;

/**
 * Those rules of the grant (docs/slices.md) that are one decision each. They stand apart so that a
 * test can take one out and see the harm; the product has this one form of them.
 */
class Rules {
  /** Rule 1: every change raises the slice. */
  long nextSlice(long slice) {
    return slice + 1;
  }

  /** Rule 2: a grant counts from before its read was issued. */
  long grantedFrom(long issuedNanos, long answeredNanos) {
    return issuedNanos;
  }

  /**
   * Rule 3: a new owner acts only when every grant of the owner before it has run out, counted from
   * the answer that named it; or at once if that one has released.
   */
  long actsFrom(boolean clean, long answeredNanos) {
    return clean ? answeredNanos : answeredNanos + SliceKeeper.WAIT.toNanos();
  }

  /** Rule 4: an owner whose own wait is not over cannot vouch for the owner before it. */
  boolean mayRelease(long actsFromNanos, long nowNanos) {
    return nowNanos - actsFromNanos >= 0;
  }

  /** Rule 7: who may be named owner of a partition. */
  boolean mayOwn(UUID member, List<UUID> livingInSync) {
    return livingInSync.contains(member);
  }

  /** Rule 10: enough journals have reserved a slice. */
  boolean reserved(long slice, List<Long> limits, int reservers) {
    int enough = 0;
    for (long limit : limits) {
      if (limit > slice) {
        enough++;
      }
    }
    return enough >= reservers;
  }

  /** Rule 10: enough used journals of so many are present to decide whose copies win. */
  boolean quorum(int usedJournals, int journals) {
    return usedJournals >= Math.max(1, journals - 1);
  }

  /** Rule 10: while a journal is missing, so many of the present ones must know a partition. */
  boolean witnessed(long journalsThatHaveSeenIt) {
    return journalsThatHaveSeenIt >= 2;
  }

  /**
   * Rule 11: a change of the seats is used only when so many of the journals that were seated
   * before know it, that every quorum of a restart by the old seats meets one that knows the new.
   */
  boolean known(long journalsThatKnow, int journalsBefore) {
    return journalsThatKnow >= Math.min(2, journalsBefore);
  }

  /** Rule 11: only a journal with a seat, whose coming is known, may be in sync. */
  boolean maySync(boolean seated) {
    return seated;
  }

  /**
   * Rule 11: a member leaves for good, and a dead one's seat goes to another, only when each
   * partition has two living copies in sync among those that stay.
   */
  boolean mayLeave(int stayingInSync) {
    return stayingInSync >= 2;
  }
}
