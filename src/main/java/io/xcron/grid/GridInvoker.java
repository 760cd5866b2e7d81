package io.xcron.grid;

import java.util.concurrent.CompletableFuture;

/** Runs an operation on the owner of a partition. */
@FunctionalInterface
interface GridInvoker {
  <T> CompletableFuture<T> invoke(ReplicaOperation operation, int partition);
}
