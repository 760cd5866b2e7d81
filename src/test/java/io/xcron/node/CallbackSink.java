package io.xcron.node;

import com.sun.net.httpserver.Headers;
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
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * A receiver of callbacks that notes each one, and wakes who waits for it; or hands each one over
 * and keeps none.
 */
final class CallbackSink implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Queue<Callback> callbacks = new ConcurrentLinkedQueue<>();
  private final boolean keeps;
  private volatile ToIntFunction<Callback> answering;

  /** One attempt as it arrived. */
  record Callback(
      long arrivedMillis,
      String from,
      String path,
      String taskId,
      long generation,
      long runNumber,
      int attempt,
      long dueMillis,
      long token,
      String idempotencyKey,
      String body) {}

  CallbackSink() {
    this("127.0.0.1");
  }

  /** One on another address of this machine. */
  CallbackSink(String address) {
    this(address, true, callback -> 200);
  }

  /** One that keeps nothing, for loads that are too long for it. */
  static CallbackSink passing(ToIntFunction<Callback> how) {
    return new CallbackSink("127.0.0.1", false, how);
  }

  private CallbackSink(String address, boolean keeps, ToIntFunction<Callback> how) {
    this.keeps = keeps;
    answering = how;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(address), 0), 1_000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(threads);
    server.createContext("/", this::receive);
    server.start();
  }

  String url(String path) {
    InetSocketAddress address = server.getAddress();
    return "http://" + address.getAddress().getHostAddress() + ":" + address.getPort() + path;
  }

  /** What is answered from now on. */
  void answer(int code) {
    answering = callback -> code;
  }

  /** How each callback is answered from now on; may wait. */
  void answer(ToIntFunction<Callback> how) {
    answering = how;
  }

  List<Callback> callbacks() {
    return List.copyOf(callbacks);
  }

  List<Callback> of(Predicate<Callback> which) {
    return callbacks.stream().filter(which).toList();
  }

  /** Waits until a condition over what has arrived holds. */
  void await(String what, long seconds, BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    synchronized (callbacks) {
      while (!condition.getAsBoolean()) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          throw new AssertionError("not within " + seconds + " s: " + what);
        }
        TimeUnit.NANOSECONDS.timedWait(
            callbacks, Math.min(left, TimeUnit.MILLISECONDS.toNanos(200)));
      }
    }
  }

  private void receive(HttpExchange exchange) throws IOException {
    long now = System.currentTimeMillis();
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Headers headers = exchange.getRequestHeaders();
    Callback callback =
        new Callback(
            now,
            exchange.getRemoteAddress().getAddress().getHostAddress(),
            exchange.getRequestURI().getPath(),
            headers.getFirst("X-Xcron-Task-Id"),
            Long.parseLong(headers.getFirst("X-Xcron-Generation")),
            Long.parseLong(headers.getFirst("X-Xcron-Run-Number")),
            Integer.parseInt(headers.getFirst("X-Xcron-Attempt")),
            Long.parseLong(headers.getFirst("X-Xcron-Due-Time")),
            Long.parseLong(headers.getFirst("X-Xcron-Fencing-Token")),
            headers.getFirst("Idempotency-Key"),
            body);
    if (keeps) {
      synchronized (callbacks) {
        callbacks.add(callback);
        callbacks.notifyAll();
      }
    }
    exchange.sendResponseHeaders(answering.applyAsInt(callback), -1);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
