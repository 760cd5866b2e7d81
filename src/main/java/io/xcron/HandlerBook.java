package io.xcron;

import io.xcron.target.HandlerCode;
import io.xcron.target.Handlers;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The handlers of this process by their names. */
final class HandlerBook implements Handlers {
  private final Map<String, HandlerCode> codes = new ConcurrentHashMap<>();

  HandlerBook(Map<String, XcronHandler> handlers) {
    handlers.forEach(this::put);
  }

  void put(String name, XcronHandler handler) {
    if (name.isBlank() || name.length() > 256) {
      throw new IllegalArgumentException("the name of a handler has 1 to 256 characters");
    }
    codes.put(name, call -> handler.run(new XcronRun(call)));
  }

  @Override
  public @Nullable HandlerCode find(String name) {
    return codes.get(name);
  }
}
