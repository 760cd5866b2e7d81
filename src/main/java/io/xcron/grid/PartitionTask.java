package io.xcron.grid;

import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.impl.PartitionSpecificRunnable;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Work for the thread of a partition, where nothing else of that partition goes on meanwhile. It
 * waits there behind the partition's operations, and must not block. Any thread hands it in.
 */
final class PartitionTask implements PartitionSpecificRunnable {
  private final int partition;
  private final Runnable work;
  private final Consumer<RuntimeException> failed;

  private PartitionTask(int partition, Runnable work, Consumer<RuntimeException> failed) {
    this.partition = partition;
    this.work = work;
    this.failed = failed;
  }

  /** Hands it in; should it throw, that is told on the partition's thread. */
  static void handIn(
      NodeEngineImpl engine, int partition, Runnable work, Consumer<RuntimeException> failed) {
    engine.getOperationService().execute(new PartitionTask(partition, work, failed));
  }

  /** Hands it in; the future is done on the partition's thread when the work is. */
  static CompletableFuture<Void> handIn(NodeEngineImpl engine, int partition, Runnable work) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    Runnable telling =
        () -> {
          work.run();
          done.complete(null);
        };
    handIn(engine, partition, telling, done::completeExceptionally);
    return done;
  }

  @Override
  public int getPartitionId() {
    return partition;
  }

  @Override
  public void run() {
    try {
      work.run();
    } catch (RuntimeException e) {
      failed.accept(e);
    }
  }
}
