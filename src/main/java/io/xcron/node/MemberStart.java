package io.xcron.node;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.http.HttpParts;
import io.xcron.http.HttpServer;
import io.xcron.http.TaskDesk;
import io.xcron.journal.Journal;
import io.xcron.slice.ClusterClock;
import java.lang.System.Logger;
import java.time.Duration;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Starts a member of a cluster: with Hazelcast instances of its own, which come and go ({@link
 * #own}), or in the one of a host ({@link #inHost}, then {@link #compose}, then {@link
 * #awaitReady}).
 */
final class MemberStart implements HostGround {
  private static final Logger LOG = System.getLogger(MemberStart.class.getName());

  private final NodeConfig config;
  private final Closing closing = new Closing();
  private final ClusterClock clock = new ClusterClock(WallClock.machine());
  private final NodeMetrics metrics;
  private final NodeState state = new NodeState();
  private final boolean hosted;
  private final MemberTenant tenant;
  private volatile @Nullable HazelcastInstance given;
  private volatile @Nullable XcronNode node;
  private boolean serves;

  /** Opens the journal. */
  private MemberStart(
      NodeConfig config, IntFunction<Config> configs, int partitions, boolean hosted) {
    this.config = config;
    this.hosted = hosted;
    this.tenant =
        new MemberTenant(
            config,
            clock,
            configs,
            () -> Journal.open(XcronNode.journalConfig(config, partitions), state::journalChanged),
            state,
            hosted ? moving -> new HostLife(() -> given, moving, this::giveUp) : null);
    this.metrics = closing.add(new NodeMetrics());
    closing.add(tenant);
  }

  /** Starts a member, and waits until it is ready. */
  static XcronNode own(NodeConfig config, Embedding embedding) {
    IntFunction<Config> configs =
        size -> {
          Config hazelcast = GridConfig.of(config, size);
          HttpAddress.tell(hazelcast, config, embedding);
          return hazelcast;
        };
    int partitions = XcronNode.partitionsOf(GridConfig.of(config));
    MemberStart start = new MemberStart(config, configs, partitions, false);
    try {
      XcronNode started = start.build(embedding);
      start.awaitReady();
      return started;
    } catch (RuntimeException | InterruptedException e) {
      start.close();
      throw XcronNode.failed(e);
    }
  }

  /**
   * Opens the journal, and makes a host's configuration that of a member.
   *
   * @throws ConfigurationException if it contradicts what a member needs; it is not changed then,
   *     nor when the journal cannot be opened
   */
  static MemberStart inHost(NodeConfig config, Config hazelcast, Embedding embedding) {
    HostConfig.check(hazelcast, config);
    MemberStart start =
        new MemberStart(
            config,
            size -> {
              HostConfig.apply(hazelcast, config, size);
              HttpAddress.tell(hazelcast, config, embedding);
              return hazelcast;
            },
            XcronNode.partitionsOf(hazelcast),
            true);
    try {
      var unused = start.tenant.next();
      return start;
    } catch (RuntimeException e) {
      start.close();
      throw e;
    }
  }

  @Override
  public boolean liesIn(HazelcastInstance instance) {
    return tenant.liesIn(instance.getLocalEndpoint().getUuid());
  }

  @Override
  public XcronNode compose(HazelcastInstance instance, Embedding embedding) {
    given = instance;
    try {
      XcronNode built = build(embedding);
      node = built;
      return built;
    } catch (RuntimeException | InterruptedException e) {
      close();
      throw XcronNode.failed(e);
    }
  }

  /** The others own what this member owned; what the host has to do is its own. */
  private void giveUp(String reason) {
    XcronNode stopping = node;
    LOG.log(
        Logger.Level.ERROR,
        "xcron stops in this Hazelcast instance, for it can do nothing in it any more: {0}. Terminate the"
            + " instance, and start it and xcron again",
        reason);
    if (stopping != null) {
      Thread.ofVirtual().start(() -> stopping.stop(Duration.ZERO, reason));
    }
  }

  /**
   * Waits until this member serves, for as long as that takes; then it practises.
   *
   * @throws IllegalStateException if it is stopped before
   */
  @Override
  public void awaitReady() throws InterruptedException {
    tenant.awaitReady();
    tenant.practise(serves);
  }

  /** The place among the voters. */
  @Override
  public void resign() {
    tenant.member().resign();
  }

  /** Also ends what tells the others of a member whose instance is gone. */
  @Override
  public void close() {
    closing.closeAll();
    tenant.close();
  }

  /** The door opens before the member is ready, so that it can be asked what it waits for. */
  private XcronNode build(Embedding embedding) throws InterruptedException {
    LOG.log(
        Logger.Level.INFO,
        "this member is one of {0}: up to three copies of each task, two of them before a write is"
            + " acknowledged",
        config.clusterSize());
    CurrentGrid grid = tenant.grid();
    String member = config.memberHost() + ":" + config.memberPort();
    NodeParts parts =
        new NodeParts(
            new NodeParts.Ground(
                config, closing, clock, metrics, NodeParts.addresses(config), embedding, member),
            new NodeParts.Books(grid, grid, grid, grid::partitionOf, grid::sweep, tenant.link()));
    state.warnOf(parts::warning);
    grid.answerPeers(parts.answering());
    XcronNode.binding(
        "XCRON_MEMBER_PORT",
        member,
        () -> {
          tenant.start(
              (rooms, mutexes) ->
                  parts.engine(rooms.grid(), rooms.grants(), rooms::maybeStartedUntil, mutexes),
              parts::showIn);
          return tenant;
        });
    parts.startHealth();
    tenant.register(metrics);
    NodeControl control =
        closing.add(
            new NodeControl(
                new Backups(config.dataDirectory(), tenant::journal, tenant::slice),
                tenant,
                clock));
    HttpParts door = parts.door(tenant::notReady, tenant::describe, control);
    HttpServer http = parts.server(door);
    serves = http != null;
    parts.keepHouse();
    XcronNode.open(config, http);
    return new XcronNode(
        config,
        closing,
        http,
        new TaskDesk(door),
        parts.history(),
        new Ending(parts, http),
        config.memberPort());
  }

  private final class Ending implements XcronNode.Ending {
    private final NodeParts parts;
    private final @Nullable HttpServer http;

    Ending(NodeParts parts, @Nullable HttpServer http) {
      this.parts = parts;
      this.http = http;
    }

    @Override
    public void quiet(Duration drain) {
      state.draining();
      tenant.quiet(
          drain,
          () -> {
            XcronNode.shut(http);
            parts.handOver();
          });
    }

    @Override
    public void leave() {
      if (hosted) {
        tenant.stepOut();
      } else {
        tenant.leave();
      }
    }
  }
}
