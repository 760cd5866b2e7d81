package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Grant;
import java.util.Map;

/** Forgets the idempotency keys of one partition whose time is over. Answers how many. */
final class SweepOperation extends ReplicaOperation implements MutatingOperation {
  /** The most that one operation forgets; the next sweep goes on. */
  private static final int LIMIT = 1_000;

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    RecordStores stores = RecordStores.of(getNodeEngine(), getPartitionId());
    long nowMillis = service.nowMillis();
    int forgotten = 0;
    for (Map.Entry<byte[], byte[]> entry : stores.onceKeys().entrySet()) {
      if (forgotten < LIMIT && OnceRecord.read(entry.getValue()).expiresMillis() <= nowMillis) {
        replica.forgetOnceKey(entry.getKey(), grant, stores);
        forgotten++;
      }
    }
    return forgotten;
  }
}
