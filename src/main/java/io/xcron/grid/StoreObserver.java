package io.xcron.grid;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.impl.record.Record;
import com.hazelcast.map.impl.recordstore.MutationObserver;

/**
 * Hears what one record store holds, whoever put it there. What a store loses, by migration or
 * shutdown, was not deleted by that.
 */
abstract class StoreObserver implements MutationObserver<Record<?>> {

  abstract void put(byte[] key, byte[] value);

  @Override
  public void onPutRecord(Data key, Record<?> record, Object oldValue, boolean backup) {
    put(key.toByteArray(), bytes(record));
  }

  @Override
  public void onReplicationPutRecord(Data key, Record<?> record, boolean populateIndex) {
    put(key.toByteArray(), bytes(record));
  }

  @Override
  public void onUpdateRecord(
      Data key, Record<?> record, Object oldValue, Object newValue, boolean backup) {
    put(key.toByteArray(), bytes(record));
  }

  @Override
  public void onLoadRecord(Data key, Record<?> record, boolean backup) {
    put(key.toByteArray(), bytes(record));
  }

  @Override
  public void onRemoveRecord(Data key, Record<?> record, boolean backup) {}

  @Override
  public void onEvictRecord(Data key, Record<?> record, boolean backup) {
    throw new IllegalStateException("the maps xcron.* must not evict: a task would be lost");
  }

  @Override
  public void onReset() {}

  @Override
  public void onClear() {}

  @Override
  public void onDestroy(boolean isDuringShutdown, boolean internal) {}

  private static byte[] bytes(Record<?> record) {
    return ((Data) record.getValue()).toByteArray();
  }
}
