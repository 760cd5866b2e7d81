package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import io.xcron.http.HttpTestServer.Answer;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class XcronFacadeTest {
  private static final String CALLBACK = "\"callback\":{\"url\":\"http://127.0.0.1:9/cb\"}";
  @AutoClose private final HttpTestServer server = new HttpTestServer();

  private JsonNode call(String method, String path, String body) {
    Answer answer = server.send(method, path, body.isEmpty() ? null : body);
    assertEquals(200, answer.status(), answer.body());
    assertEquals("application/json", answer.header("Content-Type"));
    JsonNode json = answer.json();
    assertEquals(4, UUID.fromString(json.get("uuid").asText()).version());
    assertTrue(json.get("code").isInt());
    assertEquals(json.get("code").asInt() != 0, json.has("message"));
    return json;
  }

  private JsonNode create(String body) {
    return call("POST", "/xcron/createTask", body);
  }

  private void code(int code, String body) {
    JsonNode json = create(body);
    assertEquals(code, json.get("code").asInt(), body + " -> " + json);
    assertFalse(json.has("data"));
  }

  @Test
  void aPeriodicTaskIsCreatedQueriedAndDeleted() {
    JsonNode created =
        create(
            "{\"type\":1,\"format\":\"*/5 * * * *\",\"callback\":{\"url\":\"http://h:9/cb\",\"body\":{\"n\":1.10,\"m\":9007199254740993}}}");
    assertEquals(0, created.get("code").asInt(), created.toString());
    String id = created.at("/data/task_id").asText();
    Answer query = server.get("/xcron/queryTask?task_id=" + id);
    String data = query.body().substring(query.body().indexOf("\"data\":"));
    assertEquals(
        "\"data\":{\"task_id\":\""
            + id
            + "\",\"create_time\":\"1795248000\",\"type\":1,\"format\":\"*/5 * * * *\",\"run_count\":0,"
            + "\"callback\":{\"url\":\"http://h:9/cb\",\"body\":{\"n\":1.10,\"m\":9007199254740993}}}}",
        data);
    JsonNode deleted = call("POST", "/xcron/deleteTask", "{\"task_id\":\"" + id + "\"}");
    assertEquals(0, deleted.get("code").asInt());
    assertFalse(deleted.has("data"));
    JsonNode gone = call("POST", "/xcron/deleteTask", "{\"task_id\":\"" + id + "\"}");
    assertEquals(1006, gone.get("code").asInt());
    assertEquals(1006, call("GET", "/xcron/queryTask?task_id=" + id, "").get("code").asInt());
  }

  @Test
  void aOneShotTakesItsTimestampAsTextOrNumber() {
    for (String format : List.of("\"1795248060\"", "1795248060")) {
      JsonNode created = create("{\"type\":2,\"format\":" + format + "," + CALLBACK + "}");
      String id = created.at("/data/task_id").asText();
      JsonNode data = call("GET", "/xcron/queryTask?task_id=" + id, "").get("data");
      assertEquals(2, data.get("type").asInt());
      assertEquals("1795248060", data.get("format").asText());
      assertTrue(data.get("format").isTextual());
      assertEquals("{}", data.at("/callback/body").toString());
    }
  }

  @Test
  void theSchemeOfACallbackIgnoresCase() {
    for (String scheme : List.of("HTTP", "Https")) {
      String url = scheme + "://127.0.0.1:9/x";
      JsonNode answer =
          create("{\"type\":1,\"format\":\"* * * * *\",\"callback\":{\"url\":\"" + url + "\"}}");
      assertEquals(0, answer.get("code").asInt(), answer.toString());
    }
    code(1003, "{\"type\":1,\"format\":\"* * * * *\",\"callback\":{\"url\":\"HTTPX://a/\"}}");
  }

  @Test
  void eachRefusalHasItsCode() {
    for (String body :
        List.of(
            "x",
            "[]",
            "{",
            "{}}",
            "{\"type\":\"1\"}",
            "{\"type\":1,\"format\":{}}",
            "{\"type\":1,\"callback\":1}")) {
      code(1000, body);
    }
    assertEquals(1000, call("POST", "/xcron/createTask", "").get("code").asInt());
    code(1020, "{}");
    code(1020, "{\"type\":3,\"format\":\"* * * * *\"," + CALLBACK + "}");
    code(1001, "{\"type\":2,\"format\":\"soon\"," + CALLBACK + "}");
    code(1001, "{\"type\":2,\"format\":\"17952480600\"," + CALLBACK + "}");
    code(1001, "{\"type\":2,\"format\":\" 1795248060 \"," + CALLBACK + "}");
    code(1001, "{\"type\":2," + CALLBACK + "}");
    code(1002, "{\"type\":2,\"format\":\"1795247999\"," + CALLBACK + "}");
    code(1002, "{\"type\":2,\"format\":\"9999999999\"," + CALLBACK + "}");
    code(1003, "{\"type\":1,\"format\":\"* * * * *\"}");
    code(1003, "{\"type\":1,\"format\":\"* * * * *\",\"callback\":{\"url\":\"\"}}");
    code(1003, "{\"type\":1,\"format\":\"* * * * *\",\"callback\":{\"url\":\"nowhere\"}}");
    code(1005, "{\"type\":1,\"format\":\"* * *\"," + CALLBACK + "}");
    code(1005, "{\"type\":1," + CALLBACK + "}");
    assertEquals(1000, call("GET", "/xcron/queryTask", "").get("code").asInt());
    assertEquals(1000, call("POST", "/xcron/deleteTask", "{}").get("code").asInt());
    assertEquals(1000, call("GET", "/xcron/createTask", "").get("code").asInt());
    assertEquals(404, server.get("/xcron/other").status());
    String good = "{\"type\":1,\"format\":\"* * * * *\"," + CALLBACK + "}";
    server.checks =
        task -> {
          throw new TargetDeniedException("no");
        };
    code(1003, good);
    server.checks = task -> {};
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    code(1007, good);
    assertEquals(1007, call("GET", "/xcron/queryTask?task_id=a", "").get("code").asInt());
    server.grid.failing = GridException.Kind.UNKNOWN;
    JsonNode unknown = create(good);
    assertEquals(1008, unknown.get("code").asInt());
    assertTrue(unknown.at("/data/task_id").isTextual());
  }

  @Test
  void anIdempotencyKeyCreatesOnce() {
    String good = "{\"type\":1,\"format\":\"* * * * *\"," + CALLBACK + "}";
    JsonNode first = server.post("/xcron/createTask", good, "Idempotency-Key", "k").json();
    JsonNode again = server.post("/xcron/createTask", good, "Idempotency-Key", "k").json();
    assertEquals(first.get("data"), again.get("data"));
    assertEquals(1, server.grid.size());
    Answer other =
        server.post("/xcron/createTask", good.replace("cb", "cd"), "Idempotency-Key", "k");
    assertEquals(422, other.status());
    assertEquals(1004, other.json().get("code").asInt());
  }

  @Test
  void aKeyedTimeInThePastIsTakenAsARepeatOnly() {
    String at = "{\"type\":2,\"format\":\"1795248010\"," + CALLBACK + "}";
    JsonNode first = server.post("/xcron/createTask", at, "Idempotency-Key", "k").json();
    assertEquals(0, first.get("code").asInt(), first.toString());
    for (Duration later : List.of(Duration.ofSeconds(20), Duration.ofHours(1))) {
      server.pass(later);
      JsonNode fresh = server.post("/xcron/createTask", at, "Idempotency-Key", "new").json();
      assertEquals(1002, fresh.get("code").asInt(), fresh.toString());
      JsonNode again = server.post("/xcron/createTask", at, "Idempotency-Key", "k").json();
      assertEquals(first.get("data"), again.get("data"));
      server.grid.clear();
    }
    String other = at.replace("10\"", "11\"");
    assertEquals(422, server.post("/xcron/createTask", other, "Idempotency-Key", "k").status());
  }

  @Test
  void theFormatDecidesWhenAsked() {
    HttpConfig config =
        new HttpConfig(
            "127.0.0.1", 0, null, List.of(), ZoneId.of("UTC"), true, HttpConfig.Limits.DEFAULT);
    try (HttpTestServer compat = new HttpTestServer(config)) {
      Answer created =
          compat.post(
              "/xcron/createTask", "{\"type\":1,\"format\":\"1795248060\"," + CALLBACK + "}");
      String id = created.json().at("/data/task_id").asText();
      JsonNode data = compat.get("/xcron/queryTask?task_id=" + id).json().get("data");
      assertEquals(1, data.get("type").asInt());
      assertEquals("1795248060", data.get("format").asText());
      assertTrue(compat.get("/api/v1/tasks/" + id).json().at("/schedule/at").isTextual());
      Answer cron =
          compat.post(
              "/xcron/createTask", "{\"type\":2,\"format\":\"* * * * *\"," + CALLBACK + "}");
      assertEquals(0, cron.json().get("code").asInt(), cron.body());
    }
  }
}
