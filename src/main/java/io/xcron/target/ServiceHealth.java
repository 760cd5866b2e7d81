package io.xcron.target;

import io.vertx.core.json.JsonObject;
import io.xcron.model.CallbackService;
import io.xcron.model.CallbackServices;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the nodes of the known services now and then whether they are there. A node is taken for
 * healthy until an answer fails, and again from the next good answer on. Each member asks for
 * itself, and routes by what it has heard itself.
 *
 * <p>Heartbeats go out by a sender of their own: behind the callbacks of a busy node they would
 * wait until it looks dead. It is made with the first node that wants to be asked.
 */
public final class ServiceHealth implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServiceHealth.class);

  /**
   * How often and how long.
   *
   * @param interval between two questions to a node, give or take a tenth
   * @param timeout for its answer; a node with a shorter timeout of its own has that
   * @param inFlight questions that are out at once; with so many nodes that this does not do, each
   *     is asked less often
   */
  public record Config(Duration interval, Duration timeout, int inFlight) {
    public static final Config DEFAULT =
        new Config(Duration.ofSeconds(5), Duration.ofSeconds(5), 128);

    public Config {
      if (interval.toMillis() < 10 || timeout.toMillis() < 1 || inFlight < 1) {
        throw new IllegalArgumentException("heartbeats need an interval, a timeout and room");
      }
    }
  }

  /** Bounds of the sender: heartbeats of one node do not overlap. */
  static final HttpTargets.Bounds BOUNDS = new HttpTargets.Bounds(1, 8, 4_096, 100_000);

  /** How many ticks an interval has: so much a question may come late. */
  private static final int TICKS = 20;

  private static final class Watch {
    final CallbackService.Node node;
    volatile boolean healthy = true;
    volatile boolean asked;
    long nextNanos;

    Watch(CallbackService.Node node, long nextNanos) {
      this.node = node;
      this.nextNanos = nextNanos;
    }
  }

  private final CallbackServices services;
  private final Supplier<HttpTargets> senders;
  private final Config config;
  private final String question;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("xcron-heartbeats").daemon().factory());
  private final AtomicInteger out = new AtomicInteger();
  private final Map<String, Watch> watches = new ConcurrentHashMap<>();

  // Of the timer's thread.
  private List<CallbackService> known = List.of();
  private List<Watch> round = List.of();
  private int begin;
  private @Nullable HttpTargets sender;

  /**
   * Not started yet.
   *
   * @param senders makes the sender of the heartbeats, once
   */
  public ServiceHealth(
      CallbackServices services,
      Supplier<HttpTargets> senders,
      ServiceCommands commands,
      Config config) {
    this.services = services;
    this.senders = senders;
    this.config = config;
    this.question = new JsonObject().put("cmd", commands.heartbeat()).encode();
  }

  /** A sender's configuration as heartbeats need it. */
  public static HttpTargets.Config senderConfig(HttpTargets.Config config) {
    return config.withEventLoops(1).withBounds(BOUNDS);
  }

  public void start() {
    long tickMillis = Math.max(1, config.interval().toMillis() / TICKS);
    var unused =
        timer.scheduleWithFixedDelay(this::tick, tickMillis, tickMillis, TimeUnit.MILLISECONDS);
  }

  /** Whether the node may be routed to. Any thread; never blocks. */
  public boolean healthy(CallbackService.Node node) {
    if (!node.healthCheck()) {
      return true;
    }
    Watch watch = watches.get(node.url());
    return watch == null || watch.healthy;
  }

  private void tick() {
    try {
      ask(System.nanoTime());
    } catch (RuntimeException e) {
      LOG.error("A round of heartbeats failed", e);
    }
  }

  private void ask(long nowNanos) {
    List<CallbackService> now = services.services();
    if (!now.equals(known)) {
      known = now;
      watch(now, nowNanos);
    }
    int count = round.size();
    for (int i = 0; i < count && out.get() < config.inFlight(); i++) {
      Watch watch = round.get(begin);
      begin = (begin + 1) % count;
      if (!watch.asked && nowNanos - watch.nextNanos >= 0) {
        ask(watch, nowNanos);
      }
    }
  }

  /** A node of several services is asked once, with the timeout of the first of them. */
  private void watch(List<CallbackService> now, long nowNanos) {
    Map<String, Watch> next = new HashMap<>();
    for (CallbackService service : now) {
      for (CallbackService.Node node : service.nodes()) {
        if (node.healthCheck() && !next.containsKey(node.url())) {
          Watch before = watches.get(node.url());
          Watch watch = new Watch(node, nowNanos + jitter(config.interval().dividedBy(5)));
          if (before != null) {
            watch.healthy = before.healthy;
            watch.nextNanos = before.nextNanos;
          }
          next.put(node.url(), before != null && before.node.equals(node) ? before : watch);
        }
      }
    }
    watches.keySet().retainAll(next.keySet());
    watches.putAll(next);
    round = new ArrayList<>(next.values());
    begin = 0;
  }

  private static long jitter(Duration upTo) {
    return ThreadLocalRandom.current().nextLong(upTo.toNanos() + 1);
  }

  private void ask(Watch watch, long nowNanos) {
    long tenth = config.interval().toNanos() / 10;
    watch.nextNanos =
        nowNanos + config.interval().toNanos() - tenth + jitter(Duration.ofNanos(2 * tenth));
    Duration timeout =
        watch.node.timeout().compareTo(config.timeout()) < 0
            ? watch.node.timeout()
            : config.timeout();
    Target.Http target;
    try {
      target = new Target.Http(watch.node.url() + "/", "POST", Map.of(), question, timeout);
    } catch (InvalidTaskException e) {
      heard(watch, new Outcome.Unsendable(e.field() + " " + e.reason()));
      return;
    }
    HttpTargets made = sender;
    if (made == null) {
      made = senders.get();
      sender = made;
    }
    watch.asked = true;
    out.incrementAndGet();
    boolean started =
        made.start(
            new Heartbeat(
                target,
                outcome -> {
                  heard(watch, outcome);
                  watch.asked = false;
                  out.decrementAndGet();
                }));
    if (!started) {
      watch.asked = false;
      out.decrementAndGet();
    }
  }

  private static void heard(Watch watch, Outcome outcome) {
    if (outcome instanceof Outcome.Withdrawn) {
      return;
    }
    boolean healthy = isPong(outcome);
    if (healthy != watch.healthy) {
      watch.healthy = healthy;
      if (healthy) {
        LOG.info("Node {} answers again and is routed to", watch.node.url());
      } else {
        LOG.warn("Node {} leaves the routing: {}", watch.node.url(), outcome);
      }
    }
  }

  private static boolean isPong(Outcome outcome) {
    if (!(outcome instanceof Outcome.Answered answered) || !answered.success()) {
      return false;
    }
    TopFields fields = TopFields.read(answered.body(), answered.cut());
    return fields != null && Boolean.TRUE.equals(fields.truth("pong"));
  }

  @Override
  public void close() {
    timer.shutdownNow();
    try {
      if (!timer.awaitTermination(5, TimeUnit.SECONDS)) {
        LOG.warn("The heartbeats did not stop in time");
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    HttpTargets made = sender;
    if (made != null) {
      made.close();
    }
  }
}
