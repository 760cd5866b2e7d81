package io.xcron.node;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.partition.InternalPartitionService;
import com.hazelcast.internal.partition.PartitionReplica;
import com.hazelcast.replicatedmap.ReplicatedMap;
import io.xcron.slice.ClusterSight;
import io.xcron.slice.JournalReport;
import io.xcron.slice.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the leader of slices sees of the cluster: Hazelcast's member list and partition table, the
 * members' {@linkplain ClusterFigures figures}, and the journals' reports, which each member
 * replicates once for its start.
 */
final class GridSight implements ClusterSight {
  /** The name of a member's journal, as an attribute that is known as soon as the member is. */
  private static final String JOURNAL = "xcron.journal";

  private static final String REPORTS = "xcron.journals";
  private static final String SLICE_LIMIT = "slice_limit";
  private static final String UNTIL = "until_ms";

  private final HazelcastInstance instance;
  private final ClusterFigures figures;
  private final InternalPartitionService partitions;
  private final ReplicatedMap<UUID, byte[]> published;
  private final Map<UUID, JournalReport> read = new ConcurrentHashMap<>();

  /** Tells the others which journal this member has; before its instance is started. */
  static void describe(Config config, UUID journal) {
    config.getMemberAttributeConfig().setAttribute(JOURNAL, journal.toString());
  }

  /** Adds to a member's figure what the leader wants to know. */
  static ObjectNode tell(ObjectNode figure, long sliceLimit, long untilMillis) {
    return figure.put(SLICE_LIMIT, sliceLimit).put(UNTIL, untilMillis);
  }

  /**
   * @param own what this member's journal held when it started
   */
  GridSight(HazelcastInstance instance, ClusterFigures figures, JournalReport own) {
    this.instance = instance;
    this.figures = figures;
    this.partitions = ((HazelcastInstanceProxy) instance).getOriginal().node.getPartitionService();
    this.published = instance.getReplicatedMap(REPORTS);
    published.put(own.member(), JournalReports.toBytes(own));
  }

  @Override
  public List<Peer> peers() {
    List<Peer> peers = new ArrayList<>();
    for (ClusterFigures.MemberFigure one : figures.all()) {
      String journal = one.member().getAttribute(JOURNAL);
      if (journal != null) {
        peers.add(new Peer(one.member().getUuid(), UUID.fromString(journal), told(one.said())));
      }
    }
    return peers;
  }

  private static Peer.@Nullable Told told(ClusterFigures.@Nullable Said said) {
    Long ahead = said == null ? null : said.wallAheadMillis();
    return said == null || ahead == null || !said.figure().has(SLICE_LIMIT)
        ? null
        : new Peer.Told(
            ahead, said.figure().path(SLICE_LIMIT).asLong(), said.figure().path(UNTIL).asLong());
  }

  @Override
  public @Nullable UUID tableOwner(int partition) {
    PartitionReplica owner = partitions.getPartition(partition, false).getReplica(0);
    return owner == null ? null : owner.uuid();
  }

  @Override
  public List<JournalReport> reports() {
    Set<UUID> present =
        instance.getCluster().getMembers().stream()
            .map(Member::getUuid)
            .collect(Collectors.toSet());
    for (UUID member : present) {
      byte[] bytes = read.containsKey(member) ? null : published.get(member);
      if (bytes != null) {
        read.put(member, JournalReports.read(bytes));
      }
    }
    read.keySet().retainAll(present);
    return List.copyOf(read.values());
  }
}
