package io.xcron.target;

import java.util.List;
import java.util.Set;

/** The other members and the way to them. Any thread may call; no call blocks. */
public interface MemberLink {
  /**
   * What is known of a member.
   *
   * @param name {@code host:port}, as runs and places name it
   * @param shell whether it runs commands
   * @param groups the machine groups that it belongs to
   */
  record Peer(String name, boolean shell, Set<String> groups) {
    public Peer {
      groups = Set.copyOf(groups);
    }

    /** Whether a place that names one member means this one: by its address, or its host alone. */
    boolean isCalled(String someName) {
      int colon = name.lastIndexOf(':');
      return someName.equals(name) || (colon >= 0 && someName.equals(name.substring(0, colon)));
    }
  }

  /** This member. */
  Peer self();

  /** Those that are here now, this one included, in the order of their names. */
  List<Peer> members();

  /**
   * Sends a message to another member. What is sent is received there once, in the order of the
   * sending, or is lost: when the member is not here, does not answer, or too much waits already.
   */
  void send(String member, byte[] message);

  /** Told once what takes the messages that come; until then they are lost. */
  default void serve(MemberRuns runs) {}

  /** A member that runs alone. */
  static MemberLink alone(Peer self) {
    List<Peer> itself = List.of(self);
    return new MemberLink() {
      @Override
      public Peer self() {
        return self;
      }

      @Override
      public List<Peer> members() {
        return itself;
      }

      @Override
      public void send(String member, byte[] message) {
        // Nobody else is here.
      }
    };
  }
}
