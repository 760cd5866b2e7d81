package io.xcron.journal;

/**
 * What each partition is now, as appended: so that an entry never goes where nothing would bring it
 * back. Guarded by the queue's lock.
 */
final class LivePartitions {
  private static final byte WHOLE = 1;
  private static final byte COPYING = 2;
  private static final byte BEHIND = 4;

  private final byte[] flags;

  LivePartitions(LogImage image, int partitionCount) {
    flags = new byte[partitionCount];
    for (int partition = 0; partition < partitionCount; partition++) {
      // An unfinished copy in the image is void: the START frame comes before all that follows.
      flags[partition] = image.partition(partition).whole() != null ? WHOLE : 0;
    }
  }

  /** Whether an entry may be appended: false if behind. */
  boolean admitsEntry(int partition) {
    byte now = flags[partition];
    if ((now & BEHIND) != 0) {
      return false;
    }
    if (now == 0) {
      throw new IllegalStateException(
          "Partition " + partition + " is absent from this journal: begin a copy first");
    }
    return true;
  }

  boolean admitsCopyEnd(int partition) {
    byte now = flags[partition];
    if ((now & BEHIND) != 0) {
      return false;
    }
    if ((now & COPYING) == 0) {
      throw new IllegalStateException("No copy of partition " + partition + " was begun");
    }
    return true;
  }

  void copyBegun(int partition) {
    flags[partition] = (byte) ((flags[partition] & WHOLE) | COPYING);
  }

  void copyEnded(int partition) {
    flags[partition] = WHOLE;
  }

  void dropped(int partition) {
    flags[partition] = 0;
  }

  /** A change was refused: its copy here has a hole from now on. */
  void refused(int partition) {
    flags[partition] |= BEHIND;
  }

  boolean behind(int partition) {
    return (flags[partition] & BEHIND) != 0;
  }
}
