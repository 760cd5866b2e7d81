package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Change;
import io.xcron.model.Grant;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies changes to tasks of one partition, in order. Answers one {@link Change.Applied} for each.
 */
final class WriteOperation extends ReplicaOperation implements MutatingOperation {
  private final List<TaskGrid.Write> writes;

  WriteOperation(List<TaskGrid.Write> writes) {
    this.writes = writes;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    RecordStores stores = RecordStores.of(getNodeEngine(), getPartitionId());
    long nowMillis = service.nowMillis();
    for (TaskGrid.Write write : writes) {
      service.requireRoom(replica, write.change());
    }
    List<Change.Applied> applied = new ArrayList<>(writes.size());
    for (TaskGrid.Write write : writes) {
      applied.add(replica.write(write.id(), write.change(), grant, nowMillis, stores));
    }
    return applied;
  }
}
