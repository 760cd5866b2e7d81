package io.xcron.grid;

import com.hazelcast.map.MapInterceptor;

/**
 * Refuses what any but the grid would write to its maps: such a write would have no version and no
 * grant, and would be lost or, worse, kept. The grid's own writes pass no interceptor.
 */
final class WriteGuard implements MapInterceptor {
  private static final long serialVersionUID = 1L;

  private static UnsupportedOperationException refused() {
    return new UnsupportedOperationException(
        "the maps xcron.* are written by xcron alone: use its API to create, change or delete a task");
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
