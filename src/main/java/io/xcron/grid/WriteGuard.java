package io.xcron.grid;

import com.hazelcast.map.MapInterceptor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what any but the grid would write to its maps: such a write would have no version and no
 * grant, and would be lost or, worse, kept. The grid's own writes pass no interceptor.
 *
 * <p>Members tell it to those that join. All are equal, so that a map has one however often members
 * start, and none goes by Java's serialization, which {@code hazelcast.yaml} forbids.
 */
final class WriteGuard implements MapInterceptor, IdentifiedDataSerializable {
  private static final long serialVersionUID = 1L;

  private static UnsupportedOperationException refused() {
    return new UnsupportedOperationException(
        "the maps xcron.* are written by xcron alone: use its API to create, change or delete a task");
  }

  @Override
  public int getFactoryId() {
    return GridFactory.ID;
  }

  @Override
  public int getClassId() {
    return GridFactory.GUARD;
  }

  @Override
  public void writeData(ObjectDataOutput out) {}

  @Override
  public void readData(ObjectDataInput in) {}

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof WriteGuard;
  }

  @Override
  public int hashCode() {
    return WriteGuard.class.getName().hashCode();
  }

  @Override
  public Object interceptPut(Object oldValue, Object newValue) {
    throw refused();
  }

  @Override
  public Object interceptRemove(Object removedValue) {
    throw refused();
  }

  @Override
  public Object interceptGet(Object value) {
    return value;
  }

  @Override
  public void afterGet(Object value) {}

  @Override
  public void afterPut(Object value) {}

  @Override
  public void afterRemove(Object value) {}
}
