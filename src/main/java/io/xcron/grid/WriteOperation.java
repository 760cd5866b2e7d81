package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Change;
import io.xcron.model.ChangeCodec;
import io.xcron.model.Grant;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Applies changes to tasks of one partition, in order. Answers one {@link Change.Applied} for each.
 */
final class WriteOperation extends ReplicaOperation implements MutatingOperation {
  private List<TaskGrid.Write> writes = List.of();

  WriteOperation() {}

  WriteOperation(List<TaskGrid.Write> writes) {
    this.writes = writes;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    PartitionStore store = service.storeOf(replica);
    long nowMillis = service.nowMillis();
    for (TaskGrid.Write write : writes) {
      service.requireRoom(replica, write.change());
    }
    List<Change.Applied> applied = new ArrayList<>(writes.size());
    for (TaskGrid.Write write : writes) {
      applied.add(replica.write(write.id(), write.change(), grant, nowMillis, store));
    }
    return applied;
  }

  @Override
  void writeAnswer(DataOutputStream out, Object answer) throws IOException {
    List<?> applied = (List<?>) answer;
    out.writeInt(applied.size());
    for (Object one : applied) {
      Wire.writeBytes(out, ChangeCodec.encode((Change.Applied) one));
    }
  }

  @Override
  List<Change.Applied> readAnswer(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<Change.Applied> applied = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      applied.add(ChangeCodec.decodeApplied(Wire.readBytes(in)));
    }
    return applied;
  }

  @Override
  void writeRequest(ObjectDataOutput out) throws IOException {
    out.writeInt(writes.size());
    for (TaskGrid.Write write : writes) {
      out.writeString(write.id());
      out.writeByteArray(ChangeCodec.encode(write.change()));
    }
  }

  @Override
  void readRequest(ObjectDataInput in) throws IOException {
    int count = in.readInt();
    List<TaskGrid.Write> read = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      read.add(new TaskGrid.Write(Wire.text(in), ChangeCodec.decode(Wire.bytes(in))));
    }
    writes = read;
  }

  @Override
  ReplicaOperation again() {
    return new WriteOperation(writes);
  }

  @Override
  public int getClassId() {
    return GridFactory.WRITE;
  }
}
