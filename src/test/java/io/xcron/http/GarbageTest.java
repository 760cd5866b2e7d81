package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.xcron.http.HttpTestServer.Answer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GarbageTest {
  private static HttpTestServer server;

  @BeforeAll
  static void start() {
    HttpConfig.Limits limits =
        new HttpConfig.Limits(
            1 << 20, 256 << 10, 0, 1_024, 10_000, Duration.ofSeconds(5), Duration.ofSeconds(1));
    server = new HttpTestServer(HttpTestServer.config(null, limits));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** Sends these bytes, ends the sending side, and reads all that comes. */
  private static String raw(byte[] bytes, boolean end) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
      socket.setSoTimeout(8_000);
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      try {
        socket.getOutputStream().write(bytes);
        if (end) {
          socket.shutdownOutput();
        }
        InputStream in = socket.getInputStream();
        in.transferTo(answer);
      } catch (SocketTimeoutException e) {
        fail("the server hangs on " + new String(bytes, StandardCharsets.ISO_8859_1));
      } catch (SocketException e) {
        // It closed while we were still sending: what it said before counts.
      }
      return answer.toString(StandardCharsets.UTF_8);
    }
  }

  private static String raw(String request) throws IOException {
    return raw(request.getBytes(StandardCharsets.ISO_8859_1), false);
  }

  private static int status(String answer) {
    return answer.startsWith("HTTP/1.1 ") ? Integer.parseInt(answer.substring(9, 12)) : -1;
  }

  @Test
  void brokenFramingIsRefusedInTheSameForm() throws IOException {
    String host = "Host: localhost\r\n";
    String post = "POST /api/v1/tasks HTTP/1.1\r\n" + host + "Content-Type: application/json\r\n";
    for (String request :
        List.of(
            "GET /health/live HTTP/1.1\r\n\r\n",
            "GET /health/live HTTP/1.1\r\nBad Header\r\n\r\n",
            "GET /health/live HTTP/1.1\r\n" + host + "A\u0001b: c\r\n\r\n",
            "GET /" + "x".repeat(20_000) + " HTTP/1.1\r\n" + host + "\r\n",
            "GET / HTTP/1.1\r\n" + host + "X: " + "y".repeat(40_000) + "\r\n\r\n",
            "GET /a%zz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
            "GET /api/v1/tasks/%zz HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
            "GET /api/v1/tasks/%ff HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
            "GET /api/v1/tasks?q=% HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n",
            post + "Content-Length: -1\r\n\r\n",
            post + "Content-Length: x\r\n\r\n",
            post + "Content-Length: 99999999999999999999\r\n\r\n",
            post + "Content-Length: 5000000000\r\n\r\n",
            post + "Content-Length: 10\r\n\r\n{}",
            post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
            post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
            post + "Transfer-Encoding: chunked\r\n\r\n5\r\n{}",
            post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
            post + "Transfer-Encoding: gzip\r\n\r\n{}",
            post + "Content-Encoding: gzip\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}",
            post + "Content-Length: 2\r\nConnection: close\r\n\r\n\u0000\u0001",
            post + "Content-Length: 4\r\nConnection: close\r\n\r\n\"\u00ff\u00fe\"")) {
      String answer = raw(request.getBytes(StandardCharsets.ISO_8859_1), true);
      int status = status(answer);
      String clipped = request.substring(0, Math.min(150, request.length()));
      assertTrue((status >= 400 && status < 500) || status == 505, clipped + " -> " + answer);
      assertTrue(answer.contains("application/problem+json"), clipped + " -> " + answer);
      assertTrue(!answer.contains("Exception") && !answer.contains("\tat "), answer);
      assertTrue(!answer.contains("null"), clipped + " -> " + answer);
    }
  }

  @Test
  void aRequestThatStopsInTheMiddleDoesNotHoldItsConnection() throws IOException {
    for (String request :
        List.of(
            "GET /health/live HT",
            "GET /health/live HTTP/1.1\r\nHost: loc",
            "POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")) {
      raw(request);
    }
    assertEquals(200, server.get("/health/live").status());
  }

  @Test
  void randomBytesNeverMakeTheServerFail() throws IOException {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 150; i++) {
      byte[] bytes = new byte[random.nextInt(1, 400)];
      random.nextBytes(bytes);
      byte[] start =
          (random.nextBoolean() ? "POST /xcron/createTask HTTP/1.1\r\nHost: localhost\r\n" : "")
              .getBytes(StandardCharsets.ISO_8859_1);
      byte[] request = new byte[start.length + bytes.length];
      System.arraycopy(start, 0, request, 0, start.length);
      System.arraycopy(bytes, 0, request, start.length, bytes.length);
      String answer = raw(request, true);
      assertTrue(status(answer) < 500, "seed " + seed + ": " + answer);
    }
    assertEquals(200, server.get("/health/live").status());
  }

  @Test
  void anExponentBeyondAllNumbersIsMalformed() {
    server.send(
        "PUT",
        "/api/v1/tasks/a",
        "{\"schedule\":{\"every\":\"1h\"},\"target\":{\"http\":{\"url\":\"http://h/\"}}}");
    for (String number : List.of("1e99999999916", "-1E-99999999916", "1e999999999999999999")) {
      for (String body :
          List.of("{\"max_runs\":" + number + "}", "{\"labels\":{\"a\":" + number + "}}")) {
        Answer answer = server.send("PATCH", "/api/v1/tasks/a", body);
        assertEquals(400, answer.status(), body + " -> " + answer.body());
        assertEquals(400, server.send("PUT", "/api/v1/tasks/b", body).status(), body);
        assertEquals(400, server.send("POST", "/api/v1/schedules/preview", body).status(), body);
      }
    }
  }

  @Test
  void mutatedJsonIsTakenOrRefusedAndNeverAnError() {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    String task =
        """
        {"id":"a","namespace":"default","name":"n","labels":{"team":"pay"},"owner":{"author":"a","email":null},
        "schedule":{"cron":"0 1 * * *","zone":"UTC","dialect":"unix","dst":{"gap":"after","overlap":"first"}},
        "start":"2026-12-01T00:00:00Z","end":null,"max_runs":3,"jitter":"1s","calendar":null,"enabled":true,"delete_after":"1h",
        "target":{"http":{"url":"http://h/","method":"POST","headers":{"A":{"secret":"s"}},"body":{"x":[1,2.5e3]},"timeout":"10s"}},
        "policy":{"misfire":"once","misfire_after":"60s","queue":16,"retry":{"attempts":3,"backoff":"1s"}},"alert":null}""";
    String seedTask =
        "{\"type\":1,\"format\":\"*/5 * * * *\",\"callback\":{\"url\":\"http://h/\",\"body\":{\"a\":1}},\"task_id\":\"a\"}";
    String preview = "{\"schedule\":{\"cron\":\"0 1 * * *\"},\"from\":0,\"count\":3}";
    String[][] requests = {
      {"POST", "/api/v1/tasks", task},
      {"PUT", "/api/v1/tasks/a", task},
      {"PATCH", "/api/v1/tasks/a", task},
      {"POST", "/api/v1/tasks/a/run", "{\"arg\":{\"a\":[1]}}"},
      {"POST", "/api/v1/schedules/preview", preview},
      {"POST", "/xcron/createTask", seedTask},
      {"POST", "/xcron/deleteTask", seedTask},
    };
    // Nobody here is too slow for it: its client may pause as long as the machine lets it.
    try (HttpTestServer patient = new HttpTestServer(HttpTestServer.config())) {
      patient.send("PUT", "/api/v1/tasks/a", task);
      for (int i = 0; i < 3_000; i++) {
        String[] request = requests[random.nextInt(requests.length)];
        String body = mutated(request[2], random);
        Answer answer = patient.send(request[0], request[1], body);
        String story = "seed " + seed + ": " + request[0] + " " + request[1] + " " + body;
        assertTrue(answer.status() < 500, story + " -> " + answer.body());
        if (request[1].startsWith("/xcron")) {
          assertEquals(200, answer.status(), story);
          assertTrue(answer.json().get("code").isInt(), story);
        } else if (answer.status() >= 400) {
          assertEquals("application/problem+json", answer.header("Content-Type"), story);
          assertEquals(answer.status(), answer.json().get("status").asInt(), story);
        }
      }
    }
  }

  private static String mutated(String json, SplittableRandom random) {
    StringBuilder text = new StringBuilder(json);
    String[] pieces = {
      "null",
      "true",
      "-1",
      "1e999999999",
      "99999999999999999999999",
      "0.1",
      "\"\"",
      "{}",
      "[]",
      "{",
      "}",
      "[",
      "]",
      "\"",
      ",",
      ":",
      "\\u0000",
      "\\ud800",
      "\\",
      "\u0000",
      "\n",
      "é",
      "😀",
      "\"a\":1,",
      "NaN",
      "//",
      "'",
    };
    for (int n = random.nextInt(1, 4); n > 0 && !text.isEmpty(); n--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(5)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, pieces[random.nextInt(pieces.length)]);
        case 2 -> text.setCharAt(at, (char) random.nextInt(1, 0xD800));
        case 3 -> text.setLength(at);
        default -> replaceValue(text, at, pieces[random.nextInt(13)]);
      }
    }
    return text.toString();
  }

  private static void replaceValue(StringBuilder text, int from, String value) {
    int colon = text.indexOf(":", from);
    if (colon > 0) {
      int end = colon + 1;
      while (end < text.length() && ",}]".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      text.replace(colon + 1, end, value);
    }
  }
}
