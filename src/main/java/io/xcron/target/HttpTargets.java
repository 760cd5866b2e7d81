package io.xcron.target;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.ClientSSLOptions;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Attempts at HTTP receivers: HTTP/1.1, kept connections, one request at a time on each, no
 * redirects, no decompression.
 *
 * <p>A host (scheme, name, port) belongs to one event loop, which owns its queue and its
 * connections without locks. This class is what other threads touch: it finds the host, keeps the
 * counts that bound the queues, and hands over.
 */
public final class HttpTargets implements Targets {
  /**
   * How much may wait and stand open.
   *
   * @param inFlightPerHost requests, and so connections, of one host; 1 to 10,000. More wait
   * @param queuePerHost attempts that wait for one host; beyond, {@link #start} says no
   * @param queueTotal attempts that wait for all hosts; beyond, {@link #start} says no
   * @param hosts hosts known at a time; beyond, idle ones are forgotten, and when none is idle
   *     {@link #start} says no
   */
  public record Bounds(int inFlightPerHost, int queuePerHost, int queueTotal, int hosts) {
    public static final Bounds DEFAULT = new Bounds(64, 50_000, 100_000, 10_000);

    public Bounds {
      require(
          inFlightPerHost >= 1 && inFlightPerHost <= 10_000,
          "inFlightPerHost must lie between 1 and 10000");
      require(queuePerHost >= 1, "queuePerHost must be at least 1");
      require(queueTotal >= queuePerHost, "queueTotal must be at least queuePerHost");
      require(hosts >= 1, "hosts must be at least 1");
    }
  }

  /**
   * How long things may take and last; each at least a millisecond.
   *
   * @param connect resolving a name, and then connecting with TLS; an attempt with a shorter
   *     timeout connects within that
   * @param resolved how long the addresses of a name are used before they are asked for and checked
   *     anew
   * @param connectionIdle how long an unused connection is kept. Short, because a receiver that
   *     closes one just as a request goes out leaves that attempt in doubt, and many close after 5
   *     s without saying so
   * @param hostIdle how long an unused host is remembered
   */
  public record Times(
      Duration connect, Duration resolved, Duration connectionIdle, Duration hostIdle) {
    public static final Times DEFAULT =
        new Times(
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(4),
            Duration.ofSeconds(60));

    public Times {
      for (Duration time : List.of(connect, resolved, connectionIdle, hostIdle)) {
        require(
            time.toMillis() >= 1 && time.toDays() < 1,
            "times must lie between a millisecond and a day");
      }
    }
  }

  /**
   * The configuration.
   *
   * @param eventLoops threads that send; 1 to 64. A host uses one of them
   * @param secrets the value of a secret by its name, null when there is none; called on event
   *     loops, must not block
   * @param signingKey null for callbacks without signature; see {@link #signingKey}
   */
  public record Config(
      int eventLoops,
      Bounds bounds,
      Times times,
      AddressPolicy policy,
      Resolver resolver,
      Function<String, @Nullable String> secrets,
      @Nullable SecretKey signingKey) {
    public Config {
      require(eventLoops >= 1 && eventLoops <= 64, "eventLoops must lie between 1 and 64");
    }

    /** The defaults: two event loops (one on one core), the system's resolver. */
    public static Config of(
        AddressPolicy policy,
        Function<String, @Nullable String> secrets,
        @Nullable SecretKey signingKey) {
      int loops = Math.min(2, Runtime.getRuntime().availableProcessors());
      return new Config(
          loops, Bounds.DEFAULT, Times.DEFAULT, policy, Resolver.SYSTEM, secrets, signingKey);
    }

    /** The same but for the number of event loops. */
    public Config withEventLoops(int count) {
      return new Config(count, bounds, times, policy, resolver, secrets, signingKey);
    }

    /** The same but for the bounds. */
    public Config withBounds(Bounds other) {
      return new Config(eventLoops, other, times, policy, resolver, secrets, signingKey);
    }

    /** The same but for the times. */
    public Config withTimes(Times other) {
      return new Config(eventLoops, bounds, other, policy, resolver, secrets, signingKey);
    }

    /** The same but for the resolver. */
    public Config withResolver(Resolver other) {
      return new Config(eventLoops, bounds, times, policy, other, secrets, signingKey);
    }
  }

  private static final Duration START_BOUND = Duration.ofSeconds(30);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(10);

  private final Config config;
  private final Vertx vertx;
  private final List<Loop> loops;
  private final ConcurrentHashMap<String, Host> hosts = new ConcurrentHashMap<>();
  private final Urls urls = new Urls();
  private final AtomicBoolean evicting = new AtomicBoolean();
  private final AtomicBoolean closing = new AtomicBoolean();

  /** Attempts accepted and not yet taken out of a queue, over all hosts. */
  private final AtomicInteger waiting = new AtomicInteger();

  private volatile boolean closed;

  /** Starts the event loops; no connection is made yet. */
  public HttpTargets(Config config) {
    this(config, new ClientSSLOptions());
  }

  /** For tests, whose receivers have certificates of their own. */
  HttpTargets(Config config, ClientSSLOptions tls) {
    this.config = config;
    this.vertx = Vertx.vertx(vertxOptions(config));
    ClientSSLOptions verifying =
        tls.copy().setHostnameVerificationAlgorithm("HTTPS").setUseAlpn(false);
    verifying
        .setSslHandshakeTimeout(config.times().connect().toMillis())
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    HttpClientAgent client = vertx.createHttpClient(clientOptions(config));
    try {
      this.loops = loops(client, verifying);
    } catch (Exception e) {
      vertx.close();
      throw new IllegalStateException("the event loops did not start", e);
    }
  }

  private static VertxOptions vertxOptions(Config config) {
    return new VertxOptions()
        .setEventLoopPoolSize(config.eventLoops())
        .setWorkerPoolSize(1)
        .setInternalBlockingPoolSize(1)
        .setPreferNativeTransport(true)
        .setUseDaemonThread(true)
        .setFileSystemOptions(
            new FileSystemOptions()
                .setFileCachingEnabled(false)
                .setClassPathResolvingEnabled(false));
  }

  private static HttpClientOptions clientOptions(Config config) {
    return new HttpClientOptions()
        .setProtocolVersion(HttpVersion.HTTP_1_1)
        .setKeepAlive(true)
        .setPipelining(false)
        .setDecompressionSupported(false)
        .setTcpNoDelay(true)
        .setConnectTimeout((int) config.times().connect().toMillis())
        .setSslHandshakeTimeout(config.times().connect().toMillis())
        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
  }

  /** One verticle on each event loop: that is how Vert.x hands out its loops in turn. */
  private List<Loop> loops(HttpClientAgent client, ClientSSLOptions tls) throws Exception {
    List<Loop> started = Collections.synchronizedList(new ArrayList<>());
    vertx
        .deployVerticle(
            () ->
                new AbstractVerticle() {
                  @Override
                  public void start() {
                    started.add(new Loop(config, vertx, context, client, tls, waiting, hosts));
                  }
                },
            new DeploymentOptions().setInstances(config.eventLoops()))
        .toCompletionStage()
        .toCompletableFuture()
        .get(START_BOUND.toMillis(), TimeUnit.MILLISECONDS);
    return List.copyOf(started);
  }

  /**
   * Reads a signing key: {@code whsec_} and base64, or any other text, whose UTF-8 bytes are the
   * key.
   *
   * @throws IllegalArgumentException when there is no key in it
   */
  public static SecretKey signingKey(String text) {
    return Signer.key(text);
  }

  /** Whether the operating system's own transport is in use; if not, each attempt costs more. */
  public boolean nativeTransport() {
    return vertx.isNativeTransportEnabled();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException when the target is of another kind: this sends HTTP only
   */
  @Override
  public boolean start(Attempt attempt) {
    if (!(attempt.target() instanceof Target.Http target)) {
      throw new IllegalArgumentException("not an HTTP target: " + attempt.target());
    }
    // Counted before looking at closed: close() waits until nothing is counted, so nothing can slip
    // in behind it.
    if (waiting.incrementAndGet() > config.bounds().queueTotal() || closed) {
      waiting.decrementAndGet();
      return false;
    }
    Url url;
    try {
      url = urls.of(target.url());
    } catch (InvalidTaskException e) {
      loops.getFirst().refuse(attempt, new Outcome.Unsendable(e.field() + " " + e.reason()));
      return true;
    }
    Host host = enter(url);
    if (host == null) {
      waiting.decrementAndGet();
      return false;
    }
    host.loop().accept(new Waiting(host, attempt, target, url.requestUri()));
    return true;
  }

  /** Runs something short on an event loop; any thread may call. */
  void later(Runnable work) {
    loops.getFirst().later(work);
  }

  boolean isClosed() {
    return closed;
  }

  /** {@inheritDoc} One whose request is out loses its connection. */
  @Override
  public void kill(Attempt attempt) {
    if (!(attempt.target() instanceof Target.Http target)) {
      throw new IllegalArgumentException("not an HTTP target: " + attempt.target());
    }
    Url url;
    try {
      url = Url.parse(target.url());
    } catch (InvalidTaskException e) {
      // Such an attempt has ended, or is about to: see start.
      return;
    }
    Host host = hosts.get(url.origin());
    if (host != null) {
      host.loop().kill(host, attempt);
    }
  }

  /**
   * The host with a place in its queue taken, or null when it has none or there are too many hosts.
   */
  private @Nullable Host enter(Url url) {
    while (true) {
      Host host = hosts.get(url.origin());
      if (host == null) {
        if (hosts.size() >= config.bounds().hosts()) {
          evictIdle();
          return null;
        }
        Loop loop = loops.get(Math.floorMod(url.origin().hashCode(), loops.size()));
        host = hosts.computeIfAbsent(url.origin(), origin -> new Host(loop, url));
      }
      switch (host.enter()) {
        case ENTERED -> {
          return host;
        }
        case FULL -> {
          return null;
        }
        case RETIRED -> hosts.remove(url.origin(), host);
      }
    }
  }

  /** Forgets every idle host now, whatever its age; one such round at a time. */
  private void evictIdle() {
    if (evicting.compareAndSet(false, true)) {
      AtomicInteger left = new AtomicInteger(loops.size());
      for (Loop loop : loops) {
        loop.evictIdle(
            () -> {
              if (left.decrementAndGet() == 0) {
                evicting.set(false);
              }
            });
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException on an event loop, which it would wait for
   */
  @Override
  public void close() {
    if (Context.isOnEventLoopThread()) {
      throw new IllegalStateException("close() would wait for the thread it is called on");
    }
    closed = true;
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    long deadlineNanos = System.nanoTime() + CLOSE_BOUND.toNanos();
    loops.forEach(Loop::shutdown);
    while ((waiting.get() > 0 || loops.stream().anyMatch(Loop::busy))
        && System.nanoTime() < deadlineNanos) {
      LockSupport.parkNanos(1_000_000);
    }
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
