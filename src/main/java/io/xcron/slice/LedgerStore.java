package io.xcron.slice;

import org.jspecify.annotations.Nullable;

/**
 * Where the ledger lies. Both calls are linearizable and may block as long as the store cannot be
 * reached; a failure leaves open whether a change was made.
 */
interface LedgerStore {
  @Nullable Ledger read();

  /** Replaces the ledger if it is as expected; null expects none. */
  boolean compareAndSet(@Nullable Ledger expected, Ledger next);
}
