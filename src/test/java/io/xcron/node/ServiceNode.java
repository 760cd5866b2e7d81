package io.xcron.node;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A node of a callback service on loopback, as an easytask client would write it. */
final class ServiceNode implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int HEARTBEAT = 0;

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<JsonNode> callbacks = new ConcurrentLinkedQueue<>();
  private final Queue<JsonNode> heartbeats = new ConcurrentLinkedQueue<>();
  private volatile boolean pong = true;
  private volatile String answer =
      "{\"is_run_in_async\":false,\"is_success\":true,\"extra\":\"ok\"}";

  ServiceNode() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::receive);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  void answer(String json) {
    answer = json;
  }

  void pong(boolean alive) {
    pong = alive;
  }

  List<JsonNode> callbacks() {
    return List.copyOf(callbacks);
  }

  int heartbeats() {
    return heartbeats.size();
  }

  /** Waits until a condition holds; looks again when something has arrived, and now and then. */
  void await(String what, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    synchronized (callbacks) {
      while (!condition.getAsBoolean()) {
        if (System.nanoTime() - end > 0) {
          throw new AssertionError("not within 20 s: " + what);
        }
        TimeUnit.MILLISECONDS.timedWait(callbacks, 20);
      }
    }
  }

  private void receive(HttpExchange exchange) throws IOException {
    JsonNode body = JSON.readTree(exchange.getRequestBody());
    boolean heartbeat = body.path("cmd").asInt(-1) == HEARTBEAT;
    synchronized (callbacks) {
      (heartbeat ? heartbeats : callbacks).add(body);
      callbacks.notifyAll();
    }
    byte[] text = (heartbeat ? "{\"pong\":" + pong + "}" : answer).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, text.length);
    exchange.getResponseBody().write(text);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
