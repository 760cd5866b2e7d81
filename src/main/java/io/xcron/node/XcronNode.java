package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.properties.ClusterProperty;
import io.xcron.fire.FireConfig;
import io.xcron.fire.FireEngine;
import io.xcron.grid.HazelcastGrid;
import io.xcron.grid.RegisteredDefinitions;
import io.xcron.grid.Registry;
import io.xcron.grid.TaskGrid;
import io.xcron.history.RunJournal;
import io.xcron.history.RunStatistics;
import io.xcron.http.HistoryParts;
import io.xcron.http.HttpConfig;
import io.xcron.http.HttpParts;
import io.xcron.http.HttpServer;
import io.xcron.http.Readiness;
import io.xcron.http.Registered;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalConfig;
import io.xcron.journal.JournalMode;
import io.xcron.journal.JournalState;
import io.xcron.journal.Recovered;
import io.xcron.journal.Reservation;
import io.xcron.journal.RunStoreConfig;
import io.xcron.model.Grants;
import io.xcron.schedule.ScheduleCache;
import io.xcron.slice.ClusterClock;
import io.xcron.slice.SliceKeeper;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HttpTargets;
import io.xcron.target.RoutedTargets;
import io.xcron.target.ServiceHealth;
import io.xcron.target.ServiceTargets;
import io.xcron.target.ShellTargets;
import io.xcron.target.Targets;
import java.lang.System.Logger;
import java.net.BindException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/** A running member. */
public final class XcronNode {
  private static final Logger LOG = System.getLogger(XcronNode.class.getName());

  private static final Duration FIRST_SLICE = Duration.ofSeconds(30);
  private static final Duration WARM_UP = Duration.ofSeconds(20);

  /** How long the door waits for the warm-up, which goes on behind it. */
  private static final Duration WARM_UP_ALONE = Duration.ofSeconds(1);

  /** How far this member may lag behind the services and calendars that others have written. */
  private static final Duration REFRESH = Duration.ofSeconds(1);

  private static final Duration SWEEP = Duration.ofMinutes(10);

  private final NodeConfig config;
  private final Closing closing;
  private final HttpServer http;
  private final RunJournal history;
  private final Consumer<Duration> ending;
  private final int memberPort;

  /**
   * @param ending ends in order what stands on the grid, within the time; before all is closed
   */
  private XcronNode(
      NodeConfig config,
      Closing closing,
      HttpServer http,
      RunJournal history,
      Consumer<Duration> ending,
      int memberPort) {
    this.config = config;
    this.closing = closing;
    this.http = http;
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
    Closing closing = new Closing();
    try {
      return start(config, closing);
    } catch (RuntimeException | InterruptedException e) {
      closing.closeAll();
      if (e instanceof RuntimeException failure) {
        throw failure;
      }
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while starting", e);
    }
  }

  private static XcronNode start(NodeConfig config, Closing closing) throws InterruptedException {
    if (config.clusterSize() > 1) {
      return startMember(config, closing);
    }
    LOG.log(
        Logger.Level.INFO,
        "this member runs alone: one copy of each task, in {0}; it survives any crash, not the loss of its disk",
        config.dataDirectory().toAbsolutePath().normalize());
    Config hazelcastConfig = GridConfig.of(config);
    int partitions =
        Integer.parseInt(hazelcastConfig.getProperty(ClusterProperty.PARTITION_COUNT.getName()));
    AddressPolicy addresses =
        setting(
            () ->
                AddressPolicy.parse(
                    config.loopbackOnly(), config.targetAllow(), config.targetDeny()));
    ClusterClock clock = new ClusterClock();
    NodeMetrics metrics = closing.add(new NodeMetrics());
    NodeState state = new NodeState();
    Journal journal =
        closing.add(Journal.open(journalConfig(config, partitions), state::journalChanged));
    Reservation before = journal.recovered().reservation();
    NodeGrants grants = new NodeGrants(journal);

    HazelcastGrid grid = new HazelcastGrid(journal, grants, clock);
    grid.prepare(hazelcastConfig, 0);
    HazelcastInstance hazelcast =
        binding(
            "XCRON_MEMBER_PORT",
            config.memberHost() + ":" + config.memberPort(),
            () -> GridLife.open(hazelcastConfig));
    closing.add(() -> hazelcast.getLifecycleService().terminate());
    grid.attach();
    state.mendWith(grid);

    SliceKeeper slices =
        closing.add(
            SliceKeeper.alone(clock, new JournalReserve(journal), partitions, before.sliceLimit()));
    slices.start(FIRST_SLICE);
    grants.from(slices);

    int memberPort = hazelcast.getCluster().getLocalMember().getAddress().getPort();
    String member = config.memberHost() + ":" + memberPort;
    Surroundings around =
        surroundings(config, closing, clock, addresses, grid.registry(), grid::partitionOf, member);
    long maybeStartedUntil = before.clean() ? Long.MIN_VALUE : before.untilMillis();
    FireEngine engine = around.engine(grid, grants, clock, partition -> maybeStartedUntil, metrics);
    closing.add(engine);
    engine.start();
    try (Recovered recovered = journal.recovered()) {
      grid.recover(recovered, engine).join();
    }
    around.health().start();

    ClusterView view = new ClusterView(config, grid, slices, clock, journal, engine, state, null);
    view.register(metrics);
    HttpParts parts =
        around.door(grid, clock, metrics, view::notReady, view::describe, grid.registry());
    HttpServer http = closing.add(new HttpServer(setting(() -> httpConfig(config)), parts));
    closing.add(housekeeping(grid::sweep, grid.registry()));
    warmUp(config, grid, clock, engine::runs);
    open(config, http);
    return new XcronNode(
        config,
        closing,
        http,
        around.history(),
        drain -> {
          state.draining();
          boolean drained = engine.drain(drain);
          http.stop();
          if (drained && state.journal().accepts()) {
            slices.closeClean();
          }
        },
        memberPort);
  }

  /**
   * A member of a cluster. Its door opens before it is ready, so that it can be asked what it waits
   * for.
   */
  private static XcronNode startMember(NodeConfig config, Closing closing)
      throws InterruptedException {
    LOG.log(
        Logger.Level.INFO,
        "this member is one of {0}: up to three copies of each task, two of them before a write is"
            + " acknowledged",
        config.clusterSize());
    int partitions =
        Integer.parseInt(
            GridConfig.of(config).getProperty(ClusterProperty.PARTITION_COUNT.getName()));
    AddressPolicy addresses =
        setting(
            () ->
                AddressPolicy.parse(
                    config.loopbackOnly(), config.targetAllow(), config.targetDeny()));
    ClusterClock clock = new ClusterClock(WallClock.machine());
    NodeMetrics metrics = closing.add(new NodeMetrics());
    NodeState state = new NodeState();
    MemberTenant tenant =
        closing.add(
            new MemberTenant(
                config,
                clock,
                () -> Journal.open(journalConfig(config, partitions), state::journalChanged),
                state));
    CurrentGrid grid = tenant.grid();
    String member = config.memberHost() + ":" + config.memberPort();
    Surroundings around =
        surroundings(config, closing, clock, addresses, grid, grid::partitionOf, member);
    binding(
        "XCRON_MEMBER_PORT",
        config.memberHost() + ":" + config.memberPort(),
        () -> {
          tenant.start(
              rooms ->
                  around.engine(
                      rooms.grid(), rooms.grants(), clock, rooms::maybeStartedUntil, metrics));
          return tenant;
        });
    around.health().start();
    tenant.register(metrics);
    HttpParts parts = around.door(grid, clock, metrics, tenant::notReady, tenant::describe, grid);
    HttpServer http = closing.add(new HttpServer(setting(() -> httpConfig(config)), parts));
    closing.add(housekeeping(grid::sweep, grid));
    open(config, http);
    warmUp(config, grid, clock, tenant::runs);
    tenant.awaitReady();
    return new XcronNode(
        config,
        closing,
        http,
        around.history(),
        drain -> {
          state.draining();
          boolean drained = tenant.drain(drain);
          http.stop();
          tenant.leave(drained);
        },
        config.memberPort());
  }

  /**
   * What does not depend on a start of the grid: where runs go and are noted, and what is known by
   * name.
   */
  private record Surroundings(
      NodeConfig config,
      AddressPolicy addresses,
      RunStatistics statistics,
      RunJournal history,
      RegisteredDefinitions definitions,
      ServiceHealth health,
      ShellTargets shellTargets,
      Targets targets,
      String member) {
    FireEngine engine(
        TaskGrid grid,
        Grants grants,
        ClusterClock clock,
        IntToLongFunction maybeStartedUntil,
        NodeMetrics metrics) {
      return new FireEngine(
          grid,
          targets,
          grants,
          clock,
          new ScheduleCache(),
          maybeStartedUntil,
          FireConfig.defaults(),
          metrics,
          definitions,
          history,
          member);
    }

    HttpParts door(
        TaskGrid grid,
        ClusterClock clock,
        NodeMetrics metrics,
        Readiness readiness,
        Supplier<JsonNode> cluster,
        Registry registry) {
      metrics.gauge(
          "xcron.history.dropped",
          "Run records lost because they came too fast or the disk failed",
          history,
          kept -> kept.stats().dropped());
      metrics.gauge(
          "xcron.history.bytes",
          "What the run records take",
          history,
          kept -> kept.stats().bytes());
      return new HttpParts(
          grid,
          clock,
          new TargetRules(addresses),
          readiness,
          metrics::prometheusText,
          cluster,
          definitions,
          new Registered(registry, health::healthy),
          ShellParts.door(config, member),
          new HistoryParts(
              history, ShellParts.liveOutput(shellTargets), statistics::figures, definitions));
    }
  }

  private static Surroundings surroundings(
      NodeConfig config,
      Closing closing,
      ClusterClock clock,
      AddressPolicy addresses,
      Registry registry,
      ToIntFunction<String> partitionOf,
      String member) {
    RunStatistics statistics = new RunStatistics(clock.nowMillis());
    RunJournal history =
        closing.add(setting(() -> history(config, clock, partitionOf, statistics)));
    RegisteredDefinitions definitions = new RegisteredDefinitions(registry);
    HttpTargets.Config senderConfig = setting(() -> targetConfig(config, addresses));
    ServiceHealth health = closing.add(serviceHealth(config, definitions, senderConfig));
    HttpTargets callbacks = closing.add(new HttpTargets(senderConfig));
    ShellTargets shellTargets = closing.add(ShellParts.targets(config, member));
    Targets targets =
        new RoutedTargets(
            callbacks,
            new ServiceTargets(callbacks, definitions, health::healthy, config.serviceCommands()),
            shellTargets,
            null);
    return new Surroundings(
        config, addresses, statistics, history, definitions, health, shellTargets, targets, member);
  }

  private static void warmUp(NodeConfig config, TaskGrid grid, ClusterClock clock, IntSupplier runs)
      throws InterruptedException {
    Thread warmUp =
        Thread.ofPlatform()
            .name("xcron-warm-up")
            .daemon()
            .start(
                () -> WarmUp.run(grid, clock, () -> runs.getAsInt() > 0, config.warmUp(), WARM_UP));
    warmUp.join(WARM_UP_ALONE);
  }

  private static void open(NodeConfig config, HttpServer http) throws InterruptedException {
    binding(
        "XCRON_HTTP_PORT",
        config.httpHost() + ":" + config.httpPort(),
        () -> {
          http.start();
          return http;
        });
  }

  /**
   * The parts name what is wrong with a setting; that is an error of the configuration, not of the
   * program.
   */
  private static <T> T setting(Supplier<T> part) {
    try {
      return part.get();
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(String.valueOf(e.getMessage()));
    }
  }

  /** A part that opens a port. */
  private interface Binding<T> {
    T open() throws InterruptedException;
  }

  private static <T> T binding(String variable, String address, Binding<T> part)
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

  private static JournalConfig journalConfig(NodeConfig config, int partitions) {
    return JournalConfig.of(
            config.dataDirectory(),
            config.clusterName(),
            partitions,
            config.clusterSize() > 1 ? JournalMode.RAFT : JournalMode.SINGLE)
        .withFreshWhole(config.clusterSize() == 1)
        .withAcceptLoss(config.acceptLoss())
        .withSync(config.sync(), Duration.ofMillis(200));
  }

  private static RunJournal history(
      NodeConfig config,
      ClusterClock clock,
      ToIntFunction<String> partitionOf,
      RunStatistics statistics) {
    NodeConfig.HistorySettings settings = config.history();
    RunStoreConfig store =
        RunStoreConfig.of(config.dataDirectory().resolve("runs"))
            .withRetention(Duration.ofDays(settings.days()), (long) settings.megabytes() << 20);
    return RunJournal.open(store, clock, partitionOf, settings.outputBytes(), statistics);
  }

  /** Where the engine tells of runs. */
  RunJournal history() {
    return history;
  }

  private static HttpTargets.Config targetConfig(NodeConfig config, AddressPolicy addresses) {
    String secret = config.signingSecret();
    return HttpTargets.Config.of(
        addresses,
        name -> config.secrets().get(name),
        secret == null ? null : HttpTargets.signingKey(secret));
  }

  private static ServiceHealth serviceHealth(
      NodeConfig config, RegisteredDefinitions definitions, HttpTargets.Config sender) {
    return new ServiceHealth(
        definitions,
        () -> new HttpTargets(ServiceHealth.senderConfig(sender)),
        config.serviceCommands(),
        ServiceHealth.Config.DEFAULT);
  }

  private static HttpConfig httpConfig(NodeConfig config) {
    HttpConfig.Limits limits = HttpConfig.Limits.DEFAULT;
    return new HttpConfig(
        config.httpHost(),
        config.httpPort(),
        config.apiToken(),
        config.trustedNetworks(),
        config.zone(),
        config.typeFromFormat(),
        new HttpConfig.Limits(
            limits.maxBodyBytes(),
            limits.maxLineBytes(),
            config.rateLimit(),
            limits.maxConcurrent(),
            limits.maxConnections(),
            limits.deadline(),
            limits.readTimeout()));
  }

  private static AutoCloseable housekeeping(
      Supplier<CompletableFuture<Void>> sweep, Registry registry) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("xcron-housekeeping").daemon().factory());
    var unused =
        timer.scheduleWithFixedDelay(
            () ->
                sweep
                    .get()
                    .exceptionally(
                        failure -> {
                          LOG.log(Logger.Level.DEBUG, "idempotency keys are swept later", failure);
                          return null;
                        }),
            SWEEP.toMillis(),
            SWEEP.toMillis(),
            TimeUnit.MILLISECONDS);
    var refreshing =
        timer.scheduleWithFixedDelay(
            () ->
                registry
                    .refresh()
                    .exceptionally(
                        failure -> {
                          LOG.log(Logger.Level.DEBUG, "definitions are refreshed later", failure);
                          return null;
                        }),
            REFRESH.toMillis(),
            REFRESH.toMillis(),
            TimeUnit.MILLISECONDS);
    return timer::shutdownNow;
  }

  /** Where it is reached: {@code http://<host>:<port> member <host>:<port>}. */
  public String address() {
    return "http://"
        + config.httpHost()
        + ":"
        + http.port()
        + " member "
        + config.memberHost()
        + ":"
        + memberPort;
  }

  public int httpPort() {
    return http.port();
  }

  /**
   * Stops in order: no new fires, running ones finish within the time, and the journal notes a
   * clean end.
   */
  public void stop(Duration drain) {
    ending.accept(drain);
    closing.closeAll();
  }

  /**
   * What was opened, closed in reverse order. One that fails does not keep the others from being
   * closed.
   */
  private static final class Closing {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    <T extends AutoCloseable> T add(T closeable) {
      opened.push(closeable);
      return closeable;
    }

    void closeAll() {
      for (AutoCloseable next = opened.poll(); next != null; next = opened.poll()) {
        try {
          next.close();
        } catch (Exception e) {
          LOG.log(Logger.Level.WARNING, "a part did not stop in order", e);
        }
      }
    }
  }

  /** What the parts tell the node while it runs. */
  static final class NodeState {
    private volatile JournalState journal = JournalState.OPEN;
    private volatile boolean draining;
    private volatile @Nullable HazelcastGrid grid;

    void journalChanged(JournalState from, JournalState to) {
      journal = to;
      LOG.log(
          to == JournalState.OPEN || to == JournalState.SHUT
              ? Logger.Level.INFO
              : Logger.Level.WARNING,
          "the journal is {0}, it was {1}",
          to,
          from);
      HazelcastGrid mended = grid;
      if (to.accepts() && !from.accepts() && mended != null) {
        var unused =
            mended
                .mendJournal()
                .exceptionally(
                    failure -> {
                      LOG.log(
                          Logger.Level.WARNING, "a partition could not be written anew", failure);
                      return null;
                    });
      }
    }

    void mendWith(HazelcastGrid opened) {
      grid = opened;
    }

    void draining() {
      draining = true;
    }

    boolean isDraining() {
      return draining;
    }

    JournalState journal() {
      return journal;
    }
  }
}
