package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.LastRun;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** One task: created, read, changed, run and deleted. */
class TaskApiTest {
  private static final String TASKS = "/api/v1/tasks";

  @AutoClose private final HttpTestServer server = new HttpTestServer();

  @Test
  void anIdempotencyKeyGivesTheSameAnswerAgain() {
    String at =
        "{\"schedule\":{\"at\":\"2026-11-21T08:00:05Z\"},\"target\":{\"http\":{\"url\":\"http://h\"}}}";
    Answer first = server.post(TASKS, at, "Idempotency-Key", "k1");
    assertEquals(201, first.status(), first.body());
    server.pass(Duration.ofMinutes(10));
    Answer again = server.post(TASKS, " " + at, "Idempotency-Key", "k1");
    assertEquals(201, again.status(), again.body());
    assertEquals(first.body(), again.body());
    assertEquals(first.header("Location"), again.header("Location"));
    Answer other = server.post(TASKS, task(""), "Idempotency-Key", "k1");
    assertEquals(422, other.status());
    assertEquals("idempotency-mismatch", other.code());
    assertEquals(1, server.grid.size());
  }

  @Test
  void anIdempotencyKeyCountsForAnIdOfTheCallersToo() {
    String own = task("\"id\":\"own\"");
    Answer first = server.post(TASKS, own, "Idempotency-Key", "k");
    assertEquals(201, first.status(), first.body());
    assertEquals("own", first.json().get("id").asText());
    Answer again = server.post(TASKS, own, "Idempotency-Key", "k");
    assertEquals(201, again.status(), again.body());
    assertEquals(first.body(), again.body());
    String other = task("\"id\":\"own\",\"name\":\"other\"");
    assertEquals(422, server.post(TASKS, other, "Idempotency-Key", "k").status());
    String second = task("\"id\":\"second\"");
    assertEquals(422, server.post(TASKS, second, "Idempotency-Key", "k").status());
    assertEquals(409, server.post(TASKS, own, "Idempotency-Key", "k2").status());
    assertEquals(204, server.send("DELETE", TASKS + "/own", null).status());
    assertEquals(first.body(), server.post(TASKS, own, "Idempotency-Key", "k").body());
    assertEquals(0, server.grid.size());
    assertEquals(201, server.post(TASKS, own, "Idempotency-Key", "k2").status());
    assertEquals(1, server.grid.size());
  }

  @Test
  void aRepeatIsAnsweredAsAtFirstThoughTheInstantHasPassedAndTheTaskIsGone() {
    String at =
        "{\"schedule\":{\"at\":\"2026-11-21T08:00:05Z\"},\"target\":{\"http\":{\"url\":\"http://h\"}}}";
    Answer first = server.post(TASKS, at, "Idempotency-Key", "k1");
    String path = TASKS + "/" + first.json().get("id").asText();
    server.pass(Duration.ofMinutes(10));
    assertEquals(200, server.send("PATCH", path, "{\"name\":\"changed\"}").status());
    assertEquals(first.body(), server.post(TASKS, at, "Idempotency-Key", "k1").body());
    assertEquals(204, server.send("DELETE", path, null).status());
    Answer again = server.post(TASKS, at, "Idempotency-Key", "k1");
    assertEquals(201, again.status(), again.body());
    assertEquals(first.body(), again.body());
    assertEquals(0, server.grid.size());
    assertEquals(3, server.audit.size(), "created, patched and deleted; a repeat changes nothing");
    String other = at.replace("//h", "//i");
    assertEquals(422, server.post(TASKS, other, "Idempotency-Key", "k1").status());
    assertEquals(400, server.post(TASKS, at, "Idempotency-Key", "new").status());
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    assertEquals(503, server.post(TASKS, at, "Idempotency-Key", "k1").status());
  }

  @Test
  void aRepeatIsAnsweredAsAtFirstThoughItsCalendarIsGone() {
    server.send("PUT", "/api/v1/calendars/c", "{\"exclude\":[\"2026-12-25\"]}");
    String body = task("\"calendar\":\"c\"");
    Answer first = server.post(TASKS, body, "Idempotency-Key", "k1");
    assertEquals(201, first.status(), first.body());
    server.send("DELETE", "/api/v1/calendars/c", null);
    assertEquals(first.body(), server.post(TASKS, body, "Idempotency-Key", "k1").body());
    assertEquals(400, server.post(TASKS, body, "Idempotency-Key", "k2").status());
  }

  @Test
  void putCreatesThenReplacesOnItsConditions() {
    assertEquals(201, server.send("PUT", TASKS + "/p", task("")).status());
    Answer replaced = server.send("PUT", TASKS + "/p", task("\"name\":\"n\""));
    assertEquals(200, replaced.status());
    assertEquals("\"2\"", replaced.header("ETag"));
    assertEquals(412, server.send("PUT", TASKS + "/p", task(""), "If-Match", "\"1\"").status());
    assertEquals(200, server.send("PUT", TASKS + "/p", task(""), "If-Match", "\"2\"").status());
    assertEquals(200, server.send("PUT", TASKS + "/p", task(""), "If-Match", "*").status());
    assertEquals(412, server.send("PUT", TASKS + "/p", task(""), "If-None-Match", "*").status());
    assertEquals(201, server.send("PUT", TASKS + "/q", task(""), "If-None-Match", "*").status());
    assertEquals(412, server.send("PUT", TASKS + "/r", task(""), "If-Match", "*").status());
    assertEquals(400, server.send("PUT", TASKS + "/r", task("\"id\":\"s\"")).status());
    assertEquals(409, server.post(TASKS, task("\"id\":\"p\"")).status());
    assertEquals(201, server.send("PUT", TASKS + "/%E6%97%A5:x", task("")).status());
    assertNotNull(server.grid.record("日:x"));
  }

  @Test
  void theSameDefinitionOnceMoreIsNoNewVersion() {
    String body = task("\"name\":\"n\",\"labels\":{\"a\":\"b\"}");
    Answer created = server.send("PUT", TASKS + "/p", body);
    for (Answer same :
        List.of(
            server.send("PUT", TASKS + "/p", body),
            server.send("PUT", TASKS + "/p", created.body(), "If-Match", "\"1\""),
            server.send("PATCH", TASKS + "/p", "{}"),
            server.send("PATCH", TASKS + "/p", "{\"name\":\"n\"}"))) {
      assertEquals(200, same.status(), same.body());
      assertEquals("\"1\"", same.header("ETag"));
      assertEquals(created.body(), same.body());
    }
    String line = body.replaceFirst("\\{", "{\"id\":\"p\",").strip();
    Answer imported = server.post(TASKS + "/import", line);
    assertTrue(imported.body().startsWith("{\"line\":1,\"id\":\"p\"}"), imported.body());
    assertEquals("\"1\"", server.get(TASKS + "/p").header("ETag"));
    Answer other = server.send("PATCH", TASKS + "/p", "{\"name\":\"m\"}");
    assertEquals("\"2\"", other.header("ETag"));
  }

  @Test
  void anIdThatNoPathCanHoldIsRefusedForANewTask() {
    for (String id : List.of(".", "..")) {
      String body = task("\"id\":\"" + id + "\"");
      Answer refused = server.post(TASKS, body);
      assertEquals(400, refused.status(), refused.body());
      assertEquals("id", refused.json().at("/errors/0/field").asText());
      Answer imported = server.post(TASKS + "/import", body);
      assertTrue(imported.body().contains("\"field\":\"id\""), imported.body());
    }
    assertEquals(0, server.grid.size());
    assertEquals(201, server.post(TASKS, task("\"id\":\"...\"")).status());
  }

  @Test
  void aPatchMergesAndRefusesReadOnlyFields() {
    server.post(TASKS, task("\"id\":\"a\",\"name\":\"n\",\"labels\":{\"x\":\"1\",\"y\":\"2\"}"));
    Answer patched =
        server.send(
            "PATCH",
            TASKS + "/a",
            "{\"name\":null,\"labels\":{\"x\":null,\"z\":\"3\"},\"policy\":{\"retry\":{\"attempts\":7}}}",
            "Content-Type",
            "application/merge-patch+json");
    assertEquals(200, patched.status(), patched.body());
    JsonNode json = patched.json();
    assertTrue(json.get("name").isNull());
    assertEquals("{\"y\":\"2\",\"z\":\"3\"}", json.get("labels").toString());
    assertEquals(7, json.at("/policy/retry/attempts").asInt());
    assertEquals("1s", json.at("/policy/retry/backoff").asText());
    assertEquals(2, json.get("version").asInt());
    for (String field :
        List.of("id", "state", "run_count", "next_due", "last_run", "create_time", "version")) {
      Answer answer = server.send("PATCH", TASKS + "/a", "{\"" + field + "\":1}");
      assertEquals(400, answer.status());
      assertEquals(field, answer.json().at("/errors/0/field").asText());
    }
    assertEquals(
        412, server.send("PATCH", TASKS + "/a", "{\"name\":\"m\"}", "If-Match", "\"1\"").status());
    assertEquals(404, server.send("PATCH", TASKS + "/none", "{}").status());
    Answer at =
        server.send("PATCH", TASKS + "/a", "{\"schedule\":{\"at\":\"2027-01-01T00:00:00Z\"}}");
    assertEquals(200, at.status(), at.body());
    assertEquals("{\"at\":\"2027-01-01T00:00:00.000Z\"}", at.json().get("schedule").toString());
    assertEquals("2027-01-01T00:00:00.000Z", at.json().get("next_due").asText());
  }

  @Test
  void aPatchMeetsAnotherWriterAndMergesAgain() {
    server.post(TASKS, task("\"id\":\"a\""));
    int[] races = {0};
    Runnable race =
        () -> {
          if (races[0]++ == 0) {
            server.send("PUT", TASKS + "/a", task("\"labels\":{\"theirs\":\"1\"}"));
          }
        };
    server.grid.beforeWrite = race;
    Answer patched = server.send("PATCH", TASKS + "/a", "{\"labels\":{\"mine\":\"1\"}}");
    assertEquals(200, patched.status(), patched.body());
    assertEquals("{\"mine\":\"1\",\"theirs\":\"1\"}", patched.json().get("labels").toString());
  }

  @Test
  void aResumeGoesByTheDefinitionThatIsThereThen() {
    server.post(TASKS, task("\"id\":\"a\""));
    server.post(TASKS + "/a/pause", "");
    String hourly = task("").replace("\"cron\":\"0 1 * * *\"", "\"every\":\"1h\"");
    int[] races = {0};
    server.grid.beforeWrite =
        () -> {
          if (races[0]++ == 0) {
            assertEquals(200, server.send("PUT", TASKS + "/a", hourly).status());
          }
        };
    Answer resumed = server.post(TASKS + "/a/resume", "");
    assertEquals("scheduled", resumed.json().path("state").asText(), resumed.body());
    assertEquals("2026-11-21T09:00:00.000Z", resumed.json().path("next_due").asText());
  }

  @Test
  void aResumeGivesUpWhenOthersKeepChangingTheTask() {
    server.post(TASKS, task("\"id\":\"a\""));
    server.post(TASKS + "/a/pause", "");
    int[] writes = {0};
    server.grid.beforeWrite =
        () -> {
          int write = writes[0]++;
          if (write % 2 == 0) {
            server.send("PUT", TASKS + "/a", task("\"name\":\"n" + write + "\""));
          }
        };
    assertEquals("conflict", server.post(TASKS + "/a/resume", "").code());
    assertEquals(10, writes[0]);
    assertEquals("paused", server.get(TASKS + "/a").json().path("state").asText());
  }

  @Test
  void aFinishedOneShotCanStillBeLabelled() {
    server.post(
        TASKS,
        "{\"id\":\"o\",\"schedule\":{\"at\":\"2026-11-21T08:00:05Z\"},\"target\":{\"http\":{\"url\":\"http://h\"}}}");
    long now = server.pass(Duration.ofHours(1));
    LastRun run = new LastRun(1, now, now, 5, 6, RunOutcome.SUCCESS, 1, 200);
    long generation = java.util.Objects.requireNonNull(server.grid.record("o")).generation();
    server.grid.write("o", new RunChange.Finish(generation, 1, run, Long.MAX_VALUE, false)).join();
    Answer patched = server.send("PATCH", TASKS + "/o", "{\"labels\":{\"a\":\"b\"}}");
    assertEquals(200, patched.status(), patched.body());
    assertEquals("finished", patched.json().get("state").asText());
    assertEquals(1, patched.json().get("run_count").asInt());
    assertEquals("success", patched.json().at("/last_run/outcome").asText());
    assertEquals(200, patched.json().at("/last_run/status").asInt());
    assertTrue(patched.json().get("next_due").isNull());
  }

  @Test
  void aTaskIsPausedResumedRunAndDeleted() {
    server.post(TASKS, task("\"id\":\"a\""));
    Answer paused = server.post(TASKS + "/a/pause", "");
    assertEquals("paused", paused.json().get("state").asText());
    assertTrue(paused.json().get("next_due").isNull());
    assertEquals(200, server.post(TASKS + "/a/pause", "").status());
    server.pass(Duration.ofDays(2));
    Answer resumed = server.post(TASKS + "/a/resume", "");
    assertEquals("scheduled", resumed.json().get("state").asText());
    assertEquals("2026-11-23T17:00:00.000Z", resumed.json().get("next_due").asText());
    assertEquals(200, server.post(TASKS + "/a/resume", "").status());
    Answer run = server.post(TASKS + "/a/run", "{\"arg\":{\"n\":1}}");
    assertEquals(202, run.status(), run.body());
    assertEquals("{\"task_id\":\"a\",\"run_number\":1}", run.body());
    assertEquals("{\"task_id\":\"a\",\"run_number\":2}", server.post(TASKS + "/a/run", "").body());
    assertEquals(400, server.post(TASKS + "/a/run", "{\"x\":1}").status());
    String longArg = "{\"arg\":\"" + "x".repeat(TaskResource.MAX_ARG_BYTES + 1) + "\"}";
    assertEquals(400, server.post(TASKS + "/a/run", longArg).status());
    for (int i = 3; i <= 64; i++) {
      String arg = "{\"arg\":\"" + "x".repeat(TaskResource.MAX_ARG_BYTES) + "\"}";
      assertEquals(202, server.post(TASKS + "/a/run", arg).status());
    }
    assertEquals(409, server.post(TASKS + "/a/run", "").status());
    assertEquals(204, server.send("DELETE", TASKS + "/a?wait=100ms", null).status());
    assertEquals(404, server.send("DELETE", TASKS + "/a", null).status());
    assertEquals(404, server.get(TASKS + "/a").status());
    assertEquals(404, server.post(TASKS + "/a/run", "").status());
    assertEquals(404, server.post(TASKS + "/a/resume", "").status());
    assertEquals(404, server.get(TASKS + "/a%20b").status());
  }

  @Test
  void aFinishedTaskGoesOnWhenItMayRunMoreOften() {
    server.send("PUT", TASKS + "/m", task("\"max_runs\":1"));
    TaskRecord record = Objects.requireNonNull(server.grid.record("m"));
    LastRun run = new LastRun(1, 1_000, 1_000, 1_000, 1_005, RunOutcome.SUCCESS, 1, 200);
    long next = record.nextMillis();
    server.grid.write("m", new RunChange.Finish(record.generation(), 1, run, next, false)).join();
    assertEquals("finished", server.get(TASKS + "/m").json().path("state").asText());

    for (String limits : List.of("\"name\":\"n\"", "\"max_runs\":1")) {
      Answer same = server.send("PATCH", TASKS + "/m", "{" + limits + "}");
      assertEquals("finished", same.json().path("state").asText(), limits);
    }
    Answer more = server.send("PATCH", TASKS + "/m", "{\"max_runs\":2}");
    assertEquals("scheduled", more.json().path("state").asText(), more.body());
    assertFalse(more.json().path("next_due").isNull(), more.body());
  }

  @Test
  void aPauseBetweenAnInstantAndItsJitterLosesNothing() {
    long at = server.pass(Duration.ofMinutes(1));
    server.post(
        TASKS,
        "{\"id\":\"j\",\"schedule\":{\"at\":%d},\"jitter\":\"1h\",\"target\":{\"http\":{\"url\":\"http://h\"}}}"
            .formatted(at + 60_000));
    String due = server.get(TASKS + "/j").json().path("next_due").asText();
    var unused = server.pass(Duration.ofMillis(60_001));
    assertEquals(200, server.post(TASKS + "/j/pause", "").status());
    Answer resumed = server.post(TASKS + "/j/resume", "");
    assertEquals("scheduled", resumed.json().path("state").asText(), resumed.body());
    assertEquals(due, resumed.json().path("next_due").asText());
  }

  @Test
  void aDeleteThatWaitsAsksAgainWhenNobodyAnswers() {
    server.post(TASKS, task("\"id\":\"a\""));
    server.grid.unansweredReads.set(1);
    assertEquals(204, server.send("DELETE", TASKS + "/a?wait=3s", null).status());
    assertEquals(404, server.get(TASKS + "/a").status());
  }

  @Test
  void fireTimesAreForetold() {
    Answer preview =
        server.post(
            "/api/v1/schedules/preview",
            "{\"schedule\":{\"cron\":\"0 1 * * *\",\"zone\":\"Asia/Shanghai\"},\"from\":\"2026-12-01T00:00:00Z\",\"count\":2}");
    assertEquals(
        "{\"description\":\"At 01:00\",\"next\":[\"2026-12-01T17:00:00.000Z\",\"2026-12-02T17:00:00.000Z\"]}",
        preview.body());
    server.post(TASKS, task("\"id\":\"a\",\"end\":\"2026-11-23T00:00:00Z\""));
    JsonNode next = server.get(TASKS + "/a/next?count=10").json().get("next");
    assertEquals("[\"2026-11-21T17:00:00.000Z\",\"2026-11-22T17:00:00.000Z\"]", next.toString());
    assertEquals(1, server.get(TASKS + "/a/next?from=1795366799999").json().get("next").size());
    server.post(TASKS, task("\"id\":\"m\",\"max_runs\":2"));
    assertEquals(2, server.get(TASKS + "/m/next?count=10").json().get("next").size());
    assertEquals(1, server.get(TASKS + "/m/next?count=1").json().get("next").size());
    assertEquals(400, server.get(TASKS + "/a/next?count=1001").status());
    assertEquals(404, server.get(TASKS + "/b/next").status());
    assertEquals(400, server.post("/api/v1/schedules/preview", "{}").status());
    assertEquals(
        400, server.post("/api/v1/schedules/preview", "{\"schedule\":{\"cron\":\"x\"}}").status());
  }

  @Test
  void whatTheGridCannotPromiseIsRefusedOrUnknown() {
    server.post(TASKS, task("\"id\":\"a\""));
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    Answer write = server.post(TASKS, task("\"id\":\"b\""));
    assertEquals(503, write.status());
    assertEquals("not-accepted", write.code());
    assertEquals("1", write.header("Retry-After"));
    // They read first, and nobody answers that: nothing was written.
    for (Answer changed :
        List.of(
            server.send("PUT", TASKS + "/a", task("")),
            server.send("PATCH", TASKS + "/a", "{\"name\":\"n\"}"),
            server.send("DELETE", TASKS + "/a", null, "If-Match", "\"1\""),
            server.post(TASKS + "/a/resume", ""),
            server.post(TASKS + "/pause?state=scheduled", ""))) {
      assertEquals(503, changed.status(), changed.body());
      assertEquals("not-accepted", changed.code(), changed.body());
    }
    Answer read = server.get(TASKS + "/a");
    assertEquals(503, read.status());
    assertEquals("no-owner", read.code());
    assertEquals(200, server.get(TASKS + "/a?stale=true").status());
    assertEquals(200, server.get(TASKS + "/a/next?stale=true").status());
    assertEquals(200, server.get(TASKS + "/a/explain?stale=true").status());
    assertEquals(503, server.get(TASKS + "/a/next").status());
    assertEquals(503, server.get(TASKS + "/a/explain").status());
    for (String many : List.of("tasks", "tasks/export", "forecast")) {
      assertEquals(503, server.get("/api/v1/" + many).status(), many);
      Answer stale = server.get("/api/v1/" + many + "?stale=true");
      assertEquals(200, stale.status(), many);
      assertTrue(stale.body().contains(many.equals("forecast") ? "\"tasks\":1" : "\"id\":\"a\""));
    }
    for (String free : List.of("audit", "groups", "stats")) {
      assertEquals(200, server.get("/api/v1/" + free + "?stale=true").status(), free);
    }
    assertEquals(404, server.get("/api/v1/runs/a/1?stale=true").status());
    assertEquals(404, server.get("/api/v1/runs/a/1/log?stale=true").status());
    server.grid.failing = GridException.Kind.UNKNOWN;
    Answer unknown = server.post(TASKS, task("\"id\":\"b\""));
    assertEquals(504, unknown.status());
    assertEquals("unknown", unknown.code());
    assertEquals("b", unknown.json().get("task_id").asText());
  }

  @Test
  void everyRequestIsAnsweredWithinFiveSeconds() {
    server.grid.silent = true;
    long start = System.nanoTime();
    Answer unknown = server.post(TASKS, task("\"id\":\"b\""));
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertEquals(504, unknown.status());
    assertEquals("b", unknown.json().get("task_id").asText());
    assertTrue(millis < 5_000, "answered after " + millis + " ms");
  }

  @Test
  void aDeniedTargetIsForbidden() {
    server.checks =
        task -> {
          throw new TargetDeniedException("169.254.169.254 may not be called");
        };
    Answer denied = server.post(TASKS, task(""));
    assertEquals(403, denied.status());
    assertEquals("target-denied", denied.code());
  }

  @Test
  void pathsAndMethodsThatAreNotThereSaySo() {
    Answer unknown = server.get("/api/v1/nothing");
    assertEquals(404, unknown.status());
    assertEquals("not-found", unknown.code());
    Answer method = server.send("PUT", TASKS, task(""));
    assertEquals(405, method.status());
    assertEquals("GET, HEAD, POST", method.header("Allow"));
    assertEquals(404, server.get("/observe/health").status());
    assertEquals("{\"status\":\"up\"}", server.get("/health/live").body());
    assertEquals(200, server.get("/health/ready").status());
    server.notReady = "no slice";
    Answer ready = server.get("/health/ready");
    assertEquals(503, ready.status());
    assertEquals("{\"status\":\"down\",\"reason\":\"no slice\"}", ready.body());
    assertEquals("xcron_up 1\n", server.get("/metrics").body());
    assertEquals("{\"members\":1}", server.get("/api/v1/cluster").body());
    Answer head = server.send("HEAD", "/health/live", null);
    assertEquals(200, head.status());
    assertEquals("", head.body());
    assertNull(head.header("Transfer-Encoding"));
  }
}
