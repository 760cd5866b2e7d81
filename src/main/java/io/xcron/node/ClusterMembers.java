package io.xcron.node;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The members as they are configured: {@code XCRON_MEMBERS} and what must go with it. */
final class ClusterMembers {
  private ClusterMembers() {}

  /**
   * @throws ConfigurationException if the settings do not make a cluster, with the remedy
   */
  static void check(NodeConfig config) {
    List<InetSocketAddress> members = addresses(config.members());
    int size = config.clusterSize();
    switch (size) {
      case 0 -> throw new ConfigurationException("XCRON_CLUSTER_SIZE: must be 1, or 3 and more");
      case 1 -> checkAlone(members);
      case 2 ->
          throw new ConfigurationException(
              "XCRON_CLUSTER_SIZE: 2 members survive the loss of neither, for a majority of two is two; take 1 or 3");
      default -> checkCluster(config, members);
    }
  }

  private static void checkAlone(List<InetSocketAddress> members) {
    if (members.size() > 1) {
      throw new ConfigurationException(
          "XCRON_CLUSTER_SIZE: 1 runs alone, but XCRON_MEMBERS names "
              + members.size()
              + " members; take 3 and more, or name none");
    }
  }

  private static void checkCluster(NodeConfig config, List<InetSocketAddress> members) {
    InetSocketAddress self = new InetSocketAddress(config.memberHost(), config.memberPort());
    if (members.isEmpty()) {
      throw new ConfigurationException(
          "XCRON_MEMBERS: names no member, but XCRON_CLUSTER_SIZE is "
              + config.clusterSize()
              + "; name each as host:port, this one included");
    }
    if (members.size() > config.clusterSize()) {
      throw new ConfigurationException(
          "XCRON_MEMBERS: names "
              + members.size()
              + " members, more than XCRON_CLUSTER_SIZE="
              + config.clusterSize());
    }
    if (self.isUnresolved() || self.getAddress().isAnyLocalAddress()) {
      throw new ConfigurationException(
          "XCRON_MEMBER_HOST: "
              + config.memberHost()
              + " is no address that others can reach; take the one that XCRON_MEMBERS has for this member");
    }
    if (members.stream().noneMatch(member -> resolved(member).equals(self))) {
      throw new ConfigurationException(
          "XCRON_MEMBERS: must name this member too, as "
              + config.memberHost()
              + ":"
              + config.memberPort()
              + " (XCRON_MEMBER_HOST and XCRON_MEMBER_PORT)");
    }
  }

  /** The configured members, not looked up yet. */
  static List<InetSocketAddress> addresses(List<String> members) {
    Set<String> seen = new HashSet<>();
    for (String member : members) {
      if (!seen.add(member)) {
        throw new ConfigurationException("XCRON_MEMBERS: names " + member + " twice");
      }
    }
    return members.stream().map(ClusterMembers::address).toList();
  }

  static InetSocketAddress resolved(InetSocketAddress named) {
    return new InetSocketAddress(named.getHostString(), named.getPort());
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    try {
      String host = text.substring(0, Math.max(0, colon));
      boolean bracketed = host.startsWith("[") && host.endsWith("]");
      String bare = bracketed ? host.substring(1, host.length() - 1) : host;
      int port = Integer.parseInt(text.substring(colon + 1));
      if (!bare.isEmpty() && port > 0 && (bracketed || bare.indexOf(':') < 0)) {
        return InetSocketAddress.createUnresolved(bare, port);
      }
    } catch (IllegalArgumentException e) {
      throw wrong(text);
    }
    throw wrong(text);
  }

  private static ConfigurationException wrong(String text) {
    return new ConfigurationException("XCRON_MEMBERS: must be host:port, not " + text);
  }

  /** Hazelcast wants its own interface as a number. */
  static String numeric(String variable, String host) {
    try {
      InetAddress address = InetAddress.getByName(host);
      if (address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null) {
        return address.getHostAddress();
      }
    } catch (UnknownHostException | SocketException e) {
      // The same to whoever reads it.
    }
    throw new ConfigurationException(variable + ": " + host + " is no address of this machine");
  }
}
