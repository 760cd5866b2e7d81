package io.xcron.node;

import io.xcron.journal.AppendLog;
import io.xcron.journal.Durability;
import io.xcron.journal.Reservation;
import io.xcron.model.Seats;
import io.xcron.slice.SliceReserve;

/** The limit of slices, kept in the journal. */
final class JournalReserve implements SliceReserve {
  private final AppendLog journal;

  JournalReserve(AppendLog journal) {
    this.journal = journal;
  }

  @Override
  public void reserve(
      long sliceLimit, long untilMillis, boolean clean, Seats seats, Runnable durable) {
    long position = journal.reserve(new Reservation(sliceLimit, untilMillis, clean, seats));
    journal.whenDurable(
        position,
        outcome -> {
          if (outcome == Durability.DURABLE) {
            durable.run();
          }
        });
  }

  @Override
  public boolean accepts() {
    return journal.state().accepts();
  }
}
