package io.xcron.grid;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.internal.serialization.impl.HeapData;
import com.hazelcast.map.impl.MapService;
import com.hazelcast.map.impl.PartitionContainer;
import com.hazelcast.map.impl.record.Record;
import com.hazelcast.map.impl.recordstore.RecordStore;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.wan.impl.CallerProvenance;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One partition's record stores of the grid's maps. */
final class RecordStores implements PartitionStore {
  private static final long NO_EXPIRY = -1;

  /** By the maps' numbers in the journal. */
  private final List<RecordStore<?>> stores;

  private RecordStores(List<RecordStore<?>> stores) {
    this.stores = stores;
  }

  static RecordStores of(NodeEngine engine, int partition) {
    MapService maps = engine.getService(MapService.SERVICE_NAME);
    PartitionContainer container = maps.getMapServiceContext().getPartitionContainer(partition);
    List<RecordStore<?>> stores = new ArrayList<>(TaskMaps.ALL.size());
    for (String map : TaskMaps.ALL) {
      stores.add(container.getRecordStore(map));
    }
    return new RecordStores(stores);
  }

  /** Installs the guard on the maps of this member. */
  static void guard(NodeEngine engine) {
    MapService maps = engine.getService(MapService.SERVICE_NAME);
    for (String map : TaskMaps.ALL) {
      maps.getMapServiceContext()
          .getMapContainer(map)
          .getInterceptorRegistry()
          .register("xcron", new WriteGuard());
    }
  }

  @Override
  public void setTask(byte[] key, byte[] value) {
    set(stores.get(Replica.TASKS), key, value);
  }

  @Override
  public void removeTask(byte[] key) {
    remove(stores.get(Replica.TASKS), key);
  }

  @Override
  public byte @Nullable [] onceKey(byte[] key) {
    return side(Replica.ONCE_KEYS, key);
  }

  @Override
  public void setOnceKey(byte[] key, byte[] value) {
    setSide(Replica.ONCE_KEYS, key, value);
  }

  @Override
  public void removeOnceKey(byte[] key) {
    removeSide(Replica.ONCE_KEYS, key);
  }

  byte @Nullable [] side(int map, byte[] key) {
    Record<?> record = stores.get(map).getRecord(new HeapData(key));
    return record == null ? null : ((Data) record.getValue()).toByteArray();
  }

  @Override
  public void setSide(int map, byte[] key, byte[] value) {
    set(stores.get(map), key, value);
  }

  @Override
  public void removeSide(int map, byte[] key) {
    remove(stores.get(map), key);
  }

  /** All idempotency keys of the partition, by identity of the key's array. */
  IdentityHashMap<byte[], byte[]> onceKeys() {
    return side(Replica.ONCE_KEYS);
  }

  /** The entries of every map beside the tasks, by the map's number. */
  Map<Integer, Map<byte[], byte[]>> sides() {
    Map<Integer, Map<byte[], byte[]>> sides = new HashMap<>();
    for (int map = Replica.TASKS + 1; map < stores.size(); map++) {
      sides.put(map, side(map));
    }
    return sides;
  }

  /** All entries of a map, by identity of the key's array. */
  @SuppressWarnings("rawtypes") // Hazelcast's iterator is declared with a raw Record.
  IdentityHashMap<byte[], byte[]> side(int map) {
    IdentityHashMap<byte[], byte[]> entries = new IdentityHashMap<>();
    stores
        .get(map)
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
