package io.xcron.node;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent;
import com.hazelcast.internal.dynamicconfig.DynamicConfigurationAwareConfig;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A member inside a Hazelcast instance that the host starts. {@link #prepare} opens the journal and
 * adds to the host's configuration; the host starts its instance; {@link #start} does the rest. One
 * thread calls these.
 */
public final class HostMember implements AutoCloseable {
  private static final Logger LOG = System.getLogger(HostMember.class.getName());

  private static final String GONE = "its Hazelcast instance was shut down";

  private final NodeConfig config;
  private final HostGround ground;
  private final Embedding embedding;
  private final List<String> changes;
  private @Nullable XcronNode node;
  private boolean closed;

  private HostMember(
      NodeConfig config, HostGround ground, Embedding embedding, List<String> changes) {
    this.config = config;
    this.ground = ground;
    this.embedding = embedding;
    this.changes = changes;
  }

  /**
   * Adds the grid to a configuration, and opens the journal.
   *
   * @param settings as in {@code helidon.yaml}; those of a cluster that are missing are taken from
   *     the host's configuration
   * @throws IllegalStateException if an instance runs with this configuration already, or it was
   *     prepared before
   * @throws ConfigurationException if a setting forbids it, or the configuration contradicts what a
   *     member needs
   * @throws io.xcron.journal.JournalException if the data directory does
   */
  public static HostMember prepare(
      Map<String, String> settings, Embedding embedding, Config hazelcast) {
    return prepare(HostConfig.read(settings, hazelcast), embedding, hazelcast);
  }

  /** The same with complete settings. */
  static HostMember prepare(NodeConfig config, Embedding embedding, Config hazelcast) {
    refuseRunning(hazelcast);
    if (!hazelcast.getMapConfigs().keySet().stream().filter(HostMember::ours).toList().isEmpty()) {
      throw new IllegalStateException("this Hazelcast configuration was prepared for xcron before");
    }
    if (hazelcast.isLiteMember()) {
      throw new ConfigurationException(
          "a lite member holds no data: xcron needs a Hazelcast configuration of a full member");
    }
    List<String> before = HostConfig.settings(hazelcast);
    HostGround ground =
        config.clusterSize() > 1
            ? clustered(config, embedding, hazelcast)
            : alone(config, embedding, hazelcast);
    List<String> changes =
        HostConfig.settings(hazelcast).stream()
            .filter(setting -> !before.contains(setting))
            .toList();
    LOG.log(Level.INFO, "added to the host''s Hazelcast configuration: {0}", changes);
    return new HostMember(config, ground, embedding, changes);
  }

  private static HostGround alone(NodeConfig config, Embedding embedding, Config hazelcast) {
    HttpAddress.tell(hazelcast, config, embedding);
    return XcronNode.Ground.lay(config, hazelcast);
  }

  private static HostGround clustered(NodeConfig config, Embedding embedding, Config hazelcast) {
    // Before the instance has read Hazelcast's clock for the first time.
    var unused = SteadyClock.install();
    return MemberStart.inHost(config, hazelcast, embedding);
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

  /** Every setting that {@link #prepare} has added to the configuration, one in a line. */
  public List<String> changes() {
    return changes;
  }

  /**
   * Starts the member in the host's instance; it is ready when this returns. In a cluster that
   * needs a majority of the others, however long they take.
   *
   * <p>When the instance is shut down, the member first waits for what runs, then hands over with
   * it, and ends with it.
   *
   * @param drain how long it waits for what runs when the instance is shut down
   * @throws IllegalStateException if the instance was not started with the prepared configuration,
   *     has members that do not fit, or is shut down before the member is ready
   */
  public XcronNode start(HazelcastInstance instance, Duration drain) {
    if (closed || node != null) {
      throw new IllegalStateException("this member was started or closed before");
    }
    if (!ground.liesIn(instance)) {
      throw new IllegalStateException(
          "xcron is not part of this Hazelcast instance: call Xcron.prepare(config), and then start"
              + " the instance with that configuration");
    }
    if (config.clusterSize() > 1) {
      refuseStrangers(instance.getCluster());
    } else if (instance.getCluster().getMembers().size() > 1) {
      throw new IllegalStateException(
          "this Hazelcast instance has joined others, and xcron runs alone here: each task would have"
              + " no owner that knows it. Set cluster.size to the number of members, 3 and more");
    }
    XcronNode started = ground.compose(instance, embedding);
    node = started;
    instance.getLifecycleService().addLifecycleListener(event -> changed(event, started, drain));
    if (config.clusterSize() == 1) {
      instance.getCluster().addMembershipListener(new Alone(ground, started));
    }
    if (!instance.getLifecycleService().isRunning()) {
      started.stop(Duration.ZERO, GONE);
    }
    try {
      ground.awaitReady();
    } catch (IllegalStateException | InterruptedException e) {
      started.stop(Duration.ZERO, "it was stopped before it was ready");
      throw XcronNode.failed(e);
    }
    return started;
  }

  private void refuseStrangers(Cluster cluster) {
    Address own = cluster.getLocalMember().getAddress();
    InetSocketAddress listens = new InetSocketAddress(own.getHost(), own.getPort());
    if (ClusterMembers.addresses(config.members()).stream()
            .map(ClusterMembers::resolved)
            .noneMatch(listens::equals)
        || own.getPort() != config.memberPort()) {
      throw new IllegalStateException(
          "this Hazelcast instance listens at "
              + own.getHost()
              + ":"
              + own.getPort()
              + ", but its place among the members "
              + config.members()
              + " is "
              + config.memberHost()
              + ":"
              + config.memberPort()
              + ": give it that port, without port-auto-increment, and that address");
    }
    for (Member member : cluster.getMembers()) {
      String theirs = JoinCheck.of(member);
      String ours = JoinCheck.of(cluster.getLocalMember());
      if (!theirs.equals(ours)) {
        throw new IllegalStateException(
            "the Hazelcast member at "
                + member.getAddress()
                + " does not fit this one. It is: "
                + theirs
                + ". This one is: "
                + ours
                + ". Each member of the cluster must be prepared for the same xcron");
      }
    }
  }

  /** In the thread that shuts the instance down, or lets it go over to another side of a split. */
  private void changed(LifecycleEvent event, XcronNode started, Duration drain) {
    switch (event.getState()) {
      case SHUTTING_DOWN -> {
        if (config.clusterSize() == 1) {
          started.stop(drain, GONE);
        } else {
          started.quiet(drain);
          ground.resign();
        }
      }
      case SHUTDOWN -> {
        started.stop(Duration.ZERO, GONE);
        ground.close();
      }
      case MERGING ->
          started.stop(
              Duration.ZERO, "its Hazelcast instance goes over to the other side of a split");
      case STARTING,
          STARTED,
          MERGED,
          MERGE_FAILED,
          CLIENT_CONNECTED,
          CLIENT_DISCONNECTED,
          CLIENT_CHANGED_CLUSTER -> {}
    }
  }

  /** A member that runs alone can share its instance with nobody. */
  private record Alone(HostGround ground, XcronNode started) implements MembershipListener {
    @Override
    public void memberAdded(MembershipEvent event) {
      ground.resign();
      String reason =
          event.getMember().getAddress()
              + " has joined its Hazelcast instance: xcron runs alone there, and its tasks would move to"
              + " a member that does not know them";
      LOG.log(Level.ERROR, "xcron stops: {0}", reason);
      Thread.ofVirtual().start(() -> started.stop(Duration.ZERO, reason));
    }

    @Override
    public void memberRemoved(MembershipEvent event) {}
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
