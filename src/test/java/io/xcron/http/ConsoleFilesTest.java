package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** How the console's files are served. */
class ConsoleFilesTest {
  @AutoClose
  private final HttpTestServer server =
      new HttpTestServer(HttpTestServer.config("secret", HttpConfig.Limits.DEFAULT));

  @Test
  void thePagesNeedNoTokenAndTheApiDoes() {
    for (String page : List.of("/", "/tasks", "/tasks/some-id/edit", "/cluster", "/login")) {
      HttpTestServer.Answer answer = server.get(page);
      assertEquals(200, answer.status(), page);
      assertEquals("text/html; charset=utf-8", answer.header("Content-Type"));
    }
    for (String path : List.of("/api/v1/tasks", "/metrics", "/openapi", "/nothing")) {
      assertEquals(401, server.get(path).status(), path);
    }
    assertEquals(405, server.post("/tasks", "{}").status());
  }

  @Test
  void aLinkFromAnotherSiteOpensThePageButCallsNothing() {
    assertEquals(200, server.get("/tasks", "Sec-Fetch-Site", "cross-site").status());
    assertEquals(
        403,
        server
            .get("/api/v1/tasks", "Sec-Fetch-Site", "cross-site", "Authorization", "Bearer secret")
            .status());
  }

  @Test
  void nothingInlineAndNothingFromElsewhereMayRun() {
    HttpTestServer.Answer page = server.get("/");
    String policy = String.valueOf(page.header("Content-Security-Policy"));
    assertTrue(
        policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'"), policy);
    assertFalse(policy.contains("unsafe"), policy);
    assertTrue(policy.contains("frame-ancestors 'none'"), policy);
    assertEquals("nosniff", page.header("X-Content-Type-Options"));
    assertFalse(page.body().matches("(?s).*(<style|style=|<script>|\\son[a-z]+=).*"), page.body());
  }

  @Test
  void aFileThatIsKnownIsNotSentAgain() {
    HttpTestServer.Answer file = server.get("/console/app.js");
    assertEquals("text/javascript; charset=utf-8", file.header("Content-Type"));
    assertEquals("no-cache", file.header("Cache-Control"));
    String tag = String.valueOf(file.header("ETag"));
    HttpTestServer.Answer again = server.get("/console/app.js", "If-None-Match", tag);
    assertEquals(304, again.status());
    assertEquals("", again.body());
    assertEquals(200, server.get("/console/app.js", "If-None-Match", "\"other\"").status());
  }

  @Test
  void aFileIsZippedForWhoTakesThat() throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<byte[]> zipped =
          client.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:" + server.server.port() + "/console/core/dom.js"))
                  .header("Accept-Encoding", "gzip, br")
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertEquals("gzip", zipped.headers().firstValue("Content-Encoding").orElse(""));
      try (InputStream in = new GZIPInputStream(new ByteArrayInputStream(zipped.body()))) {
        assertEquals(
            server.get("/console/core/dom.js").body(),
            new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
      assertNull(server.get("/console/core/dom.js").header("Content-Encoding"));
    }
  }

  @Test
  void thereIsNoWayOutOfTheFolder() throws IOException {
    for (String path :
        List.of(
            "/console/../helidon.yaml",
            "/console/core/../../helidon.yaml",
            "/console/..%2fhelidon.yaml",
            "/console/%2e%2e/helidon.yaml",
            "/console/core%2f..%2f..%2fhelidon.yaml",
            "/console/..%5chelidon.yaml",
            "/console//helidon.yaml",
            "/console/helidon.yaml",
            "/console/core",
            "/console/core/",
            "/console/",
            "/console/index.html%00.js",
            "/console/none.js",
            "/console/core/none.js")) {
      String answer = raw(path);
      assertTrue(answer.matches("(?s)HTTP/1.1 (400|401|404) .*"), path + ": " + answer);
      assertFalse(answer.contains("xcron:"), path);
    }
  }

  /** As it stands: clients of HTTP would tidy the path. */
  private String raw(String path) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port())) {
      socket.setSoTimeout(10_000);
      OutputStream out = socket.getOutputStream();
      String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
      out.write(request.getBytes(StandardCharsets.US_ASCII));
      out.flush();
      // The connection may stay open, so the first part of the answer must do.
      byte[] answer = new byte[8_192];
      int length = socket.getInputStream().read(answer);
      return new String(answer, 0, Math.max(0, length), StandardCharsets.UTF_8);
    }
  }
}
