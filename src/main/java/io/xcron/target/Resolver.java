package io.xcron.target;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Names to addresses. A test replaces it. */
@FunctionalInterface
public interface Resolver {
  /** Asks the system's resolver. */
  Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

  /**
   * All addresses of a name, the preferred one first. Called on a virtual thread; may block.
   *
   * @throws UnknownHostException when it has none, or they cannot be learnt now
   */
  List<InetAddress> resolve(String host) throws UnknownHostException;
}
