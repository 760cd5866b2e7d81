package io.xcron.slice;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.IAtomicReference;
import org.jspecify.annotations.Nullable;

/** The ledger as an atomic reference of the CP Subsystem. */
final class CpLedgerStore implements LedgerStore {
  private static final String NAME = "xcron.ledger";

  private final IAtomicReference<byte[]> reference;

  CpLedgerStore(HazelcastInstance hazelcast) {
    reference = hazelcast.getCPSubsystem().getAtomicReference(NAME);
  }

  @Override
  public @Nullable Ledger read() {
    byte[] bytes = reference.get();
    return bytes == null ? null : Ledger.read(bytes);
  }

  @Override
  public boolean compareAndSet(@Nullable Ledger expected, Ledger next) {
    return reference.compareAndSet(expected == null ? null : expected.toBytes(), next.toBytes());
  }
}
