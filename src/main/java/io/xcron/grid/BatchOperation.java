package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.AllowedDuringPassiveState;
import com.hazelcast.spi.impl.operationservice.ExceptionAction;
import com.hazelcast.spi.impl.operationservice.Operation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A batch of messages from one member to another. Answered when they have been handed on, not when
 * they have been carried out.
 */
abstract class BatchOperation extends Operation
    implements AllowedDuringPassiveState, IdentifiedDataSerializable {
  private UUID from = new UUID(0, 0);
  private List<byte[]> messages = List.of();

  BatchOperation() {}

  BatchOperation(UUID from, List<byte[]> messages) {
    this.from = from;
    this.messages = messages;
  }

  /** Hands one message on. */
  abstract void receive(GridService service, UUID sender, byte[] message);

  @Override
  public final void run() {
    GridService service = getService();
    for (byte[] message : messages) {
      receive(service, from, message);
    }
  }

  /** What was lost is sent again by those who miss it, not by Hazelcast. */
  @Override
  public final ExceptionAction onInvocationException(Throwable throwable) {
    return ExceptionAction.THROW_EXCEPTION;
  }

  @Override
  public final String getServiceName() {
    return GridService.NAME;
  }

  @Override
  protected final void writeInternal(ObjectDataOutput out) throws IOException {
    out.writeByte(GridFactory.FORMAT);
    out.writeLong(from.getMostSignificantBits());
    out.writeLong(from.getLeastSignificantBits());
    out.writeInt(messages.size());
    for (byte[] message : messages) {
      out.writeByteArray(message);
    }
  }

  @Override
  protected final void readInternal(ObjectDataInput in) throws IOException {
    GridFactory.requireFormat(in.readByte());
    from = new UUID(in.readLong(), in.readLong());
    int count = in.readInt();
    List<byte[]> read = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      read.add(Wire.bytes(in));
    }
    messages = read;
  }

  @Override
  public final int getFactoryId() {
    return GridFactory.ID;
  }
}
