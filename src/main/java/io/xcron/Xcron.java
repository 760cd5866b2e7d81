package io.xcron;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.node.Embedding;
import io.xcron.node.HostMember;
import io.xcron.node.HttpAddress;
import io.xcron.node.NodeConfig;
import io.xcron.node.XcronNode;
import java.net.URI;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A member of xcron inside a host application.
 *
 * <p>With a Hazelcast instance of the host: {@link #prepare} before the instance starts, then
 * {@link XcronPrepared#start}. With one of its own: {@link #start}. Any thread may call the methods
 * of a member.
 *
 * {@snippet :
 * try (Xcron xcron =
 *     Xcron.start(XcronSettings.in(Path.of("data")).withHandler("settle", run -> settle(run.due())))) {
 *   xcron.replace(Xcron.task("settlement").cron("0 1 * * *").handler("settle").build());
 * }
 * }
 */
public final class Xcron extends ForwardingTasks implements AutoCloseable {
  private final XcronNode node;
  private final HandlerBook handlers;
  private final XcronSettings settings;
  private final ZoneId zone;
  private final XcronTasks tasks;

  Xcron(XcronNode node, HandlerBook handlers, XcronSettings settings) {
    this.node = node;
    this.handlers = handlers;
    this.settings = settings;
    this.zone = node.zone();
    this.tasks = new DeskTasks(node.desk());
  }

  /**
   * Makes a host's Hazelcast configuration one of a member, and opens the data directory. Call it
   * before {@code Hazelcast.newHazelcastInstance(config)}: an instance that already runs cannot
   * become a member.
   *
   * <p>With {@code cluster.size} of 3 and more in the settings it is one of a cluster; what the
   * settings leave out of {@code cluster.name}, {@code members}, {@code member.host} and {@code
   * member.port} is taken from the configuration.
   *
   * @throws IllegalStateException if an instance runs with this configuration, or it was prepared
   *     before
   * @throws RuntimeException with the remedy in its message if a setting is wrong, or the
   *     configuration contradicts what a cluster needs ({@code ConfigurationException}), or the
   *     data directory cannot be used ({@code JournalException})
   */
  public static XcronPrepared prepare(Config config, XcronSettings settings) {
    HandlerBook handlers = new HandlerBook(settings.handlers());
    HostMember member =
        HostMember.prepare(settings.settings(), new Embedding(settings.http(), handlers), config);
    return new XcronPrepared(member, handlers, settings);
  }

  /**
   * Starts a member with a Hazelcast instance of its own; it is ready when this returns. One of a
   * cluster waits for a majority of the others, however long they take.
   *
   * @throws RuntimeException as {@link #prepare} does, or if a port is taken
   */
  public static Xcron start(XcronSettings settings) {
    HandlerBook handlers = new HandlerBook(settings.handlers());
    NodeConfig config = NodeConfig.of(settings.settings());
    XcronNode node = XcronNode.start(config, new Embedding(settings.http(), handlers));
    return new Xcron(node, handlers, settings);
  }

  /**
   * The API of a cluster that a Hazelcast client is connected to. The client is asked only where
   * the members have their HTTP APIs, for each try anew; the requests go there. Members tell it
   * whose {@code http.port} is set to a port of its own.
   *
   * @param hazelcast a client, or a member that has no xcron; it stays open when the result is
   *     closed
   * @param token what {@code XCRON_API_TOKEN} is at the members; null for none
   */
  public static XcronClient client(HazelcastInstance hazelcast, @Nullable String token) {
    return XcronClient.of(() -> httpAddresses(hazelcast), token);
  }

  private static List<URI> httpAddresses(HazelcastInstance hazelcast) {
    try {
      return hazelcast.getCluster().getMembers().stream()
          .flatMap(member -> HttpAddress.of(member).stream())
          .toList();
    } catch (IllegalStateException e) {
      throw new XcronException(
          XcronException.Reason.NOT_ACCEPTED, "the Hazelcast client is shut down", null, e);
    }
  }

  /** Begins a task with this id. */
  public static TaskBuilder task(String id) {
    return new TaskBuilder(id);
  }

  /** Begins a task whose id is chosen when it is built. */
  public static TaskBuilder task() {
    return new TaskBuilder(null);
  }

  /**
   * Lets runs call this code when their target is the handler of this name, from the next attempt
   * on; takes the place of one of the same name. Tasks that come back from the journal may fire
   * before this is called: give their handlers to the settings instead.
   *
   * @param name 1 to 256 characters
   */
  public Xcron handler(String name, XcronHandler handler) {
    handlers.put(name, handler);
    return this;
  }

  /** The port of the HTTP API; 0 without one. */
  public int httpPort() {
    return node.httpPort();
  }

  /** The zone of cron texts that name none, for {@link TaskBuilder#cron(String, ZoneId)}. */
  public ZoneId zone() {
    return zone;
  }

  /**
   * Completed with the reason, in words, when this member has stopped: it was closed, its Hazelcast
   * instance was shut down, or it could do nothing in that instance any more. In the last case the
   * instance still runs: terminate it, and start instance and member again.
   */
  public CompletionStage<String> ended() {
    return node.ended();
  }

  @Override
  XcronTasks tasks() {
    return tasks;
  }

  /**
   * Stops in order: nothing new starts, what runs may finish within the settings' time, and the
   * journal notes a clean end. A Hazelcast instance of the host stays; of a cluster it should be
   * shut down soon, or in place of this: it still counts as a member. A second call does nothing.
   */
  @Override
  public void close() {
    node.stop(settings.drain());
  }
}
