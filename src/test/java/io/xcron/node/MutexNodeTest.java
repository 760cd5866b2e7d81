package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of one mutex on a whole member, called at a receiver that notes who is in it at once. */
class MutexNodeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int TASKS = 12;

  @TempDir Path directory;

  private final HttpClient client = HttpClient.newHttpClient();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer receiver = receiver();

  // Guarded by this.
  private final List<Long> tokens = new ArrayList<>();
  private final Set<String> within = new HashSet<>();
  private final CountDownLatch blocked = new CountDownLatch(1);
  private int most;
  private int calls;

  private HttpServer receiver() {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
      server.setExecutor(threads);
      server.createContext("/", this::receive);
      server.start();
      return server;
    } catch (IOException e) {
      throw new IllegalStateException("no receiver", e);
    }
  }

  /** Stays with a call until another comes beside it, or a while has passed. */
  private void receive(HttpExchange exchange) throws IOException {
    exchange.getRequestBody().readAllBytes();
    String task = exchange.getRequestHeaders().getFirst("X-Xcron-Task-Id");
    String token = exchange.getRequestHeaders().getFirst("X-Xcron-Mutex-Token");
    try {
      if (exchange.getRequestURI().getPath().equals("/block")) {
        blocked.await(30, TimeUnit.SECONDS);
      }
      synchronized (this) {
        calls++;
        if (token != null) {
          tokens.add(Long.parseLong(token));
          within.add(task);
          most = Math.max(most, within.size());
          notifyAll();
          TimeUnit.MILLISECONDS.timedWait(this, 20);
          within.remove(task);
        }
        notifyAll();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    exchange.sendResponseHeaders(200, -1);
    exchange.close();
  }

  @AfterEach
  void stop() {
    blocked.countDown();
    receiver.stop(0);
    threads.shutdownNow();
    client.close();
  }

  private synchronized void awaitCalls(int atLeast) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (calls < atLeast) {
      long left = end - System.nanoTime();
      assertTrue(left > 0, "only " + calls + " calls of " + atLeast);
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  @Test
  void tasksOfOneMutexAreCalledOneAtATimeAndTokensGrowAcrossARestart() throws Exception {
    try (LocalNode node = LocalNode.start(directory, Map.of())) {
      for (int i = 0; i < TASKS; i++) {
        create(node, "settle", "5m", "/cb");
      }
      awaitCalls(TASKS);
    }
    try (LocalNode node = LocalNode.start(directory, Map.of())) {
      create(node, "settle", "5m", "/cb");
      awaitCalls(TASKS + 1);
    }
    synchronized (this) {
      assertEquals(1, most, "so many were called at once");
      for (int i = 1; i < tokens.size(); i++) {
        assertTrue(tokens.get(i) > tokens.get(i - 1), tokens.toString());
      }
    }
  }

  @Test
  void aRunThatWaitsTooLongEndsAsATimeoutAndItsTaskIsDead() throws Exception {
    try (LocalNode node = LocalNode.start(directory, Map.of())) {
      create(node, "m", "5m", "/block");
      String id = create(node, "m", "100ms", "/cb");
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      JsonNode task = call(node, "GET", "/api/v1/tasks/" + id, "");
      while (!task.path("state").asText().equals("dead")) {
        assertTrue(System.nanoTime() < end, task::toString);
        task = call(node, "GET", "/api/v1/tasks/" + id, "");
      }
      assertEquals("timeout", task.path("last_run").path("outcome").asText());
      assertEquals(0, task.path("run_count").asInt());
      synchronized (this) {
        assertEquals(0, calls);
      }
      blocked.countDown();
      awaitCalls(1);
    }
  }

  private String create(LocalNode node, String mutex, String wait, String path) throws Exception {
    String url = "http://127.0.0.1:" + receiver.getAddress().getPort() + path;
    String body =
        "{\"schedule\":{\"at\":"
            + System.currentTimeMillis()
            + "},\"target\":{\"http\":{\"url\":\""
            + url
            + "\"}},\"policy\":{\"mutex\":\""
            + mutex
            + "\",\"mutex_wait\":\""
            + wait
            + "\"}}";
    return call(node, "POST", "/api/v1/tasks", body).path("id").asText();
  }

  private JsonNode call(LocalNode node, String method, String path, String body) throws Exception {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create(node.url(path)))
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertTrue(answer.statusCode() < 300, answer::body);
    return JSON.readTree(answer.body());
  }
}
