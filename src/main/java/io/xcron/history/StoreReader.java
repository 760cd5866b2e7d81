package io.xcron.history;

import io.xcron.journal.RunStore;
import io.xcron.model.InvalidTaskException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers questions about a run store, each on a virtual thread of its own. */
final class StoreReader {
  /** How long a question waits for the store to take in what was just recorded. */
  private static final long TAKE_IN_MILLIS = 2_000;

  private static final int MAX_PAGE = 1_000;

  private final RunStore store;
  private final Executor threads;

  StoreReader(RunStore store, String threadName) {
    this.store = store;
    threads = work -> Thread.ofVirtual().name(threadName).start(work);
  }

  /** Answers when what was recorded up to now can be found, or after a bounded wait without it. */
  <T extends @Nullable Object> CompletableFuture<T> takenIn(Supplier<T> answer) {
    return store
        .flush()
        .completeOnTimeout(null, TAKE_IN_MILLIS, TimeUnit.MILLISECONDS)
        .thenApplyAsync(done -> answer.get(), threads);
  }

  /** Answers at once, from memory. */
  <T> CompletableFuture<T> now(Supplier<T> answer) {
    return CompletableFuture.supplyAsync(answer, threads);
  }

  static void requireLimit(int limit) {
    if (limit < 1 || limit > MAX_PAGE) {
      throw new InvalidTaskException("limit", "must be a number from 1 to " + MAX_PAGE);
    }
  }
}
