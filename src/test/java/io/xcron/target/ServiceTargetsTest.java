package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import io.xcron.model.CallbackService;
import io.xcron.model.CallbackServices;
import io.xcron.model.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServiceTargetsTest implements CallbackServices {
  private static final String SUCCESS = "{\"is_run_in_async\":false,\"is_success\":true}";

  private final HttpTargets http =
      new HttpTargets(HttpTargets.Config.of(AddressPolicy.parse(true, "", ""), name -> null, null));
  private final Set<String> sick = ConcurrentHashMap.newKeySet();
  private volatile List<CallbackService> services = List.of();
  private final ServiceTargets targets =
      new ServiceTargets(http, this, node -> !sick.contains(node.url()), ServiceCommands.DOCUMENT);

  @AfterEach
  void close() {
    http.close();
  }

  @Override
  public @Nullable CallbackService service(String name) {
    return services.stream().filter(each -> each.name().equals(name)).findFirst().orElse(null);
  }

  @Override
  public List<CallbackService> services() {
    return services;
  }

  private static CallbackService.Node node(int port) {
    return new CallbackService.Node("http://127.0.0.1:" + port, Duration.ofSeconds(10), true);
  }

  private void serve(CallbackService.Node... nodes) {
    services = List.of(new CallbackService("s", List.of(nodes)));
  }

  private static Target.Service target() {
    return new Target.Service("s", "cb", "an arg", Duration.ofHours(1));
  }

  private Try start() {
    Try attempt = Try.of(target());
    assertTrue(targets.start(attempt));
    return attempt;
  }

  private Outcome run() throws Exception {
    Try attempt = start();
    Outcome outcome = attempt.await();
    assertEquals(1, attempt.told.get());
    return outcome;
  }

  /** The outcome of a call whose node answers this. */
  private Outcome answered(String body) throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok(body))) {
      serve(node(server.port()));
      return run();
    }
  }

  private static int refusingPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void theCallbackIsThatOfEasytask() throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok(SUCCESS))) {
      serve(node(server.port()));
      Try attempt = Try.of(target());
      attempt.taskName = "bill \"it\"";
      attempt.labels = Map.of("easytask.biz_id", "b-7");
      assertTrue(targets.start(attempt));
      assertTrue(attempt.await().success());
      RawServer.Exchange seen = server.seen.element();

      assertTrue(seen.head().startsWith("POST /cb HTTP/1.1\r\n"), seen.head());
      assertEquals(
          new JsonObject()
              .put("cmd", 1)
              .put("task_id", "t1")
              .put("task_name", "bill \"it\"")
              .put("arg", "an arg")
              .put("run_times", 42)
              .put("biz_id", "b-7"),
          new JsonObject(seen.body()));
      String head = seen.head().toLowerCase(Locale.ROOT);
      assertTrue(head.contains("x-easy-task-trace-id: 0af7651916cd43dd8448eb211c80319c\r\n"), head);
      assertTrue(head.contains("x-easy-task-trace-span-id: b7ad6b7169203331\r\n"), head);
      assertTrue(head.contains("x-easy-task-trace-parent-span-id:"), head);
      assertTrue(head.contains("content-type: application/json\r\n"), head);
      assertTrue(head.contains("x-xcron-fencing-token: 9000000000000\r\n"), head);
    }
  }

  @Test
  void theArgumentOfARunByHandTakesThePlaceOfTheTasks() throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok(SUCCESS))) {
      serve(node(server.port()));
      Try attempt = Try.of(new Target.Service("s", null, "an arg", Duration.ofHours(1)));
      attempt.arg = "by hand";
      assertTrue(targets.start(attempt));
      attempt.await();

      RawServer.Exchange seen = server.seen.element();
      assertTrue(seen.head().startsWith("POST / HTTP/1.1\r\n"), seen.head());
      assertEquals("by hand", new JsonObject(seen.body()).getString("arg"));
      assertEquals("", new JsonObject(seen.body()).getString("biz_id"));
    }
  }

  @Test
  void theAnswerDecides() throws Exception {
    assertTrue(answered(SUCCESS).success());
    assertEquals(
        new Outcome.Accepted("{\"is_run_in_async\":true,\"is_success\":false}"),
        answered("{\"is_run_in_async\":true,\"is_success\":false}"));
    Outcome failed = answered("{\"is_success\":false,\"extra\":\"no money\"}");
    assertEquals(new Outcome.Broken("the service says that the run failed: no money"), failed);
    assertFalse(failed.success());
    assertFalse(answered("{}").success());
    for (String odd :
        List.of("", "ok", "[]", "true", "{\"is_success\":1}", "{\"is_success\":true", "{}x")) {
      Outcome outcome = answered(odd);
      assertInstanceOf(Outcome.Broken.class, outcome, odd);
      assertTrue(outcome.bytesSent());
    }
  }

  @Test
  void nestedFieldsDoNotCount() throws Exception {
    assertFalse(answered("{\"x\":{\"is_success\":true},\"y\":[{\"is_success\":true}]}").success());
    assertTrue(
        answered("{\"x\":{\"is_success\":false},\"is_success\":true,\"extra\":null}").success());
  }

  @Test
  void aLongTailOfTheAnswerDoesNotHideItsBeginning() throws Exception {
    String tail = ",\"extra\":\"" + "x".repeat(10_000) + "\"}";
    assertTrue(answered("{\"is_success\":true" + tail).success());
    assertInstanceOf(Outcome.Accepted.class, answered("{\"is_run_in_async\":true" + tail));
    assertFalse(answered("{\"is_success\":false" + tail).success());
  }

  @Test
  void anAnswerWithAnotherStatusIsAFailureWhateverItSays() throws Exception {
    String body = SUCCESS;
    try (RawServer server =
        new RawServer(
            exchange ->
                exchange.send(
                    "HTTP/1.1 500 No\r\nContent-Length: " + body.length() + "\r\n\r\n" + body))) {
      serve(node(server.port()));
      Outcome.Answered answered = assertInstanceOf(Outcome.Answered.class, run());
      assertEquals(500, answered.status());
      assertFalse(answered.success());
    }
  }

  @Test
  void whenANodeRefusesTheConnectionAnotherIsCalledAndTheEngineIsAskedOnce() throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok(SUCCESS))) {
      serve(node(refusingPort()), node(server.port()), node(refusingPort()));
      for (int i = 0; i < 20; i++) {
        Try attempt = start();
        assertTrue(attempt.await().success());
        assertEquals(1, attempt.asked.get());
        assertEquals(1, attempt.told.get());
      }
      assertEquals(20, server.seen.size());
    }
  }

  @Test
  void whenEveryNodeRefusesNothingWasSent() throws Exception {
    serve(node(refusingPort()), node(refusingPort()));
    Try attempt = start();

    assertFalse(assertInstanceOf(Outcome.ConnectFailed.class, attempt.await()).bytesSent());
    assertEquals(0, attempt.asked.get());
  }

  @Test
  void aNodeThatMayHaveSeenTheCallIsNotFollowedByAnother() throws Exception {
    try (RawServer breaking = new RawServer(exchange -> exchange.socket().close());
        RawServer other = new RawServer(exchange -> exchange.socket().close())) {
      serve(node(breaking.port()), node(other.port()));
      assertInstanceOf(Outcome.Broken.class, run());
      assertEquals(1, breaking.seen.size() + other.seen.size());
    }
  }

  @Test
  void theHealthyNodesAreChosenByChance() throws Exception {
    try (RawServer one = new RawServer(exchange -> exchange.ok(SUCCESS));
        RawServer two = new RawServer(exchange -> exchange.ok(SUCCESS));
        RawServer three = new RawServer(exchange -> exchange.ok(SUCCESS))) {
      serve(node(one.port()), node(two.port()), node(three.port()));
      sick.add("http://127.0.0.1:" + three.port());
      for (int i = 0; i < 60; i++) {
        assertTrue(run().success());
      }
      // 2^-59 is the chance that one of them is never chosen.
      assertTrue(!one.seen.isEmpty() && !two.seen.isEmpty());
      assertTrue(three.seen.isEmpty());
      sick.add("http://127.0.0.1:" + one.port());
      sick.add("http://127.0.0.1:" + two.port());
      Outcome.ConnectFailed none = assertInstanceOf(Outcome.ConnectFailed.class, run());
      assertEquals("none of the 3 nodes of service s is healthy", none.reason());
    }
  }

  @Test
  void aServiceThatIsGoneIsAFailureThatMayBeRepeated() throws Exception {
    services = List.of();

    assertEquals(new Outcome.ConnectFailed("there is no service s"), run());
  }

  @Test
  void theRulesOfAddressesHoldForNodes() throws Exception {
    services =
        List.of(
            new CallbackService(
                "s",
                List.of(
                    new CallbackService.Node(
                        "http://169.254.169.254", Duration.ofSeconds(1), false))));

    assertInstanceOf(Outcome.Denied.class, run());
  }

  @Test
  void aWithdrawnAttemptIsNotTriedElsewhere() throws Exception {
    try (RawServer server = new RawServer(exchange -> exchange.ok(SUCCESS))) {
      serve(node(server.port()), node(server.port()));
      Try attempt = new Try(target(), () -> false);
      assertTrue(targets.start(attempt));

      assertInstanceOf(Outcome.Withdrawn.class, attempt.await());
      assertEquals(1, attempt.asked.get());
      assertEquals(0, server.seen.size());
    }
  }

  @Test
  void aNodesTimeoutIsItsOwn() throws Exception {
    try (RawServer silent = new RawServer(RawServer.Exchange::untilClosed)) {
      serve(
          new CallbackService.Node(
              "http://127.0.0.1:" + silent.port(), Duration.ofMillis(80), false));

      assertInstanceOf(Outcome.TimedOut.class, run());
    }
  }

  @Test
  void aKilledCallEndsAtOnceAndIsToldOnce() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    try (RawServer silent =
        new RawServer(
            exchange -> {
              arrived.countDown();
              exchange.untilClosed();
            })) {
      serve(node(silent.port()));
      Try attempt = start();
      assertTrue(arrived.await(5, TimeUnit.SECONDS));
      targets.kill(attempt);

      assertInstanceOf(Outcome.Killed.class, attempt.await());
      targets.kill(attempt);
      http.close();
      assertEquals(1, attempt.told.get());
    }
  }

  @Test
  void aClosedSenderStartsNothing() {
    serve(node(1));
    http.close();

    assertFalse(targets.start(Try.of(target())));
  }

  @Test
  void theNumbersOfTheCodeAreTheOtherWayRound() {
    Set<Integer> seen = new HashSet<>();
    for (ServiceCommands commands : ServiceCommands.values()) {
      assertEquals(1, commands.heartbeat() + commands.callback());
      seen.add(commands.callback());
    }
    assertEquals(1, ServiceCommands.DOCUMENT.callback());
    assertEquals(Set.of(0, 1), seen);
  }
}
