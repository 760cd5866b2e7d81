package io.xcron.node;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.partition.InternalPartitionService;
import com.hazelcast.internal.partition.PartitionReplica;
import io.xcron.grid.JournalReports;
import io.xcron.journal.PartitionState;
import io.xcron.model.Seats;
import io.xcron.slice.ClusterSight;
import io.xcron.slice.JournalReport;
import io.xcron.slice.Peer;
import io.xcron.slice.SliceKeeper;
import java.lang.System.Logger;
import java.time.Duration;
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
 * members' {@linkplain ClusterFigures figures}, and the journals' reports, which are asked for in
 * the background while the leader wants them.
 */
final class GridSight implements ClusterSight {
  /** The name of a member's journal, as an attribute that is known as soon as the member is. */
  private static final String JOURNAL = "xcron.journal";

  private static final String SLICE_LIMIT = "slice_limit";
  private static final String UNTIL = "until_ms";
  private static final String SEATS_VERSION = "seats_version";
  private static final String ACCEPTS = "journal_accepts";

  /** Between two rounds of questions. */
  private static final Duration ASK_AGAIN = Duration.ofMillis(300);

  /** A member that has not answered for so long is not counted on. */
  private static final Duration LASTS = Duration.ofSeconds(10);

  private static final Logger LOG = System.getLogger(GridSight.class.getName());

  private final HazelcastInstance instance;
  private final ClusterFigures figures;
  private final InternalPartitionService partitions;
  private final JournalReports journals;
  private final UUID self;
  private final Map<UUID, Answer> read = new ConcurrentHashMap<>();
  private volatile boolean asking;
  private volatile long forgottenNanos = System.nanoTime();
  private long askedNanos = System.nanoTime() - ASK_AGAIN.toNanos();

  private record Answer(JournalReport report, long askedNanos) {}

  /** Tells the others which journal this member has; before its instance is started. */
  static void describe(Config config, UUID journal, Seats seats) {
    config
        .getMemberAttributeConfig()
        .setAttribute(JOURNAL, journal.toString())
        .setAttribute(Admission.ALONE, String.valueOf(seats.single()));
  }

  /** The name of a member's journal, by its attributes; null if it says none. */
  static @Nullable UUID journal(Map<String, String> attributes) {
    String name = attributes.get(JOURNAL);
    return name == null ? null : UUID.fromString(name);
  }

  /** Adds to a member's figure what the leader wants to know. */
  static ObjectNode tell(ObjectNode figure, boolean accepts, SliceKeeper slices) {
    return figure
        .put(ACCEPTS, accepts)
        .put(SLICE_LIMIT, slices.sliceLimit())
        .put(UNTIL, slices.untilMillis())
        .put(SEATS_VERSION, slices.seatsVersion());
  }

  /**
   * @param journals asks all members; needed only while there is no ledger, or a partition is lost
   */
  GridSight(HazelcastInstance instance, ClusterFigures figures, JournalReports journals) {
    this.instance = instance;
    this.figures = figures;
    this.partitions = ((HazelcastInstanceProxy) instance).getOriginal().node.getPartitionService();
    this.journals = journals;
    this.self = instance.getCluster().getLocalMember().getUuid();
  }

  @Override
  public List<Peer> peers() {
    List<Peer> peers = new ArrayList<>();
    for (ClusterFigures.MemberFigure one : figures.all()) {
      UUID journal = journal(one.member().getAttributes());
      if (journal != null && !keepsNothing(one.said())) {
        peers.add(new Peer(one.member().getUuid(), journal, told(one.said())));
      }
    }
    return peers;
  }

  /** A member whose journal takes nothing is as good as dead until it does: others shall own. */
  private static boolean keepsNothing(ClusterFigures.@Nullable Said said) {
    return said != null && !said.figure().path(ACCEPTS).asBoolean(true);
  }

  private Peer.@Nullable Told told(ClusterFigures.@Nullable Said said) {
    return said == null || !said.figure().has(SLICE_LIMIT)
        ? null
        : new Peer.Told(
            said.wallAheadMillis(WallClock.machine().aheadNanos(), self),
            said.figure().path(SLICE_LIMIT).asLong(),
            said.figure().path(UNTIL).asLong(),
            said.figure().path(SEATS_VERSION).asLong());
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
    read.keySet().retainAll(present);
    ask();
    long oldestNanos = System.nanoTime() - LASTS.toNanos();
    return read.values().stream()
        .filter(one -> one.askedNanos() - oldestNanos > 0)
        .map(Answer::report)
        .toList();
  }

  @Override
  public void forgetReports() {
    forgottenNanos = System.nanoTime();
    read.clear();
  }

  /** The answers are there at one of the next looks. */
  private void ask() {
    if (asking || System.nanoTime() - askedNanos < ASK_AGAIN.toNanos()) {
      return;
    }
    asking = true;
    long nowNanos = System.nanoTime();
    askedNanos = nowNanos;
    var unused =
        journals
            .ask()
            .whenComplete(
                (reports, failure) -> {
                  asking = false;
                  if (failure != null) {
                    LOG.log(Logger.Level.DEBUG, "the journals are asked again", failure);
                    return;
                  }
                  if (nowNanos - forgottenNanos >= 0) {
                    reports.forEach(
                        report -> read.put(report.member(), new Answer(report(report), nowNanos)));
                  }
                });
  }

  /** A journal as the ledger's recovery sees it. */
  static JournalReport report(JournalReports.Report report) {
    List<JournalReport.Copy> copies =
        report.partitions().stream()
            .map(
                partition ->
                    new JournalReport.Copy(
                        partition.state() == PartitionState.WHOLE,
                        partition.epoch(),
                        partition.sequence(),
                        partition.highestEpoch()))
            .toList();
    return new JournalReport(
        report.member(),
        report.journal(),
        report.reservation().sliceLimit(),
        report.reservation().seats(),
        copies);
  }
}
