package io.xcron.slice;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of a member that runs alone: a reference in its memory. The lock on the data directory
 * keeps a second process from having one beside it, and the reservation in the journal lets the
 * next one go on above it.
 */
final class LocalLedgerStore implements LedgerStore {
  private final AtomicReference<@Nullable Ledger> ledger = new AtomicReference<>();

  @Override
  public @Nullable Ledger read() {
    return ledger.get();
  }

  @Override
  public boolean compareAndSet(@Nullable Ledger expected, Ledger next) {
    Ledger present = ledger.get();
    boolean same = expected == null ? present == null : expected.equals(present);
    return same && ledger.compareAndSet(present, next);
  }
}
