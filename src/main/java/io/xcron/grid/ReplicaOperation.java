package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.CallStatus;
import com.hazelcast.spi.impl.operationservice.Offload;
import com.hazelcast.spi.impl.operationservice.Operation;
import com.hazelcast.spi.impl.operationservice.PartitionAwareOperation;
import io.xcron.journal.Durability;
import io.xcron.model.Grant;

/**
 * Something done on the thread of one partition, whose answer leaves when all that the partition
 * had done until then is durable.
 *
 * <p>That holds for reads and refusals too: whoever learns of a write may rely on it. The answer
 * leaves from the journal's thread and is turned into "unknown" if the grant has run out by then
 * (design, rule 6).
 */
abstract class ReplicaOperation extends Operation implements PartitionAwareOperation {

  /** Does the work and returns the answer; on the partition's thread. */
  abstract Object apply(GridService service, Replica replica, Grant grant);

  /** Whether the caller takes what this member has, current or not. */
  boolean stale() {
    return false;
  }

  @Override
  public final CallStatus call() {
    GridService service = getService();
    Replica replica = service.replica(getPartitionId());
    Grant grant = stale() ? new Grant(getPartitionId(), 0, 0, 0) : service.grantFor(replica);
    Object answer = apply(service, replica, grant);
    Long position = replica.position();
    return new Offload(this) {
      @Override
      public void start() {
        if (position == null || stale()) {
          sendResponse(answer);
        } else {
          service
              .journal()
              .whenDurable(position, outcome -> answer(service, grant, answer, outcome));
        }
      }
    };
  }

  private void answer(GridService service, Grant grant, Object answer, Durability outcome) {
    sendResponse(
        switch (outcome) {
          case DURABLE ->
              service.stillGranted(grant)
                  ? answer
                  : new GridException(
                      GridException.Kind.UNKNOWN, "the grant ran out before the answer");
          case REFUSED ->
              new GridException(
                  GridException.Kind.UNKNOWN,
                  "the journal refused the write after it was done in memory");
          case UNKNOWN ->
              new GridException(
                  GridException.Kind.UNKNOWN, "the journal failed with the write on its way");
        });
  }

  @Override
  public final String getServiceName() {
    return GridService.NAME;
  }

  @Override
  protected final void writeInternal(ObjectDataOutput out) {
    throw neverSent();
  }

  @Override
  protected final void readInternal(ObjectDataInput in) {
    throw neverSent();
  }

  private IllegalStateException neverSent() {
    return new IllegalStateException(
        getClass().getSimpleName() + " is only run on the member that made it");
  }
}
