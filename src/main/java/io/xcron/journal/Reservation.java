package io.xcron.journal;

import io.xcron.model.Seats;

/**
 * What this member has promised ahead, so that no slice costs a disk write.
 *
 * @param sliceLimit slices below this one may have been used
 * @param untilMillis fires due before this instant (epoch milliseconds) may have started
 * @param clean whether the member stopped in order, with nothing on its way
 * @param seats whose journals take part in the cluster, as this one knows it
 */
public record Reservation(long sliceLimit, long untilMillis, boolean clean, Seats seats) {
  /** What a store says that never reserved anything. */
  public static final Reservation NONE = new Reservation(0, 0, true, Seats.NONE);

  public Reservation {
    if (sliceLimit < 0) {
      throw new IllegalArgumentException("sliceLimit must not be negative: " + sliceLimit);
    }
  }
}
