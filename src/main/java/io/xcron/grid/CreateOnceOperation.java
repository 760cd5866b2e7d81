package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Change;
import io.xcron.model.Grant;

/** Creates a task unless its idempotency key is known. Answers a {@link TaskGrid.Creation}. */
final class CreateOnceOperation extends ReplicaOperation implements MutatingOperation {
  private final String id;
  private final Change.Create create;
  private final byte[] digest;

  CreateOnceOperation(String id, Change.Create create, byte[] digest) {
    this.id = id;
    this.create = create;
    this.digest = digest;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    service.requireRoom(replica, create);
    return replica.createOnce(
        id,
        create,
        digest,
        grant,
        service.nowMillis(),
        RecordStores.of(getNodeEngine(), getPartitionId()));
  }
}
