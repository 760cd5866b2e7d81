package io.xcron.grid;

import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The other members, for parts that lie above the grid and keep something on each of them: those
 * ask each other in bytes of their own. Any thread may call; no call blocks.
 */
public interface Peers {
  /** Of a member that is alone. */
  Peers NONE =
      new Peers() {
        @Override
        public List<Peer> others() {
          return List.of();
        }

        @Override
        public @Nullable UUID backup(int partition) {
          return null;
        }

        @Override
        public CompletableFuture<byte[]> ask(UUID peer, byte[] question, Duration patience) {
          return CompletableFuture.failedFuture(GridException.notHere("this member is alone"));
        }
      };

  /** The members that are there, without this one; oldest first. */
  List<Peer> others();

  /**
   * The first living member beside this one that the ledger counts as in sync for a partition;
   * without one, any that lives; null when this member is alone.
   */
  @Nullable UUID backup(int partition);

  /**
   * Asks a member. The future fails when that has left, refuses, or has not answered within the
   * time; it may then have taken the question all the same, and may still take it.
   */
  CompletableFuture<byte[]> ask(UUID peer, byte[] question, Duration patience);

  /**
   * One of them.
   *
   * @param id of this start of it
   * @param address {@code host:port}
   */
  record Peer(UUID id, String address) {}

  /**
   * Answers what peers ask. Called by threads of Hazelcast, which must not wait: what takes time is
   * done by another thread.
   */
  @FunctionalInterface
  interface Answering {
    CompletableFuture<byte[]> answer(byte[] question);
  }
}
