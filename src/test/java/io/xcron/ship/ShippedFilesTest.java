package io.xcron.ship;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.node.LocalNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.Yaml;

/** What lies in {@code docker/} fits its formats, the member as it is, and each other. */
class ShippedFilesTest {
  private static final Path DOCKER = Path.of("docker");
  private static final Pattern METRIC = Pattern.compile("\\b(?:xcron|jvm|process)_[a-z_]+");
  private static final Pattern SETTING = Pattern.compile("XCRON_[A-Z_]+");

  @TempDir static Path directory;

  private static LocalNode node;
  private static String metrics;

  @BeforeAll
  static void start() throws Exception {
    node =
        LocalNode.start(
            directory.resolve("data"), Map.of("history.jdbc.url", "jdbc:h2:mem:shipped"));
    metrics = get("/metrics").body();
  }

  @AfterAll
  static void stop() {
    node.close();
  }

  @Test
  void theComposeFileFitsItsSchemaAndItsMembersKnowEachOther() throws IOException {
    JsonNode compose = yaml(DOCKER.resolve("compose.yaml")).getFirst();
    assertEquals(List.of(), Schema.complaints("compose.json", compose));

    Set<String> hosts = new TreeSet<>();
    for (Map.Entry<String, JsonNode> service : compose.path("services").properties()) {
      JsonNode environment = service.getValue().path("environment");
      if (environment.has("XCRON_MEMBER_HOST")) {
        assertEquals(service.getKey(), environment.path("XCRON_MEMBER_HOST").asText());
        hosts.add(service.getKey() + ":5701");
        assertEquals(
            "xcron1:5701,xcron2:5701,xcron3:5701", environment.path("XCRON_MEMBERS").asText());
      }
      for (JsonNode volume : service.getValue().path("volumes")) {
        String source = volume.asText().substring(0, volume.asText().indexOf(':'));
        boolean there =
            source.startsWith("./")
                ? source.endsWith("/token") || Files.exists(DOCKER.resolve(source))
                : compose.path("volumes").has(source);
        assertTrue(there, () -> "there is no " + source);
      }
    }
    assertEquals("[xcron1:5701, xcron2:5701, xcron3:5701]", hosts.toString());
  }

  @Test
  void theKubernetesFilesFitTheirSchemaAndNameAsManyMembersAsThereAre() throws Exception {
    List<JsonNode> documents = yaml(DOCKER.resolve("kubernetes/xcron.yaml"));
    for (JsonNode document : documents) {
      assertEquals(List.of(), Schema.complaints("kubernetes.json", document));
    }
    JsonNode headless = documents.getFirst();
    JsonNode set = documents.getLast();
    assertEquals("StatefulSet", set.path("kind").asText());
    String name = set.at("/metadata/name").asText();
    String service = headless.at("/metadata/name").asText();
    assertEquals(service, set.at("/spec/serviceName").asText());
    assertEquals(headless.at("/spec/selector"), set.at("/spec/template/metadata/labels"));
    int replicas = set.at("/spec/replicas").asInt();
    String members =
        IntStream.range(0, replicas)
            .mapToObj(i -> name + "-" + i + "." + service + ":5701")
            .collect(Collectors.joining(","));
    JsonNode container = set.at("/spec/template/spec/containers/0");
    assertEquals(members, variable(container, "XCRON_MEMBERS"));
    assertEquals("$(POD_NAME)." + service, variable(container, "XCRON_MEMBER_HOST"));
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      String path = container.path(probe).at("/httpGet/path").asText();
      assertEquals(200, get(path).statusCode(), path);
    }
  }

  private static String variable(JsonNode container, String name) {
    for (JsonNode variable : container.path("env")) {
      if (variable.path("name").asText().equals(name)) {
        return variable.path("value").asText();
      }
    }
    throw new AssertionError("there is no " + name);
  }

  @Test
  void theSchemasCanFail() throws IOException {
    JsonNode wrong = Schema.JSON.readTree("{\"name\":\"X Y\",\"services\":{\"a\":{\"imag\":1}}}");
    assertEquals(
        List.of(
            "/ lacks volumes",
            "/name must look like \"^[a-z0-9][a-z0-9_-]*$\", not \"X Y\"",
            "/services/a lacks image",
            "/services/a/imag is not known"),
        Schema.complaints("compose.json", wrong));
  }

  @Test
  void everySettingThatIsUsedStandsInTheReadme() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    for (String file :
        List.of("Dockerfile", "compose.yaml", "kubernetes/xcron.yaml", "systemd/xcron.service")) {
      Matcher setting = SETTING.matcher(Files.readString(DOCKER.resolve(file)));
      while (setting.find()) {
        assertTrue(
            setting.group().equals("XCRON_") || readme.contains("`" + setting.group() + "`"),
            () -> file + " sets " + setting.group() + ", which the README does not tell of");
      }
    }
  }

  @Test
  void theDashboardFitsItsSchemaAndShowsWhatThereIs() throws IOException {
    JsonNode dashboard = Schema.JSON.readTree(DOCKER.resolve("grafana/xcron.json").toFile());
    assertEquals(List.of(), Schema.complaints("dashboard.json", dashboard));

    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        assertMetricsExist(target.path("expr").asText());
      }
    }
  }

  @Test
  void theAlertsSpeakOfWhatThereIs() throws IOException {
    JsonNode alerts = yaml(DOCKER.resolve("prometheus/alerts.yaml")).getFirst();
    for (JsonNode rule : alerts.at("/groups/0/rules")) {
      assertMetricsExist(rule.path("expr").asText());
    }
  }

  private static void assertMetricsExist(String expression) {
    Matcher name = METRIC.matcher(expression);
    while (name.find()) {
      assertTrue(
          metrics.lines().anyMatch(line -> line.matches(name.group() + "[ {].*")),
          () -> "no member tells " + name.group() + ", which stands in " + expression);
    }
  }

  @Test
  void promtoolHasNothingAgainstTheMetrics() throws Exception {
    Path file = Files.writeString(directory.resolve("metrics"), metrics);
    assertEquals("", promtool(file, "check", "metrics"));
  }

  @Test
  void promtoolProvesTheAlertsAndTheConfiguration() throws Exception {
    Path copy = Files.createDirectory(directory.resolve("prometheus"));
    for (String name : List.of("prometheus.yaml", "alerts.yaml", "alerts-test.yaml")) {
      Files.copy(DOCKER.resolve("prometheus").resolve(name), copy.resolve(name));
    }
    Files.writeString(copy.resolve("token"), "secret");
    promtool(null, "check", "rules", copy.resolve("alerts.yaml").toString());
    promtool(null, "check", "config", copy.resolve("prometheus.yaml").toString());
    promtool(null, "test", "rules", copy.resolve("alerts-test.yaml").toString());
  }

  @Test
  void theHealthCheckOfTheImageTellsAReadyMemberFromNone() throws Exception {
    assertEquals(0, healthy(URI.create(node.url("/")).getPort()));
    assertFalse(healthy(1) == 0, "nobody listens on port 1");
  }

  private static int healthy(int port) throws Exception {
    ProcessBuilder script =
        new ProcessBuilder(DOCKER.resolve("healthy").toAbsolutePath().toString());
    script.environment().put("XCRON_HTTP_PORT", String.valueOf(port));
    return script.redirectError(ProcessBuilder.Redirect.DISCARD).start().waitFor();
  }

  /** What it says, if it ends well; skips where it is not installed. */
  private static String promtool(@Nullable Path in, String... arguments) throws Exception {
    boolean there =
        Pattern.compile(":")
            .splitAsStream(System.getenv().getOrDefault("PATH", ""))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool")));
    Assumptions.assumeTrue(there, "promtool is missing: apt-get install prometheus");
    List<String> command = new ArrayList<>(List.of("promtool"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (in != null) {
      builder.redirectInput(in.toFile());
    }
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    return said;
  }

  private static List<JsonNode> yaml(Path file) throws IOException {
    List<JsonNode> documents = new ArrayList<>();
    for (Object document : new Yaml().loadAll(Files.readString(file))) {
      documents.add(Schema.JSON.valueToTree(document));
    }
    return documents;
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create(node.url(path))).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }
}
