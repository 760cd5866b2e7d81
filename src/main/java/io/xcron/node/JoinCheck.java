package io.xcron.node;

import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.internal.cluster.Joiner;
import com.hazelcast.internal.cluster.impl.ConfigMismatchException;
import com.hazelcast.internal.cluster.impl.JoinMessage;
import com.hazelcast.internal.cluster.impl.JoinRequest;
import com.hazelcast.internal.cluster.impl.TcpIpJoiner;
import com.hazelcast.spi.properties.ClusterProperty;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who may join. Hazelcast itself refuses another cluster name; the master of this context also
 * refuses members that run alone, of another partition count, of another format of data and
 * messages, of another xcron, and more than the agreed size ({@link Admission}). A refused member
 * was never a member: no partition moves and no voter is counted. Hazelcast shuts it down, and says
 * why in its log.
 */
final class JoinCheck extends DefaultNodeContext {
  /** Of records, journal and messages between members; raised when one of them changes. */
  static final int DATA_FORMAT = 1;

  private static final String ATTRIBUTE = "xcron.join";
  private static final String NONE = "no member of xcron";
  private static final String VOTERS = "xcron.voters";

  private final Set<Address> otherClusters = ConcurrentHashMap.newKeySet();
  private final @Nullable Admission admission;

  /**
   * @param admission null for a member that runs alone
   */
  JoinCheck(@Nullable Admission admission) {
    this.admission = admission;
  }

  /** Writes what this member is into its configuration, where the master of a cluster reads it. */
  static void describe(Config config, NodeConfig node) {
    config
        .getMemberAttributeConfig()
        .setAttribute(VOTERS, String.valueOf(config.getCPSubsystemConfig().getCPMemberCount()))
        .setAttribute(
            ATTRIBUTE,
            identity(
                node.clusterSize() == 1 ? "single" : "raft",
                config.getProperty(ClusterProperty.PARTITION_COUNT.getName()),
                Main.version()));
  }

  /** What the member of this configuration is. */
  static String of(Config config) {
    String described = config.getMemberAttributeConfig().getAttribute(ATTRIBUTE);
    return described == null ? NONE : described;
  }

  /** What a member is, as the others see it. */
  static String of(Member member) {
    String described = member.getAttribute(ATTRIBUTE);
    return described == null ? NONE : described;
  }

  static String identity(String mode, String partitions, String version) {
    return "mode "
        + mode
        + ", partitions "
        + partitions
        + ", data format "
        + DATA_FORMAT
        + ", xcron "
        + version;
  }

  @Override
  public NodeExtension createNodeExtension(Node node) {
    return new Checking(node, admission);
  }

  /** As Hazelcast's own, except that it remembers who refused. */
  @Override
  public Joiner createJoiner(Node node) {
    Joiner joiner = super.createJoiner(node);
    return joiner instanceof TcpIpJoiner ? new Noting(node) : joiner;
  }

  /** Those members that belong to a cluster of another name. */
  Set<Address> otherClusters() {
    return Set.copyOf(otherClusters);
  }

  private final class Noting extends TcpIpJoiner {
    Noting(Node node) {
      super(node);
    }

    /** For good is only he set aside who has answered that his cluster has another name. */
    @Override
    public void blacklist(Address address, boolean forGood) {
      if (forGood) {
        otherClusters.add(address);
      }
      super.blacklist(address, forGood);
    }
  }

  private static final class Checking extends DefaultNodeExtension {
    private final @Nullable Admission admission;

    Checking(Node node, @Nullable Admission admission) {
      super(node);
      this.admission = admission;
    }

    @Override
    public void validateJoinRequest(JoinMessage message) {
      super.validateJoinRequest(message);
      String ours = String.valueOf(node.getLocalMember().getAttribute(ATTRIBUTE));
      if (ours.startsWith("mode single")) {
        throw new ConfigMismatchException(
            "the member at " + node.getThisAddress() + " runs alone and lets nobody join");
      }
      // A message that is no request only asks who the master is.
      if (message instanceof JoinRequest request) {
        Map<String, String> attributes = request.getAttributes();
        String theirs = attributes.getOrDefault(ATTRIBUTE, NONE);
        if (!theirs.equals(ours)) {
          throw new ConfigMismatchException(
              "the member at "
                  + request.getAddress()
                  + " does not fit this cluster. It is: "
                  + theirs
                  + ". The cluster is: "
                  + ours);
        }
        admit(request);
      }
    }

    private void admit(JoinRequest request) {
      Map<String, String> attributes = request.getAttributes();
      String refusal =
          admission == null
              ? null
              : admission.refusal(
                  node.getClusterService().getMembers().stream()
                      .map(Member::getAttributes)
                      .toList(),
                  attributes,
                  Integer.parseInt(node.getLocalMember().getAttribute(VOTERS)),
                  Integer.parseInt(attributes.getOrDefault(VOTERS, "0")));
      if (refusal != null) {
        throw new ConfigMismatchException(
            "the member at " + request.getAddress() + " may not join: " + refusal);
      }
    }
  }
}
