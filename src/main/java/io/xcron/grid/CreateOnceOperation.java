package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.ChangeCodec;
import io.xcron.model.Grant;
import io.xcron.model.TaskChange;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Creates a task unless its idempotency key is known; without a creation it only tells what is
 * known of the key. Without an id it takes the key for a body, whose task lies in another
 * partition. Answers a {@link TaskGrid.Creation}.
 */
final class CreateOnceOperation extends ReplicaOperation implements MutatingOperation {
  private @Nullable String id;
  private String key = "";
  private TaskChange.@Nullable Create create;
  private byte[] digest = {};

  CreateOnceOperation() {}

  CreateOnceOperation(
      @Nullable String id, String key, TaskChange.@Nullable Create create, byte[] digest) {
    this.id = id;
    this.key = key;
    this.create = create;
    this.digest = digest;
  }

  String key() {
    return key;
  }

  TaskChange.@Nullable Create create() {
    return create;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    OnceKeys keys = new OnceKeys(replica);
    if (id == null) {
      service.requireRoom(replica, true);
      return keys.take(key, digest, grant, service.nowMillis(), service.storeOf(replica));
    }
    if (create != null) {
      service.requireRoom(replica, create);
    }
    return keys.create(
        id, key, create, digest, grant, service.nowMillis(), service.storeOf(replica));
  }

  @Override
  void writeAnswer(DataOutputStream out, Object answer) throws IOException {
    switch ((TaskGrid.Creation) answer) {
      case TaskGrid.Creation.Created created -> {
        out.writeBoolean(true);
        out.writeLong(created.createdMillis());
        out.writeLong(created.nextMillis());
        out.writeLong(created.generation());
      }
      case TaskGrid.Creation.Refused refused -> {
        out.writeBoolean(false);
        out.writeByte(ChangeCodec.code(refused.reason()));
      }
    }
  }

  @Override
  TaskGrid.Creation readAnswer(DataInputStream in) throws IOException {
    return in.readBoolean()
        ? new TaskGrid.Creation.Created(in.readLong(), in.readLong(), in.readLong())
        : new TaskGrid.Creation.Refused(ChangeCodec.refusal(in.readByte()));
  }

  @Override
  void writeRequest(ObjectDataOutput out) throws IOException {
    out.writeString(id);
    out.writeString(key);
    out.writeByteArray(create == null ? null : ChangeCodec.encode(create));
    out.writeByteArray(digest);
  }

  @Override
  void readRequest(ObjectDataInput in) throws IOException {
    id = in.readString();
    key = Wire.text(in);
    byte[] change = in.readByteArray();
    create = change == null ? null : (TaskChange.Create) ChangeCodec.decode(change);
    digest = Wire.bytes(in);
  }

  @Override
  ReplicaOperation again() {
    return new CreateOnceOperation(id, key, create, digest);
  }

  @Override
  public int getClassId() {
    return GridFactory.CREATE_ONCE;
  }
}
