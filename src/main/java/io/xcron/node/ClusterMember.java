package io.xcron.node;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Address;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.Seats;
import io.xcron.slice.CpLedgerStore;
import java.lang.System.Logger;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This member's place in a cluster of three and more: its Hazelcast instance with what looks after
 * it. On each start of the instance come, in this order, the keeper of the voters, what the caller
 * builds upon it, the figures, and the watch for other sides; they go in the reverse order.
 */
final class ClusterMember implements AutoCloseable {
  private static final Logger LOG = System.getLogger(ClusterMember.class.getName());

  private final NodeConfig config;
  private final Tenant tenant;
  private final Supplier<ObjectNode> figure;
  private final Supplier<Seats> seats;
  private final InstanceLife life;
  private volatile @Nullable Rooms rooms;

  /** Who voted when the last start ended: of a majority that is lost nobody else may know. */
  private volatile @Nullable Electorate remembered;

  /** What stands on the ledger and the instance, for one start of it. */
  @FunctionalInterface
  interface Tenant {
    AutoCloseable moveIn(HazelcastInstance instance, CpLedgerStore ledger, ClusterFigures figures)
        throws Exception;
  }

  private record Rooms(
      CpKeeper voters, CpLedgerStore ledger, ClusterFigures figures, SplitWatch watch) {}

  /**
   * @param lives makes the life of the instance, of what shall move into it and of who may join
   * @param figure what this member says of itself; called twice a second, by one thread
   * @param seats whose journals take part, as this member knows it
   */
  ClusterMember(
      NodeConfig config,
      BiFunction<InstanceLife.Tenant, Admission, InstanceLife> lives,
      Tenant tenant,
      Supplier<ObjectNode> figure,
      Supplier<Seats> seats) {
    this.config = config;
    this.tenant = tenant;
    this.figure = figure;
    this.seats = seats;
    this.life = lives.apply(this::moveIn, new Admission(config.clusterSize(), seats, this::formed));
  }

  /**
   * Starts the instance and joins the members that are there. Does not wait for voters.
   *
   * @throws ConfigurationException if one of them belongs to another cluster
   */
  void start() throws Exception {
    if (!SteadyClock.install()) {
      LOG.log(
          Logger.Level.WARNING,
          "Hazelcast runs on the machine's clock, because it was loaded before xcron: a clock that is"
              + " set by more than {0} s splits the cluster; set -D{1}={2} on the command line",
          ClusterConfig.HUNG.toSeconds() / 2,
          SteadyClock.PROPERTY,
          SteadyClock.class.getName());
    }
    try {
      life.start();
    } catch (IllegalStateException e) {
      throw new ConfigurationException(
          "XCRON_MEMBERS: this member was not let into the cluster, or could not start its part of"
              + " the grid; the log above says why ("
              + e.getMessage()
              + ")");
    }
    refuseOtherClusters();
  }

  /** Hazelcast goes on alone when all others are of another name; we do not. */
  private void refuseOtherClusters() {
    for (Address other : life.otherClusters()) {
      close();
      throw new ConfigurationException(
          "XCRON_CLUSTER_NAME: the member at "
              + other.getHost()
              + ":"
              + other.getPort()
              + " does not belong to a cluster named "
              + config.clusterName());
    }
  }

  private AutoCloseable moveIn(HazelcastInstance instance) throws Exception {
    VoterCount count = new VoterCount(instance);
    ClusterFigures figures = new ClusterFigures(instance, this::told);
    CpKeeper voters = new CpKeeper(instance, this::size, count, figures::all, remembered);
    voters.start();
    CpLedgerStore ledger = new CpLedgerStore(instance);
    SplitWatch watch =
        new SplitWatch(
            instance,
            voters,
            ClusterMembers.addresses(config.members()),
            this::size,
            life::restart);
    rooms = new Rooms(voters, ledger, figures, watch);
    AutoCloseable above;
    try {
      above = tenant.moveIn(instance, ledger, figures);
    } catch (Exception e) {
      try (voters) {
        forget(voters);
        throw e;
      }
    }
    figures.start();
    watch.start();
    return () -> {
      try (voters;
          above;
          figures;
          watch) {
        forget(voters);
      }
    };
  }

  private void forget(CpKeeper voters) {
    rooms = null;
    remembered = voters.state().known();
  }

  private ObjectNode told() {
    ObjectNode told = figure.get();
    Rooms now = rooms;
    if (now != null) {
      now.voters().tell(told);
    }
    return told;
  }

  /** The instance of this moment; null between two starts of it. */
  @Nullable HazelcastInstance instance() {
    return life.instance();
  }

  /** How many members there shall be: as agreed, or else as configured. */
  int size() {
    return Admission.size(seats.get(), config.clusterSize());
  }

  private boolean formed() {
    CpKeeper.State state = voters();
    return state != null && state.formed();
  }

  /** What is known of the voters; null between two starts. */
  CpKeeper.@Nullable State voters() {
    Rooms now = rooms;
    return now == null ? null : now.voters().state();
  }

  /** Where the voter is that leads the ledger's group, as far as this member knows. */
  @Nullable Address raftLeader() {
    Rooms now = rooms;
    return now == null ? null : now.ledger().raftLeader();
  }

  /** What all members say; empty between two starts. */
  List<ClusterFigures.MemberFigure> figures() {
    Rooms now = rooms;
    return now == null ? List.of() : now.figures().all();
  }

  /**
   * What {@code POST /api/v1/cluster/cp/reset} does, see {@link CpKeeper#reset}.
   *
   * @throws IllegalStateException with the reason if it is refused
   */
  void resetVoters(boolean oldMajorityIsDead) {
    Rooms now = rooms;
    if (now == null) {
      throw new IllegalStateException("this member is starting again; ask later");
    }
    now.voters().reset(oldMajorityIsDead);
  }

  /** How often the instance was started; more than once after a split or a failed discovery. */
  int starts() {
    return life.starts();
  }

  /**
   * Before the instance is shut down: a voter that has resigned must not be made one again, and
   * leads nobody.
   */
  void resign() {
    Rooms now = rooms;
    if (now == null) {
      return;
    }
    now.voters().close();
    now.watch().close();
    HazelcastInstance running = instance();
    if (running != null) {
      new RaftLeadership(running).passOn();
    }
  }

  /** Leaves in order: partitions are handed over, and a voter resigns. */
  void leave() {
    resign();
    life.leave(true);
  }

  /** Looks for no other sides any more; the instance, and what tells the others of it, stay. */
  void stepOut() {
    Rooms now = rooms;
    if (now != null) {
      now.watch().close();
    }
  }

  @Override
  public void close() {
    life.close();
  }
}
