package io.xcron.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.node.LocalNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus with the configuration that is shipped; skipped where it is not installed. */
class PrometheusTest {
  private static final Path SHIPPED = Path.of("docker/prometheus");
  private static final String TOKEN = "a-token-of-this-test";

  @TempDir static Path directory;

  private static LocalNode node;
  private static Process prometheus;
  private static String api;

  @BeforeAll
  static void start() throws Exception {
    boolean there =
        Pattern.compile(":")
            .splitAsStream(System.getenv().getOrDefault("PATH", ""))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "prometheus")));
    Assumptions.assumeTrue(there, "prometheus is missing: apt-get install prometheus");
    node =
        LocalNode.start(
            directory.resolve("data"),
            Map.of("api.token", TOKEN, "history.jdbc.url", "jdbc:h2:mem:prometheus"));
    String target = URI.create(node.url("/")).getAuthority();
    String shipped = Files.readString(SHIPPED.resolve("prometheus.yaml"));
    Files.writeString(
        directory.resolve("prometheus.yaml"),
        shipped
            .replace("scrape_interval: 10s", "scrape_interval: 1s")
            .replace("evaluation_interval: 10s", "evaluation_interval: 1s")
            .replace("xcron1:8000", target)
            .replaceAll("(?m)^ *- xcron[23]:8000\n", ""));
    Files.copy(SHIPPED.resolve("alerts.yaml"), directory.resolve("alerts.yaml"));
    Files.writeString(directory.resolve("token"), TOKEN);
    int port = freePort();
    api = "http://127.0.0.1:" + port + "/api/v1/";
    prometheus =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + directory.resolve("prometheus.yaml"),
                "--storage.tsdb.path=" + directory.resolve("tsdb"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    await(
        "a scrape that got through", "query?query=up%3D%3D1", answer -> !results(answer).isEmpty());
  }

  @AfterAll
  static void stop() throws Exception {
    if (prometheus != null) {
      prometheus.destroy();
      prometheus.waitFor();
    }
    if (node != null) {
      node.close();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void itScrapesTheMemberWithItsTokenAndWithoutComplaint() throws Exception {
    JsonNode targets = get("targets").at("/data/activeTargets");
    assertEquals(1, targets.size());
    assertEquals("", targets.get(0).path("lastError").asText());
    assertEquals("up", targets.get(0).path("health").asText());
    long told =
        metrics()
            .lines()
            .filter(line -> line.startsWith("xcron_"))
            .map(line -> line.replaceAll("[{ ].*", ""))
            .distinct()
            .count();
    String stored = "count(count by (__name__) ({__name__=~\"xcron_.+\"}))";
    assertEquals(told, results(query(stored)).get(0).at("/value/1").asLong());
  }

  @Test
  void itEvaluatesEveryAlertAndNoneIsRaisedByAMemberThatIsWell() throws Exception {
    JsonNode groups =
        await(
            "rules that were evaluated",
            "rules",
            answer ->
                answer
                    .at("/data/groups/0/rules")
                    .valueStream()
                    .noneMatch(rule -> rule.path("health").asText().equals("unknown")));
    List<JsonNode> rules = groups.at("/data/groups/0/rules").valueStream().toList();
    assertTrue(rules.size() >= 5, groups::toString);
    for (JsonNode rule : rules) {
      assertEquals("ok", rule.path("health").asText(), rule::toString);
      assertEquals("inactive", rule.path("state").asText(), rule::toString);
    }
  }

  @Test
  void itAnswersEveryQueryOfTheDashboard() throws Exception {
    JsonNode dashboard = Schema.JSON.readTree(Path.of("docker/grafana/xcron.json").toFile());
    int asked = 0;
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        String expression =
            target
                .path("expr")
                .asText()
                .replace("$__rate_interval", "1m")
                .replaceAll("\\$\\{?[a-z]+\\}?", ".*");
        JsonNode answer = query(expression);
        assertEquals("success", answer.path("status").asText(), expression);
        assertTrue(answer.path("warnings").isMissingNode(), answer::toString);
        asked++;
      }
    }
    assertTrue(asked > 5, "the dashboard asks for little");
  }

  private static JsonNode results(JsonNode answer) {
    return answer.at("/data/result");
  }

  private static JsonNode query(String expression) throws Exception {
    return get("query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8));
  }

  private interface Wanted {
    boolean in(JsonNode answer);
  }

  private static JsonNode await(String what, String path, Wanted wanted) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
    String last = "";
    while (System.nanoTime() - deadline < 0) {
      try {
        JsonNode answer = get(path);
        if (wanted.in(answer)) {
          return answer;
        }
        last = answer.toString();
      } catch (IOException e) {
        last = e.toString(); // it does not listen yet
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
    }
    throw new AssertionError(
        "never came: " + what + "; " + last + "\n" + Files.readString(directory.resolve("log")));
  }

  private static JsonNode get(String path) throws IOException, InterruptedException {
    return Schema.JSON.readTree(text(HttpRequest.newBuilder(URI.create(api + path)).build()));
  }

  private static String metrics() throws IOException, InterruptedException {
    return text(
        HttpRequest.newBuilder(URI.create(node.url("/metrics")))
            .header("Authorization", "Bearer " + TOKEN)
            .build());
  }

  private static String text(HttpRequest request) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
  }
}
