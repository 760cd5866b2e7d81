package io.xcron.model;

/**
 * The right to act for one partition: to start attempts, to accept writes, to answer reads.
 *
 * @param slice the slice in which it was read; also the fencing token of what is done under it
 * @param epoch the slice in which this owner was named; the first half of every write's version
 * @param expiresNanos when it ends, on this process's monotonic clock
 */
public record Grant(int partition, long slice, long epoch, long expiresNanos) {
  /** The number that receivers compare: it only grows for one task. */
  public long fencingToken() {
    return slice;
  }
}
