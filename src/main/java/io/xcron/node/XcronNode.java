package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.properties.ClusterProperty;
import io.xcron.fire.ChainedGrid;
import io.xcron.fire.FireConfig;
import io.xcron.fire.FireEngine;
import io.xcron.grid.HazelcastGrid;
import io.xcron.grid.RegisteredDefinitions;
import io.xcron.history.RunJournal;
import io.xcron.history.RunStatistics;
import io.xcron.http.HistoryParts;
import io.xcron.http.HttpConfig;
import io.xcron.http.HttpParts;
import io.xcron.http.HttpServer;
import io.xcron.http.Registered;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalConfig;
import io.xcron.journal.JournalMode;
import io.xcron.journal.JournalState;
import io.xcron.journal.Recovered;
import io.xcron.journal.Reservation;
import io.xcron.journal.RunStoreConfig;
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
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
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
  private final SliceKeeper slices;
  private final FireEngine engine;
  private final HttpServer http;
  private final RunJournal history;
  private final NodeState state;
  private final int memberPort;

  private XcronNode(
      NodeConfig config,
      Closing closing,
      SliceKeeper slices,
      FireEngine engine,
      HttpServer http,
      RunJournal history,
      NodeState state,
      int memberPort) {
    this.config = config;
    this.closing = closing;
    this.slices = slices;
    this.engine = engine;
    this.http = http;
    this.history = history;
    this.state = state;
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
      throw new ConfigurationException(
          "XCRON_CLUSTER_SIZE: this version runs a single member; clusters of three and more come with the next one");
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
    RunStatistics statistics = new RunStatistics(clock.nowMillis());
    RunJournal history = closing.add(setting(() -> history(config, clock, grid, statistics)));
    RegisteredDefinitions definitions = new RegisteredDefinitions(grid.registry());
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
    ScheduleCache schedules = new ScheduleCache();
    long maybeStartedUntil = before.clean() ? Long.MIN_VALUE : before.untilMillis();
    FireEngine engine =
        new FireEngine(
            grid,
            targets,
            grants,
            clock,
            schedules,
            partition -> maybeStartedUntil,
            FireConfig.defaults(),
            metrics,
            definitions,
            history,
            member);
    closing.add(engine);
    engine.start();
    try (Recovered recovered = journal.recovered()) {
      grid.recover(recovered, engine).join();
    }
    health.start();

    ClusterView view = new ClusterView(config, grid, slices, clock, journal, engine, state, null);
    view.register(metrics);
    metrics.gauge(
        "xcron.history.dropped",
        "Run records lost because they came too fast or the disk failed",
        history,
        kept -> kept.stats().dropped());
    metrics.gauge(
        "xcron.history.bytes", "What the run records take", history, kept -> kept.stats().bytes());
    HttpParts parts =
        new HttpParts(
            new ChainedGrid(grid),
            clock,
            new TargetRules(addresses),
            view::notReady,
            metrics::prometheusText,
            view::describe,
            definitions,
            new Registered(grid.registry(), health::healthy),
            ShellParts.door(config, member),
            new HistoryParts(
                history, ShellParts.liveOutput(shellTargets), statistics::figures, definitions));
    HttpServer http = closing.add(new HttpServer(setting(() -> httpConfig(config)), parts));
    closing.add(housekeeping(grid));
    Thread warmUp =
        Thread.ofPlatform()
            .name("xcron-warm-up")
            .daemon()
            .start(
                () -> WarmUp.run(grid, clock, () -> engine.runs() > 0, config.warmUp(), WARM_UP));
    warmUp.join(WARM_UP_ALONE);
    binding(
        "XCRON_HTTP_PORT",
        config.httpHost() + ":" + config.httpPort(),
        () -> {
          http.start();
          return http;
        });
    return new XcronNode(config, closing, slices, engine, http, history, state, memberPort);
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

  private static <T> T binding(String variable, String address, Supplier<T> part) {
    try {
      return part.get();
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
            config.dataDirectory(), config.clusterName(), partitions, JournalMode.SINGLE)
        .withFreshWhole(true)
        .withAcceptLoss(config.acceptLoss())
        .withSync(config.sync(), Duration.ofMillis(200));
  }

  private static RunJournal history(
      NodeConfig config, ClusterClock clock, HazelcastGrid grid, RunStatistics statistics) {
    NodeConfig.HistorySettings settings = config.history();
    RunStoreConfig store =
        RunStoreConfig.of(config.dataDirectory().resolve("runs"))
            .withRetention(Duration.ofDays(settings.days()), (long) settings.megabytes() << 20);
    return RunJournal.open(store, clock, grid::partitionOf, settings.outputBytes(), statistics);
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

  private static AutoCloseable housekeeping(HazelcastGrid grid) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("xcron-housekeeping").daemon().factory());
    var unused =
        timer.scheduleWithFixedDelay(
            () ->
                grid.sweep()
                    .exceptionally(
                        failure -> {
                          LOG.log(Logger.Level.DEBUG, "idempotency keys are swept later", failure);
                          return null;
                        }),
            SWEEP.toMillis(),
            SWEEP.toMillis(),
            TimeUnit.MILLISECONDS);
    var unusedToo =
        timer.scheduleWithFixedDelay(
            () ->
                grid.registry()
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
    state.draining();
    boolean drained = engine.drain(drain);
    http.stop();
    if (drained && state.journal().accepts()) {
      slices.closeClean();
    }
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
