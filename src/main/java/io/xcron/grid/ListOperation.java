package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.ReadonlyOperation;
import io.xcron.model.Grant;
import org.jspecify.annotations.Nullable;

/**
 * Lists tasks of one partition in the order of their ids. Answers a list of {@link TaskPage.Entry}.
 */
final class ListOperation extends ReplicaOperation implements ReadonlyOperation {
  private final TaskFilter filter;
  private final @Nullable String after;
  private final int limit;

  ListOperation(TaskFilter filter, @Nullable String after, int limit) {
    this.filter = filter;
    this.after = after;
    this.limit = limit;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    return replica.list(filter, after, limit);
  }
}
