package io.xcron.grid;

import io.xcron.journal.EntryVisitor;
import io.xcron.journal.Recovered;
import io.xcron.journal.RecoveredPartition;
import io.xcron.journal.Reservation;
import java.util.List;

/** A journal that brings nothing back, but for what another makes of it. */
class EmptyDisk implements Recovered {
  @Override
  public List<RecoveredPartition> partitions() {
    return List.of();
  }

  @Override
  public Reservation reservation() {
    return Reservation.NONE;
  }

  @Override
  public long batchesLost() {
    return 0;
  }

  @Override
  public void read(int partition, EntryVisitor visitor) {}

  @Override
  public void close() {}
}
