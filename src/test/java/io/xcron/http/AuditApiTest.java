package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import io.xcron.http.HttpTestServer.Answer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Every accepted change leaves one line, and nothing else does. */
class AuditApiTest {
  @AutoClose private final HttpTestServer server = new HttpTestServer();

  private JsonNode line(String method, String path, String body, int status) {
    int before = server.audit.size();
    Answer answer =
        server.send(method, path, body.isEmpty() ? null : body, "X-Request-Id", "r-" + before);
    assertEquals(status, answer.status(), answer.body());
    assertEquals(before + 1, server.audit.size(), method + " " + path);
    assertEquals("r-" + before, answer.header("X-Request-Id"));
    JsonNode line = server.audit.last();
    assertEquals("r-" + before, line.path("request_id").asText());
    assertEquals("anonymous", line.path("actor").asText());
    assertEquals("127.0.0.1", line.path("remote").asText());
    assertEquals("2026-11-21T08:00:00.000Z", line.path("at").asText());
    return line;
  }

  private void nothing(String method, String path, String body) {
    int before = server.audit.size();
    server.send(method, path, body.isEmpty() ? null : body);
    assertEquals(before, server.audit.size(), method + " " + path);
  }

  private static void assertTask(
      JsonNode line, String action, String id, String before, String after) {
    assertEquals(action, line.path("action").asText());
    assertEquals("task", line.path("object").asText());
    assertEquals(id, line.path("task_id").asText());
    assertEquals("pay", line.path("namespace").asText());
    assertEquals(before, line.path("version_before").asText());
    assertEquals(after, line.path("version_after").asText());
    assertEquals("done", line.path("result").asText());
  }

  @Test
  void eachChangeOfATaskHasALine() {
    String pay = "\"namespace\":\"pay\"";
    String path = "/api/v1/tasks/t";
    assertTask(line("PUT", path, task(pay), 201), "create", "t", "null", "1");
    nothing("PUT", path, task(pay));
    String named = task(pay + ",\"name\":\"n\"");
    assertTask(line("PUT", path, named, 200), "replace", "t", "1", "2");
    assertTask(line("PATCH", path, "{\"name\":\"x\"}", 200), "patch", "t", "2", "3");
    assertTask(line("POST", path + "/pause", "", 200), "pause", "t", "3", "3");
    nothing("POST", path + "/pause", "");
    assertTask(line("POST", path + "/resume", "", 200), "resume", "t", "3", "3");
    assertTask(line("POST", path + "/run", "", 202), "run", "t", "3", "3");
    assertTask(line("POST", path + "/kill", "", 200), "kill", "t", "3", "3");
    assertTask(line("DELETE", path, "", 204), "delete", "t", "3", "null");
    JsonNode made = line("POST", "/api/v1/tasks", task(pay), 201);
    assertTask(made, "create", made.path("task_id").asText(), "null", "1");
  }

  @Test
  void whatIsRefusedOrOnlyReadHasNone() {
    nothing("GET", "/api/v1/tasks", "");
    nothing("DELETE", "/api/v1/tasks/none", "");
    nothing("POST", "/api/v1/tasks", "{}");
    nothing("POST", "/api/v1/tasks/pause", "");
    nothing("GET", "/api/v1/audit", "");
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    nothing("POST", "/api/v1/tasks", task(""));
  }

  @Test
  void aChangeThatNobodyKnowsTheEndOfHasALineThatSaysSo() {
    server.grid.failing = GridException.Kind.UNKNOWN;
    JsonNode line = line("POST", "/api/v1/tasks", task(""), 504);
    assertEquals("create", line.path("action").asText());
    assertEquals("unknown", line.path("result").asText());
  }

  @Test
  void manyAreOneLineWithCounts() {
    JsonNode line =
        line("POST", "/api/v1/tasks/import", task("") + "\n" + task("") + "\n{}\n", 200);
    assertEquals("import", line.path("action").asText());
    assertEquals(2, line.path("imported").asInt());
    assertEquals(1, line.path("failed").asInt());
    JsonNode bulk = line("POST", "/api/v1/tasks/pause", "", 200);
    assertEquals("pause", bulk.path("action").asText());
    assertEquals("tasks", bulk.path("object").asText());
    assertEquals(2, bulk.path("changed").asInt());
  }

  @Test
  void servicesCalendarsAndTheSeedsPathsAreWatched() {
    String nodes = "{\"nodes\":[{\"url\":\"http://127.0.0.1:9\"}]}";
    JsonNode line = line("PUT", "/api/v1/services/s", nodes, 201);
    assertEquals("create", line.path("action").asText());
    assertEquals("service", line.path("object").asText());
    assertEquals("s", line.path("name").asText());
    assertEquals("replace", line("PUT", "/api/v1/services/s", nodes, 200).path("action").asText());
    assertEquals("delete", line("DELETE", "/api/v1/services/s", "", 204).path("action").asText());
    nothing("DELETE", "/api/v1/services/s", "");
    String calendar = "{\"zone\":\"UTC\",\"exclude\":[\"2026-12-25\"]}";
    assertEquals(
        "calendar", line("PUT", "/api/v1/calendars/c", calendar, 201).path("object").asText());
    String seed =
        "{\"type\":1,\"format\":\"* * * * *\",\"callback\":{\"url\":\"http://127.0.0.1:9/\"}}";
    assertEquals("create", line("POST", "/xcron/createTask", seed, 200).path("action").asText());
  }

  @Test
  void aRepeatUnderTheSameKeyChangesNothing() {
    String body = task("");
    server.post("/api/v1/tasks", body, "Idempotency-Key", "k");
    assertEquals(1, server.audit.size());
    server.setNow(HttpTestServer.NOW + 1_000);
    assertEquals(201, server.post("/api/v1/tasks", body, "Idempotency-Key", "k").status());
    assertEquals(1, server.audit.size());
  }

  @Test
  void theLogIsReadByPagesNewestFirstAndByTaskOrActor() {
    for (int i = 0; i < 7; i++) {
      server.send("PUT", "/api/v1/tasks/t" + i % 2, task("\"name\":\"n" + i + "\""));
    }
    List<String> tasks = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = server.get("/api/v1/audit?limit=2" + cursor).json();
      page.path("audit").forEach(line -> tasks.add(line.path("task_id").asText()));
      JsonNode next = page.path("next_cursor");
      cursor = next.isNull() ? "" : "&cursor=" + next.asText();
    } while (!cursor.isEmpty());
    assertEquals(List.of("t0", "t1", "t0", "t1", "t0", "t1", "t0"), tasks);
    JsonNode page = server.get("/api/v1/audit?task=t1&limit=2").json();
    assertEquals(2, page.path("audit").size());
    page = server.get("/api/v1/audit?task=t1&cursor=" + page.path("next_cursor").asText()).json();
    assertEquals(1, page.path("audit").size());
    assertTrue(page.path("next_cursor").isNull());
    assertEquals(0, server.get("/api/v1/audit?actor=ann").json().path("audit").size());
    assertEquals(7, server.get("/api/v1/audit?actor=anonymous").json().path("audit").size());
    assertEquals(400, server.get("/api/v1/audit?who=x").status());
  }
}
