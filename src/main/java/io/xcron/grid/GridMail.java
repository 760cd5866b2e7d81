package io.xcron.grid;

import java.util.UUID;

/** Messages from member to member, of whose content the grid knows nothing. */
public interface GridMail {
  /** Takes messages from other members. Called by Hazelcast's threads; must not block. */
  interface Receiver {
    void received(UUID from, byte[] message);
  }

  /**
   * Sends a message. It is received once, in the order of the sending, or is lost: when the member
   * is not there, has no receiver, does not answer within two seconds, or 8 MB wait for it already.
   * One that was counted as lost may still come, late. Any thread; never blocks.
   */
  void send(UUID to, byte[] message);
}
