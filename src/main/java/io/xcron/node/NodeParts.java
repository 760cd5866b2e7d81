package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.alert.Alerts;
import io.xcron.fire.ChainedGrid;
import io.xcron.fire.FireConfig;
import io.xcron.fire.FireEngine;
import io.xcron.fire.Mutexes;
import io.xcron.grid.Peers;
import io.xcron.grid.RegisteredDefinitions;
import io.xcron.grid.Registry;
import io.xcron.grid.TaskGrid;
import io.xcron.history.HistoryCluster;
import io.xcron.history.RunFigures;
import io.xcron.history.RunJournal;
import io.xcron.history.RunStatistics;
import io.xcron.http.HistoryParts;
import io.xcron.http.HttpConfig;
import io.xcron.http.HttpParts;
import io.xcron.http.HttpServer;
import io.xcron.http.Readiness;
import io.xcron.http.Registered;
import io.xcron.journal.RunStoreConfig;
import io.xcron.model.Grants;
import io.xcron.schedule.ScheduleCache;
import io.xcron.sink.RunSink;
import io.xcron.slice.ClusterClock;
import io.xcron.target.AddressPolicy;
import io.xcron.target.HandlerTargets;
import io.xcron.target.HttpTargets;
import io.xcron.target.MemberLink;
import io.xcron.target.MemberRuns;
import io.xcron.target.RoutedTargets;
import io.xcron.target.ServiceHealth;
import io.xcron.target.ServiceTargets;
import io.xcron.target.ShellTargets;
import io.xcron.target.Targets;
import java.lang.System.Logger;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a member is made of besides its grid, whether it runs alone or is one of many: where runs go
 * and are noted, what is known by name, and the door. None of it depends on a start of the grid,
 * which may come and go below.
 */
final class NodeParts {
  private static final Logger LOG = System.getLogger(NodeParts.class.getName());

  /** How far this member may lag behind the services and calendars that others have written. */
  private static final Duration REFRESH = Duration.ofSeconds(1);

  private static final Duration SWEEP = Duration.ofMinutes(10);

  /** How long a stop waits for others to take the last run records. */
  private static final Duration HAND_OVER = Duration.ofSeconds(1);

  private final Ground ground;
  private final Books books;
  private final RunStatistics statistics;
  private final HistoryCluster history;
  private final @Nullable RunSink sink;
  private final RegisteredDefinitions definitions;
  private final ServiceHealth health;
  private final MemberRuns runs;
  private final Targets targets;
  private final Alerts alerts;

  /**
   * What the parts are built with.
   *
   * @param closing gets all that must be closed
   * @param member {@code host:port}, as runs and commands name it
   */
  record Ground(
      NodeConfig config,
      Closing closing,
      ClusterClock clock,
      NodeMetrics metrics,
      AddressPolicy addresses,
      Embedding embedding,
      String member) {}

  /**
   * What the grid keeps, and who else keeps it, seen from above.
   *
   * @param link the way to the other members, for runs
   */
  record Books(
      TaskGrid tasks,
      Registry registry,
      Peers peers,
      ToIntFunction<String> partitionOf,
      Supplier<CompletableFuture<Void>> sweep,
      MemberLink link) {}

  NodeParts(Ground ground, Books books) {
    this.ground = ground;
    this.books = books;
    NodeConfig config = ground.config();
    ClusterClock clock = ground.clock();
    NodeMetrics metrics = ground.metrics();
    Closing closing = ground.closing();
    statistics = new RunStatistics();
    history = closing.add(setting(() -> history(ground, books, statistics)));
    sink = SinkParts.open(config.history().sink(), history.local().store(), runs(config), metrics);
    if (sink != null) {
      closing.add(sink);
    }
    definitions = new RegisteredDefinitions(books.registry());
    HttpTargets.Config sender = setting(() -> targetConfig(config, ground.addresses()));
    health = closing.add(serviceHealth(config, definitions, sender));
    HttpTargets callbacks = closing.add(new HttpTargets(sender));
    runs =
        closing.add(
            new MemberRuns(
                books.link(),
                ground.embedding().handlers(),
                ShellTargets.Bounds.DEFAULT,
                HandlerTargets.Bounds.DEFAULT));
    targets =
        new RoutedTargets(
            callbacks,
            new ServiceTargets(callbacks, definitions, health::healthy, config.serviceCommands()),
            runs.shell(),
            runs.handlers());
    alerts = closing.add(SafetyParts.alerts(config, books.tasks(), clock, callbacks, metrics));
  }

  /** Where the engine tells of runs. */
  RunJournal history() {
    return history.local();
  }

  /** Answers what other members ask of the past. */
  Peers.Answering answering() {
    return history.answering();
  }

  /** Gives the last run records to other members, before these are left. */
  void handOver() {
    history.handOver(HAND_OVER);
  }

  /** What an operator must know of where run records go; null when all is well. */
  @Nullable String warning() {
    return SinkParts.warning(sink);
  }

  /**
   * Makes the engine that fires on a grid.
   *
   * @param maybeStartedUntil see {@link FireEngine}
   */
  FireEngine engine(
      TaskGrid grid, Grants grants, IntToLongFunction maybeStartedUntil, Mutexes mutexes) {
    return new FireEngine(
        grid,
        targets,
        grants,
        ground.clock(),
        new ScheduleCache(),
        maybeStartedUntil,
        FireConfig.defaults(),
        ground.metrics(),
        definitions,
        SafetyParts.both(history.local(), alerts),
        ground.member(),
        mutexes);
  }

  /** Shows this member's figures among those of an instance, until that is closed. */
  AutoCloseable showIn(HazelcastInstance instance) {
    return HazelcastFigures.showIn(
        instance,
        ground.metrics(),
        () -> statistics.figures(RunFigures.Window.MINUTE, ground.clock().nowMillis()));
  }

  /** Begins to look after the services; definitions must be at hand, or come later. */
  void startHealth() {
    health.start();
  }

  /** What the door leads to. */
  HttpParts door(Readiness readiness, Supplier<JsonNode> cluster, NodeControl control) {
    NodeMetrics metrics = ground.metrics();
    metrics.counter(
        "xcron.history.dropped",
        "Run records lost because they came too fast or the disk failed",
        history,
        kept -> kept.local().stats().dropped());
    metrics.counter(
        "xcron.history.copied",
        "Run records and audit lines of which another member has acknowledged its copy",
        history,
        HistoryCluster::copied);
    metrics.counter(
        "xcron.history.uncopied",
        "Run records and audit lines of which no other member has got a copy",
        history,
        HistoryCluster::uncopied);
    metrics.gauge(
        "xcron.history.bytes",
        "What the run records take",
        history,
        kept -> kept.local().stats().bytes());
    metrics.gauge(
        "xcron.audit.dropped",
        "Audit lines lost because they came too fast or the disk failed",
        history,
        kept -> kept.localAudit().stats().dropped());
    return new HttpParts(
        new ChainedGrid(books.tasks()),
        ground.clock(),
        new TargetRules(ground.addresses()),
        readiness,
        metrics::prometheusText,
        control.describing(cluster),
        definitions,
        new Registered(books.registry(), health::healthy),
        ShellParts.door(books.link()),
        new HistoryParts(
            history.runs(), ShellParts.liveOutput(runs.shell()), history::figures, definitions),
        history.audit(),
        control);
  }

  /** The door itself, still shut; null when the host wants none. */
  @Nullable HttpServer server(HttpParts door) {
    return ground.embedding().http()
        ? ground.closing().add(new HttpServer(httpConfig(ground.config()), door))
        : null;
  }

  /** Refreshes and sweeps from now on. */
  void keepHouse() {
    ground.closing().add(housekeeping(books));
  }

  /** The targets that tasks may have. */
  static AddressPolicy addresses(NodeConfig config) {
    return setting(
        () ->
            AddressPolicy.parse(config.loopbackOnly(), config.targetAllow(), config.targetDeny()));
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

  private static Path runs(NodeConfig config) {
    return config.dataDirectory().resolve("runs");
  }

  private static HistoryCluster history(Ground ground, Books books, RunStatistics statistics) {
    NodeConfig config = ground.config();
    NodeConfig.HistorySettings settings = config.history();
    RunStoreConfig store =
        RunStoreConfig.of(runs(config))
            .withRetention(Duration.ofDays(settings.days()), (long) settings.megabytes() << 20);
    return HistoryCluster.open(
        store,
        SafetyParts.audit(config),
        books.peers(),
        ground.member(),
        ground.clock(),
        books.partitionOf(),
        settings.outputBytes(),
        statistics);
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

  /**
   * What the door is told.
   *
   * @throws ConfigurationException naming the setting that is wrong
   */
  static HttpConfig httpConfig(NodeConfig config) {
    HttpConfig.Limits limits = HttpConfig.Limits.DEFAULT;
    return setting(
        () ->
            new HttpConfig(
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
                    limits.readTimeout()),
                config.safety().security()));
  }

  private static AutoCloseable housekeeping(Books books) {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("xcron-housekeeping").daemon().factory());
    again(timer, SWEEP, "idempotency keys are swept later", books.sweep());
    again(timer, REFRESH, "definitions are refreshed later", books.registry()::refresh);
    return timer::shutdownNow;
  }

  /** A failure of one time, thrown or told, must not end all later ones. */
  static void again(
      ScheduledExecutorService timer,
      Duration every,
      String later,
      Supplier<CompletableFuture<Void>> work) {
    var unused =
        timer.scheduleWithFixedDelay(
            () -> {
              try {
                var unusedDone =
                    work.get()
                        .exceptionally(
                            failure -> {
                              LOG.log(Logger.Level.DEBUG, later, failure);
                              return null;
                            });
              } catch (RuntimeException e) {
                LOG.log(Logger.Level.WARNING, later, e);
              }
            },
            every.toMillis(),
            every.toMillis(),
            TimeUnit.MILLISECONDS);
  }
}
