package io.xcron.slice;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.IAtomicReference;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One reference in Hazelcast's CP Subsystem, looked up when it is first needed and again after
 * {@link #forget}. Looking it up makes the group where there is none, and waits for the voters as
 * long as that takes; so it runs on a thread of its own, once at a time, and only the wait for it
 * has a limit. One thread calls, but for {@link #ifOpen}, which any may.
 */
final class CpReference {
  private final HazelcastInstance instance;
  private final String name;
  private volatile @Nullable CompletableFuture<IAtomicReference<byte[]>> opening;

  CpReference(HazelcastInstance instance, String name) {
    this.instance = instance;
    this.name = name;
  }

  /** Waits for it until then at the latest; the look-up goes on after that. */
  IAtomicReference<byte[]> open(long deadlineNanos)
      throws InterruptedException, ExecutionException, TimeoutException {
    CompletableFuture<IAtomicReference<byte[]>> begun = opening;
    if (begun == null) {
      begun = lookUp();
      opening = begun;
    }
    return within(deadlineNanos, begun);
  }

  private CompletableFuture<IAtomicReference<byte[]>> lookUp() {
    CompletableFuture<IAtomicReference<byte[]>> started = new CompletableFuture<>();
    Thread.ofVirtual()
        .name(name + "-open")
        .start(
            () -> {
              try {
                started.complete(instance.getCPSubsystem().getAtomicReference(name));
              } catch (RuntimeException e) {
                started.completeExceptionally(e);
              }
            });
    return started;
  }

  /** It without a wait; null if it was not looked up, or could not be. */
  @Nullable IAtomicReference<byte[]> ifOpen() {
    CompletableFuture<IAtomicReference<byte[]>> begun = opening;
    return begun == null || !begun.isDone() || begun.isCompletedExceptionally()
        ? null
        : begun.join();
  }

  /** The next {@link #open} looks it up anew, as its group may have been started anew. */
  void forget() {
    opening = null;
  }

  /** What a call came to, if that is known until then. */
  static <T> T within(long deadlineNanos, Future<T> call)
      throws InterruptedException, ExecutionException, TimeoutException {
    return call.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
  }
}
