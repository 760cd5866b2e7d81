package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.HeaderValue;
import io.xcron.model.Target;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Thousands of attempts at receivers that do something else each time: each is told exactly once,
 * and rightly.
 */
@Timeout(120)
class RandomFailuresTest {
  private enum Ending {
    SUCCESS,
    OTHER_ANSWER,
    CONNECT_FAILED,
    TIMED_OUT,
    BROKEN,
    DENIED,
    UNSENDABLE,
    WITHDRAWN
  }

  private static Ending ending(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Answered answered -> answered.success() ? Ending.SUCCESS : Ending.OTHER_ANSWER;
      case Outcome.ConnectFailed failed -> Ending.CONNECT_FAILED;
      case Outcome.TimedOut timedOut -> Ending.TIMED_OUT;
      case Outcome.Broken broken -> Ending.BROKEN;
      case Outcome.Denied denied -> Ending.DENIED;
      case Outcome.Unsendable unsendable -> Ending.UNSENDABLE;
      case Outcome.Withdrawn withdrawn -> Ending.WITHDRAWN;
      case Outcome.Accepted accepted -> throw new AssertionError("nobody accepts here");
      case Outcome.Exited exited -> throw new AssertionError("nothing is run here");
      case Outcome.Killed killed -> throw new AssertionError("nothing is killed here");
    };
  }

  /** Misbehaves by chance; the sockets of a few requests are reset in the middle. */
  private static void misbehave(RawServer.Exchange x) throws Exception {
    switch (ThreadLocalRandom.current().nextInt(14)) {
      case 0 -> x.socket().close();
      case 1 -> x.untilClosed();
      case 2 -> x.send("HTTP/1.1 500 Oops\r\nContent-Length: 2\r\n\r\nno");
      case 3 -> x.send("junk\r\n\r\n");
      case 4 -> {
        x.send("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nab");
        x.socket().setSoLinger(true, 0);
        x.socket().close();
      }
      case 5 -> x.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      case 6 -> {
        x.ok("closed right after");
        x.socket().close();
      }
      case 7 ->
          x.send(
              "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      default -> x.ok("fine");
    }
  }

  @Test
  void everyAttemptIsToldExactlyOnce() throws Exception {
    long seed = System.nanoTime();
    String context = "seed " + seed;
    Random random = new Random(seed);
    int dead;
    try (ServerSocket free = new ServerSocket(0)) {
      dead = free.getLocalPort();
    }
    Resolver resolver =
        host -> {
          if (host.startsWith("nowhere") || ThreadLocalRandom.current().nextInt(10) == 0) {
            throw new UnknownHostException(host);
          }
          return List.of(InetAddress.ofLiteral("127.0.0.1"));
        };
    HttpTargets.Times times =
        new HttpTargets.Times(
            Duration.ofSeconds(5),
            Duration.ofMillis(5),
            Duration.ofMillis(30),
            Duration.ofMillis(50));
    HttpTargets.Config config =
        HttpTargets.Config.of(
                AddressPolicy.parse(true, "", ""), name -> null, HttpTargets.signingKey("k"))
            .withEventLoops(2)
            .withBounds(new HttpTargets.Bounds(8, 2_000, 4_000, 6))
            .withTimes(times)
            .withResolver(resolver);
    List<Try> accepted = new ArrayList<>();
    Set<String> received = ConcurrentHashMap.newKeySet();
    RawServer.Script script =
        x -> {
          int at = x.head().indexOf("X-Xcron-Task-Id: ") + 17;
          received.add(x.head().substring(at, x.head().indexOf('\r', at)));
          misbehave(x);
        };
    int refused = 0;
    try (RawServer one = new RawServer(script);
        RawServer two = new RawServer(script)) {
      HttpTargets targets = new HttpTargets(config);
      String[] urls = {
        one.url(),
        two.url(),
        "http://one.test:" + one.port() + "/",
        "http://two.test:" + two.port() + "/",
        "http://nowhere.test/",
        "http://127.0.0.1:" + dead + "/",
        "http://169.254.1.1/",
        "http://bad host/"
      };
      for (int i = 0; i < 20_000; i++) {
        boolean no = random.nextInt(20) == 0;
        Try attempt = new Try(target(random, urls), () -> !no);
        attempt.taskId = "t" + i;
        if (targets.start(attempt)) {
          accepted.add(attempt);
        } else {
          refused++;
          accepted.get(random.nextInt(accepted.size())).await();
        }
      }
      for (int i = 0; i < accepted.size() - 500; i++) {
        accepted.get(i).await();
      }
      targets.close();
    }
    Map<Ending, Integer> endings = new EnumMap<>(Ending.class);
    for (Try attempt : accepted) {
      Outcome outcome = attempt.await();
      assertEquals(1, attempt.told.get(), context);
      assertTrue(attempt.asked.get() <= 1, context);
      endings.merge(ending(outcome), 1, Integer::sum);
      if (!outcome.bytesSent()) {
        assertFalse(
            received.contains(attempt.taskId), context + ": " + outcome + " but it arrived");
      }
      if (outcome.success()) {
        assertTrue(received.contains(attempt.taskId), context + ": answered but never received");
      }
    }
    assertEquals(
        Ending.values().length, endings.size(), context + ": " + endings + ", refused " + refused);
  }

  private static Target.Http target(Random random, String[] urls) {
    Map<String, HeaderValue> headers =
        random.nextInt(30) == 0 ? Map.of("A", new HeaderValue.Secret("gone")) : Map.of();
    Duration timeout = Duration.ofMillis(20 + random.nextInt(200));
    return Try.http(urls[random.nextInt(urls.length)], "POST", headers, "{\"n\":1}", timeout);
  }
}
