package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.CPMember;
import com.hazelcast.cp.CPSubsystemManagementService;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the number of voters.
 *
 * <p>The voters are found once, when as many members as shall vote are present for the first time.
 * A voter that is lost is given up by Hazelcast after {@link ClusterConfig#VOTER_LOST}; then the
 * oldest member that does not vote yet takes its place. A member that was restarted is another
 * voter than before, and gives up the one that it was at once: two voters of three decide, but only
 * both of them together, until it votes itself. All this needs a majority of the voters.
 *
 * <p>Without a majority nothing is decided until it comes back, or a {@link #reset} starts the CP
 * Subsystem anew, with no ledger in it. That is safe only if the old majority is gone for ever, for
 * else there are two ledgers. It is gone for certain when all configured members are present and
 * each missing voter's address is held by another start: then the master resets by itself.
 * Otherwise an operator must know.
 *
 * <p>One thread, a round each second; all its waits are bounded.
 */
final class CpKeeper implements AutoCloseable {
  static final Duration ROUND = Duration.ofSeconds(1);

  /** How long one question waits. Longer only makes the rounds longer. */
  private static final Duration ANSWER = Duration.ofSeconds(1);

  /** A change of the voters takes longer; the next round sees if it was done. */
  private static final Duration CHANGE = Duration.ofSeconds(5);

  /**
   * How long the majority must be gone before a reset is thought of: twice what an election needs.
   */
  static final Duration MAJORITY_LOST = Duration.ofSeconds(10);

  /** When all go over to the number of voters of the present size; well before the reset. */
  private static final Duration MAJORITY_SILENT = MAJORITY_LOST.dividedBy(2);

  /** In a member's figure: what the keepers tell each other; see {@link #tell}. */
  static final String VOTING = "voting";

  /** The name under which it votes. */
  private static final String AS = "as";

  private static final String ASKED = "asked";

  private static final Logger LOG = System.getLogger(CpKeeper.class.getName());

  private final HazelcastInstance instance;
  private final IntSupplier size;
  private final VoterCount count;
  private final Supplier<List<ClusterFigures.MemberFigure>> figures;
  private final Thread thread;
  private volatile boolean running = true;
  private volatile State state;

  /**
   * What became of its wish to vote. Until that is known, a voter at its address may be itself; a
   * wish that failed may have left one there all the same, which nobody is.
   */
  private volatile CompletableFuture<?> promotion = CompletableFuture.completedFuture(null);

  /**
   * What the last round found.
   *
   * @param formed whether the first voters were found
   * @param known those that vote, as the majority said last, to this start or an earlier one of
   *     this member; null if it never did
   * @param answeredNanos when the majority answered last; before the first answer, when the keeper
   *     started
   */
  record State(boolean formed, @Nullable Electorate known, long answeredNanos) {
    /** How long the majority has not answered. */
    long silentMillis(long nanoTime) {
      return TimeUnit.NANOSECONDS.toMillis(nanoTime - answeredNanos);
    }

    List<Electorate.Voter> voters() {
      return known == null ? List.of() : known.voters();
    }

    /** Those of the voters that are here, see {@link Electorate#here}. */
    Set<UUID> here(List<ClusterFigures.MemberFigure> members) {
      return known == null ? Set.of() : known.here(members);
    }
  }

  /**
   * @param size how many members there shall be; it may change
   * @param figures what the members say of themselves
   * @param remembered what an earlier start of this member has known
   */
  CpKeeper(
      HazelcastInstance instance,
      IntSupplier size,
      VoterCount count,
      Supplier<List<ClusterFigures.MemberFigure>> figures,
      @Nullable Electorate remembered) {
    this.instance = instance;
    this.size = size;
    this.count = count;
    this.figures = figures;
    this.state = new State(false, remembered, System.nanoTime());
    this.thread = Thread.ofPlatform().name("xcron-voters").daemon().unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  State state() {
    return state;
  }

  /**
   * Adds to a member's figure as which voter the others find it, and who votes as far as it knows.
   *
   * <p>In the order of {@link Electorate.Witness}: of a voter that it knew before, it says for ever
   * whether it is that one once its wish was answered.
   */
  void tell(ObjectNode figure) {
    ObjectNode voting = figure.putObject(VOTING);
    Electorate known = state.known();
    if (known != null) {
      known.tell(voting);
    }
    if (!promotion.isDone()) {
      voting.put(ASKED, true);
    }
    CPMember local = management().getLocalCPMember();
    if (local != null) {
      voting.put(AS, local.getUuid().toString());
    }
    count.tell(voting);
  }

  /** What a member's figure says to the keepers; missing if it has said nothing yet. */
  static JsonNode told(ClusterFigures.MemberFigure one) {
    return one.said() == null ? MissingNode.getInstance() : one.said().figure().path(VOTING);
  }

  private static @Nullable UUID votesAs(ClusterFigures.MemberFigure one) {
    String id = told(one).path(AS).asText();
    return id.isEmpty() ? null : UUID.fromString(id);
  }

  private int voters() {
    return ClusterConfig.voters(size.getAsInt());
  }

  private void run() {
    while (running) {
      try {
        round();
      } catch (RuntimeException e) {
        LOG.log(Logger.Level.DEBUG, "the voters could not be looked after", e);
      }
      LockSupport.parkNanos(ROUND.toNanos());
    }
  }

  void round() {
    CPSubsystemManagementService cp = management();
    if (!cp.isDiscoveryCompleted()) {
      return;
    }
    long seed = count.seed();
    Collection<CPMember> found = within(ANSWER, cp.getCPMembers());
    if (seed != count.seed()) {
      return;
    }
    State before = state;
    if (found == null) {
      Electorate known = before.known();
      boolean ofThis = known != null && known.seed() == seed;
      state = new State(true, ofThis ? known : null, before.answeredNanos());
      if (state.silentMillis(System.nanoTime()) >= MAJORITY_SILENT.toMillis()) {
        count.reckonWith(voters());
      }
      resetIfSurelyLost();
      return;
    }
    List<ClusterFigures.MemberFigure> members = figures.get();
    Electorate now = new Electorate(seed, voters(found, before.voters(), members));
    state = new State(true, now, System.nanoTime());
    if (!Set.copyOf(now.voters()).equals(Set.copyOf(before.voters()))) {
      int here = state.here(members).size();
      LOG.log(Logger.Level.INFO, "{0} of {1} voters are here: {2}", here, voters(), now.voters());
    }
    CPMember former = former(found);
    if (former != null) {
      LOG.log(
          Logger.Level.INFO,
          "this member gives up a voter of its address that it is not: {0}",
          former);
      var unused = within(CHANGE, cp.removeCPMember(former.getUuid()));
    } else if (count.agrees(isMaster(), members)
        && promotion.isDone()
        && shouldVote(now.voters())) {
      LOG.log(Logger.Level.INFO, "this member takes the place of a voter");
      promotion =
          cp.promoteToCPMember()
              .whenComplete(
                  (voting, failed) -> {
                    if (failed != null) {
                      LOG.log(Logger.Level.INFO, "this member is no voter yet: {0}", failed);
                    }
                  })
              .toCompletableFuture();
    }
  }

  private static List<Electorate.Voter> voters(
      Collection<CPMember> found,
      List<Electorate.Voter> before,
      List<ClusterFigures.MemberFigure> members) {
    Map<UUID, UUID> starts = new HashMap<>();
    for (Electorate.Voter voter : before) {
      if (voter.start() != null) {
        starts.put(voter.id(), voter.start());
      }
    }
    for (ClusterFigures.MemberFigure one : members) {
      UUID id = votesAs(one);
      if (id != null) {
        starts.put(id, one.member().getUuid());
      }
    }
    return found.stream()
        .map(
            one -> new Electorate.Voter(one.getUuid(), starts.get(one.getUuid()), one.getAddress()))
        .toList();
  }

  /**
   * The voter that an earlier start of this member was, or that a promotion left that failed for us
   * only, if CP has it still. It is dead for certain, because its address is ours.
   */
  private @Nullable CPMember former(Collection<CPMember> found) {
    Member self = instance.getCluster().getLocalMember();
    if (!promotion.isDone() || management().getLocalCPMember() != null) {
      return null;
    }
    return found.stream()
        .filter(voter -> voter.getAddress().equals(self.getAddress()))
        .filter(voter -> !voter.getUuid().equals(self.getUuid()))
        .findFirst()
        .orElse(null);
  }

  /**
   * Of those that do not vote the oldest are asked, so that no two take one place. They are told by
   * address: CP takes no second voter of one.
   */
  private boolean shouldVote(List<Electorate.Voter> now) {
    Set<Address> voting = now.stream().map(Electorate.Voter::address).collect(Collectors.toSet());
    return instance.getCluster().getMembers().stream()
        .filter(member -> !voting.contains(member.getAddress()))
        .limit(Math.max(0, voters() - now.size()))
        .anyMatch(Member::localMember);
  }

  private void resetIfSurelyLost() {
    if (state.silentMillis(System.nanoTime()) >= MAJORITY_LOST.toMillis()
        && isMaster()
        && isSurelyLost()) {
      LOG.log(
          Logger.Level.WARNING,
          "the majority of the voters was lost, and each of them was restarted: the CP Subsystem starts anew");
      startAnew();
    }
  }

  /**
   * Starts the CP Subsystem anew after its majority was lost for ever. Slices then begin above all
   * that the journals have reserved. Blocks up to some seconds.
   *
   * @param oldMajorityIsDead the operator's word that no missing voter still runs somewhere or will
   *     come back; not needed when each was restarted
   * @throws IllegalStateException with the reason if it is refused
   */
  void reset(boolean oldMajorityIsDead) {
    State now = state;
    int voters = voters();
    Set<Member> present = instance.getCluster().getMembers();
    refuse(!now.formed(), "the first voters are not found yet; that needs " + voters + " members");
    refuse(
        now.silentMillis(System.nanoTime()) < MAJORITY_LOST.toMillis(),
        "the majority of the voters has answered in the last "
            + MAJORITY_LOST.toSeconds()
            + " s; nothing is lost");
    refuse(
        present.size() < voters,
        present.size() + " members are present, and " + voters + " must vote; start others");
    refuse(
        !isMaster(),
        "only the oldest member can do it; ask the one at "
            + present.iterator().next().getAddress());
    refuse(
        !oldMajorityIsDead && !isSurelyLost(),
        "a voter that is missing here may still run; stop it for good, and say that it is dead");
    LOG.log(Logger.Level.WARNING, "the CP Subsystem starts anew, as was asked for");
    refuse(!startAnew(), "it was begun and not completed in time; see the log");
  }

  private boolean startAnew() {
    boolean done =
        Boolean.TRUE.equals(within(CHANGE, management().reset().thenApply(nothing -> true)));
    state = new State(true, done ? null : state.known(), System.nanoTime());
    return done;
  }

  private static void refuse(boolean refused, String reason) {
    if (refused) {
      throw new IllegalStateException(reason);
    }
  }

  /**
   * Whether the majority is dead for certain by what all present members know, see {@link
   * Electorate#surelyLost}. One that has said nothing yet, or nothing lately, may know of others.
   */
  private boolean isSurelyLost() {
    List<ClusterFigures.MemberFigure> members = figures.get();
    long now = System.nanoTime();
    if (members.stream().anyMatch(one -> one.said() == null || one.said().isOld(now))) {
      return false;
    }
    long seed = count.seed();
    return Electorate.surelyLost(
        size.getAsInt(), members.stream().map(one -> witness(one, seed)).toList());
  }

  static Electorate.Witness witness(ClusterFigures.MemberFigure one, long seed) {
    Electorate known = Electorate.told(told(one));
    return new Electorate.Witness(
        one.member().getAddress(),
        one.member().getUuid(),
        votesAs(one),
        told(one).path(ASKED).asBoolean(),
        known == null || known.seed() != seed ? null : known);
  }

  private boolean isMaster() {
    return instance.getCluster().getMembers().iterator().next().localMember();
  }

  private CPSubsystemManagementService management() {
    return management(instance);
  }

  private static CPSubsystemManagementService management(HazelcastInstance instance) {
    return instance.getCPSubsystem().getCPSubsystemManagementService();
  }

  /** The answer, or null if there was none in time. */
  private static <T> @Nullable T within(Duration time, CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | ExecutionException e) {
      LOG.log(Logger.Level.DEBUG, "no answer from the voters", e);
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  @Override
  public void close() {
    running = false;
    thread.interrupt();
  }
}
