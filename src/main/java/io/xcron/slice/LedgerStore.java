package io.xcron.slice;

import org.jspecify.annotations.Nullable;

/**
 * Where the ledger lies. Both calls are linearizable and are made by the keeper's thread alone.
 * They may block, but not for ever: about half a second, after which they throw. What is thrown
 * leaves open whether a change was made, now or later; the keeper reads again and compares.
 *
 * <p>Implementations stand in this package, because the ledger does: {@link Ledger#toBytes} is
 * canonical, so a store of bytes may compare bytes.
 */
public interface LedgerStore {
  /** The ledger; null if there has been none since the store began. */
  @Nullable Ledger read();

  /** Replaces the ledger if it is as expected; null expects none. */
  boolean compareAndSet(@Nullable Ledger expected, Ledger next);
}
