package io.xcron.slice;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.IAtomicReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The mutexes of a cluster: a reference for each stripe in Hazelcast's CP Subsystem, in the group
 * of the ledger. {@link CpLedgerStore} finds the group's leader again when one hangs, for both.
 *
 * <p>After a reset the tables are empty: what was held is taken again by the runs that go on, and
 * tokens grow because slices do.
 */
public final class CpMutexStore implements MutexStore {
  private static final String NAME = "xcron.mutexes.";

  private final HazelcastInstance instance;
  private final AtomicReferenceArray<@Nullable CompletableFuture<IAtomicReference<byte[]>>>
      references = new AtomicReferenceArray<>(STRIPES);

  public CpMutexStore(HazelcastInstance instance) {
    this.instance = instance;
  }

  @Override
  public MutexTable read(int stripe) {
    byte[] bytes = call(stripe, IAtomicReference::getAsync);
    return bytes == null ? MutexTable.EMPTY : MutexTable.read(bytes);
  }

  @Override
  public boolean compareAndSet(int stripe, MutexTable expected, MutexTable next) {
    byte[] before = expected.equals(MutexTable.EMPTY) ? null : expected.toBytes();
    byte[] after = next.toBytes();
    return Boolean.TRUE.equals(
        this.<Boolean>call(stripe, reference -> reference.compareAndSetAsync(before, after)));
  }

  private <T> @Nullable T call(
      int stripe, Function<IAtomicReference<byte[]>, CompletionStage<T>> operation) {
    long deadlineNanos = System.nanoTime() + CpLedgerStore.CALL.toNanos();
    try {
      IAtomicReference<byte[]> opened = within(deadlineNanos, open(stripe));
      return within(deadlineNanos, operation.apply(opened).toCompletableFuture());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the mutexes did not answer within " + CpLedgerStore.CALL, e);
    } catch (ExecutionException e) {
      // It may be of a group that was reset: the next call looks it up again.
      references.set(stripe, null);
      throw new IllegalStateException("the mutexes failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at the mutexes", e);
    }
  }

  /**
   * Looking one up waits for the voters as long as that takes; so it runs beside, once at a time.
   */
  private CompletableFuture<IAtomicReference<byte[]>> open(int stripe) {
    CompletableFuture<IAtomicReference<byte[]>> opening = references.get(stripe);
    if (opening != null) {
      return opening;
    }
    CompletableFuture<IAtomicReference<byte[]>> started = new CompletableFuture<>();
    references.set(stripe, started);
    Thread.ofVirtual()
        .name("xcron-mutexes-open")
        .start(
            () -> {
              try {
                started.complete(instance.getCPSubsystem().getAtomicReference(NAME + stripe));
              } catch (RuntimeException e) {
                started.completeExceptionally(e);
              }
            });
    return started;
  }

  private static <T> T within(long deadlineNanos, CompletableFuture<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
  }
}
