package io.xcron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The client before a server that answers what no member would. */
class XcronClientTest {
  @Test
  void anAnswerThatCannotBeReadDoesNotPassForATaskThatWasCreated() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    byte[] odd = "{\"state\":\"odd\"}".getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          exchange.sendResponseHeaders(201, odd.length);
          exchange.getResponseBody().write(odd);
          exchange.close();
        });
    server.start();
    URI address = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    Task task = Xcron.task("t").every(Duration.ofHours(1)).handler("h").build();
    try (XcronClient client = XcronClient.of(address, null)) {
      CompletionException failure =
          assertThrows(CompletionException.class, () -> client.createAll(List.of(task)));
      assertInstanceOf(InvalidTaskException.class, failure.getCause());
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aMemberThatIsGoneIsLeftForAnotherWhichIsKept() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    AtomicInteger asked = new AtomicInteger();
    HttpServer server = HttpServer.create(new InetSocketAddress(loopback, 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.incrementAndGet();
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    URI gone;
    try (ServerSocket free = new ServerSocket(0, 1, loopback)) {
      gone = URI.create("http://127.0.0.1:" + free.getLocalPort());
    }
    URI here = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    try (XcronClient client = XcronClient.of(List.of(gone, here), null)) {
      assertTrue(client.delete("a"));
      assertTrue(client.delete("b"));
      assertEquals(2, asked.get());
    } finally {
      server.stop(0);
    }
    XcronException nobody =
        assertThrows(
            XcronException.class,
            () -> {
              try (XcronClient client = XcronClient.of(List::of, null)) {
                client.delete("a");
              }
            });
    assertEquals(XcronException.Reason.NOT_ACCEPTED, nobody.reason());
    assertThrows(IllegalArgumentException.class, () -> XcronClient.of(List.of(), null));
  }
}
