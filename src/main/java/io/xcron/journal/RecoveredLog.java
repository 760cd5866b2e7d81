package io.xcron.journal;

import io.xcron.model.Seats;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@link Recovered} over the image that the open has built. */
final class RecoveredLog implements Recovered {
  private final List<RecoveredPartition> partitions;
  private final Reservation reservation;
  private final long batchesLost;
  private volatile @Nullable LogImage image;

  RecoveredLog(Opened opened) {
    LogImage found = opened.image();
    int count = opened.identity().partitionCount();
    ArrayList<RecoveredPartition> all = new ArrayList<>(count);
    for (int partition = 0; partition < count; partition++) {
      all.add(describe(found.partition(partition)));
    }
    partitions = List.copyOf(all);
    reservation = reservation(found.reservation(), opened.identity());
    batchesLost = opened.batchesLost();
    image = found;
  }

  /** A store made by a member that ran alone before journals knew of seats is the only one. */
  private static Reservation reservation(Reservation found, JournalIdentity identity) {
    return found.seats().none() && identity.startsWhole()
        ? new Reservation(
            found.sliceLimit(),
            found.untilMillis(),
            found.clean(),
            Seats.alone(identity.store(), 0))
        : found;
  }

  private static RecoveredPartition describe(PartitionImage found) {
    Side whole = found.whole();
    return new RecoveredPartition(
        found.partition(),
        found.state(),
        whole == null ? 0 : whole.epoch(),
        whole == null ? 0 : whole.sequence(),
        found.highestEpoch(),
        whole == null ? 0 : whole.entriesAtMost());
  }

  @Override
  public List<RecoveredPartition> partitions() {
    return partitions;
  }

  @Override
  public Reservation reservation() {
    return reservation;
  }

  @Override
  public long batchesLost() {
    return batchesLost;
  }

  @Override
  public void read(int partition, EntryVisitor visitor) {
    LogImage open = image;
    if (open == null) {
      throw new IllegalStateException("What was recovered has been closed");
    }
    Side whole = open.partition(partition).whole();
    if (whole == null) {
      return;
    }
    open.visit(
        whole,
        (bytes, at) -> {
          int keyLength = Frames.intAt(bytes, at + Frames.KEY_LENGTH);
          int value = at + Frames.KEY + keyLength;
          visitor.entry(
              bytes[at + Frames.MAP] & 0xff,
              Frames.longAt(bytes, at + Frames.ENTRY_EPOCH),
              Frames.longAt(bytes, at + Frames.ENTRY_SEQUENCE),
              bytes,
              at + Frames.KEY,
              keyLength,
              value,
              Frames.next(bytes, at) - value);
        });
  }

  boolean isOpen() {
    return image != null;
  }

  @Override
  public void close() {
    image = null;
  }
}
