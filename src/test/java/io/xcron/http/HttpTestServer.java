package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.xcron.grid.RegisteredDefinitions;
import io.xcron.history.RunHistory;
import io.xcron.model.CallbackService;
import io.xcron.model.Task;
import io.xcron.model.Time;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A real server on a free port, over a grid in memory and a clock in the test's hand. */
final class HttpTestServer implements AutoCloseable {
  static final long NOW = Instant.parse("2026-11-21T08:00:00Z").toEpochMilli();

  private final AtomicLong nowMillis = new AtomicLong(NOW);
  volatile @Nullable String notReady;
  volatile boolean draining;
  volatile TaskChecks checks = task -> {};
  final FakeGrid grid;
  final FakeRegistry registry = new FakeRegistry();
  final MemoryTrail audit = new MemoryTrail();
  final FakeControl control = new FakeControl();

  /** Nodes that have left the routing. */
  final Set<String> sick = ConcurrentHashMap.newKeySet();

  final HttpServer server;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  HttpTestServer() {
    this(config());
  }

  HttpTestServer(HttpConfig config) {
    this(config, ShellDoor.CLOSED, HistoryParts.NONE);
  }

  HttpTestServer(HttpConfig config, HistoryParts history) {
    this(config, ShellDoor.CLOSED, history);
  }

  HttpTestServer(HttpConfig config, ShellDoor shell, @Nullable RunHistory history) {
    this(config, shell, history == null ? HistoryParts.NONE : HistoryParts.of(history));
  }

  private HttpTestServer(HttpConfig config, ShellDoor shell, HistoryParts history) {
    Time time =
        new Time() {
          @Override
          public long nowMillis() {
            return nowMillis.get();
          }

          @Override
          public long nanoTime() {
            return System.nanoTime();
          }
        };
    grid = new FakeGrid(time);
    server =
        new HttpServer(
            config,
            new HttpParts(
                grid,
                time,
                new TaskChecks() {
                  @Override
                  public void check(Task task) {
                    checks.check(task);
                  }

                  @Override
                  public void check(CallbackService service) {
                    checks.check(service);
                  }
                },
                new Readiness() {
                  @Override
                  public @Nullable String notReady() {
                    return notReady;
                  }

                  @Override
                  public boolean draining() {
                    return draining;
                  }
                },
                () -> "xcron_up 1\n",
                () -> JsonNodeFactory.instance.objectNode().put("members", 1),
                new RegisteredDefinitions(registry),
                new Registered(registry, node -> !sick.contains(node.url())),
                shell,
                history,
                audit,
                control));
    server.start();
  }

  void setNow(long millis) {
    nowMillis.set(millis);
  }

  long pass(Duration duration) {
    return nowMillis.addAndGet(duration.toMillis());
  }

  static HttpConfig config() {
    return config(null, HttpConfig.Limits.DEFAULT);
  }

  static HttpConfig config(@Nullable String token, HttpConfig.Limits limits) {
    return new HttpConfig(
        "127.0.0.1", 0, token, List.of(), ZoneId.of("Asia/Shanghai"), false, limits);
  }

  /** An answer. */
  record Answer(int status, String body, HttpResponse<String> http) {
    JsonNode json() {
      return Json.tree(body.getBytes(StandardCharsets.UTF_8));
    }

    @Nullable String header(String name) {
      return http.headers().firstValue(name).orElse(null);
    }

    String code() {
      return json().path("code").asText();
    }
  }

  /** Sends; headers come as name, value, name, value. */
  Answer send(String method, String path, @Nullable String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(Duration.ofSeconds(20))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    boolean typed = false;
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
      typed |= headers[i].equals("Content-Type");
    }
    if (body != null && !typed) {
      request.header("Content-Type", "application/json");
    }
    try {
      HttpResponse<String> response =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body(), response);
    } catch (IOException e) {
      throw new AssertionError("no answer to " + method + " " + path, e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  Answer get(String path, String... headers) {
    return send("GET", path, null, headers);
  }

  Answer post(String path, String body, String... headers) {
    return send("POST", path, body, headers);
  }

  /** A small task, with more members as given. */
  static String task(String more) {
    return """
    {"schedule":{"cron":"0 1 * * *"},"target":{"http":{"url":"http://127.0.0.1:9/x"}}%s}"""
        .formatted(more.isEmpty() ? "" : "," + more);
  }

  @Override
  public void close() {
    server.stop();
    client.close();
  }
}
