package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.CallbackService;
import io.xcron.model.CallbackServices;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServiceHealthTest implements CallbackServices {
  private static final ServiceHealth.Config FAST =
      new ServiceHealth.Config(Duration.ofMillis(50), Duration.ofMillis(500), 16);

  private volatile List<CallbackService> services = List.of();
  private volatile String answer = "{\"pong\":true}";
  private final AtomicInteger senders = new AtomicInteger();
  private @Nullable ServiceHealth started;

  @AfterEach
  void close() {
    if (started != null) {
      started.close();
    }
  }

  @Override
  public @Nullable CallbackService service(String name) {
    return null;
  }

  @Override
  public List<CallbackService> services() {
    return services;
  }

  private ServiceHealth start(ServiceCommands commands) {
    ServiceHealth health =
        new ServiceHealth(
            this,
            () -> {
              senders.incrementAndGet();
              return new HttpTargets(
                  ServiceHealth.senderConfig(
                      HttpTargets.Config.of(
                          AddressPolicy.parse(true, "", ""), name -> null, null)));
            },
            commands,
            FAST);
    started = health;
    health.start();
    return health;
  }

  private static CallbackService.Node node(int port, boolean check) {
    return new CallbackService.Node("http://127.0.0.1:" + port, Duration.ofSeconds(10), check);
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - end < 0, "not within 10 s: " + what);
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void aNodeLeavesTheRoutingWhenItDoesNotAnswerRightAndComesBack() throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok(answer))) {
      CallbackService.Node node = node(server.port(), true);
      services = List.of(new CallbackService("s", List.of(node)));
      ServiceHealth health = start(ServiceCommands.DOCUMENT);
      await("two heartbeats", () -> server.seen.size() >= 2);
      assertTrue(health.healthy(node));
      for (String bad : List.of("{\"pong\":false}", "{}", "ok")) {
        answer = bad;
        await("out after " + bad, () -> !health.healthy(node));
        answer = "{\"pong\":true}";
        await("back", () -> health.healthy(node));
      }
      assertEquals(1, senders.get());
    }
  }

  @Test
  void aHeartbeatIsAPlainPostToTheRoot() throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok(answer))) {
      services = List.of(new CallbackService("s", List.of(node(server.port(), true))));
      start(ServiceCommands.CODE);
      await("a heartbeat", () -> !server.seen.isEmpty());
      RawServer.Exchange seen = server.seen.element();

      assertTrue(seen.head().startsWith("POST / HTTP/1.1\r\n"), seen.head());
      assertEquals("{\"cmd\":1}", seen.body());
      assertFalse(seen.head().toLowerCase(Locale.ROOT).contains("x-xcron"), seen.head());
      assertFalse(seen.head().toLowerCase(Locale.ROOT).contains("idempotency"), seen.head());
    }
  }

  @Test
  void aNodeThatRefusesOrHangsLeavesTheRouting() throws Exception {
    RawServer gone = new RawServer(exchange -> {});
    int refusing = gone.port();
    gone.close();
    try (RawServer silent = new RawServer(RawServer.Exchange::untilClosed);
        RawServer good = new RawServer(exchange -> exchange.ok(answer))) {
      CallbackService.Node refuses = node(refusing, true);
      CallbackService.Node hangs = node(silent.port(), true);
      CallbackService.Node lives = node(good.port(), true);
      services = List.of(new CallbackService("s", List.of(refuses, hangs, lives)));
      ServiceHealth health = start(ServiceCommands.DOCUMENT);

      await("both out", () -> !health.healthy(refuses) && !health.healthy(hangs));
      assertTrue(health.healthy(lives));
    }
  }

  @Test
  void onlyKnownNodesThatWantItAreAsked() throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok("no"));
        RawServer unasked = new RawServer(exchange -> exchange.ok("no"))) {
      CallbackService.Node node = node(server.port(), true);
      CallbackService.Node quiet = node(unasked.port(), false);
      services =
          List.of(
              new CallbackService("s", List.of(node, quiet)),
              new CallbackService("t", List.of(node)));
      ServiceHealth health = start(ServiceCommands.DOCUMENT);
      await("out", () -> !health.healthy(node));
      assertTrue(health.healthy(quiet));
      services = List.of();
      await("forgotten", () -> health.healthy(node));
      int seen = server.seen.size();
      long until = System.nanoTime() + 3 * FAST.interval().toNanos();
      await("three intervals", () -> System.nanoTime() - until > 0);

      assertTrue(server.seen.size() <= seen + 1, "a forgotten node was asked again");
      assertEquals(0, unasked.seen.size());
    }
  }

  @Test
  void withoutServicesNothingIsMade() {
    start(ServiceCommands.DOCUMENT);
    long until = System.nanoTime() + 2 * FAST.interval().toNanos();
    await("two intervals", () -> System.nanoTime() - until > 0);

    assertEquals(0, senders.get());
  }
}
