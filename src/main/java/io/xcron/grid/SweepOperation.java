package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Grant;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Forgets the idempotency keys of one partition whose time is over. Answers how many. */
final class SweepOperation extends ReplicaOperation implements MutatingOperation {
  /** The most that one operation forgets; the next sweep goes on. */
  private static final int LIMIT = 1_000;

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    return new OnceKeys(replica)
        .forget(LIMIT, grant, service.nowMillis(), service.storeOf(replica));
  }

  @Override
  void writeAnswer(DataOutputStream out, Object answer) throws IOException {
    out.writeInt((Integer) answer);
  }

  @Override
  Integer readAnswer(DataInputStream in) throws IOException {
    return in.readInt();
  }

  @Override
  void writeRequest(ObjectDataOutput out) {}

  @Override
  void readRequest(ObjectDataInput in) {}

  @Override
  ReplicaOperation again() {
    return new SweepOperation();
  }

  @Override
  public int getClassId() {
    return GridFactory.SWEEP;
  }
}
