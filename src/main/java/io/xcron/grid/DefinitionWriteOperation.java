package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Grant;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes one definition of the registry. Answers one of the numbers below. */
final class DefinitionWriteOperation extends ReplicaOperation implements MutatingOperation {
  /** Done; nothing was there. */
  static final int WAS_ABSENT = 0;

  /** Done; something was there. */
  static final int WAS_THERE = 1;

  /** Not done: there are as many of the kind as there may be. */
  static final int FULL = 2;

  /** Not done: what is there is not what the caller expects. */
  static final int DIFFERS = 3;

  private int kind;
  private String name = "";
  private byte @Nullable [] content;
  private boolean conditional;
  private byte @Nullable [] expected;

  DefinitionWriteOperation() {}

  /**
   * A write.
   *
   * @param content null to remove
   * @param conditional whether to look at {@code expected}, where null means that nothing is there
   */
  DefinitionWriteOperation(
      Registry.Kind kind,
      String name,
      byte @Nullable [] content,
      boolean conditional,
      byte @Nullable [] expected) {
    this(kind.code(), name, content, conditional, expected);
  }

  private DefinitionWriteOperation(
      int kind,
      String name,
      byte @Nullable [] content,
      boolean conditional,
      byte @Nullable [] expected) {
    this.kind = kind;
    this.name = name;
    this.content = content;
    this.conditional = conditional;
    this.expected = expected;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    byte[] key = Payload.key(kind + ":" + name);
    byte[] stored = replica.value(Replica.DEFINITIONS, key);
    byte[] current =
        stored == null ? null : Arrays.copyOfRange(stored, Payload.CONTENT, stored.length);
    if (conditional && !Arrays.equals(current, expected)) {
      return DIFFERS;
    }
    byte[] value = content == null ? null : Payload.value(content, 0, content.length);
    if (value != null && current == null && full(replica)) {
      return FULL;
    }
    if (value != null || current != null) {
      service.requireRoom(replica, value != null);
      CopyEntry entry = new CopyEntry(Replica.DEFINITIONS, key, value);
      replica.writeSide(entry, grant, service.storeOf(replica));
    }
    return current == null ? WAS_ABSENT : WAS_THERE;
  }

  private boolean full(Replica replica) {
    String prefix = kind + ":";
    long count =
        replica.entries(Replica.DEFINITIONS).stream()
            .filter(entry -> Payload.id(entry.key()).startsWith(prefix))
            .count();
    return count >= Registry.MAX_OF_A_KIND;
  }

  @Override
  void writeAnswer(DataOutputStream out, Object answer) throws IOException {
    out.writeByte((Integer) answer);
  }

  @Override
  Integer readAnswer(DataInputStream in) throws IOException {
    return (int) in.readByte();
  }

  @Override
  void writeRequest(ObjectDataOutput out) throws IOException {
    out.writeByte(kind);
    out.writeString(name);
    out.writeByteArray(content);
    out.writeBoolean(conditional);
    out.writeByteArray(expected);
  }

  @Override
  void readRequest(ObjectDataInput in) throws IOException {
    kind = in.readByte();
    name = Wire.text(in);
    content = in.readByteArray();
    conditional = in.readBoolean();
    expected = in.readByteArray();
  }

  @Override
  ReplicaOperation again() {
    return new DefinitionWriteOperation(kind, name, content, conditional, expected);
  }

  @Override
  public int getClassId() {
    return GridFactory.DEFINITION_WRITE;
  }
}
