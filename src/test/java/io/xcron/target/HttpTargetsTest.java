package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.HeaderValue;
import io.xcron.model.Target;
import java.net.ServerSocket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes over the wire, and what each answer becomes. */
@Timeout(60)
class HttpTargetsTest {
  private static final AddressPolicy LOOPBACK = AddressPolicy.parse(true, "", "");

  private final HttpTargets targets =
      new HttpTargets(
          HttpTargets.Config.of(
              LOOPBACK, name -> name.equals("pay-token") ? "Bearer s3cret" : null, null));

  @AfterEach
  void close() {
    targets.close();
  }

  private Outcome run(Target.Http target) throws Exception {
    Try attempt = Try.of(target);
    assertTrue(targets.start(attempt));
    Outcome outcome = attempt.await();
    assertEquals(1, attempt.told.get());
    return outcome;
  }

  /** The outcome of a POST to a receiver that does this. */
  private Outcome meet(RawServer.Script script) throws Exception {
    try (RawServer server = new RawServer(script)) {
      return run(Try.post(server.url()));
    }
  }

  private static Map<String, String> headers(RawServer.Exchange exchange) {
    Map<String, String> headers = new HashMap<>();
    for (String line : exchange.head().split("\r\n", -1)) {
      int colon = line.indexOf(": ");
      if (colon > 0) {
        String old =
            headers.put(
                line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 2));
        assertEquals(null, old, "twice: " + line);
      }
    }
    return headers;
  }

  @Test
  void anAttemptCarriesEveryHeaderOfTheContract() throws Exception {
    try (RawServer server = new RawServer(x -> x.ok("{\"is_success\":true}"))) {
      Map<String, HeaderValue> own = new LinkedHashMap<>();
      own.put("Authorization", new HeaderValue.Secret("pay-token"));
      own.put("X-Own", new HeaderValue.Plain("a b"));
      Try attempt =
          Try.of(Try.http(server.url() + "?q=1#part", "POST", own, "{\"ü\":1}", Try.LONG));
      attempt.mutexToken = 17;
      assertTrue(targets.start(attempt));
      assertEquals(new Outcome.Answered(200, "{\"is_success\":true}", false), attempt.await());
      assertTrue(attempt.await().success());
      RawServer.Exchange seen = server.seen.element();
      assertTrue(seen.head().startsWith("POST /cb?q=1 HTTP/1.1\r\n"), seen.head());
      assertEquals("{\"ü\":1}", seen.body());
      Map<String, String> headers = headers(seen);
      Map<String, String> expected = new HashMap<>();
      expected.put("host", "127.0.0.1:" + server.port());
      expected.put("content-length", "8");
      expected.put("content-type", "application/json");
      expected.put("x-xcron-task-id", "t1");
      expected.put("x-xcron-generation", "3");
      expected.put("x-xcron-run-number", "42");
      expected.put("x-xcron-attempt", "2");
      expected.put("x-xcron-due-time", "1700000000123");
      expected.put("x-xcron-fencing-token", "9000000000000");
      expected.put("x-xcron-mutex-token", "17");
      expected.put("idempotency-key", "t1/3/42");
      expected.put("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
      expected.put("authorization", "Bearer s3cret");
      expected.put("x-own", "a b");
      assertEquals(expected, headers);
    }
  }

  @Test
  void whatIsNotAsciiIsEscapedInHeaders() throws Exception {
    try (RawServer server = new RawServer(x -> x.ok(""))) {
      Try attempt = Try.of(Try.post(server.url()));
      attempt.taskId = "日:ü-1";
      attempt.arg = "{\"day\": \"100% 月\"}\n";
      assertTrue(targets.start(attempt));
      assertTrue(attempt.await().success());
      Map<String, String> headers = headers(server.seen.element());
      assertEquals("%E6%97%A5:%C3%BC-1", headers.get("x-xcron-task-id"));
      assertEquals("%E6%97%A5:%C3%BC-1/3/42", headers.get("idempotency-key"));
      assertEquals(
          attempt.arg, URLDecoder.decode(headers.get("x-xcron-arg"), StandardCharsets.UTF_8));
    }
  }

  @Test
  void aBodyIsSentWhereOneIsUsual() throws Exception {
    try (RawServer server = new RawServer(x -> x.ok(""))) {
      for (String method : new String[] {"POST", "PUT", "PATCH"}) {
        run(Try.http(server.url(), method, Map.of(), null, Try.LONG));
        RawServer.Exchange seen = server.seen.remove();
        assertEquals("{}", seen.body(), method);
        assertEquals("application/json", headers(seen).get("content-type"), method);
      }
      for (String method : new String[] {"GET", "DELETE", "OPTIONS"}) {
        run(Try.http(server.url(), method, Map.of(), null, Try.LONG));
        RawServer.Exchange seen = server.seen.remove();
        assertEquals("", seen.body(), method);
        assertFalse(headers(seen).containsKey("content-type"), method);
      }
      Map<String, HeaderValue> text = Map.of("content-type", new HeaderValue.Plain("text/plain"));
      run(Try.http(server.url(), "DELETE", text, "why", Try.LONG));
      RawServer.Exchange seen = server.seen.remove();
      assertEquals("why", seen.body());
      assertEquals("text/plain", headers(seen).get("content-type"));
      assertEquals(1, server.connections.get());
    }
  }

  @Test
  void anAnswerWithoutBodyLeavesTheConnectionUsable() throws Exception {
    String[] answers = {
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nhi",
      "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n"
    };
    try (RawServer server = new RawServer(x -> x.send(answers[x.request() - 1]))) {
      assertEquals(
          new Outcome.Answered(200, "", false),
          run(Try.http(server.url(), "HEAD", Map.of(), null, Try.LONG)));
      assertEquals(new Outcome.Answered(204, "", false), run(Try.post(server.url())));
      assertEquals(new Outcome.Answered(304, "", false), run(Try.post(server.url())));
      assertEquals(new Outcome.Answered(201, "hi", false), run(Try.post(server.url())));
      assertEquals(new Outcome.Answered(202, "abcde", false), run(Try.post(server.url())));
      assertEquals(1, server.connections.get());
    }
  }

  @Test
  void otherAnswersAreFailuresAndRedirectsAreNotFollowed() throws Exception {
    try (RawServer other = new RawServer(x -> x.ok(""))) {
      Outcome outcome =
          meet(
              x ->
                  x.send(
                      "HTTP/1.1 302 Found\r\nLocation: "
                          + other.url()
                          + "\r\nContent-Length: 0\r\n\r\n"));
      assertEquals(new Outcome.Answered(302, "", false), outcome);
      assertFalse(outcome.success());
      assertEquals(0, other.connections.get());
    }
    assertFalse(meet(x -> x.send("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")).success());
  }

  @Test
  void aConnectionThatTheReceiverEndsIsNotUsedAgain() throws Exception {
    String[] answers = {
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na",
      "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nb",
      "HTTP/1.1 200 OK\r\n\r\nuntil the end"
    };
    try (RawServer server =
        new RawServer(
            x -> {
              x.send(answers[x.connection() - 1]);
              if (x.connection() == 3) {
                x.socket().close();
              } else {
                x.untilClosed();
              }
            })) {
      assertEquals(new Outcome.Answered(200, "a", false), run(Try.post(server.url())));
      assertEquals(new Outcome.Answered(200, "b", false), run(Try.post(server.url())));
      assertEquals(new Outcome.Answered(200, "until the end", false), run(Try.post(server.url())));
      assertEquals(3, server.connections.get());
    }
  }

  @Test
  void aLongBodyIsKeptInPartAndAnEndlessOneIsNotAwaited() throws Exception {
    String long60k = "é".repeat(30_000);
    Outcome outcome =
        meet(
            x -> {
              x.send("HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n");
              x.socket().getOutputStream().write(long60k.getBytes(StandardCharsets.UTF_8));
            });
    assertEquals(new Outcome.Answered(200, "é".repeat(2_048), true), outcome);
    Outcome endless =
        meet(
            x -> {
              x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
              while (true) {
                x.send("400\r\n" + "x".repeat(1_024) + "\r\n");
              }
            });
    assertEquals(new Outcome.Answered(200, "x".repeat(4_096), true), endless);
  }

  @Test
  void garbageFloodsAndEarlyEndsAreBroken() throws Exception {
    assertInstanceOf(Outcome.Broken.class, meet(x -> x.socket().close()));
    assertInstanceOf(Outcome.Broken.class, meet(x -> x.send("what do you want?\r\n\r\n\r\n")));
    assertInstanceOf(
        Outcome.Broken.class, meet(x -> x.send("HTTP/1.1 200 OK\r\nA: " + "x".repeat(100_000))));
    assertInstanceOf(
        Outcome.Broken.class,
        meet(
            x -> {
              x.send("HTTP/1.1 200 OK\r\n");
              for (int i = 0; i < 100_000; i++) {
                x.send("H" + i + ": v\r\n");
              }
            }));
    assertInstanceOf(
        Outcome.Broken.class,
        meet(
            x -> {
              x.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
              x.socket().close();
            }));
    assertInstanceOf(
        Outcome.Broken.class,
        meet(
            x -> {
              x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab");
              x.socket().close();
            }));
    assertInstanceOf(
        Outcome.Broken.class,
        meet(x -> x.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab")));
    assertInstanceOf(
        Outcome.Broken.class, meet(x -> x.send("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n")));
  }

  @Test
  void aSwitchOfProtocolsIsNoSuccess() throws Exception {
    Outcome outcome =
        meet(
            x ->
                x.send(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"));
    assertFalse(outcome.success(), outcome.toString());
    assertTrue(outcome.bytesSent());
  }

  @Test
  void aSlowAnswerTimesOutAndItsConnectionIsClosed() throws Exception {
    CompletableFuture<Void> closed = new CompletableFuture<>();
    RawServer.Script[] slow = {
      RawServer.Exchange::untilClosed,
      x -> {
        x.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
        x.untilClosed();
        closed.complete(null);
      },
      x -> {
        while (true) {
          x.send("HTTP/1.1 100 Continue\r\n\r\n");
        }
      }
    };
    for (RawServer.Script script : slow) {
      try (RawServer server = new RawServer(script)) {
        Try attempt =
            Try.of(Try.http(server.url(), "POST", Map.of(), "{}", Duration.ofMillis(150)));
        assertTrue(targets.start(attempt));
        assertEquals(new Outcome.TimedOut(), attempt.await());
        assertTrue(System.nanoTime() - attempt.startNanos >= 149_000_000, "early");
        if (script.equals(slow[1])) {
          closed.get();
        }
      }
    }
  }

  @Test
  void aTimerLeftStandingByAnEarlierAttemptDoesNotCutALaterOneShort() throws Exception {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    try (RawServer server =
        new RawServer(
            x -> {
              if (x.request() == 2) {
                answer.get();
              }
              x.ok("");
            })) {
      run(Try.http(server.url(), "POST", Map.of(), "{}", Duration.ofMillis(200)));
      Try second = Try.of(Try.post(server.url()));
      assertTrue(targets.start(second));
      Try clock = Try.of(Try.http(hanging(), "POST", Map.of(), "{}", Duration.ofMillis(400)));
      assertTrue(targets.start(clock));
      assertEquals(new Outcome.TimedOut(), clock.await());
      assertFalse(second.end.isDone());
      answer.complete(null);
      assertTrue(second.await().success());
      assertEquals(1, server.connections.get());
    } finally {
      hang.close();
    }
  }

  private AutoCloseable hang = () -> {};

  private String hanging() throws Exception {
    RawServer server = new RawServer(RawServer.Exchange::untilClosed);
    hang = server;
    return server.url();
  }

  @Test
  void nothingIsSentToARefusedConnection() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Try attempt = Try.of(Try.post("http://127.0.0.1:" + port + "/"));
    assertTrue(targets.start(attempt));
    Outcome outcome = attempt.await();
    assertInstanceOf(Outcome.ConnectFailed.class, outcome);
    assertFalse(outcome.bytesSent());
    assertEquals(0, attempt.asked.get());
  }

  @Test
  void aWithdrawnAttemptSendsNoByte() throws Exception {
    try (RawServer server = new RawServer(x -> x.ok(""))) {
      Try no = new Try(Try.post(server.url()), () -> false);
      assertTrue(targets.start(no));
      assertEquals(new Outcome.Withdrawn(), no.await());
      Try broken =
          new Try(
              Try.post(server.url()),
              () -> {
                throw new IllegalStateException("on purpose");
              });
      assertTrue(targets.start(broken));
      assertEquals(new Outcome.Withdrawn(), broken.await());
      assertEquals(0, server.bytes.get());
      run(Try.post(server.url()));
      assertEquals(1, server.seen.size());
      assertEquals(1, server.connections.get());

      long bytes = server.bytes.get();
      Try late = Try.of(Try.post(server.url()));
      late.leftNanos = -1;
      assertTrue(targets.start(late));
      assertEquals(new Outcome.Withdrawn(), late.await(), "the yes does not hold any more");
      assertEquals(bytes, server.bytes.get());
      run(Try.post(server.url()));
      assertEquals(2, server.seen.size());
    }
  }

  @Test
  void aRequestThatCannotBeWrittenSaysWhyAndIsNotStarted() throws Exception {
    try (RawServer server = new RawServer(x -> x.ok(""))) {
      Map<String, HeaderValue> unknown = Map.of("Authorization", new HeaderValue.Secret("nope"));
      Try attempt = Try.of(Try.http(server.url(), "POST", unknown, "{}", Try.LONG));
      assertTrue(targets.start(attempt));
      Outcome outcome = attempt.await();
      assertEquals(
          new Outcome.Unsendable(
              "target.http.headers.Authorization names the secret 'nope', which is not configured on this member"),
          outcome);
      assertEquals(0, attempt.asked.get());
      Map<String, HeaderValue> split =
          Map.of("X-Own", new HeaderValue.Plain("a\r\nX-Xcron-Attempt: 9"));
      assertInstanceOf(
          Outcome.Unsendable.class, run(Try.http(server.url(), "POST", split, "{}", Try.LONG)));
      assertInstanceOf(Outcome.Unsendable.class, run(Try.post(server.url() + " HTTP/1.1\r\nX: y")));
      assertInstanceOf(
          Outcome.Unsendable.class, run(Try.http(server.url(), "TRACE", Map.of(), "", Try.LONG)));
      assertEquals(0, server.bytes.get());
    }
  }

  @Test
  void aConnectionClosedByTheReceiverIsReplaced() throws Exception {
    CompletableFuture<Void> gone = new CompletableFuture<>();
    try (RawServer server =
        new RawServer(
            x -> {
              x.send("HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n");
              if (x.connection() == 1) {
                x.untilClosed();
                gone.complete(null);
              }
            })) {
      assertTrue(run(Try.post(server.url())).success());
      // timeout=1 less the second for the way: the connection is not used again, however soon.
      assertTrue(run(Try.post(server.url())).success());
      gone.get();
      assertEquals(2, server.connections.get());
    }
  }

  @Test
  void otherKindsOfTargetAreRefusedLoudly() {
    Try attempt = Try.of(new Target.Handler("h", null));
    assertThrows(IllegalArgumentException.class, () -> targets.start(attempt));
  }

  @Test
  void theNativeTransportIsUsedOnLinux() {
    assertTrue(targets.nativeTransport() || !System.getProperty("os.name").equals("Linux"));
  }
}
