package io.xcron.model;

/** The two clocks, handed in wherever one is needed. */
public interface Time {
  /** Cluster time, in milliseconds since the epoch. Never goes back by more than it is slewed. */
  long nowMillis();

  /** This process's monotonic clock, in nanoseconds. */
  long nanoTime();
}
