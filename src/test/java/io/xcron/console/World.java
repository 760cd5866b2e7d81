package io.xcron.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import io.xcron.node.LocalNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A member with tasks of each kind and state, and a receiver that answers them. */
final class World implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final LocalNode node;
  private final HttpServer receiver;
  private final AtomicInteger mood = new AtomicInteger(500);
  private final HttpClient client = HttpClient.newHttpClient();

  World(Path directory, Map<String, String> settings) {
    try {
      receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    receiver.createContext("/ok", exchange -> answer(exchange, 200));
    receiver.createContext("/bad", exchange -> answer(exchange, 500));
    receiver.createContext("/moody", exchange -> answer(exchange, mood.get()));
    receiver.start();
    node = LocalNode.start(directory, settings);
  }

  /** What {@code /moody} answers from now on; 500 at first. */
  void setMood(int status) {
    mood.set(status);
  }

  private static void answer(com.sun.net.httpserver.HttpExchange exchange, int status)
      throws IOException {
    exchange.getRequestBody().readAllBytes();
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  String url(String path) {
    return node.url(path);
  }

  String receiver(String path) {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + path;
  }

  JsonNode call(String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url("/api/v1" + path)))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() >= 300) {
        throw new AssertionError(method + " " + path + ": " + answer.body());
      }
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void put(String id, String name, String schedule, String more, String path) {
    call(
        "PUT",
        "/tasks/" + id,
        """
        {"name":"%s","schedule":%s,"target":{"http":{"url":"%s"}}%s}"""
            .formatted(name, schedule, receiver(path), more));
  }

  /** A task with a command that runs by hand only. */
  void putCommand(String id, String command) throws IOException {
    call(
        "PUT",
        "/tasks/" + id,
        """
        {"name":"%s","schedule":{"every":"24h"},"target":{"shell":{"command":%s,"any":true,"timeout":"1m"}}}"""
            .formatted(id, JSON.writeValueAsString(command)));
  }

  /** Runs a task by hand and waits for the record. */
  void run(String id, long number) {
    call("POST", "/tasks/" + id + "/run", "");
    awaitRun(id, number);
  }

  JsonNode awaitRun(String id, long number) {
    Browser.await(
        "run " + number + " of " + id,
        () -> !call("GET", "/tasks/" + id + "/runs", "").path("runs").isEmpty());
    return call("GET", "/runs/" + id + "/" + number, "");
  }

  /** Some tasks as a company would have them. */
  void fill() {
    put(
        "settle-accounts",
        "Settle accounts",
        cron("30 2 * * *", "Europe/Berlin"),
        labels("pay"),
        "/ok");
    put("report", "Monday report", cron("0 8 * * MON", "Europe/Berlin"), labels("bi"), "/ok");
    put("heartbeat", "Heartbeat", "{\"every\":\"10s\"}", labels("ops"), "/ok");
    put("sync-stock", "Sync stock", cron("*/5 * * * *", "Asia/Shanghai"), labels("shop"), "/ok");
    put(
        "invoice-4711",
        "Send invoice 4711",
        "{\"at\":" + (System.currentTimeMillis() + 3_600_000) + "}",
        labels("pay"),
        "/ok");
    put("cleanup", "Clean up carts", "{\"after\":\"15m\"}", labels("shop"), "/ok");
    put(
        "import-rates",
        "Import exchange rates",
        "{\"at\":" + System.currentTimeMillis() + "}",
        labels("pay") + ",\"policy\":{\"retry\":{\"attempts\":1}}",
        "/bad");
    put(
        "newsletter",
        "Newsletter",
        cron("0 10 * * TUE", "America/New_York"),
        labels("shop"),
        "/ok");
    call("POST", "/tasks/newsletter/pause", "");
    run("heartbeat", 1);
    for (String node : List.of("10.0.0.1", "10.0.0.2")) {
      call(
          "PUT",
          "/services/billing-" + node.charAt(node.length() - 1),
          "{\"nodes\":[{\"url\":\"http://" + node + ":8080\",\"health_check\":false}]}");
    }
    call(
        "PUT",
        "/calendars/workdays",
        "{\"zone\":\"Europe/Berlin\",\"exclude\":[\"2026-12-25\"],\"exclude_days\":[\"SAT\",\"SUN\"]}");
    for (int i = 0; i < 70; i++) {
      put(
          "shop-%03d".formatted(i),
          "Price check of shop " + i,
          cron("%d %d * * *".formatted(i % 4 * 15, i % 24), "UTC"),
          labels("shop"),
          "/ok");
    }
  }

  private static String labels(String team) {
    return ",\"labels\":{\"team\":\"" + team + "\"}";
  }

  private static String cron(String text, String zone) {
    return "{\"cron\":\"" + text + "\",\"zone\":\"" + zone + "\"}";
  }

  @Override
  public void close() {
    node.close();
    receiver.stop(0);
    client.close();
  }
}
