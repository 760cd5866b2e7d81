package io.xcron.grid;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.internal.serialization.impl.HeapData;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.map.impl.PartitionContainer;
import com.hazelcast.map.impl.record.Record;
import com.hazelcast.map.impl.recordstore.RecordStore;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.wan.impl.CallerProvenance;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One partition's record stores of the grid's maps. */
final class RecordStores implements PartitionStore {
  private static final long NO_EXPIRY = -1;

  private final RecordStore<?> tasks;
  private final RecordStore<?> onceKeys;

  private RecordStores(RecordStore<?> tasks, RecordStore<?> onceKeys) {
    this.tasks = tasks;
    this.onceKeys = onceKeys;
  }

  static RecordStores of(NodeEngine engine, int partition) {
    MapService maps = engine.getService(MapService.SERVICE_NAME);
    PartitionContainer container = maps.getMapServiceContext().getPartitionContainer(partition);
    return new RecordStores(
        container.getRecordStore(TaskMaps.TASKS), container.getRecordStore(TaskMaps.ONCE_KEYS));
  }

  /** Installs the guard on the maps of this member. */
  static void guard(NodeEngine engine) {
    MapService maps = engine.getService(MapService.SERVICE_NAME);
    for (String map : List.of(TaskMaps.TASKS, TaskMaps.ONCE_KEYS)) {
      maps.getMapServiceContext()
          .getMapContainer(map)
          .getInterceptorRegistry()
          .register("xcron", new WriteGuard());
    }
  }

  @Override
  public void setTask(byte[] key, byte[] value) {
    set(tasks, key, value);
  }

  @Override
  public void removeTask(byte[] key) {
    remove(tasks, key);
  }

  @Override
  public byte @Nullable [] onceKey(byte[] key) {
    Record<?> record = onceKeys.getRecord(new HeapData(key));
    return record == null ? null : ((Data) record.getValue()).toByteArray();
  }

  @Override
  public void setOnceKey(byte[] key, byte[] value) {
    set(onceKeys, key, value);
  }

  @Override
  public void removeOnceKey(byte[] key) {
    remove(onceKeys, key);
  }

  /** All idempotency keys of the partition, by identity of the key's array. */
  @SuppressWarnings("rawtypes") // Hazelcast's iterator is declared with a raw Record.
  IdentityHashMap<byte[], byte[]> onceKeys() {
    IdentityHashMap<byte[], byte[]> entries = new IdentityHashMap<>();
    onceKeys
        .iterator()
        .forEachRemaining(
            entry ->
                entries.put(
                    entry.getKey().toByteArray(),
                    ((Data) entry.getValue().getValue()).toByteArray()));
    return entries;
  }

  private static void set(RecordStore<?> store, byte[] key, byte[] value) {
    WriteGuard.open();
    store.beforeOperation();
    try {
      store.set(new HeapData(key), new HeapData(value), NO_EXPIRY, NO_EXPIRY);
    } finally {
      store.afterOperation();
      WriteGuard.shut();
    }
  }

  private static void remove(RecordStore<?> store, byte[] key) {
    WriteGuard.open();
    store.beforeOperation();
    try {
      store.delete(new HeapData(key), CallerProvenance.NOT_WAN);
    } finally {
      store.afterOperation();
      WriteGuard.shut();
    }
  }
}
