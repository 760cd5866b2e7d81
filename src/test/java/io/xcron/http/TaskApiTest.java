package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.LastRun;
import io.xcron.model.RunChange;
import io.xcron.model.RunOutcome;
import io.xcron.model.TaskRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TaskApiTest {
  private static final String TASKS = "/api/v1/tasks";
  private static HttpTestServer server;

  @BeforeAll
  static void start() {
    server = new HttpTestServer();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void reset() {
    server.grid.clear();
    server.grid.failing = null;
    server.grid.silent = false;
    server.grid.incomplete = false;
    server.grid.beforeWrite = () -> {};
    server.checks = task -> {};
    server.notReady = null;
    server.setNow(HttpTestServer.NOW);
  }

  @Test
  void aTaskIsShownWithEveryFieldInTheContractsOrder() {
    Answer created = server.post(TASKS, task("\"id\":\"a\",\"labels\":{\"team\":\"pay\"}"));
    assertEquals(201, created.status(), created.body());
    assertEquals("/api/v1/tasks/a", created.header("Location"));
    assertEquals("\"1\"", created.header("ETag"));
    String expected =
        """
        {"id":"a","namespace":"default","name":null,"labels":{"team":"pay"},"owner":null,\
        "schedule":{"cron":"0 1 * * *","zone":"Asia/Shanghai","dialect":"unix","dst":{"gap":"after","overlap":"first"}},\
        "start":null,"end":null,"max_runs":null,"jitter":"0s","calendar":null,"enabled":true,"delete_after":null,\
        "target":{"http":{"url":"http://127.0.0.1:9/x","method":"POST","headers":{},"body":{},"timeout":"10s"}},\
        "policy":{"misfire":"once","misfire_after":"60s","misfire_window":"24h","overlap":"skip","queue":16,\
        "delivery":"at-least-once","priority":5,"timeout":null,"mutex":null,"mutex_wait":"5m","after":null,\
        "retry":{"attempts":3,"backoff":"1s","max_backoff":"5m"}},"alert":null,\
        "state":"scheduled","run_count":0,"next_due":"2026-11-21T17:00:00.000Z","last_run":null,\
        "create_time":"2026-11-21T08:00:00.000Z","version":1}""";
    assertEquals(expected, created.body());
    Answer read = server.get(TASKS + "/a");
    assertEquals(expected, read.body());
    assertEquals("\"1\"", read.header("ETag"));
    assertEquals(201, server.post(TASKS, created.body().replace("\"a\"", "\"b\"")).status());
    Answer other = server.get(TASKS + "/b");
    assertEquals(expected.replace("\"id\":\"a\"", "\"id\":\"b\""), other.body());
  }

  @Test
  void aBodyKeepsItsTextToTheLetter() {
    for (String body :
        List.of(
            "{\"n\":1.0e5,\"big\":12345678901234567890.1234567890123456789, \"s\":\"\\u00e9\\ud800\"}",
            "[1, 2 ,3]",
            "\"text\"",
            "17",
            "-0.50",
            "true",
            "{\n \"pretty\" : [ ]\n}",
            "{\"ünï\":\"日本\"}")) {
      String json =
          """
          {"target":{"http":{"url":"http://h/","body":%s ,"timeout":"5s"}},"schedule":{"every":"1m"}}"""
              .formatted(body);
      Answer created = server.post(TASKS, json);
      assertEquals(201, created.status(), created.body());
      assertTrue(created.body().contains("\"body\":" + body + ",\"timeout\""), created.body());
      String id = created.json().get("id").asText();
      Answer patched = server.send("PATCH", TASKS + "/" + id, "{\"name\":\"n\"}");
      assertEquals(200, patched.status(), patched.body());
      assertTrue(patched.body().contains("\"body\":" + body + ",\"timeout\""), patched.body());
    }
  }

  @Test
  void timesAreReadInEachFormAndWrittenInOne() {
    Answer created =
        server.post(
            TASKS,
            """
            {"schedule":{"every":"PT1H30M"},"start":1800000000000,"end":"2030-01-01T08:00:00+08:00","jitter":"1.5s",
             "delete_after":"2d","target":{"http":{"url":"http://h","timeout":"250ms"}}}""");
    JsonNode json = created.json();
    assertEquals("1h30m", json.at("/schedule/every").asText());
    assertEquals("2027-01-15T08:00:00.000Z", json.get("start").asText());
    assertEquals("2030-01-01T00:00:00.000Z", json.get("end").asText());
    assertEquals("1s500ms", json.get("jitter").asText());
    assertEquals("48h", json.get("delete_after").asText());
    assertEquals("250ms", json.at("/target/http/timeout").asText());
    assertEquals("2027-01-15T08:00:00.000Z", json.get("next_due").asText());
  }

  @Test
  void aDurationUnderTwoMinutesIsInSeconds() {
    assertEquals("60s", Texts.duration(Duration.ofMinutes(1)));
    assertEquals("90s", Texts.duration(Duration.ofSeconds(90)));
    assertEquals("119s999ms", Texts.duration(Duration.ofMillis(119_999)));
    assertEquals("2m", Texts.duration(Duration.ofMinutes(2)));
    assertEquals("5m", Texts.duration(Duration.ofMinutes(5)));
    assertEquals("1h30m", Texts.duration(Duration.ofMinutes(90)));
  }

  @Test
  void weeksAreSevenDays() {
    assertEquals(Duration.ofDays(7), Texts.parseDuration("d", "P1W"));
    assertEquals(Duration.ofDays(16), Texts.parseDuration("d", "p2w2d"));
    assertEquals(Duration.ofHours(169), Texts.parseDuration("d", "P1WT1H"));
    for (String bad : List.of("PW", "P1W1W", "P-1W", "P1WT", "P1M", "P9999999999W")) {
      assertThrows(InvalidTaskException.class, () -> Texts.parseDuration("d", bad), bad);
    }
  }

  @Test
  void aMethodInLowerCaseIsKeptInUpperCase() {
    Answer created =
        server.post(
            TASKS,
            "{\"schedule\":{\"every\":\"5m\"},\"target\":{\"http\":{\"url\":\"http://h\",\"method\":\"put\"}}}");
    assertEquals(201, created.status(), created.body());
    assertEquals("PUT", created.json().at("/target/http/method").asText());
  }

  @Test
  void whatIsFinerThanAMillisecondIsCut() {
    String at = "{\"schedule\":{\"at\":%s},\"target\":{\"http\":{\"url\":\"http://h\"}}%s}";
    for (String given :
        List.of(
            "\"2026-12-01T00:00:18.675123Z\"",
            "\"2026-12-01T08:00:18.675999999999+08:00\"",
            "1796083218675.5",
            "1.796083218675123e12")) {
      Answer created = server.post(TASKS, at.formatted(given, ",\"start\":" + given));
      assertEquals(201, created.status(), created.body());
      assertEquals("2026-12-01T00:00:18.675Z", created.json().at("/schedule/at").asText());
      assertEquals("2026-12-01T00:00:18.675Z", created.json().get("start").asText());
    }
    refused(at.formatted("1e99", ""), "schedule.at");
    refused(at.formatted("-0.5", ""), "schedule.at");
    String preview = "{\"schedule\":{\"cron\":\"0 * * * *\"},\"count\":1,\"from\":1796083218675.9}";
    Answer first = server.post("/api/v1/schedules/preview", preview);
    assertEquals(200, first.status(), first.body());
    String id = server.post(TASKS, task("\"id\":\"fine\"")).json().get("id").asText();
    for (String read :
        List.of(
            "/next?count=1&from=2026-12-01T00:00:18.675123Z",
            "/next?count=1&from=1796083218675.5",
            "/explain?at=2026-12-01T00:00:18.675123%2B00:00")) {
      Answer answer = server.get(TASKS + "/" + id + read);
      assertEquals(200, answer.status(), answer.body());
    }
  }

  @Test
  void whatIsWrongIsNamed() {
    refused("{\"schedule\":{\"every\":\"1m\"}}", "target");
    refused("{\"target\":{\"http\":{\"url\":\"http://h\"}}}", "schedule");
    refused(task("\"colour\":1"), "colour");
    refused(task("\"colour\":null"), "colour");
    refused(task("\"policy\":{\"retry\":{\"tries\":1}}"), "policy.retry.tries");
    refused(task("\"policy\":{\"queue\":0}"), "policy.queue");
    refused(task("\"policy\":{\"priority\":99999999999999999999}"), "policy.priority");
    refused(task("\"policy\":{\"overlap\":\"maybe\"}"), "policy.overlap");
    refused(task("\"max_runs\":1.5"), "max_runs");
    refused(task("\"jitter\":\"-1s\""), "jitter");
    refused(task("\"jitter\":\"forever\""), "jitter");
    refused(task("\"jitter\":\"P99999999999999999D\""), "jitter");
    refused(task("\"start\":\"yesterday\""), "start");
    refused(task("\"labels\":{\"a\":1}"), "labels.a");
    refused(task("\"name\":\"\\ud800\""), "name");
    refused(task("\"id\":\"a b\""), "id");
    refused(task("\"alert\":{\"on\":[\"success\"]}"), "alert.on");
    refused(task("\"alert\":{\"email\":[\"ops\"]}"), "alert.email[0]");
    String every = "{\"schedule\":{\"every\":\"1m\"},\"target\":%s}";
    refused(every.formatted("{\"service\":{\"name\":\"s\"}}"), "target.service.name");
    refused(every.formatted("{\"handler\":{\"name\":\"\"}}"), "target.handler.name");
    refused(every.formatted("{\"http\":{\"url\":\"ftp://h\"}}"), "target.http.url");
    refused(every.formatted("{\"http\":{\"url\":\"http:///x\"}}"), "target.http.url");
    refused(every.formatted("{\"http\":{\"url\":\"http://h/ü\"}}"), "target.http.url");
    refused(every.formatted("{\"http\":{}}"), "target.http.url");
    refused(
        every.formatted("{\"http\":{\"url\":\"http://h\",\"headers\":{\"A\":\"x\\r\\nB: y\"}}}"),
        "target.http.headers.A");
    String http = "{\"schedule\":%s,\"target\":{\"http\":{\"url\":\"http://h\"}}}";
    refused(http.formatted("{\"every\":\"99ms\"}"), "schedule.every");
    refused(http.formatted("{\"cron\":\"61 * * * *\"}"), "schedule.cron");
    refused(http.formatted("{\"cron\":\"0 0 30 2 *\"}"), "schedule.cron");
    refused(http.formatted("{\"cron\":\"* * * * *\",\"at\":5}"), "schedule");
    refused(http.formatted("{\"cron\":\"* * * * *\",\"zone\":\"Mars\"}"), "schedule.zone");
    refused(http.formatted("{\"every\":\"1m\",\"zone\":\"UTC\"}"), "schedule.zone");
    refused(http.formatted("{\"at\":\"2026-11-21T07:58:00Z\"}"), "schedule.at");
    Answer seconds = refused(http.formatted("{\"at\":1800000000}"), "schedule.at");
    assertTrue(seconds.body().contains("seconds"), seconds.body());
  }

  private static Answer refused(String body, String field) {
    Answer answer = server.post(TASKS, body);
    assertEquals(400, answer.status(), body + " -> " + answer.body());
    assertEquals("application/problem+json", answer.header("Content-Type"));
    assertEquals("invalid", answer.code());
    assertEquals(field, answer.json().at("/errors/0/field").asText(), answer.body());
    return answer;
  }

  @Test
  void whatCannotBeReadIsMalformed() {
    for (String body :
        List.of(
            "",
            "x",
            "[]",
            "{",
            "{}x",
            task("") + "{}",
            "{\"id\":\"a\",\"id\":\"b\"}",
            task("\"labels\":{\"a\":\"1\",\"a\":\"2\"}"),
            "[".repeat(100_000),
            "{\"a\":".repeat(65) + "1" + "}".repeat(65),
            task("\"max_runs\":" + "9".repeat(200)))) {
      Answer answer = server.post(TASKS, body);
      assertEquals(400, answer.status(), answer.body());
    }
    Answer large = server.post(TASKS, task("\"name\":\"" + "x".repeat(1 << 20) + "\""));
    assertEquals(413, large.status());
    assertEquals("too-large", large.code());
    assertEquals(415, server.post(TASKS, task(""), "Content-Type", "text/plain").status());
  }

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
    assertEquals(400, server.post(TASKS, task("\"id\":\"x\""), "Idempotency-Key", "k2").status());
    assertEquals(1, server.grid.size());
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
  void aDeleteThatWaitsAsksAgainWhenNobodyAnswers() {
    server.post(TASKS, task("\"id\":\"a\""));
    server.grid.unansweredReads.set(1);
    assertEquals(204, server.send("DELETE", TASKS + "/a?wait=3s", null).status());
    assertEquals(404, server.get(TASKS + "/a").status());
  }

  @Test
  void aListIsCutIntoPagesThatHoldEachTaskOnce() {
    for (int i = 0; i < 137; i++) {
      String labels = "\"labels\":{\"k\":\"" + i % 2 + "\",\"all\":\"1\"}";
      server.post(
          TASKS, task("\"id\":\"t" + i + "\"," + labels + ",\"name\":\"Big job" + i + "\""));
    }
    Set<String> seen = new HashSet<>();
    List<Integer> sizes = new ArrayList<>();
    String cursor = "";
    do {
      JsonNode page = server.get(TASKS + "?label=k:1&label=all:1&limit=30" + cursor).json();
      page.get("tasks").forEach(task -> assertTrue(seen.add(task.get("id").asText())));
      sizes.add(page.get("tasks").size());
      cursor =
          page.get("next_cursor").isNull() ? "" : "&cursor=" + page.get("next_cursor").asText();
      assertFalse(page.get("incomplete").asBoolean());
    } while (!cursor.isEmpty());
    assertEquals(List.of(30, 30, 8), sizes);
    assertEquals(50, server.get(TASKS).json().get("tasks").size());
    assertEquals(137, server.get(TASKS + "?limit=1000").json().get("tasks").size());
    assertEquals(1, server.get(TASKS + "?q=JOB42").json().get("tasks").size());
    assertEquals(0, server.get(TASKS + "?namespace=other").json().get("tasks").size());
    assertEquals(0, server.get(TASKS + "?state=paused").json().get("tasks").size());
    for (String bad :
        List.of(
            "limit=0",
            "limit=1001",
            "limit=x",
            "cursor=",
            "cursor=%21",
            "cursor=QUFB",
            "state=odd",
            "label=x",
            "stat=paused",
            "limit=1&limit=2",
            "q=%ff",
            "q=%c3")) {
      assertEquals(400, server.get(TASKS + "?" + bad).status(), bad);
    }
    server.grid.incomplete = true;
    assertTrue(server.get(TASKS).json().get("incomplete").asBoolean());
    assertEquals(503, server.get(TASKS + "/export").status());
  }

  @Test
  void twoValuesOfOneLabelFitNoTask() {
    server.post(TASKS, task("\"labels\":{\"env\":\"p\"}"));
    String both = "?label=env:p&label=env:q";
    Answer listed = server.get(TASKS + both);
    assertEquals("{\"tasks\":[],\"next_cursor\":null,\"incomplete\":false}", listed.body());
    assertEquals("", server.get(TASKS + "/export" + both).body());
    assertEquals(0, server.post(TASKS + "/delete" + both, "").json().get("matched").asInt());
    assertEquals(1, server.get(TASKS + "?label=env:p&label=env:p").json().get("tasks").size());
    assertEquals(400, server.get(TASKS + both + "&state=odd").status());
  }

  @Test
  void aBulkChangeTakesItsFiltersFromABodyToo() {
    for (int i = 0; i < 12; i++) {
      server.post(
          TASKS,
          task(
              "\"id\":\"n%d\",\"namespace\":\"ns%d\",\"labels\":{\"k\":\"%d\",\"m\":\"x\"}"
                  .formatted(i, i % 2, i % 3)));
    }
    assertEquals(6, changed("/pause", "{\"namespace\":\"ns1\"}"));
    assertEquals(2, changed("/resume", "{\"namespace\":\"ns1\",\"label\":\"k:0\"}"));
    assertEquals(2, changed("/pause?namespace=ns1", "{\"label\":[\"k:0\",\"m:x\"],\"q\":\"n\"}"));
    assertEquals(6, changed("/resume", "{\"state\":\"paused\",\"q\":\"n\"}"));
    refusedBulk("/pause?namespace=ns1", "{\"namespace\":\"ns1\"}", "namespace");
    refusedBulk("/pause", "{\"labels\":{\"k\":\"0\"}}", "labels");
    refusedBulk("/pause", "{\"ids\":[\"n1\"]}", "ids");
    refusedBulk("/pause", "{\"namespace\":7}", "namespace");
    refusedBulk("/pause", "{\"namespace\":null}", "namespace");
    refusedBulk("/pause", "{\"label\":[]}", "label");
    refusedBulk("/delete", "{\"all\":false}", "all");
    assertEquals(400, server.post(TASKS + "/pause", "[]").status());
    assertEquals(400, server.post(TASKS + "/pause", "{} {}").status());
    String form = "application/x-www-form-urlencoded";
    assertEquals(
        415, server.post(TASKS + "/pause", "namespace=ns1", "Content-Type", form).status());
    assertEquals(0, server.get(TASKS + "?state=paused").json().get("tasks").size());
    assertEquals(12, changed("/pause", "{}"));
    assertEquals(6, changed("/delete", "{\"namespace\":\"ns0\"}"));
    assertEquals(6, changed("/delete", "{\"all\":true}"));
  }

  private static int changed(String path, String body) {
    Answer answer = server.post(TASKS + path, body);
    assertEquals(200, answer.status(), answer.body());
    return answer.json().get("changed").asInt();
  }

  private static void refusedBulk(String path, String body, String field) {
    Answer answer = server.post(TASKS + path, body);
    assertEquals(400, answer.status(), answer.body());
    assertEquals(field, answer.json().at("/errors/0/field").asText(), answer.body());
  }

  @Test
  void aBulkChangeTakesTheSameFilters() {
    for (int i = 0; i < 20; i++) {
      server.post(TASKS, task("\"id\":\"t" + i + "\",\"labels\":{\"k\":\"" + i % 2 + "\"}"));
    }
    Answer paused = server.post(TASKS + "/pause?label=k:1", "");
    assertEquals(
        "{\"matched\":10,\"changed\":10,\"failed\":0,\"next_cursor\":null,\"incomplete\":false}",
        paused.body());
    assertEquals(10, server.get(TASKS + "?state=paused").json().get("tasks").size());
    assertEquals(10, server.post(TASKS + "/resume", "").json().get("changed").asInt());
    assertEquals(400, server.post(TASKS + "/delete", "").status());
    assertEquals(400, server.post(TASKS + "/delete?labels=k:1", "").status());
    assertEquals(10, server.post(TASKS + "/delete?label=k:0", "").json().get("changed").asInt());
    assertEquals(10, server.post(TASKS + "/delete?all=true", "").json().get("changed").asInt());
    assertEquals(0, server.grid.size());
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
    Answer read = server.get(TASKS + "/a");
    assertEquals(503, read.status());
    assertEquals("no-owner", read.code());
    assertEquals(200, server.get(TASKS + "/a?stale=true").status());
    assertEquals(200, server.get(TASKS + "/a/next?stale=true").status());
    assertEquals(200, server.get(TASKS + "/a/explain?stale=true").status());
    assertEquals(503, server.get(TASKS + "/a/next").status());
    assertEquals(503, server.get(TASKS + "/a/explain").status());
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
