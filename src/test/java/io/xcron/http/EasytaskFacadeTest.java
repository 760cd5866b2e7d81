package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.Change;
import io.xcron.model.LastRun;
import io.xcron.model.Progress;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.Schedule;
import io.xcron.model.TaskRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The conversations of easytask's clients, and what the transcripts cannot show. */
class EasytaskFacadeTest {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([a-z0-9]+)}");
  private static final String NODE = "\"schema\":\"http\",\"host\":\"127.0.0.1\",\"port\":9001";
  private static final String EVERY =
      "{\"name\":\"n\",\"srv_name\":\"s\",\"sched_mode\":3,\"time_interval_sec\":60,\"biz_id\":\"b\"}";

  @AutoClose private final HttpTestServer server = new HttpTestServer();

  @ParameterizedTest
  @ValueSource(strings = {"servers", "tasks"})
  void theConversationGoesAsWritten(String name) throws IOException {
    Map<String, String> known = new HashMap<>();
    String request = "";
    int line = 0;
    for (String text : transcript(name).split("\n", -1)) {
      line++;
      if (text.startsWith("> ")) {
        request = filled(text.substring(2), known);
      } else if (text.startsWith("< ")) {
        String where = name + ".txt, line " + line + ": " + request;
        compare(text.substring(2), answer(request), known, where);
      }
    }
    Set<String> hints = new HashSet<>(known.values());
    assertEquals(known.size(), hints.size(), "each variable stands for another value");
  }

  private static String transcript(String name) throws IOException {
    try (InputStream in =
        EasytaskFacadeTest.class.getResourceAsStream("/easytask/" + name + ".txt")) {
      assertNotNull(in);
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private String answer(String request) {
    String[] parts = request.split(" ", 3);
    boolean view = parts[1].endsWith("?view=easytask");
    String path = view ? parts[1].substring(0, parts[1].indexOf('?')) : parts[1];
    Answer answer = server.send(parts[0], path, parts.length < 3 ? null : parts[2]);
    assertEquals(200, answer.status(), request + " -> " + answer.body());
    assertEquals("application/json", answer.header("Content-Type"));
    return view ? summary(answer.json()) : answer.body();
  }

  private static String summary(JsonNode task) {
    return "name=%s labels=%s schedule=%s target=%s state=%s version=%s"
        .formatted(
            task.path("name").asText(),
            task.path("labels"),
            task.path("schedule"),
            task.path("target"),
            task.path("state").asText(),
            task.path("version"));
  }

  private static String filled(String text, Map<String, String> known) {
    return VARIABLE.matcher(text).replaceAll(found -> known.get(found.group(1)));
  }

  private static void compare(
      String expected, String actual, Map<String, String> known, String where) {
    StringBuilder pattern = new StringBuilder();
    Set<String> fresh = new HashSet<>();
    Matcher variables = VARIABLE.matcher(expected);
    int from = 0;
    while (variables.find()) {
      pattern.append(Pattern.quote(expected.substring(from, variables.start())));
      String name = variables.group(1);
      String value = known.get(name);
      pattern.append(value == null ? "(?<" + name + ">[0-9a-f-]{32,36})" : Pattern.quote(value));
      if (value == null) {
        fresh.add(name);
      }
      from = variables.end();
    }
    pattern.append(Pattern.quote(expected.substring(from)));
    Matcher matcher = Pattern.compile(pattern.toString()).matcher(actual);
    if (!matcher.matches()) {
      assertEquals(expected, actual, where);
    }
    fresh.forEach(name -> known.put(name, matcher.group(name)));
  }

  private JsonNode post(String path, String body, String... headers) {
    Answer answer = server.post(path, body, headers);
    assertEquals(200, answer.status(), answer.body());
    return answer.json();
  }

  private void addServer() {
    assertEquals(0, post("/add_task_server", "{\"name\":\"s\"," + NODE + "}").get("code").asInt());
  }

  private String add(String body) {
    JsonNode answer = post("/add_task", body);
    assertEquals(0, answer.get("code").asInt(), answer.toString());
    return answer.at("/data/task_id").asText();
  }

  private String state(String id) {
    return server.get("/api/v1/tasks/" + id).json().path("state").asText();
  }

  @Test
  void aCallersTraceComesBack() {
    Answer traced =
        server.post(
            "/stop_task",
            "{\"task_id\":\"a\"}",
            "x-easy-task-trace-id",
            "my.trace-1",
            "x-easy-task-trace-span-id",
            "span-1",
            "x-easy-task-trace-parent-span-id",
            "parent-1");
    assertEquals("my.trace-1", traced.json().path("hint").asText());
    assertEquals("my.trace-1", traced.header("x-easy-task-trace-id"));
    assertEquals("span-1", traced.header("x-easy-task-trace-parent-span-id"));
    assertNotEquals("span-1", traced.header("x-easy-task-trace-span-id"));
    Answer refused = server.send("GET", "/stop_task", null, "x-easy-task-trace-id", "t2");
    assertEquals("t2", refused.json().path("hint").asText());
    Answer odd =
        server.post("/stop_task", "{\"task_id\":\"a\"}", "x-easy-task-trace-id", "x".repeat(200));
    assertEquals(32, odd.json().path("hint").asText().length());
    assertEquals(odd.json().path("hint").asText(), odd.header("x-easy-task-trace-id"));
  }

  @Test
  void aBadCronTextIsAnInternalErrorAsItEverWas() {
    addServer();
    for (String cron : new String[] {"* * *", " ", "x".repeat(600), "0 0 30 2 *"}) {
      JsonNode answer =
          post(
              "/add_task",
              "{\"name\":\"n\",\"srv_name\":\"s\",\"sched_mode\":1,\"time_cron\":\""
                  + cron
                  + "\"}");
      assertEquals(500, answer.get("code").asInt(), cron + " -> " + answer);
      assertTrue(answer.get("data").isNull());
    }
    assertEquals(0, server.grid.size());
  }

  @Test
  void anUnknownModeIsAnInternalErrorAndAMissingOneABadArgument() {
    addServer();
    for (String mode : new String[] {"-1", "4"}) {
      String body = "{\"name\":\"n\",\"srv_name\":\"s\",\"sched_mode\":" + mode + "}";
      assertEquals(500, post("/add_task", body).get("code").asInt(), mode);
    }
    for (String mode : new String[] {"0", "null", "1.5", "\"1\""}) {
      String body = "{\"name\":\"n\",\"srv_name\":\"s\",\"sched_mode\":" + mode + "}";
      assertEquals(10001, post("/add_task", body).get("code").asInt(), mode);
    }
  }

  @Test
  void aFinishedTaskIsRevivedByAddingItAgain() {
    addServer();
    String body =
        "{\"name\":\"n\",\"srv_name\":\"s\",\"sched_mode\":2,\"time_spec_at\":1795248030,\"biz_id\":\"b\"}";
    String id = add(body);
    server.pass(Duration.ofSeconds(40));
    finish(id);
    assertEquals("finished", state(id));
    assertEquals(id, add(body));
    assertEquals("scheduled", state(id));
    TaskRecord revived = server.grid.record(id);
    assertNotNull(revived);
    assertEquals(1795248030_000L, revived.nextMillis());
    assertEquals(1, revived.delivered());
  }

  @Test
  void aFinishedTaskWithANewTimeIsRevivedInOneStep() {
    addServer();
    String body =
        "{\"name\":\"n\",\"srv_name\":\"s\",\"sched_mode\":2,\"time_spec_at\":%d,\"biz_id\":\"b\"}";
    String id = add(body.formatted(1795248030));
    server.pass(Duration.ofMinutes(40));
    finish(id);
    post("/stop_task", "{\"task_id\":\"" + id + "\"}");
    assertEquals(id, add(body.formatted(1795258030)));
    assertEquals("scheduled", state(id));
    TaskRecord revived = server.grid.record(id);
    assertNotNull(revived);
    assertEquals(1795258030_000L, revived.nextMillis());
    assertEquals(2, revived.version());
  }

  @Test
  void aStoppedTaskThatSomebodyElseChangesIsResumedByTheDefinitionThatWasAdded() {
    addServer();
    String id = add(EVERY);
    post("/stop_task", "{\"task_id\":\"" + id + "\"}");
    int[] writes = {0};
    server.grid.beforeWrite =
        () -> {
          if (++writes[0] == 2) {
            String other = "{\"schedule\":{\"every\":\"7m\"}}";
            assertEquals(200, server.send("PATCH", "/api/v1/tasks/" + id, other).status());
          }
        };
    assertEquals(id, add(EVERY));
    assertEquals("scheduled", state(id));
    TaskRecord resumed = server.grid.record(id);
    assertNotNull(resumed);
    assertEquals(new Schedule.Every(Duration.ofSeconds(60)), resumed.task(id).schedule());
    assertEquals(HttpTestServer.NOW + 60_000, resumed.nextMillis());
    assertEquals(5, writes[0]);
  }

  /** The task's one run ends well. */
  private void finish(String id) {
    TaskRecord record = server.grid.record(id);
    assertNotNull(record);
    long due = record.nextMillis();
    LastRun run = new LastRun(1, due, due, due, due, RunOutcome.SUCCESS, 1, 200);
    RunChange.Finish finish =
        new RunChange.Finish(record.generation(), record.version(), run, Progress.NEVER, false);
    assertTrue(server.grid.write(id, finish).join() instanceof Change.Applied.Stored);
  }

  @Test
  void whatTheGridCannotPromiseHasItsCodes() {
    addServer();
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    assertEquals(10004, post("/add_task", EVERY).get("code").asInt());
    assertEquals(10004, post("/stop_task", "{\"task_id\":\"a\"}").get("code").asInt());
    assertEquals(
        10004,
        post("/confirm_task", "{\"task_id\":\"a\",\"task_run_times\":1}").get("code").asInt());
    server.grid.failing = GridException.Kind.UNKNOWN;
    JsonNode unknown = post("/add_task", EVERY.replace(",\"biz_id\":\"b\"", ""));
    assertEquals(500, unknown.get("code").asInt());
    assertTrue(unknown.at("/data/task_id").isTextual(), unknown.toString());
    server.grid.failing = null;
    server.registry.failing = GridException.Kind.NOT_ACCEPTED;
    assertEquals(
        10004, post("/add_task_server", "{\"name\":\"s\"," + NODE + "}").get("code").asInt());
    assertEquals(10004, post("/add_task", EVERY.replace("\"s\"", "\"t\"")).get("code").asInt());
  }

  @Test
  void nodesThatAreAddedAtOnceAreNotLost() {
    server.registry.races = 3;
    addServer();
    assertEquals(1, server.get("/api/v1/services/s").json().path("nodes").size());
    server.registry.races = 1_000;
    JsonNode answer = post("/add_task_server", "{\"name\":\"s\"," + NODE + "}");
    assertEquals(10004, answer.get("code").asInt());
    server.registry.races = 0;
  }

  @Test
  void aTokenIsAskedForInTheEnvelope() {
    HttpConfig config = HttpTestServer.config("secret", HttpConfig.Limits.DEFAULT);
    try (HttpTestServer guarded = new HttpTestServer(config)) {
      Answer without = guarded.post("/stop_task", "{\"task_id\":\"a\"}");
      assertEquals(200, without.status());
      assertEquals(10001, without.json().path("code").asInt());
      assertNullHeader(without, "WWW-Authenticate");
      Answer with =
          guarded.post("/stop_task", "{\"task_id\":\"a\"}", "Authorization", "Bearer secret");
      assertEquals(0, with.json().path("code").asInt());
    }
  }

  @Test
  void aTrustedNetworkNeedsNoToken() {
    HttpConfig config =
        new HttpConfig(
            "127.0.0.1",
            0,
            "secret",
            java.util.List.of("127.0.0.0/8"),
            java.time.ZoneId.of("UTC"),
            false,
            HttpConfig.Limits.DEFAULT);
    try (HttpTestServer guarded = new HttpTestServer(config)) {
      Answer seed = guarded.post("/stop_task", "{\"task_id\":\"a\"}");
      assertEquals(0, seed.json().path("code").asInt());
      assertEquals(401, guarded.get("/api/v1/services").status());
    }
  }

  private static void assertNullHeader(Answer answer, String name) {
    @Nullable String value = answer.header(name);
    assertEquals(null, value);
  }

  @Test
  void aDeniedAddressIsABadArgument() {
    server.checks =
        new TaskChecks() {
          @Override
          public void check(io.xcron.model.Task task) {}

          @Override
          public void check(io.xcron.model.CallbackService service) {
            throw new TargetDeniedException("no");
          }
        };
    JsonNode answer = post("/add_task_server", "{\"name\":\"s\"," + NODE + "}");
    assertEquals(10001, answer.get("code").asInt());
    assertEquals("no", answer.get("msg").asText());
  }
}
