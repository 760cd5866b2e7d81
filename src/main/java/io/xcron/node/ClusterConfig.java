package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.config.cp.CPSubsystemConfig;
import com.hazelcast.spi.properties.ClusterProperty;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What Hazelcast must be told for a cluster of three members and more. The times are those of a
 * network within one site; {@code docs/operations.md} says what each trades.
 */
final class ClusterConfig {
  /** Copies beside the primary. Fewer would leave one copy after a death; more slow every write. */
  static final int BACKUPS = 2;

  /** From this many members on five vote, so that two may be lost at once. */
  static final int FIVE_VOTERS_FROM = 5;

  /**
   * How often members say that they live. Shorter finds a hung member no sooner than {@link #HUNG};
   * it only costs packets.
   */
  static final Duration HEARTBEAT = Duration.ofSeconds(1);

  /**
   * A member that is silent for so long is removed (a dead one is noticed by its closed connection,
   * within half a second). Shorter removes members that only collect garbage, and a removal moves
   * partitions; longer leaves the hung member's partitions without fires for longer.
   */
  static final Duration HUNG = Duration.ofSeconds(5);

  /**
   * How long the successor of a lost master waits for the others to agree. It waits for nobody whom
   * it takes for dead, so {@link #HUNG} bounds that in truth. Hazelcast 5.4.0 takes the seconds as
   * the number of tries as well, the first five within some 30 ms; a member that has not noticed
   * the loss yet refuses all of them, and is then left out of the cluster though it lives. So there
   * must be tries for longer than members need to notice: at {@link #RETRY}, twice {@link #HUNG}.
   */
  static final Duration MASTER_CLAIM = Duration.ofMinutes(2);

  /**
   * Between two tries of an operation after the first five. Shorter costs packets while a member is
   * lost; longer finds the next master, or the next leader of the voters, later.
   */
  static final Duration RETRY = Duration.ofMillis(100);

  /** How long a connection attempt lasts; without a bound it is the kernel's two minutes. */
  static final Duration CONNECT = Duration.ofSeconds(2);

  /**
   * Raft followers elect a new leader when {@link #RAFT_MISSED} heartbeats of this distance are
   * missing, or at once when the leader is no member any more, after a random part of {@link
   * #RAFT_ELECTION}. Shorter elects for every pause of the machine, and each election costs grants;
   * longer leaves slices unmoved while a leader hangs. Grants last 0.9 s, so a change of leader
   * within half a second, as after a death, costs the owners nothing.
   */
  static final Duration RAFT_HEARTBEAT = Duration.ofMillis(200);

  static final int RAFT_MISSED = 5;

  static final Duration RAFT_ELECTION = Duration.ofMillis(300);

  /**
   * How long the locks of a silent member stay locked, and how long until a lost voter is given up
   * so that another may take its place. Shorter gives up members that come back; longer leaves two
   * of three voters for longer, of which neither may be lost.
   */
  static final Duration VOTER_LOST = Duration.ofSeconds(5);

  static final Duration SESSION_HEARTBEAT = Duration.ofSeconds(1);

  /**
   * After this an operation without an answer has failed. Shorter fails on a busy machine; longer
   * keeps callers of a hung member waiting, and their operations in memory. How many there are is
   * bounded by the callers: Hazelcast's own bound would also refuse the ledger's calls, when a
   * member hangs and they are needed most.
   */
  static final Duration OPERATION = Duration.ofSeconds(10);

  /** How long a member that stops in order waits for runs while it hands over its partitions. */
  static final Duration RUNS = Duration.ofSeconds(20);

  /** How long it hands over before it goes anyway: what it waited for in vain moves after that. */
  static final Duration HAND_OVER = RUNS.plusSeconds(6);

  /** Not public in Hazelcast. */
  private static final String READS_BESIDE_THE_LOG = "raft.linearizable.read.optimization.enabled";

  private ClusterConfig() {}

  /** The members that vote, of so many. */
  static int voters(int clusterSize) {
    return clusterSize >= FIVE_VOTERS_FROM ? 5 : 3;
  }

  /** Over a configuration of our own. */
  static void apply(Config config, NodeConfig node, int size) {
    TcpIpConfig join = config.getNetworkConfig().getJoin().getTcpIpConfig();
    join.setEnabled(true).setRequiredMember(null).setMembers(node.members());
    join.setConnectionTimeoutSeconds((int) CONNECT.toSeconds());
    config.getPartitionGroupConfig().setEnabled(false);
    config.getCPSubsystemConfig().setPersistenceEnabled(false);
    cp(config.getCPSubsystemConfig(), voters(size));
    properties().forEach(config::setProperty);
  }

  /**
   * The properties of each member.
   *
   * <p>Hazelcast heals a split by letting the smaller side give its entries to the larger, which
   * knows nothing of slices. So it never looks for other sides; {@link SplitWatch} does. Should a
   * merge come about all the same, our maps bring nothing.
   *
   * <p>Each read of the ledger is an entry of Raft's log. Hazelcast 5.4.0 would spare that by a
   * round of heartbeats (Ongaro, Consensus: Bridging Theory and Practice, 6.4), but lets a read
   * join a round that has begun: a leader that stood still for seconds finds the answers of before
   * in its sockets, and reads what is long over.
   */
  static Map<String, String> properties() {
    Duration never = Duration.ofDays(10_000);
    Map<String, String> all = new LinkedHashMap<>();
    all.put(READS_BESIDE_THE_LOG, "false");
    all.put(ClusterProperty.HEARTBEAT_INTERVAL_SECONDS.getName(), seconds(HEARTBEAT));
    all.put(ClusterProperty.MAX_NO_HEARTBEAT_SECONDS.getName(), seconds(HUNG));
    all.put(ClusterProperty.MASTERSHIP_CLAIM_TIMEOUT_SECONDS.getName(), seconds(MASTER_CLAIM));
    all.put(ClusterProperty.SOCKET_CONNECT_TIMEOUT_SECONDS.getName(), seconds(CONNECT));
    all.put(ClusterProperty.GRACEFUL_SHUTDOWN_MAX_WAIT.getName(), seconds(HAND_OVER));
    all.put(ClusterProperty.INVOCATION_RETRY_PAUSE.getName(), String.valueOf(RETRY.toMillis()));
    all.put(
        ClusterProperty.OPERATION_CALL_TIMEOUT_MILLIS.getName(),
        String.valueOf(OPERATION.toMillis()));
    all.put(ClusterProperty.FAIL_ON_INDETERMINATE_OPERATION_STATE.getName(), "true");
    all.put(ClusterProperty.MERGE_FIRST_RUN_DELAY_SECONDS.getName(), seconds(never));
    all.put(ClusterProperty.MERGE_NEXT_RUN_DELAY_SECONDS.getName(), seconds(never));
    return all;
  }

  /** The voters and their times. */
  static void cp(CPSubsystemConfig cp, int voters) {
    cp.setCPMemberCount(voters)
        .setGroupSize(voters)
        .setSessionHeartbeatIntervalSeconds((int) SESSION_HEARTBEAT.toSeconds())
        .setSessionTimeToLiveSeconds((int) VOTER_LOST.toSeconds())
        .setMissingCPMemberAutoRemovalSeconds((int) VOTER_LOST.toSeconds())
        // A change whose fate is unknown must not be tried again behind our back.
        .setFailOnIndeterminateOperationState(true);
    cp.getRaftAlgorithmConfig()
        .setLeaderElectionTimeoutInMillis(RAFT_ELECTION.toMillis())
        .setLeaderHeartbeatPeriodInMillis(RAFT_HEARTBEAT.toMillis())
        .setMaxMissedLeaderHeartbeatCount(RAFT_MISSED);
  }

  private static String seconds(Duration value) {
    return String.valueOf(value.toSeconds());
  }
}
