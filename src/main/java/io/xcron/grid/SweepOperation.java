package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Grant;

/** Forgets the idempotency keys of one partition whose time is over. Answers how many. */
final class SweepOperation extends ReplicaOperation implements MutatingOperation {
  /** The most that one operation forgets; the next sweep goes on. */
  private static final int LIMIT = 1_000;

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    RecordStores stores = RecordStores.of(getNodeEngine(), getPartitionId());
    long nowMillis = service.nowMillis();
    int forgotten = 0;
    for (CopyEntry entry : replica.entries(Replica.ONCE_KEYS)) {
      byte[] once = entry.value();
      boolean over = once != null && OnceRecord.read(once).expiresMillis() <= nowMillis;
      if (over && forgotten < LIMIT) {
        replica.forgetOnceKey(entry.key(), grant, stores);
        forgotten++;
      }
    }
    return forgotten;
  }
}
