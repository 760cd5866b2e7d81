package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.history.RunHistory;
import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** The description tells the truth: its paths are the routes, and its examples run. */
class OpenApiTest {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "patch", "delete");

  /** With one run on record, so that what speaks of runs has something to say. */
  private static final RunHistory HISTORY =
      new RunHistory() {
        @Override
        public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
          return CompletableFuture.completedFuture(new Page(List.of(failed(taskId)), null));
        }

        @Override
        public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
          CompletableFuture<@Nullable RunRecord> found = new CompletableFuture<>();
          found.complete(number == 2 ? unknown(taskId) : failed(taskId));
          return found;
        }
      };

  private static RunRecord failed(String taskId) {
    long due = HttpTestServer.NOW - 60_000;
    RunRecord.Try attempt = new RunRecord.Try(1, due, due + 40, "10.0.0.1:5701", 500, "refused");
    return new RunRecord(
        taskId,
        1,
        1,
        due,
        due,
        due,
        due + 40,
        RunOutcome.FAILURE,
        false,
        List.of(attempt),
        "10.0.0.1:5701",
        7,
        "said so",
        null);
  }

  /** One that may have been started by an owner that is gone. */
  private static RunRecord unknown(String taskId) {
    long due = HttpTestServer.NOW - 60_000;
    RunRecord.Try attempt = new RunRecord.Try(1, 0, due + 40, "10.0.0.1:5701", 0, "gone");
    return new RunRecord(
        taskId,
        1,
        2,
        due,
        due,
        0,
        due + 40,
        RunOutcome.UNKNOWN,
        false,
        List.of(attempt),
        "10.0.0.1:5701",
        0,
        null,
        null);
  }

  @AutoClose
  private final HttpTestServer server =
      new HttpTestServer(
          HttpTestServer.config(),
          new ShellDoor(true, () -> Map.of("web", List.of("10.0.0.1:5701")), List::of),
          HISTORY);

  private final JsonNode document = server.get("/openapi", "Accept", "application/json").json();

  private record Operation(String method, String path, JsonNode node, JsonNode shared) {}

  private List<Operation> operations() {
    List<Operation> found = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> entry : path.getValue().properties()) {
        if (METHODS.contains(entry.getKey())) {
          found.add(
              new Operation(
                  entry.getKey().toUpperCase(Locale.ROOT),
                  path.getKey(),
                  entry.getValue(),
                  path.getValue().path("parameters")));
        }
      }
    }
    return found;
  }

  @Test
  void whatIsDescribedIsWhatThereIs() {
    Set<String> described =
        operations().stream()
            .map(one -> one.method + " " + one.path.replaceAll("\\{[a-z_]+}", "{}"))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> served =
        server.server.routes().stream()
            .filter(route -> !ConsoleResource.answers(route.substring(route.indexOf(' ') + 1)))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(served, described);
  }

  @Test
  void everyExampleRuns() {
    for (Operation operation : operations()) {
      Set<Map.Entry<String, JsonNode>> kinds =
          operation.node.path("requestBody").path("content").properties();
      if (kinds.isEmpty()) {
        run(operation, null, null);
      }
      for (Map.Entry<String, JsonNode> kind : kinds) {
        JsonNode example = kind.getValue().path("example");
        String name = operation.method + " " + operation.path + " " + kind.getKey();
        assertFalse(example.isMissingNode(), name + " needs an example");
        run(operation, kind.getKey(), written(kind.getKey(), example));
      }
    }
    Set<String> described = new TreeSet<>();
    document
        .at("/paths/~1api~1v1~1audit/get/responses/200/content/application~1json/schema")
        .findValue("action")
        .path("enum")
        .forEach(action -> described.add(action.asText()));
    Set<String> noted = new TreeSet<>();
    server
        .get("/api/v1/audit?limit=1000")
        .json()
        .path("audit")
        .forEach(line -> noted.add(line.path("action").asText()));
    assertTrue(noted.size() > 5 && described.containsAll(noted), noted + " of " + described);
  }

  private void run(Operation operation, @Nullable String type, @Nullable String body) {
    prepare();
    String name = operation.method + " " + operation.path;
    HttpTestServer.Answer answer =
        type == null
            ? server.send(operation.method, address(operation), null)
            : server.send(operation.method, address(operation), body, "Content-Type", type);
    String told = name + " answered " + answer.status() + ": " + answer.body();
    assertTrue(
        operation.node.path("responses").has(Integer.toString(answer.status()))
            && answer.status() < 300,
        told);
    if (!operation.path.startsWith("/api/") && answer.body().startsWith("{\"")) {
      // The envelopes of the seeds say inside whether it went well.
      JsonNode envelope = answer.json();
      assertEquals(0, envelope.path("code").asInt() + envelope.path("errno").asInt(), told);
    }
    assertFalse(answer.body().contains("\"error\":{"), told);
  }

  /** The example task with a run that has failed, and what tasks name. */
  private void prepare() {
    server.grid.clear();
    assertEquals(
        201, server.send("PUT", "/api/v1/tasks/example", HttpTestServer.task("")).status());
    long due = HttpTestServer.NOW;
    long generation = Objects.requireNonNull(server.grid.record("example")).generation();
    LastRun failed = new LastRun(1, due, due, due, due + 5, RunOutcome.FAILURE, 3, 500);
    Change end = new RunChange.Finish(generation, 1, failed, due + 3_600_000, false);
    assertInstanceOf(Change.Applied.Stored.class, server.grid.write("example", end).join());
    String service = "{\"nodes\":[{\"url\":\"http://127.0.0.1:9\"}]}";
    assertTrue(server.send("PUT", "/api/v1/services/example", service).status() < 300);
    assertTrue(server.send("PUT", "/api/v1/calendars/example", "{}").status() < 300);
  }

  private static String written(String type, JsonNode example) {
    return type.equals("application/x-www-form-urlencoded")
        ? example.properties().stream()
            .map(
                field ->
                    field.getKey()
                        + "="
                        + URLEncoder.encode(field.getValue().asText(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"))
        : example.isTextual() ? example.asText() : example.toString();
  }

  private String address(Operation operation) {
    StringBuilder path = new StringBuilder(operation.path);
    StringBuilder query = new StringBuilder();
    for (JsonNode list : List.of(operation.shared, operation.node.path("parameters"))) {
      for (JsonNode written : list) {
        JsonNode parameter = resolved(written);
        String name = parameter.path("name").asText();
        String example = parameter.path("example").asText();
        if (parameter.path("in").asText().equals("path")) {
          int at = path.indexOf("{" + name + "}");
          path.replace(at, at + name.length() + 2, example);
        } else if (parameter.path("in").asText().equals("query") && !example.isEmpty()) {
          query.append(query.isEmpty() ? '?' : '&').append(name).append('=').append(example);
        }
      }
    }
    return path.append(query).toString();
  }

  private JsonNode resolved(JsonNode node) {
    String reference = node.path("$ref").asText();
    return reference.isEmpty() ? node : document.at(reference.substring(1));
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    List<String> lost = new ArrayList<>();
    for (JsonNode reference : document.findValues("$ref")) {
      if (document.at(reference.asText().substring(1)).isMissingNode()) {
        lost.add(reference.asText());
      }
    }
    assertEquals(List.of(), lost);
  }

  @Test
  void noKeyIsWithoutAValue() {
    // A comma in a text without quotes ends it, and what follows becomes a key of its own.
    List<String> empty = new ArrayList<>();
    collectEmpty("", document, empty);
    assertEquals(List.of(), empty);
  }

  private static void collectEmpty(String path, JsonNode node, List<String> found) {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      String at = path + "/" + entry.getKey();
      if (entry.getValue().isNull()) {
        found.add(at);
      } else if (!entry.getKey().equals("example")) {
        collectEmpty(at, entry.getValue(), found);
      }
    }
    if (node.isArray()) {
      node.forEach(one -> collectEmpty(path + "/[]", one, found));
    }
  }

  @Test
  void whatMayBeNullIsDescribedSo() {
    prepare();
    String owner = "\"owner\":{},\"alert\":{\"on\":[\"failure\"]},\"schedule\":";
    List<String> wrong = new ArrayList<>();
    for (String task :
        List.of(
            owner
                + "{\"at\":\"2027-01-01T00:00:00Z\"},\"target\":{\"service\":{\"name\":\"example\"}}",
            owner + "{\"cron\":\"* * * * *\"},\"target\":{\"handler\":{\"name\":\"tidy\"}}",
            "\"policy\":{\"after\":{\"task\":\"example\",\"on\":\"end\"}},\"target\":{\"http\":{\"url\":\"http://a/\",\"body\":null}}")) {
      HttpTestServer.Answer answer = server.post("/api/v1/tasks", "{" + task + "}");
      assertEquals(201, answer.status(), answer.body());
      collectUntrueNulls("Task", answer.json(), document.at("/components/schemas/Task"), wrong);
    }
    JsonNode run = server.get("/api/v1/runs/example/2").json();
    collectUntrueNulls("Run", run, document.at("/components/schemas/Run"), wrong);
    assertEquals(List.of(), wrong);
  }

  private void collectUntrueNulls(String at, JsonNode value, JsonNode written, List<String> found) {
    JsonNode schema = resolved(written);
    List<String> types = new ArrayList<>(schema.findValuesAsText("type"));
    schema.path("type").forEach(type -> types.add(type.asText()));
    if (value.isNull() && !schema.isMissingNode() && !types.contains("null")) {
      found.add(at);
    }
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      JsonNode member = schema.path("properties").path(entry.getKey());
      collectUntrueNulls(at + "." + entry.getKey(), entry.getValue(), member, found);
    }
    if (value.isArray()) {
      value.forEach(one -> collectUntrueNulls(at + "[]", one, schema.path("items"), found));
    }
  }

  @Test
  void itIsYamlUnlessJsonIsAccepted() {
    HttpTestServer.Answer yaml = server.get("/openapi");
    assertEquals("application/yaml; charset=utf-8", yaml.header("Content-Type"));
    assertTrue(yaml.body().startsWith("openapi: 3.1.0"));
    assertEquals("3.1.0", document.path("openapi").asText());
  }
}
