package io.xcron.node;

import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.internal.dynamicconfig.DynamicConfigurationAwareConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A member inside a Hazelcast instance that the host starts. {@link #prepare} opens the journal and
 * adds to the host's configuration; the host starts its instance; {@link #start} does the rest. One
 * thread calls these.
 */
public final class HostMember implements AutoCloseable {
  private static final Logger LOG = System.getLogger(HostMember.class.getName());

  private final XcronNode.Ground ground;
  private final Embedding embedding;
  private final List<String> changes;
  private @Nullable XcronNode node;
  private boolean closed;

  private HostMember(XcronNode.Ground ground, Embedding embedding, List<String> changes) {
    this.ground = ground;
    this.embedding = embedding;
    this.changes = changes;
  }

  /**
   * Adds the grid to a configuration, and opens the journal.
   *
   * @throws IllegalStateException if an instance runs with this configuration already, or it was
   *     prepared before
   * @throws ConfigurationException if a setting forbids it
   * @throws io.xcron.journal.JournalException if the data directory does
   */
  public static HostMember prepare(NodeConfig config, Embedding embedding, Config hazelcast) {
    refuseRunning(hazelcast);
    if (!hazelcast.getMapConfigs().keySet().stream().filter(HostMember::ours).toList().isEmpty()) {
      throw new IllegalStateException("this Hazelcast configuration was prepared for xcron before");
    }
    if (hazelcast.isLiteMember()) {
      throw new ConfigurationException(
          "a lite member holds no data: xcron needs a Hazelcast configuration of a full member");
    }
    List<String> before = settings(hazelcast);
    XcronNode.Ground ground = XcronNode.Ground.lay(config, hazelcast);
    List<String> changes =
        settings(hazelcast).stream().filter(setting -> !before.contains(setting)).toList();
    LOG.log(Level.INFO, "added to the host''s Hazelcast configuration: {0}", changes);
    return new HostMember(ground, embedding, changes);
  }

  private static boolean ours(String map) {
    return map.startsWith("xcron.");
  }

  @SuppressWarnings("ReferenceEquality") // Another instance may have an equal configuration.
  private static void refuseRunning(Config config) {
    boolean runs = config instanceof DynamicConfigurationAwareConfig;
    for (HazelcastInstance instance : Hazelcast.getAllHazelcastInstances()) {
      runs |=
          instance.getConfig() instanceof DynamicConfigurationAwareConfig running
              && running.getStaticConfig() == config;
    }
    if (runs) {
      throw new IllegalStateException(
          "a Hazelcast instance runs with this configuration already, and xcron cannot be added to it:"
              + " call Xcron.prepare(config) before Hazelcast.newHazelcastInstance(config)");
    }
  }

  /** What of a configuration we may change, in words. */
  private static List<String> settings(Config config) {
    return java.util.stream.Stream.of(
            config.getMapConfigs().values().stream()
                .map(
                    map ->
                        "map "
                            + map.getName()
                            + ": format "
                            + map.getInMemoryFormat()
                            + ", backups "
                            + map.getBackupCount()),
            com.hazelcast.config.ConfigAccessor.getServicesConfig(config)
                .getServiceConfigs()
                .stream()
                .map(service -> "service " + service.getName()),
            config.getProperties().entrySet().stream()
                .map(property -> "property " + property.getKey() + "=" + property.getValue()))
        .flatMap(some -> some)
        .toList();
  }

  /** Every setting that {@link #prepare} has added to the configuration, one in a line. */
  public List<String> changes() {
    return changes;
  }

  /**
   * Starts the member in the host's instance; it is ready when this returns.
   *
   * @throws IllegalStateException if the instance was not started with the prepared configuration,
   *     or has other members
   */
  public XcronNode start(HazelcastInstance instance) {
    if (closed || node != null) {
      throw new IllegalStateException("this member was started or closed before");
    }
    if (!ground.grid().liesIn(instance.getLocalEndpoint().getUuid())) {
      throw new IllegalStateException(
          "xcron is not part of this Hazelcast instance: call Xcron.prepare(config), and then start"
              + " the instance with that configuration");
    }
    if (instance.getCluster().getMembers().size() > 1) {
      throw new IllegalStateException(
          "this Hazelcast instance has joined others, and xcron runs alone here: each task would have"
              + " no owner that knows it");
    }
    XcronNode started = XcronNode.compose(ground, instance, embedding);
    node = started;
    instance
        .getLifecycleService()
        .addLifecycleListener(
            event -> {
              if (event.getState() == LifecycleEvent.LifecycleState.SHUTTING_DOWN) {
                started.stop(Duration.ofSeconds(5));
              }
            });
    instance
        .getCluster()
        .addMembershipListener(
            new MembershipListener() {
              @Override
              public void memberAdded(MembershipEvent event) {
                ground.grants().from(partition -> null);
                LOG.log(
                    Level.ERROR,
                    "{0} has joined this Hazelcast instance. xcron runs alone here, and its tasks would"
                        + " move to a member that does not know them: it fires nothing and accepts nothing until it is"
                        + " started again",
                    event.getMember().getAddress());
              }

              @Override
              public void memberRemoved(MembershipEvent event) {}
            });
    return started;
  }

  /** Gives the data directory free if the member was not started, and stops it if it was. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    XcronNode started = node;
    if (started == null) {
      ground.close();
    } else {
      started.stop(Duration.ofSeconds(20));
    }
  }
}
