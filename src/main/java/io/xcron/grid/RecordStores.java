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
import java.util.Arrays;
import java.util.List;

/** One partition's record stores of the grid's maps, by the numbers of {@link Replica}. */
final class RecordStores implements PartitionStore {
  private static final long NO_EXPIRY = -1;

  private final PartitionContainer container;
  private final List<String> names;

  private RecordStores(PartitionContainer container, List<String> names) {
    this.container = container;
    this.names = names;
  }

  static RecordStores of(NodeEngine engine, int partition, List<String> names) {
    MapService maps = engine.getService(MapService.SERVICE_NAME);
    return new RecordStores(maps.getMapServiceContext().getPartitionContainer(partition), names);
  }

  private RecordStore<?> store(int map) {
    return container.getRecordStore(names.get(map));
  }

  /** Installs the guard on the maps of this member. */
  static void guard(NodeEngine engine) {
    MapService maps = engine.getService(MapService.SERVICE_NAME);
    for (String map : TaskMaps.NAMES) {
      maps.getMapServiceContext()
          .getMapContainer(map)
          .getInterceptorRegistry()
          .register("xcron", new WriteGuard());
    }
  }

  @Override
  public void show(CopyEntry entry) {
    RecordStore<?> store = store(entry.map());
    byte[] value = entry.value();
    if (value == null) {
      remove(store, entry.key());
    } else {
      set(store, entry.key(), value);
    }
  }

  /** Shows a whole content: what differs is set, what is too much is taken out. */
  void showAll(Replica replica) {
    for (int map = 0; map < Replica.MAPS; map++) {
      RecordStore<?> store = store(map);
      for (byte[] key : keys(store)) {
        if (!replica.holds(map, key)) {
          remove(store, key);
        }
      }
      for (CopyEntry entry : replica.entries(map)) {
        Record<?> record = store.getRecord(new HeapData(entry.key()));
        if (record == null
            || !Arrays.equals(((Data) record.getValue()).toByteArray(), entry.value())) {
          show(entry);
        }
      }
    }
  }

  @SuppressWarnings("rawtypes") // Hazelcast's iterator is declared with a raw Record.
  private static List<byte[]> keys(RecordStore<?> store) {
    List<byte[]> keys = new ArrayList<>(store.size());
    store.iterator().forEachRemaining(entry -> keys.add(entry.getKey().toByteArray()));
    return keys;
  }

  /** As a backup takes it: no interceptor is asked, which would read the values for nothing. */
  private static void set(RecordStore<?> store, byte[] key, byte[] value) {
    store.beforeOperation();
    try {
      store.putBackup(
          new HeapData(key),
          new HeapData(value),
          true,
          NO_EXPIRY,
          NO_EXPIRY,
          NO_EXPIRY,
          CallerProvenance.NOT_WAN);
    } finally {
      store.afterOperation();
    }
  }

  private static void remove(RecordStore<?> store, byte[] key) {
    store.beforeOperation();
    try {
      store.removeBackup(new HeapData(key), CallerProvenance.NOT_WAN);
    } finally {
      store.afterOperation();
    }
  }
}
