package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.ReadonlyOperation;
import io.xcron.model.Grant;

/** Reads the registry. Answers an image, see {@link DefinitionCopy#image}. */
final class DefinitionsReadOperation extends ReplicaOperation implements ReadonlyOperation {
  private final long known;

  DefinitionsReadOperation(long known) {
    this.known = known;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    RecordStores stores = RecordStores.of(getNodeEngine(), getPartitionId());
    return DefinitionCopy.image(
        service.definitions().tag(), known, stores.side(Replica.DEFINITIONS));
  }
}
