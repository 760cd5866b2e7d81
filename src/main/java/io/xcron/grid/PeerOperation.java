package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import com.hazelcast.spi.impl.AllowedDuringPassiveState;
import com.hazelcast.spi.impl.operationservice.CallStatus;
import com.hazelcast.spi.impl.operationservice.ExceptionAction;
import com.hazelcast.spi.impl.operationservice.Offload;
import com.hazelcast.spi.impl.operationservice.Operation;
import java.io.IOException;

/** A question of a part above the grid, in bytes of its own; see {@link Peers}. */
final class PeerOperation extends Operation
    implements AllowedDuringPassiveState, IdentifiedDataSerializable {
  private byte[] question = {};

  PeerOperation() {}

  PeerOperation(byte[] question) {
    this.question = question;
  }

  @Override
  public CallStatus call() {
    GridService service = getService();
    return new Offload(this) {
      @Override
      public void start() {
        var unused =
            service
                .answering()
                .answer(question)
                .whenComplete(
                    (answer, failure) ->
                        sendResponse(
                            failure == null
                                ? Wire.answer(out -> Wire.writeBytes(out, answer))
                                : Wire.error(refusal(failure))));
      }
    };
  }

  private static GridException refusal(Throwable failure) {
    Throwable cause = GridException.unwrapped(failure);
    return cause instanceof GridException refusal
        ? refusal
        : new GridException(GridException.Kind.UNKNOWN, "the question failed: " + cause);
  }

  /** Whoever asked says how long it waits, and asks again if it likes. */
  @Override
  public ExceptionAction onInvocationException(Throwable throwable) {
    return ExceptionAction.THROW_EXCEPTION;
  }

  @Override
  public String getServiceName() {
    return GridService.NAME;
  }

  @Override
  protected void writeInternal(ObjectDataOutput out) throws IOException {
    out.writeByte(GridFactory.FORMAT);
    out.writeByteArray(question);
  }

  @Override
  protected void readInternal(ObjectDataInput in) throws IOException {
    GridFactory.requireFormat(in.readByte());
    question = Wire.bytes(in);
  }

  @Override
  public int getFactoryId() {
    return GridFactory.ID;
  }

  @Override
  public int getClassId() {
    return GridFactory.PEER;
  }
}
