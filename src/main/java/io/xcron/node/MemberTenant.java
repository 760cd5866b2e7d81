package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.fire.FireEngine;
import io.xcron.journal.Journal;
import io.xcron.slice.ClusterClock;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A member of a cluster as the rest of the process sees it: {@link MemberRooms} that come and go
 * with the Hazelcast instance, behind a door that stays.
 */
final class MemberTenant implements AutoCloseable {
  /** How often a start that waits for others says so. */
  private static final Duration SAY_AGAIN = Duration.ofSeconds(20);

  private static final Duration LOOK = Duration.ofMillis(50);
  private static final String STARTING = "this member is starting its part of the grid";
  private static final Logger LOG = System.getLogger(MemberTenant.class.getName());

  private final NodeConfig config;
  private final ClusterClock clock;
  private final IntFunction<Config> configs;
  private final Supplier<Journal> journals;
  private final NodeState state;
  private final CurrentGrid current = new CurrentGrid();
  private final RunLink link;
  private final ClusterMember member;
  private volatile MemberRooms.@Nullable Engines engines;
  private volatile @Nullable Function<HazelcastInstance, AutoCloseable> shown;
  private volatile MemberRooms rooms;
  private volatile @Nullable Thread practice;
  private volatile @Nullable Departure departure;
  private boolean used;

  /**
   * Opens the journal and so locks the data directory.
   *
   * @param configs makes the configuration of each start, of the number of members that find the
   *     first voters
   * @param journals opens the journal anew
   * @param host the life of the instance, of what shall move into it, when it is a host's; null to
   *     start instances here
   */
  MemberTenant(
      NodeConfig config,
      ClusterClock clock,
      IntFunction<Config> configs,
      Supplier<Journal> journals,
      NodeState state,
      @Nullable Function<InstanceLife.Tenant, InstanceLife> host) {
    this.config = config;
    this.clock = clock;
    this.configs = configs;
    this.journals = journals;
    this.state = state;
    this.link = new RunLink(config);
    this.rooms = new MemberRooms(config, clock, journals.get());
    this.member =
        new ClusterMember(
            config,
            (moving, admission) ->
                host == null ? new GridLife(this::next, moving, admission) : host.apply(moving),
            (instance, ledger, figures) -> {
              MemberRooms now = rooms;
              MemberRooms.Engines maker = engines;
              Function<HazelcastInstance, AutoCloseable> show = shown;
              if (maker == null || show == null) {
                throw new IllegalStateException("started without engines");
              }
              now.grid().attach();
              current.is(now.grid());
              link.is(instance, now.grid());
              AutoCloseable metrics = show.apply(instance);
              AutoCloseable moveOut =
                  () -> {
                    try (metrics) {
                      current.isGone();
                      now.moveOut();
                      link.isGone();
                    }
                  };
              try {
                now.moveIn(instance, ledger, figures, maker, state, member());
                return moveOut;
              } catch (RuntimeException e) {
                try (moveOut) {
                  throw e;
                }
              }
            },
            this::figure,
            () -> rooms.seats());
  }

  /** The grid, whichever it is at the moment. */
  CurrentGrid grid() {
    return current;
  }

  /** The way of runs to the other members. */
  RunLink link() {
    return link;
  }

  ClusterMember member() {
    return member;
  }

  /**
   * Starts the instance and what stands on it; does not wait for the others.
   *
   * @param maker makes the engine of each start
   * @param figures adds this member's figures to those of each start's instance
   */
  void start(MemberRooms.Engines maker, Function<HazelcastInstance, AutoCloseable> figures)
      throws InterruptedException {
    engines = maker;
    shown = figures;
    try {
      member.start();
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("this member could not start its part of the grid", e);
    }
  }

  /** The configuration of the next start, with rooms of its own; a host's before it starts. */
  Config next() {
    if (used) {
      rooms.close();
      rooms = new MemberRooms(config, clock, journals.get());
    }
    used = true;
    Config hazelcast = configs.apply(Admission.formation(rooms.seats(), config.clusterSize()));
    rooms.prepare(hazelcast);
    return hazelcast;
  }

  /**
   * Waits for as long as it takes until this member can serve.
   *
   * @throws IllegalStateException if it is stopped before
   */
  void awaitReady() throws InterruptedException {
    long said = System.nanoTime();
    for (String reason = notReady(); reason != null; reason = notReady()) {
      if (state.isDraining()) {
        throw new IllegalStateException("this member was stopped before it was ready");
      }
      if (System.nanoTime() - said > SAY_AGAIN.toNanos()) {
        said = System.nanoTime();
        LOG.log(Logger.Level.INFO, "not ready yet: {0}", reason);
      }
      Thread.sleep(LOOK);
    }
  }

  /**
   * Compiles the road of a fire, on the partitions that this member has by now.
   *
   * @param requests whether that of a request too
   */
  void practise(boolean requests) {
    MemberRooms now = rooms;
    practice = WarmUp.start(new WarmUp.Plan(now.grid(), clock, requests, config), now::busy);
  }

  /** Why this member cannot serve; null when it can. */
  @Nullable String notReady() {
    return state.isDraining() ? "this member is stopping" : rooms.notReady();
  }

  private ObjectNode figure() {
    ClusterView view = rooms.view();
    return view == null ? JsonNodeFactory.instance.objectNode() : view.figure();
  }

  /** The answer of {@code GET /api/v1/cluster}; from memory. */
  JsonNode describe() {
    ClusterView view = rooms.view();
    if (view != null) {
      return view.describe();
    }
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("name", config.clusterName()).put("size", member.size()).put("mode", "raft");
    root.putArray("members");
    root.putArray("warnings").add(STARTING);
    return root;
  }

  /** Whether the grid of this start is at work in the Hazelcast member of this id. */
  boolean liesIn(UUID hazelcast) {
    return rooms.grid().liesIn(hazelcast);
  }

  /** The journal of this start; closed for a moment between two. */
  Journal journal() {
    return rooms.journal();
  }

  /** The current slice; negative before this start has seen one. */
  long slice() {
    ClusterView view = rooms.view();
    return view == null ? -1 : view.slice();
  }

  /** Gauges that show whichever start there is. */
  void register(NodeMetrics metrics) {
    ClusterView.register(
        metrics, () -> rooms.view(), this::notReady, config.dataDirectory().toFile());
    state.register(metrics);
  }

  /**
   * See {@link io.xcron.slice.SliceKeeper#resize}; null as well while this member sees no slice.
   */
  @Nullable CompletableFuture<@Nullable String> resize(int members) {
    return rooms.resize(members);
  }

  /**
   * Starts the voters anew, see {@link CpKeeper#reset}, unless they answer and it is journals that
   * are waited for.
   *
   * @param missingJournalsAreLost see {@link io.xcron.slice.SliceKeeper#giveUpMissing}
   * @throws IllegalStateException with the reason if it is refused
   */
  void startAnew(boolean oldMajorityIsDead, boolean missingJournalsAreLost) {
    if (!missingJournalsAreLost || !rooms.waitsForJournals()) {
      member().resetVoters(oldMajorityIsDead);
    }
    if (missingJournalsAreLost) {
      LOG.log(Logger.Level.WARNING, "the journals that are missing are given up, as was asked for");
      rooms.giveUpMissing();
    }
  }

  /**
   * Takes no more work of others, and is ready to leave: what was asked for here goes on, and
   * fires, until another member does it.
   *
   * @param atMost how long what runs is waited for in {@link #leave} and {@link #stepOut}
   * @param last what is to be done when nothing runs any more, while the others can still be
   *     reached
   */
  void quiet(Duration atMost, Runnable last) {
    long startNanos = System.nanoTime();
    Thread practising = practice;
    if (practising != null) {
      practising.interrupt();
    }
    link.takeNoMore();
    FireEngine engine = rooms.engine();
    Duration before = atMost.minus(ClusterConfig.RUNS);
    if (engine != null && before.isPositive()) {
      // Hazelcast waits no longer for a hand-over than it was told when it started.
      var unused = engine.awaitRest(before);
    }
    Departure made = new Departure(startNanos + atMost.toNanos(), last);
    departure = made;
    rooms.grid().leaving(made.left(), made::prepare);
  }

  /** Hands everything over and leaves the cluster; after {@link #quiet}. */
  void leave() {
    member.leave();
    endAfter(prepared());
  }

  /**
   * Acts no more in an instance that stays, or is gone already, and is not asked any more; the
   * others own what this member owned as soon as they hear that it keeps nothing.
   */
  void stepOut() {
    boolean clean = prepared();
    member.stepOut();
    current.isGone();
    rooms.moveOut();
    link.isGone();
    rooms.grid().leave();
    endAfter(clean);
  }

  private boolean prepared() {
    Departure made = departure;
    if (made == null) {
      throw new IllegalStateException("a member that leaves must be quiet before");
    }
    made.prepare();
    return made.clean;
  }

  private void endAfter(boolean clean) {
    if (clean) {
      rooms.endClean();
    }
  }

  /** The way out of the cluster: waits for what nobody could take over. */
  private final class Departure {
    private final long deadlineNanos;
    private final Runnable last;
    private boolean prepared;
    private boolean clean;

    Departure(long deadlineNanos, Runnable last) {
      this.deadlineNanos = deadlineNanos;
      this.last = last;
    }

    /** Once, whoever comes first. */
    synchronized void prepare() {
      if (prepared) {
        return;
      }
      prepared = true;
      FireEngine engine = rooms.engine();
      clean = engine == null || engine.drain(left());
      if (!link.drain(left())) {
        LOG.log(Logger.Level.INFO, "what still runs here for other members is ended");
      }
      last.run();
    }

    private Duration left() {
      return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
    }
  }

  @Override
  public void close() {
    member.close();
    rooms.close();
  }
}
