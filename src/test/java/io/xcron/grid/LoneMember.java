package io.xcron.grid;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import java.util.UUID;

/** A Hazelcast member on loopback that finds no other. */
final class LoneMember {
  private LoneMember() {}

  /** Starts one with the grid attached to it; nothing is recovered yet. */
  static HazelcastInstance start(HazelcastGrid grid) {
    Config config = new Config("grid-" + UUID.randomUUID());
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "none");
    config.getNetworkConfig().setPort(0).getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    grid.prepare(config, 0);
    HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config);
    grid.attach();
    return hazelcast;
  }
}
