package io.xcron.slice;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.IAtomicReference;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
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

  private final List<CpReference> references;

  public CpMutexStore(HazelcastInstance instance) {
    references =
        IntStream.range(0, STRIPES)
            .mapToObj(stripe -> new CpReference(instance, NAME + stripe))
            .toList();
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
    CpReference reference = references.get(stripe);
    try {
      IAtomicReference<byte[]> opened = reference.open(deadlineNanos);
      return CpReference.within(deadlineNanos, operation.apply(opened).toCompletableFuture());
    } catch (TimeoutException e) {
      throw new IllegalStateException("the mutexes did not answer within " + CpLedgerStore.CALL, e);
    } catch (ExecutionException e) {
      // It may be of a group that was reset: the next call looks it up again.
      reference.forget();
      throw new IllegalStateException("the mutexes failed: " + e.getCause(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted at the mutexes", e);
    }
  }
}
