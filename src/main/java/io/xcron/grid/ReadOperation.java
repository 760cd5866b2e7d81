package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.ReadonlyOperation;
import io.xcron.model.Grant;
import java.util.Optional;

/** Reads one task. Answers an {@link Optional} of its record. */
final class ReadOperation extends ReplicaOperation implements ReadonlyOperation {
  private final String id;
  private final boolean stale;

  ReadOperation(String id, boolean stale) {
    this.id = id;
    this.stale = stale;
  }

  @Override
  boolean stale() {
    return stale;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    return Optional.ofNullable(replica.read(id));
  }
}
