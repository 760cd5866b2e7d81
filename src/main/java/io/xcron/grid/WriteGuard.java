package io.xcron.grid;

import com.hazelcast.map.MapInterceptor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what any but the grid would write to its maps: such a write would have no version and no
 * grant, and would be lost or, worse, kept. The grid opens the guard on its own thread for the
 * length of a write.
 *
 * <p>Members tell it to those that join. All are equal, so that a map has one however often members
 * start, and none goes by Java's serialization, which {@code hazelcast.yaml} forbids.
 */
final class WriteGuard implements MapInterceptor, IdentifiedDataSerializable {
  private static final long serialVersionUID = 1L;

  private static final ThreadLocal<Boolean> OPEN = ThreadLocal.withInitial(() -> false);

  static void open() {
    OPEN.set(true);
  }

  static void shut() {
    OPEN.set(false);
  }

  private static Object pass(Object value) {
    if (!OPEN.get()) {
      throw new UnsupportedOperationException(
          "the maps xcron.* are written by xcron alone: use its API to create, change or delete a task");
    }
    return value;
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
    return pass(newValue);
  }

  @Override
  public Object interceptRemove(Object removedValue) {
    return pass(removedValue);
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
