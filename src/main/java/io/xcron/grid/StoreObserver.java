package io.xcron.grid;

import com.hazelcast.internal.serialization.Data;
import com.hazelcast.map.impl.record.Record;
import com.hazelcast.map.impl.recordstore.MutationObserver;

/** Passes what one record store does to the partition's {@link Replica}. */
abstract class StoreObserver implements MutationObserver<Record<?>> {

  abstract void put(byte[] key, byte[] value);

  abstract void removed(byte[] key);

  /**
   * The store's content was dropped from memory, by migration or shutdown: no entry was deleted by
   * that.
   */
  abstract void dropped();

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
  public void onRemoveRecord(Data key, Record<?> record, boolean backup) {
    removed(key.toByteArray());
  }

  @Override
  public void onEvictRecord(Data key, Record<?> record, boolean backup) {
    throw new IllegalStateException("the maps xcron.* must not evict: a task would be lost");
  }

  @Override
  public void onReset() {
    dropped();
  }

  @Override
  public void onClear() {
    dropped();
  }

  @Override
  public void onDestroy(boolean isDuringShutdown, boolean internal) {
    dropped();
  }

  private static byte[] bytes(Record<?> record) {
    return ((Data) record.getValue()).toByteArray();
  }
}
