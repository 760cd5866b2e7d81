package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.history.RunHistory;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Several tokens: what each may do, and whose tasks there are for it. */
class SecurityTest {
  @AutoClose private final HttpTestServer server = new HttpTestServer(config());

  private static String sha256(String token) {
    return HexFormat.of().formatHex(Idempotency.sha256(token.getBytes(StandardCharsets.UTF_8)));
  }

  private static ApiToken token(String name, Role role, String... namespaces) {
    return new ApiToken(name, sha256(name + "-token"), role, Set.of(namespaces));
  }

  private static HttpConfig config() {
    return new HttpConfig(
        "127.0.0.1",
        0,
        "root-token",
        List.of(),
        ZoneId.of("UTC"),
        false,
        HttpConfig.Limits.DEFAULT,
        new HttpConfig.Security(
            List.of(
                token("reader", Role.READ),
                token("writer", Role.WRITE),
                token("pay", Role.WRITE, "pay"),
                token("two", Role.WRITE, "pay", "ship"),
                token("ship", Role.WRITE, "ship"),
                token("payreader", Role.READ, "pay"),
                token("boss", Role.ADMIN)),
            null));
  }

  private Answer send(String who, String method, String path, String body) {
    return server.send(
        method, path, body.isEmpty() ? null : body, "Authorization", "Bearer " + who + "-token");
  }

  private Answer get(String who, String path) {
    return send(who, "GET", path, "");
  }

  private void create(String id, String namespace) {
    Answer made =
        send("root", "PUT", "/api/v1/tasks/" + id, task("\"namespace\":\"" + namespace + "\""));
    assertEquals(201, made.status(), made.body());
  }

  private static Set<String> ids(Answer list) {
    assertEquals(200, list.status(), list.body());
    Set<String> ids = new TreeSet<>();
    list.json().path("tasks").forEach(one -> ids.add(one.path("id").asText()));
    return ids;
  }

  @Test
  void aWrongTokenIsUnauthorizedAndTheOldOneIsAnAdmins() {
    assertEquals(401, get("nobody", "/api/v1/tasks").status());
    assertEquals(401, server.get("/api/v1/tasks").status());
    assertEquals(
        401,
        server.get("/api/v1/tasks", "Authorization", "Bearer " + sha256("boss-token")).status());
    assertEquals(200, get("root", "/api/v1/audit").status());
    assertEquals(200, get("boss", "/api/v1/audit").status());
  }

  /** Each route that there is, so that a new one that nobody thought of is for admins. */
  @Test
  void aReaderMayOnlyAskAndAWriterMayNotChangeWhatIsForAll() {
    create("t", "default");
    for (String route : server.server.routes()) {
      String method = route.substring(0, route.indexOf(' '));
      String path = route.substring(route.indexOf(' ') + 1).replace("{}", "t");
      boolean asks = method.equals("GET") || path.equals("/api/v1/schedules/preview");
      boolean forAdmins =
          path.startsWith("/api/v1/audit")
              || (!asks && path.startsWith("/api/v1/services"))
              || (!asks && path.startsWith("/api/v1/calendars"))
              || (!asks && path.startsWith("/api/v1/cluster"))
              || path.endsWith("_task_server");
      if (ConsoleResource.answers(path) || path.endsWith("/log")) {
        continue;
      }
      assertEquals(asks && !forAdmins, !forbidden(send("reader", method, path, "")), route);
      assertEquals(!forAdmins, !forbidden(send("writer", method, path, "")), route);
    }
  }

  private static boolean forbidden(Answer answer) {
    // The seeds' answers say it in an envelope.
    String body = answer.body();
    return answer.status() == 403
        || (body.length() < 500
            && (body.contains("this token may") || body.contains("role admin")));
  }

  @Test
  void tasksOfOtherNamespacesAreNotThere() {
    create("a", "pay");
    create("b", "ship");
    create("c", "default");
    for (String[] call :
        new String[][] {
          {"GET", ""},
          {"DELETE", ""},
          {"POST", "/run"},
          {"POST", "/pause"},
          {"POST", "/resume"},
          {"POST", "/kill"},
          {"GET", "/next"},
          {"GET", "/runs"},
          {"GET", "/explain"},
          {"POST", "/runs/1/replay"}
        }) {
      Answer answer = send("pay", call[0], "/api/v1/tasks/b" + call[1], "");
      assertEquals(404, answer.status(), call[0] + call[1] + answer.body());
    }
    assertEquals(404, send("pay", "PATCH", "/api/v1/tasks/b", "{\"name\":\"x\"}").status());
    assertEquals(404, get("pay", "/api/v1/runs/b/1").status());
    assertEquals(404, get("pay", "/api/v1/runs/b/1/log").status());
    assertEquals(200, get("pay", "/api/v1/tasks/a").status());
    assertEquals(Set.of("a"), ids(get("pay", "/api/v1/tasks")));
    assertEquals(Set.of(), ids(get("pay", "/api/v1/tasks?namespace=ship")));
    assertEquals(Set.of("a"), ids(get("payreader", "/api/v1/tasks?namespace=pay")));
    assertEquals(Set.of("a", "b"), ids(get("two", "/api/v1/tasks")));
    assertEquals(Set.of("b"), ids(get("two", "/api/v1/tasks?namespace=ship")));
    assertEquals(Set.of("a", "b", "c"), ids(get("writer", "/api/v1/tasks")));
    String export = get("two", "/api/v1/tasks/export").body();
    assertTrue(export.contains("\"a\"") && export.contains("\"b\"") && !export.contains("\"c\""));
  }

  @Test
  void pagesOfSeveralNamespacesHaveEachTaskOnce() {
    Set<String> own = new TreeSet<>();
    for (int i = 0; i < 40; i++) {
      String namespace = List.of("pay", "ship", "default", "other").get(i % 4);
      create("t" + i, namespace);
      if (i % 4 < 2) {
        own.add("t" + i);
      }
    }
    Set<String> seen = new TreeSet<>();
    String cursor = "";
    int count = 0;
    do {
      JsonNode page = get("two", "/api/v1/tasks?limit=3" + cursor).json();
      for (JsonNode one : page.path("tasks")) {
        seen.add(one.path("id").asText());
        count++;
      }
      cursor =
          page.path("next_cursor").isNull() ? "" : "&cursor=" + page.path("next_cursor").asText();
    } while (!cursor.isEmpty());
    assertEquals(own, seen);
    assertEquals(own.size(), count);
  }

  @Test
  void nothingIsWrittenIntoAnotherNamespace() {
    create("b", "ship");
    Answer made = send("pay", "POST", "/api/v1/tasks", task("\"namespace\":\"ship\""));
    assertEquals(403, made.status());
    assertEquals("forbidden", made.code());
    assertEquals(403, send("pay", "POST", "/api/v1/tasks", task("")).status());
    assertEquals(
        403, send("pay", "PUT", "/api/v1/tasks/x", task("\"namespace\":\"ship\"")).status());
    // Its id is taken, though the task is not there.
    assertEquals(
        409, send("pay", "PUT", "/api/v1/tasks/b", task("\"namespace\":\"pay\"")).status());
    Answer own = send("pay", "PUT", "/api/v1/tasks/p", task("\"namespace\":\"pay\""));
    assertEquals(201, own.status(), own.body());
    assertEquals(403, send("pay", "PATCH", "/api/v1/tasks/p", "{\"namespace\":\"ship\"}").status());
    Answer lines =
        send(
            "pay",
            "POST",
            "/api/v1/tasks/import",
            String.join("\n", line("q", "pay"), line("r", "ship"), line("b", "pay")));
    String answers = lines.body();
    assertTrue(answers.contains("{\"imported\":1,\"failed\":2}"), answers);
    assertEquals("ship", get("root", "/api/v1/tasks/b").json().path("namespace").asText());
    assertEquals(404, get("root", "/api/v1/tasks/r").status());
    Answer bulk = send("pay", "POST", "/api/v1/tasks/delete?all=true", "");
    assertEquals(2, bulk.json().path("changed").asInt(), bulk.body());
    assertEquals(200, get("root", "/api/v1/tasks/b").status());
  }

  private static String following(String predecessor) {
    return "{\"namespace\":\"pay\",\"policy\":{\"after\":{\"task\":\"%s\"}},\"target\":{\"http\":{\"url\":\"http://h\"}}}"
        .formatted(predecessor);
  }

  @Test
  void aTaskOfAnotherNamespaceCannotBeFollowed() {
    create("b", "ship");
    create("p", "pay");
    Answer put = send("pay", "PUT", "/api/v1/tasks/f", following("b"));
    assertEquals(400, put.status(), put.body());
    assertTrue(put.body().contains("policy.after.task"), put.body());
    assertEquals(400, send("pay", "POST", "/api/v1/tasks", following("b")).status());
    assertEquals(
        400,
        server
            .post(
                "/api/v1/tasks",
                following("b"),
                "Authorization",
                "Bearer pay-token",
                "Idempotency-Key",
                "k")
            .status());
    Answer lines = send("pay", "POST", "/api/v1/tasks/import", following("b"));
    assertTrue(lines.body().contains("{\"imported\":0,\"failed\":1}"), lines.body());
    assertEquals(201, send("pay", "PUT", "/api/v1/tasks/g", following("p")).status());
    assertEquals(
        400,
        send("pay", "PATCH", "/api/v1/tasks/g", "{\"policy\":{\"after\":{\"task\":\"b\"}}}")
            .status());
  }

  /** Runs of a task of generation 1, and of the one that is there. */
  private static RunHistory twoLives(long generation) {
    return new RunHistory() {
      private RunRecord run(long number) {
        return new RunRecord(
            "t",
            number == 1 ? generation - 1 : generation,
            number,
            1,
            1,
            1,
            2,
            RunOutcome.SUCCESS,
            false,
            List.of(),
            "m",
            7,
            "settled",
            null);
      }

      @Override
      public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
        return CompletableFuture.completedFuture(new Page(List.of(run(2), run(1)), null));
      }

      @Override
      public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
        return CompletableFuture.completedFuture(run(number));
      }
    };
  }

  @Test
  void theRunsOfAnEarlierTaskOfTheSameIdAreNotShownToWhoMayNotHaveSeenThem() {
    // The generation of the first task of the grid in memory.
    try (HttpTestServer other = new HttpTestServer(config(), ShellDoor.CLOSED, twoLives(1))) {
      String[] pay = {"Authorization", "Bearer pay-token"};
      String[] root = {"Authorization", "Bearer root-token"};
      assertEquals(
          201, other.send("PUT", "/api/v1/tasks/t", task("\"namespace\":\"pay\""), pay).status());
      assertEquals(1, other.get("/api/v1/tasks/t/runs", pay).json().path("runs").size());
      assertEquals(404, other.get("/api/v1/runs/t/1", pay).status());
      assertEquals(200, other.get("/api/v1/runs/t/2", pay).status());
      assertEquals(2, other.get("/api/v1/tasks/t/runs", root).json().path("runs").size());
      assertEquals(200, other.get("/api/v1/runs/t/1", root).status());
    }
  }

  @Test
  void aKeyOfAnotherNamespaceIsNoneOfOurs() {
    for (String who : List.of("pay", "ship")) {
      Answer made =
          server.post(
              "/api/v1/tasks",
              task("\"namespace\":\"%s\"".formatted(who)),
              "Authorization",
              "Bearer " + who + "-token",
              "Idempotency-Key",
              "settle-2026-12-01");
      assertEquals(201, made.status(), made.body());
    }
  }

  @Test
  void amongManyWritesEachIsAnsweredForItself() {
    create("b", "ship");
    server.grid.refuseChunks.set(1);
    server.grid.refusable = id -> id.equals("p2");
    String lines =
        String.join(
            "\n", line("p1", "pay"), line("b", "pay"), line("p2", "pay"), line("p3", "pay"));
    String answers = send("pay", "POST", "/api/v1/tasks/import", lines).body();
    assertTrue(answers.contains("{\"line\":2,\"error\":{\"code\":\"conflict\""), answers);
    assertTrue(answers.contains("{\"imported\":3,\"failed\":1}"), answers);
    assertEquals(Set.of("p1", "p2", "p3"), ids(get("pay", "/api/v1/tasks")));
    server.grid.refuseChunks.set(1);
    Answer bulk = send("pay", "POST", "/api/v1/tasks/pause", "{}");
    assertEquals(2, bulk.json().path("changed").asInt(), bulk.body());
    assertEquals(1, bulk.json().path("failed").asInt(), bulk.body());
    assertEquals(Set.of("p2"), ids(get("pay", "/api/v1/tasks?state=scheduled")));
  }

  private static String line(String id, String namespace) {
    return "{\"id\":\"" + id + "\"," + task("\"namespace\":\"" + namespace + "\"").substring(1);
  }

  @Test
  void theSeedsPathsKnowNamespacesToo() {
    String body =
        "{\"type\":1,\"format\":\"* * * * *\",\"callback\":{\"url\":\"http://127.0.0.1:9/\"}}";
    assertEquals(1009, send("pay", "POST", "/xcron/createTask", body).json().path("code").asInt());
    Answer made = send("writer", "POST", "/xcron/createTask", body);
    String id = made.json().at("/data/task_id").asText();
    assertFalse(id.isEmpty(), made.body());
    assertEquals(1006, get("pay", "/xcron/queryTask?task_id=" + id).json().path("code").asInt());
    String delete = "{\"task_id\":\"" + id + "\"}";
    assertEquals(
        1006, send("pay", "POST", "/xcron/deleteTask", delete).json().path("code").asInt());
    assertEquals(
        1009, send("reader", "POST", "/xcron/deleteTask", delete).json().path("code").asInt());
    assertEquals(
        0, send("writer", "POST", "/xcron/deleteTask", delete).json().path("code").asInt());
    create("j", "crontab");
    assertEquals("[]", get("pay", "/job/list").json().path("data").toString());
    assertEquals(1, get("writer", "/job/list").json().path("data").size());
  }

  @Test
  void figuresOfAllNamespacesAreForThoseWhoSeeThemAll() {
    assertEquals(200, get("reader", "/metrics").status());
    assertEquals(403, get("pay", "/metrics").status());
    assertEquals(200, get("pay", "/api/v1/stats").status());
    assertEquals(403, get("two", "/api/v1/stats").status());
    create("a", "pay");
    create("b", "ship");
    assertEquals(2, get("reader", "/api/v1/forecast").json().path("tasks").asInt());
    assertEquals(1, get("pay", "/api/v1/forecast").json().path("tasks").asInt());
  }

  @Test
  void aTokenIsWellFormed() {
    assertThrows(
        IllegalArgumentException.class, () -> new ApiToken("a", "00", Role.READ, Set.of()));
    assertThrows(IllegalArgumentException.class, () -> token(" ", Role.READ));
    assertThrows(IllegalArgumentException.class, () -> token("a", Role.ADMIN, "pay"));
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new HttpConfig.Security(List.of(token("a", Role.READ), token("a", Role.WRITE)), null));
  }
}
