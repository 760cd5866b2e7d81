package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.ReadonlyOperation;
import io.xcron.model.Grant;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** Reads the registry. Answers an image, see {@link DefinitionCopy#image}. */
final class DefinitionsReadOperation extends ReplicaOperation implements ReadonlyOperation {
  private long known;

  DefinitionsReadOperation() {}

  DefinitionsReadOperation(long known) {
    this.known = known;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    return DefinitionCopy.image(
        service.definitions().tag(), known, replica.entries(Replica.DEFINITIONS));
  }

  @Override
  void writeAnswer(DataOutputStream out, Object answer) throws IOException {
    Wire.writeBytes(out, (byte[]) answer);
  }

  @Override
  byte[] readAnswer(DataInputStream in) throws IOException {
    return Wire.readBytes(in);
  }

  @Override
  void writeRequest(ObjectDataOutput out) throws IOException {
    out.writeLong(known);
  }

  @Override
  void readRequest(ObjectDataInput in) throws IOException {
    known = in.readLong();
  }

  @Override
  ReplicaOperation again() {
    return new DefinitionsReadOperation(known);
  }

  @Override
  public int getClassId() {
    return GridFactory.DEFINITIONS_READ;
  }
}
