package io.xcron.grid;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.internal.util.ConcurrencyUtil;
import com.hazelcast.spi.exception.CallerNotMemberException;
import com.hazelcast.spi.exception.PartitionMigratingException;
import com.hazelcast.spi.exception.TargetNotMemberException;
import com.hazelcast.spi.exception.WrongTargetException;
import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.model.Title;
import io.xcron.model.Titles;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One operation on its way to the member that acts for its partition: the owner by the ledger, or
 * Hazelcast's while there is none. What was surely not done is tried again for a while, because an
 * owner that fails is replaced within some two seconds; what may have been done never is.
 */
final class GridCall<T> {
  private static final long ANSWER_MILLIS = 4_800;
  private static final long TRY_NANOS = TimeUnit.MILLISECONDS.toNanos(2_800);
  private static final Executor LATER =
      CompletableFuture.delayedExecutor(60, TimeUnit.MILLISECONDS);

  private final NodeEngineImpl engine;
  private final Titles titles;
  private final ReplicaOperation operation;
  private final int partition;
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final long startNanos = System.nanoTime();

  GridCall(NodeEngineImpl engine, Titles titles, ReplicaOperation operation, int partition) {
    this.engine = engine;
    this.titles = titles;
    this.operation = operation;
    this.partition = partition;
  }

  CompletableFuture<T> answer() {
    tryOnce(operation);
    return answer;
  }

  private void tryOnce(ReplicaOperation attempt) {
    try {
      invoke(attempt);
    } catch (RuntimeException e) {
      // An instance that ends may throw; on a later try nobody else would hear of it.
      answer.completeExceptionally(GridException.translated(e));
    }
  }

  private void invoke(ReplicaOperation attempt) {
    Address target = target();
    if (target == null) {
      failed(GridException.notHere("partition " + partition + " has no owner now"));
      return;
    }
    boolean local = target.equals(engine.getThisAddress());
    if (!local && titles.outdated()) {
      // One that may be cut off must refuse: what it sent might be done, and no answer tell it so.
      failed(GridException.notHere("this member sees no current slice"));
      return;
    }
    attempt.setPartitionId(partition);
    CompletableFuture<Object> done = new CompletableFuture<>();
    var unused =
        engine
            .getOperationService()
            .createInvocationBuilder(GridService.NAME, attempt, target)
            .setTryCount(1)
            .setAsync()
            .setCallTimeout(ANSWER_MILLIS)
            .<Object>invoke()
            .whenCompleteAsync(
                (value, failure) -> {
                  if (failure != null) {
                    done.completeExceptionally(failure);
                  } else {
                    done.complete(value);
                  }
                },
                // Hazelcast's threads for responses may not invoke anything, and callers do.
                local ? ConcurrencyUtil.CALLER_RUNS : ForkJoinPool.commonPool());
    if (!local) {
      // A member that hangs keeps its calls; one here answers by the patience of the copies.
      long spent = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
      done.orTimeout(Math.max(1, ANSWER_MILLIS - spent), TimeUnit.MILLISECONDS);
    }
    var unusedToo =
        done.whenComplete(
            (value, failure) -> {
              if (failure != null) {
                failed(failure);
              } else {
                took(value, local);
              }
            });
  }

  @SuppressWarnings("unchecked") // The operation reads what its other half wrote.
  private void took(Object value, boolean local) {
    try {
      // What was answered here never was on the wire, even if it is bytes.
      answer.complete((T) (local ? value : Wire.read((byte[]) value, operation::readAnswer)));
    } catch (GridException e) {
      failed(e);
    } catch (RuntimeException e) {
      answer.completeExceptionally(GridException.translated(e));
    }
  }

  private void failed(Throwable failure) {
    Throwable cause = GridException.unwrapped(failure);
    boolean notDone =
        cause instanceof GridException refusal ? refusal.elsewhere() : neverRan(cause);
    if (!notDone || operation.stale()) {
      answer.completeExceptionally(GridException.translated(cause));
    } else if (System.nanoTime() - startNanos > TRY_NANOS) {
      answer.completeExceptionally(
          new GridException(
              GridException.Kind.NOT_ACCEPTED,
              cause instanceof GridException
                  ? String.valueOf(cause.getMessage())
                  : "partition " + partition + " cannot be reached: " + cause));
    } else {
      LATER.execute(() -> tryOnce(operation.again()));
    }
  }

  /** What Hazelcast throws before an operation runs. A member that left may have run it. */
  private static boolean neverRan(Throwable cause) {
    return cause instanceof WrongTargetException
        || cause instanceof PartitionMigratingException
        || cause instanceof TargetNotMemberException
        || cause instanceof CallerNotMemberException;
  }

  private @Nullable Address target() {
    if (operation.stale()) {
      return engine.getThisAddress();
    }
    Title title = titles.title(partition);
    if (title == null) {
      return engine.getPartitionService().getPartition(partition, false).getOwnerOrNull();
    }
    Member owner = engine.getClusterService().getMember(title.owner());
    return owner == null ? null : owner.getAddress();
  }
}
