package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The description tells the truth: its paths are the routes, and its examples run. */
class OpenApiTest {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "patch", "delete");

  private final HttpTestServer server = new HttpTestServer();
  private final JsonNode document = server.get("/openapi", "Accept", "application/json").json();

  @AfterEach
  void stop() {
    server.close();
  }

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
      server.grid.clear();
      assertEquals(
          201, server.send("PUT", "/api/v1/tasks/example", HttpTestServer.task("")).status());
      String name = operation.method + " " + operation.path;
      Map.@Nullable Entry<String, JsonNode> content =
          operation.node.path("requestBody").path("content").properties().stream()
              .findFirst()
              .orElse(null);
      JsonNode example = content == null ? null : content.getValue().path("example");
      assertTrue(example == null || !example.isMissingNode(), name + " needs an example");
      String body =
          example == null ? null : example.isTextual() ? example.asText() : example.toString();
      HttpTestServer.Answer answer =
          content == null || body == null
              ? server.send(operation.method, address(operation), null)
              : server.send(
                  operation.method, address(operation), body, "Content-Type", content.getKey());
      assertTrue(
          operation.node.path("responses").has(Integer.toString(answer.status()))
              && answer.status() < 300,
          name + " answered " + answer.status() + ": " + answer.body());
    }
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
  void itIsYamlUnlessJsonIsAccepted() {
    HttpTestServer.Answer yaml = server.get("/openapi");
    assertEquals("application/yaml; charset=utf-8", yaml.header("Content-Type"));
    assertTrue(yaml.body().startsWith("openapi: 3.1.0"));
    assertEquals("3.1.0", document.path("openapi").asText());
  }
}
