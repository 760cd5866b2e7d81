package io.xcron.fire;

import io.xcron.model.Progress;
import io.xcron.model.TaskRecord;
import java.util.BitSet;

/**
 * Whose a partition is, and what its former owner may have left: the epoch of the newest write or
 * grant, whether the open runs of the epochs before have been taken over, and up to when runs may
 * have been started of which no record tells. Guarded by the partition's lock but for {@link
 * #epoch}.
 */
final class Tenure {
  private static final int NOTHING = -1;

  /** Tasks whose next instant has changed in this epoch. */
  private final BitSet moved = new BitSet();

  /** Tasks with open runs, or with ends of which others are to be told. */
  private final BitSet withOpenRuns = new BitSet();

  private volatile long epoch = -1;

  /** The epoch in which open runs were taken over; equal to {@code epoch} on the owner. */
  private long acting = -1;

  /** Open runs from this slot on are still to be taken over. */
  private int takeOverFrom = NOTHING;

  private long maybeStartedUntilMillis;

  /** The newest epoch seen; any thread. */
  long epoch() {
    return epoch;
  }

  boolean actsIn(long someEpoch) {
    return acting == someEpoch;
  }

  /** Whether this is the owner, as far as it knows. */
  boolean acts() {
    return acting == epoch;
  }

  /** Whether nothing of a former owner is left to be taken over. */
  boolean settled() {
    return acts() && takeOverFrom == NOTHING;
  }

  /** Whether a sweep could take something over. */
  boolean hasWork() {
    return takeOverFrom != NOTHING || (!acts() && !withOpenRuns.isEmpty());
  }

  /** A newer epoch begins, perhaps another member's. */
  void enter(long newEpoch) {
    epoch = newEpoch;
    moved.clear();
  }

  /** This member is the owner in the newest epoch. */
  void act(long maybeStartedUntil) {
    acting = epoch;
    maybeStartedUntilMillis = maybeStartedUntil;
    takeOverFrom = 0;
  }

  /** The next task with open runs of a former owner; negative when there is none any more. */
  int nextToTakeOver() {
    if (takeOverFrom == NOTHING) {
      return NOTHING;
    }
    int slot = withOpenRuns.nextSetBit(takeOverFrom);
    takeOverFrom = slot < 0 ? NOTHING : slot + 1;
    return slot;
  }

  boolean hasOpenRuns(int slot) {
    return withOpenRuns.get(slot);
  }

  void created(int slot, TaskRecord after) {
    withOpenRuns.set(slot, after.hasOpenRuns() || after.hasEndsToTell());
    moved.clear(slot);
  }

  void changed(int slot, TaskRecord after, boolean otherNext) {
    withOpenRuns.set(slot, after.hasOpenRuns() || after.hasEndsToTell());
    if (takeOverFrom != NOTHING) {
      takeOverFrom = Math.min(takeOverFrom, slot);
    }
    if (otherNext) {
      moved.set(slot);
    }
  }

  void removed(int slot) {
    withOpenRuns.clear(slot);
  }

  /** Whether the next instant may have been started by the former owner, and not written. */
  boolean maybeStarted(int slot, TaskRecord record, long dueMillis) {
    return dueMillis <= maybeStartedUntilMillis
        && !moved.get(slot)
        && record.createdMillis() < maybeStartedUntilMillis;
  }

  /** A cheaper question than {@link #maybeStarted}, to be asked before it. */
  boolean mayHaveStartedBy(long millis) {
    return acts() && millis <= maybeStartedUntilMillis && millis != Progress.NEVER;
  }
}
