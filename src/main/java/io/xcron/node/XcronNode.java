package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import io.xcron.fire.FireEngine;
import io.xcron.fire.LocalMutexes;
import io.xcron.grid.HazelcastGrid;
import io.xcron.grid.Peers;
import io.xcron.history.RunJournal;
import io.xcron.http.HttpParts;
import io.xcron.http.HttpServer;
import io.xcron.http.TaskDesk;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalConfig;
import io.xcron.journal.JournalMode;
import io.xcron.journal.Recovered;
import io.xcron.journal.Reservation;
import io.xcron.slice.ClusterClock;
import io.xcron.slice.SliceKeeper;
import io.xcron.target.AddressPolicy;
import io.xcron.target.MemberLink;
import java.lang.System.Logger;
import java.net.BindException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A running member. */
public final class XcronNode {
  private static final Logger LOG = System.getLogger(XcronNode.class.getName());

  private static final Duration FIRST_SLICE = Duration.ofSeconds(30);

  /** How long the door waits for the warm-up, which goes on behind it. */
  private static final Duration WARM_UP_ALONE = Duration.ofSeconds(1);

  private final NodeConfig config;
  private final Closing closing;
  private final @Nullable HttpServer http;
  private final TaskDesk desk;
  private final RunJournal history;
  private final Ending ending;
  private final int memberPort;
  private final CompletableFuture<String> ended = new CompletableFuture<>();
  private boolean quiet;

  /** The order in which a member ends, before all is closed. */
  interface Ending {
    /** Takes nothing on any more; who is alone also waits for what runs, and shuts the door. */
    void quiet(Duration drain);

    /** Gives up what it has a title to; who is not alone does what is left of the above. */
    void leave();
  }

  XcronNode(
      NodeConfig config,
      Closing closing,
      @Nullable HttpServer http,
      TaskDesk desk,
      RunJournal history,
      Ending ending,
      int memberPort) {
    this.config = config;
    this.closing = closing;
    this.http = http;
    this.desk = desk;
    this.history = history;
    this.ending = ending;
    this.memberPort = memberPort;
  }

  /**
   * Starts a member; it is ready when this returns.
   *
   * @throws ConfigurationException if a setting forbids it
   * @throws io.xcron.journal.JournalException if the data directory does
   */
  public static XcronNode start(NodeConfig config) {
    return start(config, Embedding.NONE);
  }

  /** Starts a member of a host, with a Hazelcast instance of its own; otherwise as above. */
  public static XcronNode start(NodeConfig config, Embedding embedding) {
    return config.clusterSize() > 1
        ? MemberStart.own(config, embedding)
        : startAlone(config, embedding);
  }

  private static XcronNode startAlone(NodeConfig config, Embedding embedding) {
    Config hazelcastConfig = GridConfig.of(config);
    HttpAddress.tell(hazelcastConfig, config, embedding);
    Ground ground = Ground.lay(config, hazelcastConfig);
    HazelcastInstance hazelcast;
    try {
      hazelcast =
          binding(
              "XCRON_MEMBER_PORT",
              config.memberHost() + ":" + config.memberPort(),
              () -> GridLife.open(hazelcastConfig));
    } catch (RuntimeException | InterruptedException e) {
      ground.close();
      throw failed(e);
    }
    ground.closing().add(() -> hazelcast.getLifecycleService().terminate());
    return compose(ground, hazelcast, embedding);
  }

  /** What a Hazelcast instance has to be started with. */
  record Ground(
      NodeConfig config,
      Closing closing,
      ClusterClock clock,
      NodeMetrics metrics,
      NodeState state,
      AddressPolicy addresses,
      int partitions,
      Journal journal,
      NodeGrants grants,
      HazelcastGrid grid)
      implements HostGround {
    /** Opens the journal, and adds the grid to the configuration. */
    static Ground lay(NodeConfig config, Config hazelcastConfig) {
      Closing closing = new Closing();
      try {
        return lay(config, hazelcastConfig, closing);
      } catch (RuntimeException e) {
        closing.closeAll();
        throw e;
      }
    }

    private static Ground lay(NodeConfig config, Config hazelcastConfig, Closing closing) {
      LOG.log(
          Logger.Level.INFO,
          "this member runs alone: one copy of each task, in {0}; it survives any crash, not the loss of its disk",
          config.dataDirectory().toAbsolutePath().normalize());
      int partitions = partitionsOf(hazelcastConfig);
      AddressPolicy addresses = NodeParts.addresses(config);
      ClusterClock clock = new ClusterClock();
      NodeMetrics metrics = closing.add(new NodeMetrics());
      NodeState state = new NodeState();
      Journal journal =
          closing.add(Journal.open(journalConfig(config, partitions), state::journalChanged));
      requireWhole(journal);
      NodeGrants grants = new NodeGrants(journal);
      HazelcastGrid grid = new HazelcastGrid(journal, grants, clock);
      grid.prepare(hazelcastConfig, 0);
      return new Ground(
          config, closing, clock, metrics, state, addresses, partitions, journal, grants, grid);
    }

    /** Alone nobody else brings what is missing. */
    private static void requireWhole(Journal journal) {
      long missing =
          journal.recovered().partitions().stream()
              .filter(
                  partition ->
                      switch (partition.state()) {
                        case WHOLE -> false;
                        case ABSENT, COPYING -> true;
                      })
              .count();
      if (missing > 0) {
        throw new ConfigurationException(
            "XCRON_CLUSTER_SIZE: of "
                + journal.recovered().partitions().size()
                + " partitions this journal holds "
                + missing
                + " not whole, so this member cannot go on alone; start it as one of its cluster, until"
                + " it has copies of all");
      }
    }

    @Override
    public boolean liesIn(HazelcastInstance instance) {
      return grid.liesIn(instance.getLocalEndpoint().getUuid());
    }

    @Override
    public XcronNode compose(HazelcastInstance instance, Embedding embedding) {
      return XcronNode.compose(this, instance, embedding);
    }

    /** It is ready when it is composed. */
    @Override
    public void awaitReady() {}

    /** The grants. */
    @Override
    public void resign() {
      grants.from(partition -> null);
    }

    @Override
    public void close() {
      closing.closeAll();
    }
  }

  /** Builds the rest upon a Hazelcast instance that was started with the ground's configuration. */
  static XcronNode compose(Ground ground, HazelcastInstance hazelcast, Embedding embedding) {
    try {
      return build(ground, hazelcast, embedding);
    } catch (RuntimeException | InterruptedException e) {
      ground.close();
      throw failed(e);
    }
  }

  /** What to throw when a start failed. */
  static RuntimeException failed(Exception e) {
    if (e instanceof RuntimeException failure) {
      return failure;
    }
    Thread.currentThread().interrupt();
    return new IllegalStateException("interrupted while starting", e);
  }

  private static XcronNode build(Ground ground, HazelcastInstance hazelcast, Embedding embedding)
      throws InterruptedException {
    NodeConfig config = ground.config();
    Closing closing = ground.closing();
    ClusterClock clock = ground.clock();
    NodeMetrics metrics = ground.metrics();
    NodeState state = ground.state();
    Journal journal = ground.journal();
    Reservation before = journal.recovered().reservation();
    NodeGrants grants = ground.grants();
    HazelcastGrid grid = ground.grid();
    grid.attach();
    state.mendWith(grid);

    SliceKeeper slices =
        closing.add(
            SliceKeeper.alone(
                clock,
                new JournalReserve(journal),
                journal.identity().store(),
                ground.partitions(),
                before.sliceLimit()));
    slices.onLapse(state::lapsed);
    state.register(metrics);
    slices.start(FIRST_SLICE);
    grants.from(slices);

    int memberPort = hazelcast.getCluster().getLocalMember().getAddress().getPort();
    String member = config.memberHost() + ":" + memberPort;
    NodeParts parts =
        new NodeParts(
            new NodeParts.Ground(
                config, closing, clock, metrics, ground.addresses(), embedding, member),
            new NodeParts.Books(
                grid,
                grid.registry(),
                Peers.NONE,
                grid::partitionOf,
                grid::sweep,
                MemberLink.alone(RunLink.peer(config, member))));
    state.warnOf(parts::warning);
    long maybeStartedUntil = before.clean() ? Long.MIN_VALUE : before.untilMillis();
    FireEngine engine =
        parts.engine(grid, grants, partition -> maybeStartedUntil, new LocalMutexes(slices::slice));
    closing.add(engine);
    engine.start();
    try (Recovered recovered = journal.recovered()) {
      grid.recover(recovered, engine).join();
    }
    parts.startHealth();

    ClusterView view = new ClusterView(config, grid, slices, clock, journal, engine, state, null);
    view.register(metrics);
    closing.add(parts.showIn(hazelcast));
    NodeControl control =
        closing.add(
            new NodeControl(
                new Backups(config.dataDirectory(), () -> journal, slices::slice), null, clock));
    HttpParts door = parts.door(new LoneReadiness(view::notReady, state), view::describe, control);
    HttpServer http = parts.server(door);
    parts.keepHouse();
    Thread practice =
        WarmUp.start(new WarmUp.Plan(grid, clock, http != null, config), () -> engine.runs() > 0);
    practice.join(WARM_UP_ALONE);
    open(config, http);
    return new XcronNode(
        config,
        closing,
        http,
        new TaskDesk(door),
        parts.history(),
        new Ending() {
          private boolean drained;

          @Override
          public void quiet(Duration drain) {
            state.draining();
            practice.interrupt();
            drained = engine.drain(drain);
            shut(http);
          }

          @Override
          public void leave() {
            if (drained && state.journal().accepts()) {
              slices.closeClean();
            }
          }
        },
        memberPort);
  }

  static int partitionsOf(Config hazelcastConfig) {
    return new HazelcastProperties(hazelcastConfig).getInteger(ClusterProperty.PARTITION_COUNT);
  }

  static void open(NodeConfig config, @Nullable HttpServer http) throws InterruptedException {
    if (http != null) {
      if (config.isOpenToAll()) {
        LOG.log(
            Logger.Level.WARNING,
            "XCRON_ALLOW_ANONYMOUS: whoever reaches {0}:{1} may read and change every task without a token",
            config.httpHost(),
            String.valueOf(config.httpPort()));
      }
      binding(
          "XCRON_HTTP_PORT",
          config.httpHost() + ":" + config.httpPort(),
          () -> {
            http.start();
            return http;
          });
    }
  }

  static void shut(@Nullable HttpServer http) {
    if (http != null) {
      http.stop();
    }
  }

  /** A part that opens a port. */
  @FunctionalInterface
  interface Binding<T> {
    T open() throws InterruptedException;
  }

  static <T> T binding(String variable, String address, Binding<T> part)
      throws InterruptedException {
    try {
      return part.open();
    } catch (RuntimeException e) {
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof BindException
            || String.valueOf(cause.getMessage()).contains("already in use")) {
          throw new ConfigurationException(
              variable
                  + ": "
                  + address
                  + " is in use, or no address of this machine; choose another");
        }
      }
      throw e;
    }
  }

  static JournalConfig journalConfig(NodeConfig config, int partitions) {
    return JournalConfig.of(
            config.dataDirectory(),
            config.clusterName(),
            partitions,
            config.clusterSize() > 1 ? JournalMode.RAFT : JournalMode.SINGLE)
        .withFreshWhole(config.clusterSize() == 1)
        .withAcceptLoss(config.acceptLoss())
        .withLeaveCluster(config.leaveCluster())
        .withSync(config.sync(), Duration.ofMillis(200));
  }

  /** Where the engine tells of runs. */
  RunJournal history() {
    return history;
  }

  /** Where it is reached: {@code http://<host>:<port> member <host>:<port>}. */
  public String address() {
    String member = "member " + config.memberHost() + ":" + memberPort;
    return http == null
        ? member
        : HttpAddress.url(config, config.httpHost(), http.port()) + " " + member;
  }

  /** The port of the door; 0 without one. */
  public int httpPort() {
    return http == null ? 0 : http.port();
  }

  /** The zone of cron texts that name none. */
  public ZoneId zone() {
    return config.zone();
  }

  /** Where callers in this process ask. */
  public TaskDesk desk() {
    return desk;
  }

  /** Completed with the reason, in words, when this member has stopped, whoever stopped it. */
  public CompletableFuture<String> ended() {
    return ended.copy();
  }

  /**
   * Stops in order: no new fires, running ones finish within the time, and the journal notes a
   * clean end. A second call waits for the first.
   */
  public void stop(Duration drain) {
    stop(drain, "it was closed");
  }

  /** The same, with the reason for {@link #ended}. */
  void stop(Duration drain, String reason) {
    quiet(drain);
    finish(reason);
  }

  /** The first half of a stop; the grid stays, to be handed over. */
  synchronized void quiet(Duration drain) {
    if (!quiet) {
      quiet = true;
      ending.quiet(drain);
    }
  }

  /** The second half. */
  synchronized void finish(String reason) {
    if (!ended.isDone()) {
      ending.leave();
      closing.closeAll();
      ended.complete(reason);
    }
  }
}
