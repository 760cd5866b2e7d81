package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.http.HttpTestServer.Answer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AccessTest {
  private static final HttpConfig.Limits LIMITS = HttpConfig.Limits.DEFAULT;

  @Test
  void withATokenEverythingButHealthNeedsIt() {
    try (HttpTestServer server = new HttpTestServer(HttpTestServer.config("s3cret", LIMITS))) {
      Answer none = server.get("/api/v1/tasks");
      assertEquals(401, none.status());
      assertEquals("unauthorized", none.code());
      assertEquals("Bearer realm=\"xcron\"", none.header("WWW-Authenticate"));
      for (String wrong :
          List.of("Bearer s3cre", "Bearer s3cret2", "Digest s3cret", "s3cret", "Bearer")) {
        assertEquals(401, server.get("/api/v1/tasks", "Authorization", wrong).status(), wrong);
      }
      assertEquals(200, server.get("/api/v1/tasks", "Authorization", "bearer s3cret").status());
      assertEquals(401, server.get("/metrics").status());
      assertEquals(401, server.post("/api/v1/tasks", HttpTestServer.task("")).status());
      assertEquals(200, server.get("/health/live").status());
      assertEquals(200, server.get("/health/ready").status());
      Answer seed = server.post("/xcron/createTask", "{}");
      assertEquals(200, seed.status());
      assertEquals(1009, seed.json().get("code").asInt());
      assertEquals(0, server.grid.size());
    }
  }

  @Test
  void aTrustedNetworkNeedsNoTokenOnTheSeedsPathsAlone() {
    HttpConfig config =
        new HttpConfig(
            "127.0.0.1",
            0,
            "t",
            List.of("10.0.0.0/8", "127.0.0.0/8"),
            ZoneId.of("UTC"),
            false,
            LIMITS);
    try (HttpTestServer server = new HttpTestServer(config)) {
      assertEquals(1020, server.post("/xcron/createTask", "{}").json().get("code").asInt());
      assertEquals(401, server.get("/api/v1/tasks").status());
      // A page whose own name was made to point here; a program that was given a name.
      int port = server.server.port();
      assertTrue(raw(port, "evil.example", "Origin: http://evil.example").contains("1009"));
      assertTrue(raw(port, "xcron.internal", "X-Is: no-page").contains("1020"));
      assertTrue(raw(port, "127.0.0.1", "Origin: http://127.0.0.1").contains("1020"));
    }
  }

  /** The answer to an empty create that is sent to this host, with one more header. */
  private static String raw(int port, String host, String header) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      String request =
          String.join(
              "\r\n",
              "POST /xcron/createTask HTTP/1.1",
              "Host: " + host,
              header,
              "Content-Type: application/json",
              "Content-Length: 2",
              "",
              "{}");
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      StringBuilder answer = new StringBuilder();
      byte[] part = new byte[4_096];
      while (answer.indexOf("\"code\"") < 0) {
        int length = socket.getInputStream().read(part);
        if (length < 0) {
          return answer.toString();
        }
        answer.append(new String(part, 0, length, StandardCharsets.UTF_8));
      }
      return answer.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void networksContainWhatTheirBitsSay() {
    assertTrue(Network.parse("10.1.0.0/15").contains(address("10.0.255.1")));
    assertFalse(Network.parse("10.2.0.0/15").contains(address("10.1.255.1")));
    assertTrue(Network.parse("fd00::/8").contains(address("fdab::1")));
    assertTrue(Network.parse("0.0.0.0/0").contains(address("1.2.3.4")));
    assertFalse(Network.parse("0.0.0.0/0").contains(address("::1")));
    for (String bad :
        List.of("", "x", "example.com", "10.0.0.0/33", "10.0.0.0/-1", "10/8", "1.2.3.4/x")) {
      assertThrows(IllegalArgumentException.class, () -> Network.parse(bad), bad);
    }
  }

  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  @Test
  void pagesOfOtherSitesMayNotCall() {
    try (HttpTestServer server = new HttpTestServer()) {
      int port = server.server.port();
      assertEquals(403, server.get("/api/v1/tasks", "Origin", "http://evil.example").status());
      assertEquals(403, server.get("/api/v1/tasks", "Origin", "null").status());
      assertEquals(403, server.get("/api/v1/tasks", "Sec-Fetch-Site", "cross-site").status());
      assertEquals(200, server.get("/api/v1/tasks", "Origin", "http://127.0.0.1:" + port).status());
      Answer seed = server.post("/xcron/createTask", "{}", "Origin", "http://evil.example");
      assertEquals(1009, seed.json().get("code").asInt());
    }
  }

  @Test
  void tooManyRequestsOfOneClientAreToldToWait() {
    HttpConfig.Limits limits =
        new HttpConfig.Limits(
            1 << 20, 256 << 10, 3, 1_024, 100, Duration.ofSeconds(5), Duration.ofSeconds(30));
    try (HttpTestServer server = new HttpTestServer(HttpTestServer.config(null, limits))) {
      Answer last = server.get("/api/v1/tasks");
      for (int i = 0; i < 20 && last.status() == 200; i++) {
        last = server.get("/api/v1/tasks");
      }
      assertEquals(429, last.status());
      assertEquals("rate-limited", last.code());
      assertEquals("1", last.header("Retry-After"));
    }
  }

  @Test
  void aBucketFillsWithTimeAndTheMapOfBucketsIsBounded() throws UnknownHostException {
    RateLimit limit = new RateLimit(2);
    InetAddress client = address("10.0.0.1");
    assertTrue(limit.take(client, 0));
    assertTrue(limit.take(client, 0));
    assertFalse(limit.take(client, 0));
    assertTrue(limit.take(client, 500_000_000));
    assertFalse(limit.take(client, 500_000_000));
    for (int i = 0; i < 30_000; i++) {
      limit.take(InetAddress.getByAddress(new byte[] {11, 0, (byte) (i >> 8), (byte) i}), 0);
    }
    assertEquals(10_000, limit.clients());
  }

  @Test
  void oneRequestMoreThanAllowedIsNotAccepted() throws InterruptedException {
    HttpConfig.Limits limits =
        new HttpConfig.Limits(
            1 << 20, 256 << 10, 0, 1, 100, Duration.ofSeconds(5), Duration.ofSeconds(30));
    try (HttpTestServer server = new HttpTestServer(HttpTestServer.config(null, limits))) {
      CountDownLatch inside = new CountDownLatch(1);
      CountDownLatch go = new CountDownLatch(1);
      server.checks =
          task -> {
            inside.countDown();
            try {
              assertTrue(go.await(10, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          };
      Thread busy =
          Thread.ofVirtual().start(() -> server.post("/api/v1/tasks", HttpTestServer.task("")));
      assertTrue(inside.await(10, TimeUnit.SECONDS));
      Answer refused = server.get("/api/v1/tasks");
      assertEquals(503, refused.status());
      assertEquals("not-accepted", refused.code());
      assertEquals(200, server.get("/health/live").status());
      go.countDown();
      busy.join();
    }
  }
}
