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
    PartitionStore store = service.storeOf(replica);
    long nowMillis = service.nowMillis();
    int forgotten = 0;
    for (CopyEntry entry : replica.entries(Replica.ONCE_KEYS)) {
      byte[] once = entry.value();
      boolean over = once != null && OnceRecord.read(once).expiresMillis() <= nowMillis;
      if (over && forgotten < LIMIT) {
        replica.forgetOnceKey(entry.key(), grant, store);
        forgotten++;
      }
    }
    return forgotten;
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
