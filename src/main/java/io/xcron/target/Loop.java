package io.xcron.target;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.net.ClientSSLOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One event loop with the hosts it owns. Attempts come in through one queue, bounded by the counts
 * that are kept before it, with one wake-up for as many as have gathered; each is sorted into its
 * host.
 */
final class Loop {
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);

  /** How many attempts one turn of the loop moves before other work has its turn. */
  static final int TURN = 1_024;

  private static final long SWEEP_MILLIS = 1_000;

  /**
   * Lookups at once, of all loops. The resolver of the JDK blocks the thread that carries a virtual
   * one, and the requests of users need such threads too: there are 256 at most.
   */
  private static final Semaphore LOOKUPS = new Semaphore(64, true);

  final HttpTargets.Config config;
  final Vertx vertx;
  final HttpClientAgent client;
  final ClientSSLOptions tls;
  final RequestWriter writer;
  private final Context context;
  private final AtomicInteger waitingInAll;
  private final ConcurrentMap<String, Host> index;

  private final Queue<Waiting> incoming = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Handler<Void> onWake = nothing -> takeIn();
  private final ArrayDeque<Host> touched = new ArrayDeque<>();
  private final ArrayDeque<Connection> freed = new ArrayDeque<>();
  private final Handler<Void> onFreed = nothing -> releaseFreed();
  private final List<Host> hosts = new ArrayList<>();
  private volatile boolean shutDown;
  private volatile boolean idle;

  Loop(
      HttpTargets.Config config,
      Vertx vertx,
      Context context,
      HttpClientAgent client,
      ClientSSLOptions tls,
      AtomicInteger waitingInAll,
      ConcurrentMap<String, Host> index) {
    this.config = config;
    this.vertx = vertx;
    this.context = context;
    this.client = client;
    this.tls = tls;
    this.waitingInAll = waitingInAll;
    this.index = index;
    this.writer = new RequestWriter(config.secrets(), config.signingKey());
    vertx.setPeriodic(SWEEP_MILLIS, id -> sweep(config.times().hostIdle().toNanos()));
  }

  long nowNanos() {
    return System.nanoTime();
  }

  boolean isShutDown() {
    return shutDown;
  }

  /** Any thread. The attempt is already counted. */
  void accept(Waiting waiting) {
    incoming.add(waiting);
    if (!woken.get() && woken.compareAndSet(false, true)) {
      context.runOnContext(onWake);
    }
  }

  /** Any thread: ends an attempt, counted in all but in no host, that gets no further. */
  void refuse(Attempt attempt, Outcome outcome) {
    context.runOnContext(
        nothing -> {
          waitingInAll.decrementAndGet();
          tell(attempt, outcome);
        });
  }

  /** Any thread: ends an attempt of the host by force, wherever it stands. */
  void kill(Host host, Attempt attempt) {
    context.runOnContext(
        nothing -> {
          // It may not have been taken in yet; everything before it goes first, as ever.
          for (int left = incoming.size(); left > 0 && !incoming.isEmpty(); left -= TURN) {
            takeIn();
          }
          host.kill(attempt);
        });
  }

  private void takeIn() {
    woken.set(false);
    for (int i = 0; i < TURN; i++) {
      Waiting waiting = incoming.poll();
      if (waiting == null) {
        break;
      }
      Host host = waiting.host();
      if (host.join(waiting)) {
        touched.add(host);
      }
    }
    for (Host host = touched.poll(); host != null; host = touched.poll()) {
      host.drain();
    }
    if (!incoming.isEmpty() && woken.compareAndSet(false, true)) {
      context.runOnContext(onWake);
    }
  }

  /**
   * Gives a connection back when what has been read by now is dealt with, and not at once: a
   * receiver that answers twice would have its second answer taken for that of the next attempt.
   * Bounded by the connections there are.
   */
  void releaseLater(Connection connection) {
    freed.add(connection);
    if (freed.size() == 1) {
      context.runOnContext(onFreed);
    }
  }

  private void releaseFreed() {
    for (Connection connection = freed.poll(); connection != null; connection = freed.poll()) {
      connection.host().release(connection);
      connection.host().drain();
    }
  }

  /** The host's first attempt has come: from now on it is swept. */
  void own(Host host) {
    hosts.add(host);
  }

  void later(Runnable work) {
    context.runOnContext(nothing -> work.run());
  }

  void leftQueue() {
    waitingInAll.decrementAndGet();
  }

  /** Asks the engine; its failures are its own and send nothing. */
  static boolean mayStart(Attempt attempt) {
    try {
      return attempt.mayStart();
    } catch (RuntimeException e) {
      LOG.error(
          "The check before an attempt of task {} failed; it is withdrawn", attempt.taskId(), e);
      return false;
    }
  }

  /** Tells the engine; what it throws must not hurt other attempts of this loop. */
  static void tell(Attempt attempt, Outcome outcome) {
    try {
      attempt.ended(outcome);
    } catch (RuntimeException e) {
      LOG.error("The end of an attempt of task {} was not taken: {}", attempt.taskId(), outcome, e);
    }
  }

  /**
   * Resolves a name off the loop and comes back with its addresses, or with the reason there are
   * none.
   */
  void resolve(Host host, String name) {
    Thread.ofVirtual()
        .name("resolve-" + name)
        .start(
            () -> {
              List<InetAddress> found = List.of();
              String failure = "has no address";
              LOOKUPS.acquireUninterruptibly();
              try {
                found = config.resolver().resolve(name);
              } catch (UnknownHostException e) {
                failure = "is not known to the resolver";
              } catch (RuntimeException | Error e) {
                LOG.error("Resolving {} failed", name, e);
                failure = "could not be resolved: " + e;
              } finally {
                LOOKUPS.release();
              }
              List<InetAddress> addresses = found;
              @Nullable String reason = found.isEmpty() ? name + " " + failure : null;
              context.runOnContext(nothing -> host.resolved(addresses, reason));
            });
  }

  void evictIdle(Runnable done) {
    context.runOnContext(
        nothing -> {
          sweep(0);
          done.run();
        });
  }

  private void sweep(long hostIdleNanos) {
    long nowNanos = nowNanos();
    for (int i = hosts.size() - 1; i >= 0; i--) {
      Host host = hosts.get(i);
      host.sweep(nowNanos);
      if (host.retire(nowNanos, hostIdleNanos)) {
        index.remove(host.origin(), host);
        hosts.set(i, hosts.getLast());
        hosts.removeLast();
      }
    }
  }

  /** Any thread: ends everything, and all that still comes in. */
  void shutdown() {
    context.runOnContext(
        nothing -> {
          shutDown = true;
          takeIn();
          hosts.forEach(Host::shutdown);
          idle = true;
        });
  }

  /** Whether {@link #shutdown} has not yet done its work. */
  boolean busy() {
    return !idle;
  }
}
