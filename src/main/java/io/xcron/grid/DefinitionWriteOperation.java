package io.xcron.grid;

import com.hazelcast.spi.impl.operationservice.MutatingOperation;
import io.xcron.model.Grant;
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

  private final int kind;
  private final String name;
  private final byte @Nullable [] content;
  private final boolean conditional;
  private final byte @Nullable [] expected;

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
    this.kind = kind.code();
    this.name = name;
    this.content = content;
    this.conditional = conditional;
    this.expected = expected;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    RecordStores stores = RecordStores.of(getNodeEngine(), getPartitionId());
    byte[] key = Payload.key(kind + ":" + name);
    byte[] stored = stores.side(Replica.DEFINITIONS, key);
    byte[] current =
        stored == null ? null : Arrays.copyOfRange(stored, Payload.CONTENT, stored.length);
    if (conditional && !Arrays.equals(current, expected)) {
      return DIFFERS;
    }
    byte[] value = content == null ? null : Payload.value(content, 0, content.length);
    if (value != null && current == null && full(stores)) {
      return FULL;
    }
    if (value != null || current != null) {
      service.requireRoom(replica, value != null);
      replica.writeSide(Replica.DEFINITIONS, key, value, grant, stores);
    }
    return current == null ? WAS_ABSENT : WAS_THERE;
  }

  private boolean full(RecordStores stores) {
    String prefix = kind + ":";
    long count =
        stores.side(Replica.DEFINITIONS).keySet().stream()
            .filter(key -> Payload.id(key).startsWith(prefix))
            .count();
    return count >= Registry.MAX_OF_A_KIND;
  }
}
