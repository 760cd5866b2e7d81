package io.xcron.node;

import java.lang.System.Logger;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What was opened, closed in reverse order. One that fails does not keep the others from being
 * closed.
 */
final class Closing {
  private static final Logger LOG = System.getLogger(Closing.class.getName());

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  <T extends AutoCloseable> T add(T closeable) {
    opened.push(closeable);
    return closeable;
  }

  void closeAll() {
    for (AutoCloseable next = opened.poll(); next != null; next = opened.poll()) {
      try {
        next.close();
      } catch (Exception e) {
        LOG.log(Logger.Level.WARNING, "a part did not stop in order", e);
      }
    }
  }
}
