package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a connection ends, and what of it is a request. */
class ConnectionTest {
  private static final String HOST = "Host: 127.0.0.1\r\n";
  private static final String INNER_TASK =
      "{\"id\":\"inner\",\"schedule\":{\"every\":\"1h\"},\"target\":{\"http\":{\"url\":\"http://127.0.0.1/\"}}}";

  /** A whole request, as a page of another site can make it the body of its own. */
  private static final String INNER =
      "POST /api/v1/tasks HTTP/1.1\r\n"
          + HOST
          + "Content-Type: application/json\r\nContent-Length: "
          + INNER_TASK.length()
          + "\r\n\r\n"
          + INNER_TASK;

  private static HttpTestServer server;

  @BeforeAll
  static void start() {
    server = new HttpTestServer(HttpTestServer.config(null, HttpConfig.Limits.DEFAULT));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  /** All that comes until the server closes; fails when it does not. */
  private static String untilClosed(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
      socket.setSoTimeout(8_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static int answers(String text) {
    return text.split("HTTP/1.1 ", -1).length - 1;
  }

  private static boolean innerIsThere() {
    return server.get("/api/v1/tasks/inner").status() == 200;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "POST /api/v1/tasks HTTP/1.1\r\nOrigin: http://evil.example\r\n",
        "POST /job/list HTTP/1.1\r\nOrigin: http://evil.example\r\n",
        "POST /nope HTTP/1.1\r\n",
        "PUT /health/live HTTP/1.1\r\n",
        "GET /health/live HTTP/1.1\r\n",
      })
  void theBodyOfARequestIsNoRequest(String head) throws IOException {
    String framed = HOST + "Content-Type: text/plain\r\nContent-Length: " + INNER.length();

    String answer = untilClosed(head + framed + "\r\n\r\n" + INNER);

    assertEquals(1, answers(answer), answer);
    assertTrue(answer.toLowerCase(java.util.Locale.ROOT).contains("connection: close"), answer);
    assertFalse(innerIsThere());
  }

  @Test
  void norAreTheChunksOfARefusedOne() throws IOException {
    String chunked = "POST /nope HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n";
    String length = Integer.toHexString(INNER.length());

    String answer = untilClosed(chunked + length + "\r\n" + INNER + "\r\n0\r\n\r\n" + INNER);

    assertEquals(1, answers(answer), answer);
    assertFalse(innerIsThere());
  }

  @ParameterizedTest
  @ValueSource(strings = {"close", "Close", "keep-alive, close"})
  void aConnectionEndsAfterTheAnswerWhenItsClientSaysSo(String connection) throws IOException {
    for (String path : new String[] {"/health/live", "/nope", "/api/v1/tasks", "/metrics"}) {
      String request =
          "GET " + path + " HTTP/1.1\r\n" + HOST + "Connection: " + connection + "\r\n\r\n";
      assertEquals(1, answers(untilClosed(request)), path);
    }
  }

  @Test
  void aConnectionIsKeptOtherwise() throws IOException {
    String first = "GET /health/live HTTP/1.1\r\n" + HOST + "\r\n";
    String last = "GET /health/live HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n";

    assertEquals(4, answers(untilClosed(first + first + first + last)));
  }
}
