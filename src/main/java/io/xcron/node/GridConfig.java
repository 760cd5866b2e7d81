package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.YamlConfigBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The grid's configuration: {@code hazelcast.yaml}, and over it what xcron needs. */
final class GridConfig {
  private static final String FILE = "hazelcast.yaml";

  private GridConfig() {}

  static Config of(NodeConfig node) {
    return of(node, node.clusterSize());
  }

  /**
   * @param size how many members there shall be, as far as this one knows
   */
  static Config of(NodeConfig node, int size) {
    Config config = load();
    config.setClusterName(node.clusterName());
    // The node stops the grid itself, after what stands on it.
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(node.memberPort()).setPortAutoIncrement(false).setReuseAddress(true);
    network
        .getInterfaces()
        .clear()
        .setEnabled(true)
        .addInterface(ClusterMembers.numeric("XCRON_MEMBER_HOST", node.memberHost()));
    network.getJoin().getAutoDetectionConfig().setEnabled(false);
    network.getJoin().getMulticastConfig().setEnabled(false);
    network.getJoin().getTcpIpConfig().setEnabled(false);
    network.getRestApiConfig().setEnabled(false);
    if (config.getSerializationConfig().getJavaSerializationFilterConfig() == null) {
      JavaSerializationFilterConfig filter =
          new JavaSerializationFilterConfig().setDefaultsDisabled(true);
      filter.getWhitelist().addPrefixes("com.hazelcast.", "java.", "[");
      config.getSerializationConfig().setJavaSerializationFilterConfig(filter);
    }
    if (node.clusterSize() > 1) {
      ClusterConfig.apply(config, node, size);
    }
    JoinCheck.describe(config, node);
    if (node.clusterSize() > 1) {
      HostJoin.addTo(config);
      WaitingHandshake.addTo(config);
    }
    return config;
  }

  private static Config load() {
    try (InputStream file = open()) {
      return new YamlConfigBuilder(file).build();
    } catch (IOException e) {
      throw new UncheckedIOException(FILE + " cannot be read", e);
    }
  }

  private static InputStream open() throws IOException {
    Path file = Path.of(FILE);
    if (Files.exists(file)) {
      return Files.newInputStream(file);
    }
    InputStream packed = GridConfig.class.getResourceAsStream("/" + FILE);
    if (packed == null) {
      throw new IllegalStateException(FILE + " is missing from the jar");
    }
    return packed;
  }
}
