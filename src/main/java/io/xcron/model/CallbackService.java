package io.xcron.model;

import java.time.Duration;
import java.util.List;

/** A registered service: the nodes that may be called for it. */
public record CallbackService(String name, List<Node> nodes) {
  public static final int MAX_NODES = 256;

  public CallbackService {
    Limits.requireText("name", name, Limits.MAX_NAME_LENGTH);
    if (nodes.size() > MAX_NODES) {
      throw new InvalidTaskException("nodes", "must be at most " + MAX_NODES);
    }
    nodes = List.copyOf(nodes);
  }

  /**
   * One of them.
   *
   * @param url its root, without a path
   * @param timeout of one call
   * @param healthCheck whether it leaves the routing while it does not answer a heartbeat
   */
  public record Node(String url, Duration timeout, boolean healthCheck) {}
}
