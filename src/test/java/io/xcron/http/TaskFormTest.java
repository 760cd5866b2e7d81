package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.InvalidTaskException;
import io.xcron.schedule.Timeline;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** How a task is written and read: its fields, their forms, and what is refused. */
class TaskFormTest {
  private static final String TASKS = "/api/v1/tasks";

  @AutoClose private final HttpTestServer server = new HttpTestServer();

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
    Instant due = Instant.parse(json.get("next_due").asText());
    Duration jitter = Duration.between(Instant.parse("2027-01-15T08:00:00Z"), due);
    assertTrue(!jitter.isNegative() && jitter.toMillis() <= 1_500, json.get("next_due").asText());
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
  void anInstantLiesBetween1970AndTheEndOf2199() {
    server.post(TASKS, task("\"id\":\"a\""));
    for (String far :
        List.of(
            "+999999999-12-31T23:59:59Z",
            "+300000000-01-01T00:00:00Z",
            "-300000000-01-01T00:00:00Z",
            "2200-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "7258118400000")) {
      boolean millis = far.startsWith("7");
      String value = millis ? far : '"' + far + '"';
      refused(task("\"start\":" + value), "start");
      String preview = "{\"schedule\":{\"cron\":\"0 * * * *\"},\"from\":" + value + "}";
      outOfRange(server.post("/api/v1/schedules/preview", preview), "from", far);
      String text = far.replace("+", "%2B");
      outOfRange(server.get(TASKS + "/a/next?from=" + text), "from", far);
      outOfRange(server.get(TASKS + "/a/explain?at=" + text), "at", far);
    }
    for (String edge :
        List.of("2199-12-31T23:59:59.999Z", "7258118399999", "1970-01-01T00:00:00Z", "0")) {
      assertEquals(200, server.get(TASKS + "/a/next?from=" + edge).status(), edge);
      assertEquals(200, server.get(TASKS + "/a/explain?at=" + edge).status(), edge);
    }
  }

  private static void outOfRange(Answer answer, String field, String given) {
    assertEquals(400, answer.status(), given + " -> " + answer.body());
    assertEquals(field, answer.json().at("/errors/0/field").asText(), answer.body());
  }

  @Test
  void nextDueHasTheJitterOfTheRunToCome() {
    String body = task("\"jitter\":\"30m\"");
    Answer created = server.post(TASKS, body);
    String id = created.json().get("id").asText();
    String due = dueOf(id, 1);
    assertEquals(due, created.json().get("next_due").asText());
    assertNotEquals("2026-11-21T17:00:00.000Z", due, "the nominal instant");
    String path = TASKS + "/" + id;
    assertEquals(due, server.get(path).json().get("next_due").asText());
    JsonNode told = server.get(path + "/explain?at=" + due).json();
    assertEquals("to-come", told.get("verdict").asText(), told.toString());
    assertEquals(due, told.get("next_due").asText());
    assertEquals(due, told.get("due").asText());
    assertEquals("2026-11-21T17:00:00.000Z", told.get("scheduled").asText());
    JsonNode next = server.get(path + "/next?count=1").json().get("next");
    assertEquals("[\"2026-11-21T17:00:00.000Z\"]", next.toString(), "instants stay nominal");
    assertEquals(202, server.post(path + "/run", "").status());
    assertEquals(dueOf(id, 2), server.get(path).json().get("next_due").asText());
    assertTrue(server.post(path + "/pause", "").json().get("next_due").isNull());

    Answer keyed = server.post(TASKS, body, "Idempotency-Key", "k");
    String other = keyed.json().get("id").asText();
    assertEquals(dueOf(other, 1), keyed.json().get("next_due").asText());
    assertEquals(keyed.body(), server.get(TASKS + "/" + other).body());
    assertEquals(keyed.body(), server.post(TASKS, body, "Idempotency-Key", "k").body());
    String chained = "\"policy\":{\"after\":{\"task\":\"x\"}},\"schedule\":null,";
    String follower = "{" + chained + "\"target\":{\"http\":{\"url\":\"http://h\"}}}";
    for (String key : List.of("f1", "f1")) {
      Answer waiting = server.post(TASKS, follower, "Idempotency-Key", key);
      assertEquals(201, waiting.status(), waiting.body());
      assertTrue(waiting.json().get("next_due").isNull(), waiting.body());
    }
  }

  private String dueOf(String id, long number) {
    long scheduled = Instant.parse("2026-11-21T17:00:00Z").toEpochMilli();
    long generation = Objects.requireNonNull(server.grid.record(id)).generation();
    return Texts.instant(
        Timeline.dueMillis(id, generation, number, scheduled, Duration.ofMinutes(30).toMillis()));
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

  private Answer refused(String body, String field) {
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
}
