package io.xcron.target;

/**
 * The numbers by which a service tells a heartbeat from a callback. The document of easytask and
 * its code contradict each other.
 */
public enum ServiceCommands {
  /** As easytask's document says. */
  DOCUMENT(0, 1),
  /** As its code does it. */
  CODE(1, 0);

  private final int heartbeat;
  private final int callback;

  ServiceCommands(int heartbeat, int callback) {
    this.heartbeat = heartbeat;
    this.callback = callback;
  }

  int heartbeat() {
    return heartbeat;
  }

  int callback() {
    return callback;
  }
}
