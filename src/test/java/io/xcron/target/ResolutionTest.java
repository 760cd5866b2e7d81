package io.xcron.target;

import static io.xcron.target.Awaiting.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Names, their addresses, and which of them is called. */
@Timeout(60)
class ResolutionTest {
  private static final HttpTargets.Times EACH_TIME =
      new HttpTargets.Times(
          Duration.ofSeconds(5),
          Duration.ofMillis(1),
          Duration.ofSeconds(20),
          Duration.ofSeconds(60));

  private static HttpTargets targets(
      HttpTargets.Times times, Resolver resolver, String allow, String deny) {
    AddressPolicy policy = AddressPolicy.parse(true, allow, deny);
    return new HttpTargets(
        HttpTargets.Config.of(policy, name -> null, null)
            .withEventLoops(1)
            .withBounds(HttpTargets.Bounds.DEFAULT)
            .withTimes(times)
            .withResolver(resolver));
  }

  private static Outcome run(Targets targets, String url) throws Exception {
    Try attempt = Try.of(Try.post(url));
    assertTrue(targets.start(attempt));
    return attempt.await();
  }

  /**
   * An address that carries a name, as resolvers give them: a careless sender would resolve the
   * name again.
   */
  private static InetAddress named(String name, String address) throws UnknownHostException {
    return InetAddress.getByAddress(name, InetAddress.ofLiteral(address).getAddress());
  }

  @Test
  void onlyTheCheckedAddressIsConnectedTo() throws Exception {
    AtomicReference<String> address = new AtomicReference<>("127.0.0.2");
    Resolver rebinding = host -> List.of(named("localhost", address.get()));
    try (RawServer good = new RawServer("127.0.0.2", 0, x -> x.ok("good"));
        RawServer bad = new RawServer("127.0.0.1", good.port(), x -> x.ok("bad"));
        HttpTargets targets = targets(EACH_TIME, rebinding, "", "127.0.0.1")) {
      String url = "http://rebind.test:" + good.port() + "/";
      Outcome yes = new Outcome.Answered(200, "good", false);
      Outcome no = new Outcome.Denied("rebind.test (127.0.0.1) is denied by XCRON_TARGET_DENY");
      for (int round = 0; round < 5; round++) {
        address.set("127.0.0.2");
        runUntil(targets, url, yes, no);
        address.set("127.0.0.1");
        runUntil(targets, url, no, yes);
      }
      assertEquals(0, bad.connections.get());
      assertTrue(good.seen.element().head().contains("rebind.test:" + good.port() + "\r\n"));
    }
  }

  /** Until the change is seen, which takes as long as an answer of the resolver is used. */
  private static void runUntil(Targets targets, String url, Outcome wanted, Outcome before)
      throws Exception {
    Outcome outcome = run(targets, url);
    for (int i = 0; i < 10_000 && !outcome.equals(wanted); i++) {
      assertEquals(before, outcome);
      outcome = run(targets, url);
    }
    assertEquals(wanted, outcome);
  }

  @Test
  void aKeptConnectionIsNotUsedWhenTheNameHasMoved() throws Exception {
    AtomicReference<String> address = new AtomicReference<>("127.0.0.2");
    try (RawServer old = new RawServer("127.0.0.2", 0, x -> x.ok("old"));
        RawServer moved = new RawServer("127.0.0.3", old.port(), x -> x.ok("moved"));
        HttpTargets targets =
            targets(EACH_TIME, host -> List.of(named(host, address.get())), "", "")) {
      String url = "http://moving.test:" + old.port() + "/";
      assertEquals(new Outcome.Answered(200, "old", false), run(targets, url));
      address.set("127.0.0.3");
      long later = System.nanoTime() + 2_000_000;
      while (System.nanoTime() < later) {
        Thread.onSpinWait();
      }
      assertEquals(new Outcome.Answered(200, "moved", false), run(targets, url));
      assertEquals(1, old.seen.size());
      assertEquals(1, moved.seen.size());
    }
  }

  @Test
  void theNextAddressIsTriedWhenOneRefuses() throws Exception {
    Resolver three =
        host ->
            List.of(
                named(host, "169.254.169.254"), named(host, "127.0.0.9"), named(host, "127.0.0.1"));
    try (RawServer server = new RawServer(x -> x.ok(""));
        HttpTargets targets = targets(EACH_TIME, three, "", "")) {
      assertTrue(run(targets, "http://three.test:" + server.port() + "/").success());
    }
  }

  @Test
  void anAnswerOfTheResolverIsSharedForAWhile() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    Resolver counting =
        host -> {
          asked.incrementAndGet();
          return List.of(named(host, "127.0.0.1"));
        };
    try (RawServer server = new RawServer(x -> x.ok(""));
        HttpTargets targets = targets(HttpTargets.Times.DEFAULT, counting, "", "")) {
      for (int i = 0; i < 50; i++) {
        assertTrue(run(targets, "http://Shared.test:" + server.port() + "/" + i).success());
      }
      assertEquals(1, asked.get());
    }
  }

  @Test
  void aNameWithoutAddressFailsAndASlowResolverDelaysNoOtherHost() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    Resolver resolver =
        host -> {
          return switch (host) {
            case "stuck.test" -> {
              try {
                stuck.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              yield List.of();
            }
            case "failing.test" -> throw new IllegalStateException("on purpose");
            default -> throw new UnknownHostException(host);
          };
        };
    HttpTargets.Times times =
        new HttpTargets.Times(
            Duration.ofMillis(200),
            Duration.ofSeconds(5),
            Duration.ofSeconds(4),
            Duration.ofSeconds(60));
    try (RawServer server = new RawServer(x -> x.ok(""));
        HttpTargets targets = targets(times, resolver, "", "")) {
      List<Try> waiting = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        Try attempt = Try.of(Try.post("http://stuck.test/"));
        assertTrue(targets.start(attempt));
        waiting.add(attempt);
      }
      Outcome unknown = run(targets, "http://nowhere.test/");
      assertEquals(new Outcome.ConnectFailed("nowhere.test is not known to the resolver"), unknown);
      assertFalse(unknown.bytesSent());
      assertInstanceOf(Outcome.ConnectFailed.class, run(targets, "http://failing.test/"));
      assertTrue(run(targets, server.url()).success());
      for (Try attempt : waiting) {
        assertEquals(
            new Outcome.ConnectFailed("stuck.test was not resolved in time"), attempt.await());
      }
      stuck.countDown();
    }
  }

  @Test
  void moreLookupsThanTheBoundWaitTheirTurn() throws Exception {
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger answered = new AtomicInteger();
    Semaphore answers = new Semaphore(0);
    Resolver slow =
        host -> {
          most.accumulateAndGet(inside.incrementAndGet(), Math::max);
          answers.acquireUninterruptibly();
          inside.decrementAndGet();
          answered.incrementAndGet();
          return List.of(named(host, "127.0.0.1"));
        };
    HttpTargets.Times patient =
        new HttpTargets.Times(
            Duration.ofSeconds(20),
            Duration.ofSeconds(60),
            Duration.ofSeconds(4),
            Duration.ofSeconds(60));
    try (RawServer server = new RawServer(x -> x.ok(""));
        HttpTargets targets = targets(patient, slow, "", "")) {
      int names = 100;
      List<Try> all = new ArrayList<>();
      for (int i = 0; i < names; i++) {
        Try attempt = Try.of(Try.post("http://slow" + i + ".test:" + server.port() + "/"));
        assertTrue(targets.start(attempt));
        all.add(attempt);
      }
      // When this one ends, the loop has begun to look up each name.
      assertTrue(run(targets, server.url()).success());
      for (int i = 0; i < names; i++) {
        int done = i;
        int atOnce = Math.min(64, names - done);
        until("as many lookups as may be", () -> inside.get() >= atOnce);
        answers.release();
        until("the end of one", () -> answered.get() > done);
      }
      for (Try attempt : all) {
        assertTrue(attempt.await().success());
      }
      assertEquals(64, most.get());
    } finally {
      answers.release(1_000);
    }
  }

  @Test
  void metadataIsDeniedWithoutAConnection() throws Exception {
    try (HttpTargets targets = targets(EACH_TIME, Resolver.SYSTEM, "", "")) {
      assertInstanceOf(
          Outcome.Denied.class, run(targets, "http://169.254.169.254/latest/meta-data/"));
      assertInstanceOf(Outcome.Denied.class, run(targets, "http://[::ffff:169.254.169.254]/"));
      assertInstanceOf(Outcome.Denied.class, run(targets, "http://[64:ff9b::a9fe:a9fe]/"));
      assertInstanceOf(Outcome.Denied.class, run(targets, "http://0.0.0.0/"));
    }
  }

  @Test
  void anIpv6ReceiverIsNamedInBrackets() throws Exception {
    try (RawServer server = new RawServer("::1", 0, x -> x.ok(""));
        HttpTargets targets = targets(EACH_TIME, Resolver.SYSTEM, "", "")) {
      assertTrue(run(targets, "http://[::1]:" + server.port() + "/").success());
      String head = server.seen.element().head();
      assertTrue(head.contains("[::1]:" + server.port() + "\r\n"), head);
    }
  }
}
