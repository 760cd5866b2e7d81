package io.xcron.journal;

import org.jspecify.annotations.Nullable;

/** What is known of one partition after all frames so far. */
final class PartitionImage {
  private final int partition;
  private @Nullable Side whole;
  private @Nullable Side copy;
  private long highestEpoch;

  PartitionImage(int partition, @Nullable Side whole, @Nullable Side copy, long highestEpoch) {
    this.partition = partition;
    this.whole = whole;
    this.copy = copy;
    this.highestEpoch = highestEpoch;
  }

  int partition() {
    return partition;
  }

  @Nullable Side whole() {
    return whole;
  }

  @Nullable Side copy() {
    return copy;
  }

  long highestEpoch() {
    return highestEpoch;
  }

  PartitionState state() {
    if (whole != null) {
      return PartitionState.WHOLE;
    }
    return copy != null ? PartitionState.COPYING : PartitionState.ABSENT;
  }

  void entry(long location, boolean put, long epoch, long sequence) {
    Side target = copy != null ? copy : whole;
    if (target == null) {
      throw new JournalException.Corrupt(
          "an entry of partition " + partition + ", of which there is no content");
    }
    target.addEntry(location, put, epoch, sequence);
    seen(epoch);
  }

  void copyBegin(long epoch) {
    copy = new Side(null, 0, 0);
    seen(epoch);
  }

  void copyEnd(long epoch, long sequence) {
    Side finished = copy;
    if (finished == null) {
      throw new JournalException.Corrupt(
          "the end of a copy of partition " + partition + " that was never begun");
    }
    finished.raise(epoch, sequence);
    whole = finished;
    copy = null;
    seen(epoch);
  }

  void drop() {
    whole = null;
    copy = null;
  }

  /** The process started: a copy it had not finished is void. */
  void voidCopy() {
    copy = null;
  }

  void seen(long epoch) {
    highestEpoch = Math.max(highestEpoch, epoch);
  }
}
