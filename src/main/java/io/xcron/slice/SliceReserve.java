package io.xcron.slice;

import io.xcron.model.Seats;

/**
 * The durable limit below which this member may use slices and start fires. The journal keeps it.
 */
public interface SliceReserve {
  /**
   * Makes a new limit durable.
   *
   * @param sliceLimit slices below this may be used
   * @param untilMillis fires due before this cluster time may be started
   * @param clean whether nothing will be used any more
   * @param seats whose journals take part in the cluster, kept with the limit
   * @param durable called once the limit survives; never called if it could not be made so
   */
  void reserve(long sliceLimit, long untilMillis, boolean clean, Seats seats, Runnable durable);

  /**
   * Whether anything can be made durable now. A member of a cluster that can keep nothing falls
   * silent: it neither reads nor moves the ledger, so that others own and lead in its place.
   */
  boolean accepts();
}
