package io.xcron.node;

import com.hazelcast.core.HazelcastInstance;

/** A member that waits for the Hazelcast instance of its host, alone or in a cluster. */
interface HostGround extends AutoCloseable {
  /** Whether the instance was started with the prepared configuration. */
  boolean liesIn(HazelcastInstance instance);

  /** Builds the rest upon the instance; what fails leaves nothing open. */
  XcronNode compose(HazelcastInstance instance, Embedding embedding);

  /**
   * Waits until the composed member serves, for as long as that takes.
   *
   * @throws IllegalStateException if it is stopped before
   */
  void awaitReady() throws InterruptedException;

  /** Gives up, at once, what cannot be kept in the instance any more. */
  void resign();

  /** Closes all that is open; may be called again when the instance is gone, and more is then. */
  @Override
  void close();
}
