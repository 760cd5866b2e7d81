package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.AllowedDuringPassiveState;
import com.hazelcast.spi.impl.operationservice.CallStatus;
import com.hazelcast.spi.impl.operationservice.ExceptionAction;
import com.hazelcast.spi.impl.operationservice.Offload;
import com.hazelcast.spi.impl.operationservice.Operation;
import com.hazelcast.spi.impl.operationservice.PartitionAwareOperation;
import io.xcron.journal.Durability;
import io.xcron.model.Grant;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * Something done on the thread of one partition, whose answer leaves when all that the partition
 * had done until then is durable on every copy that must have it.
 *
 * <p>That holds for reads and refusals too: whoever learns of a write may rely on it. The answer
 * leaves from the thread that brought the last acknowledgement, and is turned into "unknown" if the
 * grant has run out by then (design, rule 6). To a caller on another member it goes as bytes.
 *
 * <p>An instance that is being shut down in order carries all of the grid's operations out: its
 * member acts for a partition until another one does.
 */
abstract class ReplicaOperation extends Operation
    implements PartitionAwareOperation, AllowedDuringPassiveState, IdentifiedDataSerializable {
  /** Not sent: practice stays on its member. */
  private boolean practice;

  /** Lets it run on what practice runs on. */
  final void practise() {
    practice = true;
  }

  /** Does the work and returns the answer; on the partition's thread. */
  abstract Object apply(GridService service, Replica replica, Grant grant);

  abstract void writeAnswer(DataOutputStream out, Object answer) throws IOException;

  /** Reads what {@link #writeAnswer} wrote; on the member that asked. */
  abstract Object readAnswer(DataInputStream in) throws IOException;

  abstract void writeRequest(ObjectDataOutput out) throws IOException;

  abstract void readRequest(ObjectDataInput in) throws IOException;

  /** The same once more: Hazelcast sends an operation only once. */
  abstract ReplicaOperation again();

  /** Whether the caller takes what this member has, current or not. */
  boolean stale() {
    return false;
  }

  @Override
  public final CallStatus call() {
    GridService member = getService();
    GridService service = practice ? member.practice() : member;
    Replica replica = service.replica(getPartitionId());
    Grant grant;
    Object answer;
    try {
      if (stale()) {
        replica.requireCopy();
        grant = new Grant(getPartitionId(), 0, 0, 0);
      } else {
        grant = service.grantFor(replica);
      }
      answer = apply(service, replica, grant);
    } catch (GridException e) {
      return answered(e);
    }
    if (stale()) {
      return answered(answer);
    }
    PartitionCopies copies = replica.copies();
    Long position = replica.journal().position();
    return new Offload(this) {
      @Override
      public void start() {
        if (copies != null) {
          copies.whenComplete(complete -> completed(complete, answer), System.nanoTime());
        } else if (position == null) {
          respond(answer);
        } else {
          service
              .journal()
              .whenDurable(position, outcome -> durable(service, grant, answer, outcome));
        }
      }
    };
  }

  private Offload answered(Object answer) {
    return new Offload(this) {
      @Override
      public void start() {
        respond(answer);
      }
    };
  }

  private void completed(boolean complete, Object answer) {
    respond(
        complete
            ? answer
            : new GridException(
                GridException.Kind.UNKNOWN, "not all copies answered while the grant held"));
  }

  private void durable(GridService service, Grant grant, Object answer, Durability outcome) {
    respond(
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

  private void respond(Object answer) {
    if (executedLocally()) {
      sendResponse(answer);
    } else if (answer instanceof GridException error) {
      sendResponse(Wire.error(error));
    } else {
      sendResponse(Wire.answer(out -> writeAnswer(out, answer)));
    }
  }

  /** The grid knows by itself where to ask again, and when it may. */
  @Override
  public final ExceptionAction onInvocationException(Throwable throwable) {
    return ExceptionAction.THROW_EXCEPTION;
  }

  /** The owner by the ledger is asked, which need not be Hazelcast's. */
  @Override
  public final boolean validatesTarget() {
    return false;
  }

  @Override
  public final String getServiceName() {
    return GridService.NAME;
  }

  @Override
  public final int getFactoryId() {
    return GridFactory.ID;
  }

  @Override
  protected final void writeInternal(ObjectDataOutput out) throws IOException {
    out.writeByte(GridFactory.FORMAT);
    writeRequest(out);
  }

  @Override
  protected final void readInternal(ObjectDataInput in) throws IOException {
    GridFactory.requireFormat(in.readByte());
    readRequest(in);
  }
}
