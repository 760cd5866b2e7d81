package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Bounds, isolation of hosts, and the end. */
@Timeout(60)
class BulkheadTest {
  private static HttpTargets targets(HttpTargets.Bounds bounds, HttpTargets.Times times) {
    return targets(bounds, times, Resolver.SYSTEM);
  }

  private static HttpTargets targets(
      HttpTargets.Bounds bounds, HttpTargets.Times times, Resolver resolver) {
    AddressPolicy policy = AddressPolicy.parse(true, "", "");
    return new HttpTargets(
        HttpTargets.Config.of(policy, name -> null, null)
            .withEventLoops(1)
            .withBounds(bounds)
            .withTimes(times)
            .withResolver(resolver));
  }

  private static HttpTargets targets(HttpTargets.Bounds bounds) {
    return targets(bounds, HttpTargets.Times.DEFAULT);
  }

  private static Try start(Targets targets, String url) {
    Try attempt = Try.of(Try.post(url));
    assertTrue(targets.start(attempt));
    return attempt;
  }

  @Test
  void aHangingHostDelaysNoOther() throws Exception {
    try (RawServer hanging = new RawServer(RawServer.Exchange::untilClosed);
        RawServer quick = new RawServer(x -> x.ok(""));
        HttpTargets targets = targets(new HttpTargets.Bounds(4, 1_000, 2_000, 10))) {
      List<Try> stuck = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        stuck.add(start(targets, hanging.url()));
      }
      for (int i = 0; i < 100; i++) {
        assertTrue(start(targets, quick.url()).await().success());
      }
      assertTrue(hanging.connections.get() <= 4);
      assertTrue(stuck.stream().noneMatch(attempt -> attempt.end.isDone()));
    }
  }

  @Test
  void noMoreRequestsAreInFlightThanTheBound() throws Exception {
    AtomicInteger inFlight = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (RawServer server =
            new RawServer(
                x -> {
                  most.accumulateAndGet(inFlight.incrementAndGet(), Math::max);

                  inFlight.decrementAndGet();
                  x.ok("");
                });
        HttpTargets targets = targets(new HttpTargets.Bounds(7, 5_000, 5_000, 10))) {
      List<Try> all = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        all.add(start(targets, server.url()));
      }
      for (Try attempt : all) {
        assertTrue(attempt.await().success());
      }
      assertTrue(most.get() <= 7, "in flight: " + most);
      assertTrue(server.connections.get() <= 7, "connections: " + server.connections);
    }
  }

  @Test
  void attemptsOfAHostStartInTheOrderTheyCame() throws Exception {
    List<Integer> order = new ArrayList<>();
    try (RawServer server = new RawServer(x -> x.ok(""));
        HttpTargets targets = targets(new HttpTargets.Bounds(3, 5_000, 5_000, 10))) {
      List<Try> all = new ArrayList<>();
      for (int i = 0; i < 2_500; i++) {
        int number = i;
        Try attempt =
            new Try(Try.post(server.url()), () -> order.add(number)); // on the one loop only
        assertTrue(targets.start(attempt));
        all.add(attempt);
      }
      for (Try attempt : all) {
        attempt.await();
      }
      for (int i = 0; i < 2_500; i++) {
        assertEquals(i, order.get(i));
      }
    }
  }

  @Test
  void aSecondAnswerToOneRequestIsNotTakenForTheNext() throws Exception {
    CompletableFuture<Void> queued = new CompletableFuture<>();
    try (RawServer server =
            new RawServer(
                x -> {
                  queued.get();
                  if (x.connection() == 1) {
                    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
                    x.send(answer + "a" + answer + "b");
                  } else {
                    x.ok("c");
                  }
                });
        HttpTargets targets = targets(new HttpTargets.Bounds(1, 10, 10, 10))) {
      Try first = start(targets, server.url());
      Try second = start(targets, server.url());
      queued.complete(null);
      assertEquals(new Outcome.Answered(200, "a", false), first.await());
      assertEquals(new Outcome.Answered(200, "c", false), second.await());
    }
  }

  @Test
  void aFullQueueSaysNoAndTakesAgainWhenThereIsRoom() throws Exception {
    CompletableFuture<Void> release = new CompletableFuture<>();
    RawServer.Script script =
        x -> {
          release.get();
          x.ok("");
        };
    try (RawServer one = new RawServer(script);
        RawServer two = new RawServer(script);
        HttpTargets targets = targets(new HttpTargets.Bounds(1, 10, 15, 10))) {
      List<Try> accepted = new ArrayList<>();
      fill(targets, one, accepted, 1 + 10);
      fill(targets, two, accepted, 1 + 5);
      release.complete(null);
      for (Try attempt : accepted) {
        assertTrue(attempt.await().success());
      }
      assertTrue(start(targets, one.url()).await().success());
    }
  }

  /**
   * Offers until the first attempt is in flight and the queue behind it is full; no more than that
   * may be taken.
   */
  private static void fill(Targets targets, RawServer server, List<Try> accepted, int most)
      throws Exception {
    Try first = new Try(Try.post(server.url()), () -> true);
    assertTrue(targets.start(first));
    accepted.add(first);
    while (server.seen.isEmpty()) {
      Thread.onSpinWait();
    }
    for (int i = 1; i < most; i++) {
      accepted.add(start(targets, server.url()));
    }
    for (int i = 0; i < 20; i++) {
      Try refused = Try.of(Try.post(server.url()));
      assertFalse(targets.start(refused), "beyond the bound: " + (most + i));
      assertEquals(0, refused.told.get());
    }
  }

  @Test
  void idleHostsMakeRoomForNewOnes() throws Exception {
    try (HttpTargets targets = targets(new HttpTargets.Bounds(2, 10, 100, 3))) {
      for (int i = 0; i < 20; i++) {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        try (RawServer server =
            new RawServer(
                x -> {
                  x.ok("");
                  x.untilClosed();
                  closed.complete(null);
                })) {
          Try attempt = Try.of(Try.post(server.url()));
          while (!targets.start(attempt)) {
            Thread.onSpinWait(); // the eviction runs on the loop
          }
          assertTrue(attempt.await().success());
        }
      }
    }
  }

  @Test
  void aConnectionThatNobodyUsesIsClosedAndTheHostForgotten() throws Exception {
    Duration soon = Duration.ofMillis(20);
    HttpTargets.Times times =
        new HttpTargets.Times(Duration.ofSeconds(5), Duration.ofSeconds(5), soon, soon);
    CompletableFuture<Void> closed = new CompletableFuture<>();
    try (RawServer server =
            new RawServer(
                x -> {
                  x.ok("");
                  if (x.connection() == 1) {
                    x.untilClosed();
                    closed.complete(null);
                  }
                });
        HttpTargets targets = targets(HttpTargets.Bounds.DEFAULT, times)) {
      assertTrue(start(targets, server.url()).await().success());
      closed.get();
      assertTrue(start(targets, server.url()).await().success());
      assertEquals(2, server.connections.get());
    }
  }

  @Test
  void closingEndsEveryAttemptOnceAndRefusesNewOnes() throws Exception {
    try (RawServer hanging = new RawServer(RawServer.Exchange::untilClosed)) {
      HttpTargets targets = targets(new HttpTargets.Bounds(3, 10_000, 10_000, 10));
      List<Try> all = new ArrayList<>();
      for (int i = 0; i < 5_000; i++) {
        all.add(start(targets, hanging.url()));
      }
      while (hanging.seen.size() < 3) {
        Thread.onSpinWait();
      }
      targets.close();
      int broken = 0;
      for (Try attempt : all) {
        Outcome outcome = attempt.await();
        assertEquals(1, attempt.told.get());
        if (outcome instanceof Outcome.Broken) {
          broken++;
        } else {
          assertEquals(new Outcome.Withdrawn(), outcome);
          assertEquals(0, attempt.asked.get());
        }
      }
      assertEquals(3, broken);
      assertFalse(targets.start(Try.of(Try.post(hanging.url()))));
      targets.close();
    }
  }

  @Test
  void aHostThatAnswersNoConnectionFailsAllThatWaitedForIt() throws Exception {
    HttpTargets.Times times =
        new HttpTargets.Times(
            Duration.ofMillis(300),
            Duration.ofSeconds(5),
            Duration.ofSeconds(4),
            Duration.ofSeconds(60));
    // TLS against a receiver that never answers: the connection never stands.
    try (RawServer mute = new RawServer(RawServer.Exchange::untilClosed);
        HttpTargets targets = targets(new HttpTargets.Bounds(2, 5_000, 5_000, 10), times)) {
      List<Try> all = new ArrayList<>();
      for (int i = 0; i < 3_000; i++) {
        all.add(start(targets, "https://127.0.0.1:" + mute.port() + "/"));
      }
      for (Try attempt : all) {
        assertInstanceOf(Outcome.ConnectFailed.class, attempt.await());
        assertEquals(0, attempt.asked.get());
      }
      Try brief =
          Try.of(
              Try.http(
                  "https://127.0.0.1:" + mute.port() + "/",
                  "POST",
                  Map.of(),
                  null,
                  Duration.ofMillis(50)));
      assertTrue(targets.start(brief));
      assertInstanceOf(Outcome.ConnectFailed.class, brief.await());
    }
  }

  @Test
  void oneWithLittleTimeTakesNoneFromThoseThatWaitWithIt() throws Exception {
    HttpTargets.Times times =
        new HttpTargets.Times(
            Duration.ofSeconds(1),
            Duration.ofSeconds(60),
            Duration.ofSeconds(4),
            Duration.ofSeconds(60));
    CompletableFuture<Void> queued = new CompletableFuture<>();
    Resolver resolver =
        host -> {
          queued.orTimeout(20, TimeUnit.SECONDS).join();
          return List.of(InetAddress.getLoopbackAddress());
        };
    // TLS against a receiver that never answers: the connection never stands.
    try (RawServer mute = new RawServer(RawServer.Exchange::untilClosed);
        HttpTargets targets = targets(new HttpTargets.Bounds(1, 10, 10, 10), times, resolver)) {
      String url = "https://mute.test:" + mute.port();
      Try brief = brief(targets, url);
      Try patient = start(targets, url + "/");
      queued.complete(null);
      Outcome late = new Outcome.ConnectFailed("no connection to " + url + " within 1000 ms");
      assertEquals(late, patient.await());
      assertEquals(late, brief.await());
      assertEquals(
          new Outcome.ConnectFailed("no connection to " + url + " within 50 ms"),
          brief(targets, url).await(),
          "alone it has its own time");
    }
  }

  private static Try brief(Targets targets, String url) {
    Try attempt = Try.of(Try.http(url + "/", "POST", Map.of(), null, Duration.ofMillis(50)));
    assertTrue(targets.start(attempt));
    return attempt;
  }
}
