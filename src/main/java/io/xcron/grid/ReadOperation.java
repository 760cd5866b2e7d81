package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.ReadonlyOperation;
import io.xcron.model.Grant;
import io.xcron.model.TaskRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Optional;

/** Reads one task. Answers an {@link Optional} of its record. */
final class ReadOperation extends ReplicaOperation implements ReadonlyOperation {
  private String id = "";
  private boolean stale;

  ReadOperation() {}

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

  @Override
  void writeAnswer(DataOutputStream out, Object answer) throws IOException {
    Wire.writeRecord(out, (TaskRecord) ((Optional<?>) answer).orElse(null));
  }

  @Override
  Optional<TaskRecord> readAnswer(DataInputStream in) throws IOException {
    return Optional.ofNullable(Wire.readRecord(in));
  }

  @Override
  void writeRequest(ObjectDataOutput out) throws IOException {
    out.writeString(id);
    out.writeBoolean(stale);
  }

  @Override
  void readRequest(ObjectDataInput in) throws IOException {
    id = Wire.text(in);
    stale = in.readBoolean();
  }

  @Override
  ReplicaOperation again() {
    return new ReadOperation(id, stale);
  }

  @Override
  public int getClassId() {
    return GridFactory.READ;
  }
}
