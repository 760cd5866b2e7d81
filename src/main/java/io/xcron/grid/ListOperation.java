package io.xcron.grid;

import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.spi.impl.operationservice.ReadonlyOperation;
import io.xcron.model.Grant;
import io.xcron.model.TaskRecord;
import io.xcron.model.TaskState;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lists tasks of one partition in the order of their ids. Answers a list of {@link TaskPage.Entry}.
 */
final class ListOperation extends ReplicaOperation implements ReadonlyOperation {
  private static final List<TaskState> STATES =
      List.of(
          TaskState.SCHEDULED,
          TaskState.RUNNING,
          TaskState.PAUSED,
          TaskState.FINISHED,
          TaskState.DEAD,
          TaskState.DISABLED);
  private static final int ANY_STATE = -1;

  private TaskFilter filter = TaskFilter.ALL;
  private @Nullable String after;
  private int limit;

  /** Such a one is never sent, so it is not in the request. */
  private boolean stale;

  ListOperation() {}

  ListOperation(TaskFilter filter, @Nullable String after, int limit, boolean stale) {
    this.filter = filter;
    this.after = after;
    this.limit = limit;
    this.stale = stale;
  }

  @Override
  boolean stale() {
    return stale;
  }

  @Override
  Object apply(GridService service, Replica replica, Grant grant) {
    return replica.list(filter, after, limit);
  }

  @Override
  void writeAnswer(DataOutputStream out, Object answer) throws IOException {
    List<?> entries = (List<?>) answer;
    out.writeInt(entries.size());
    for (Object one : entries) {
      TaskPage.Entry entry = (TaskPage.Entry) one;
      out.writeUTF(entry.id());
      Wire.writeRecord(out, entry.record());
    }
  }

  @Override
  List<TaskPage.Entry> readAnswer(DataInputStream in) throws IOException {
    int count = in.readInt();
    List<TaskPage.Entry> entries = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String id = in.readUTF();
      TaskRecord record = Wire.readRecord(in);
      if (record == null) {
        throw new IOException("a record is missing");
      }
      entries.add(new TaskPage.Entry(id, record));
    }
    return entries;
  }

  @Override
  void writeRequest(ObjectDataOutput out) throws IOException {
    out.writeString(filter.namespace());
    out.writeInt(filter.labels().size());
    for (Map.Entry<String, String> label : filter.labels().entrySet()) {
      out.writeString(label.getKey());
      out.writeString(label.getValue());
    }
    TaskState state = filter.state();
    out.writeByte(state == null ? ANY_STATE : STATES.indexOf(state));
    out.writeString(filter.prefix());
    out.writeString(after);
    out.writeInt(limit);
  }

  @Override
  void readRequest(ObjectDataInput in) throws IOException {
    String namespace = in.readString();
    int count = in.readInt();
    Map<String, String> labels = new HashMap<>();
    for (int i = 0; i < count; i++) {
      labels.put(Wire.text(in), Wire.text(in));
    }
    int state = in.readByte();
    filter =
        new TaskFilter(
            namespace, labels, state == ANY_STATE ? null : STATES.get(state), in.readString());
    after = in.readString();
    limit = in.readInt();
  }

  @Override
  ReplicaOperation again() {
    return new ListOperation(filter, after, limit, stale);
  }

  @Override
  public int getClassId() {
    return GridFactory.LIST;
  }
}
