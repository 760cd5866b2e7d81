package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigAccessor;
import com.hazelcast.config.EndpointConfig;
import com.hazelcast.config.ServerSocketEndpointConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.config.cp.CPSubsystemConfig;
import com.hazelcast.config.cp.RaftAlgorithmConfig;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.spi.properties.ClusterProperty;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A host's Hazelcast configuration as that of a member of a cluster. What a member needs is set
 * where the host has said nothing, and refused where the host has said otherwise; the network, and
 * how members find each other, are the host's and read only.
 */
final class HostConfig {
  private static final String NAME = "cluster.name";
  private static final String MEMBERS = "members";
  private static final String HOST = "member.host";
  private static final String PORT = "member.port";

  private HostConfig() {}

  /**
   * The settings of a member, those of a cluster completed by what the host's configuration says:
   * its name, its members if it joins by TCP/IP, its port, and which of the members is this one.
   *
   * @throws ConfigurationException if they do not make a member
   */
  static NodeConfig read(Map<String, String> settings, Config hazelcast) {
    NodeConfig alone = NodeConfig.of(without(settings, MEMBERS, "cluster.size"));
    boolean cluster =
        !settings.getOrDefault(MEMBERS, "").isBlank()
            || !settings.getOrDefault("cluster.size", "1").strip().equals("1");
    if (!cluster) {
      return alone;
    }
    Map<String, String> all = new HashMap<>(settings);
    String name = hazelcast.getClusterName();
    if (!all.computeIfAbsent(NAME, unset -> name).equals(name)) {
      throw new ConfigurationException(
          "XCRON_CLUSTER_NAME: is "
              + all.get(NAME)
              + ", but the host's Hazelcast cluster is named "
              + name
              + "; leave it unset");
    }
    TcpIpConfig tcp =
        ConfigAccessor.getActiveMemberNetworkConfig(hazelcast).getJoin().getTcpIpConfig();
    if (tcp.isEnabled()) {
      all.putIfAbsent(MEMBERS, String.join(",", tcp.getMembers()));
    }
    int set = alone.memberPort();
    String port = String.valueOf(set == 0 ? port(hazelcast) : set);
    all.put(PORT, port);
    if (!all.containsKey(HOST)) {
      all.put(HOST, ownHost(all.getOrDefault(MEMBERS, ""), port, alone.memberHost()));
    }
    return NodeConfig.of(all);
  }

  private static Map<String, String> without(Map<String, String> settings, String... names) {
    Map<String, String> less = new HashMap<>(settings);
    List.of(names).forEach(less::remove);
    return less;
  }

  private static int port(Config hazelcast) {
    if (!hazelcast.getAdvancedNetworkConfig().isEnabled()) {
      return hazelcast.getNetworkConfig().getPort();
    }
    EndpointConfig endpoint =
        hazelcast.getAdvancedNetworkConfig().getEndpointConfigs().get(EndpointQualifier.MEMBER);
    return endpoint instanceof ServerSocketEndpointConfig server ? server.getPort() : 0;
  }

  /** The member that has this port and an address of this machine. */
  private static String ownHost(String members, String port, String otherwise) {
    return Stream.of(members.split(","))
        .map(String::strip)
        .filter(member -> member.endsWith(":" + port))
        .map(member -> member.substring(0, member.length() - port.length() - 1))
        .filter(HostConfig::isHere)
        .findFirst()
        .orElse(otherwise);
  }

  private static boolean isHere(String host) {
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getByName(host)) != null;
    } catch (UnknownHostException | SocketException e) {
      return false;
    }
  }

  /** One value of a configuration that a member needs. */
  private record Need(String name, Object found, Object unset, Object needed) {
    boolean refused() {
      return !found.equals(needed) && !found.equals(unset);
    }

    String refusal() {
      return name + " is " + found + ", and a member needs " + needed;
    }
  }

  /**
   * Changes nothing.
   *
   * @throws ConfigurationException naming all that the host has set otherwise than a member needs
   */
  static void check(Config config, NodeConfig node) {
    List<Need> needs = new ArrayList<>();
    ClusterConfig.properties()
        .forEach((name, needed) -> needs.add(new Need(name, found(config, name), "", needed)));
    needs.addAll(voting(config.getCPSubsystemConfig(), ClusterConfig.voters(node.clusterSize())));
    needs.add(
        new Need(
            "partition-group.enabled", config.getPartitionGroupConfig().isEnabled(), false, false));
    List<String> refused = needs.stream().filter(Need::refused).map(Need::refusal).toList();
    if (!refused.isEmpty()) {
      throw new ConfigurationException(
          "the host's Hazelcast configuration contradicts a cluster of xcron: "
              + String.join("; ", refused)
              + ". Leave these unset, and xcron sets them");
    }
  }

  /**
   * Adds what a member of a cluster needs, the grid excepted.
   *
   * @param size how many members find the first voters
   */
  static void apply(Config config, NodeConfig node, int size) {
    ClusterConfig.properties().forEach(config::setProperty);
    ClusterConfig.cp(config.getCPSubsystemConfig(), ClusterConfig.voters(size));
    // Hazelcast compares the texts: to it a default is another than the same number.
    config.setProperty(
        ClusterProperty.PARTITION_COUNT.getName(), String.valueOf(XcronNode.partitionsOf(config)));
    JoinCheck.describe(config, node);
    HostJoin.addTo(config);
    WaitingHandshake.addTo(config);
  }

  private static String found(Config config, String property) {
    String own = config.getProperty(property);
    return own == null ? System.getProperty(property, "") : own;
  }

  private static List<Need> voting(CPSubsystemConfig cp, int voters) {
    CPSubsystemConfig unset = new CPSubsystemConfig();
    RaftAlgorithmConfig raft = cp.getRaftAlgorithmConfig();
    RaftAlgorithmConfig unsetRaft = new RaftAlgorithmConfig();
    return List.of(
        new Need("cp-subsystem.cp-member-count", cp.getCPMemberCount(), 0, voters),
        new Need(
            "cp-subsystem.group-size",
            cp.getGroupSize(),
            cp.getCPMemberCount() == 0 ? 0 : voters,
            voters),
        new Need(
            "cp-subsystem.session-heartbeat-interval-seconds",
            cp.getSessionHeartbeatIntervalSeconds(),
            unset.getSessionHeartbeatIntervalSeconds(),
            (int) ClusterConfig.SESSION_HEARTBEAT.toSeconds()),
        new Need(
            "cp-subsystem.session-time-to-live-seconds",
            cp.getSessionTimeToLiveSeconds(),
            unset.getSessionTimeToLiveSeconds(),
            (int) ClusterConfig.VOTER_LOST.toSeconds()),
        new Need(
            "cp-subsystem.missing-cp-member-auto-removal-seconds",
            cp.getMissingCPMemberAutoRemovalSeconds(),
            unset.getMissingCPMemberAutoRemovalSeconds(),
            (int) ClusterConfig.VOTER_LOST.toSeconds()),
        new Need("cp-subsystem.persistence-enabled", cp.isPersistenceEnabled(), false, false),
        new Need(
            "cp-subsystem.raft-algorithm.leader-election-timeout-in-millis",
            raft.getLeaderElectionTimeoutInMillis(),
            unsetRaft.getLeaderElectionTimeoutInMillis(),
            ClusterConfig.RAFT_ELECTION.toMillis()),
        new Need(
            "cp-subsystem.raft-algorithm.leader-heartbeat-period-in-millis",
            raft.getLeaderHeartbeatPeriodInMillis(),
            unsetRaft.getLeaderHeartbeatPeriodInMillis(),
            ClusterConfig.RAFT_HEARTBEAT.toMillis()),
        new Need(
            "cp-subsystem.raft-algorithm.max-missed-leader-heartbeat-count",
            raft.getMaxMissedLeaderHeartbeatCount(),
            unsetRaft.getMaxMissedLeaderHeartbeatCount(),
            ClusterConfig.RAFT_MISSED));
  }

  /** All of a configuration that we may change, one in a line. */
  static List<String> settings(Config config) {
    CPSubsystemConfig cp = config.getCPSubsystemConfig();
    List<String> lines = new ArrayList<>();
    config
        .getMapConfigs()
        .values()
        .forEach(
            map ->
                lines.add(
                    "map "
                        + map.getName()
                        + ": format "
                        + map.getInMemoryFormat()
                        + ", backups "
                        + map.getBackupCount()));
    ConfigAccessor.getServicesConfig(config)
        .getServiceConfigs()
        .forEach(service -> lines.add("service " + service.getName()));
    config.getProperties().forEach((name, value) -> lines.add("property " + name + "=" + value));
    config
        .getMemberAttributeConfig()
        .getAttributes()
        .forEach((name, value) -> lines.add("member attribute " + name + "=" + value));
    voting(cp, 0).forEach(need -> lines.add(need.name() + "=" + need.found()));
    lines.add(
        "cp-subsystem.fail-on-indeterminate-operation-state="
            + cp.isFailOnIndeterminateOperationState());
    lines.add(
        "system property "
            + SteadyClock.PROPERTY
            + "="
            + System.getProperty(SteadyClock.PROPERTY, ""));
    return lines;
  }
}
