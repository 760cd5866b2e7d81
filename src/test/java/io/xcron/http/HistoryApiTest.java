package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.grid.GridException;
import io.xcron.history.LiveOutput;
import io.xcron.history.RunHistory;
import io.xcron.history.RunStatistics;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.LastRun;
import io.xcron.model.OpenRun;
import io.xcron.model.RunChange;
import io.xcron.model.RunCodec;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.TaskRecord;
import io.xcron.model.WorkCalendar;
import java.time.DayOfWeek;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The past, as callers are told of it. */
class HistoryApiTest {
  private static final String TASKS = "/api/v1/tasks";
  private static final String RUNS = "/api/v1/runs";

  /** 2026-11-21T08:00:00Z; the tasks' cron is 01:00 in Shanghai, which is 17:00 in UTC. */
  private static final long NOW = HttpTestServer.NOW;

  private static final long YESTERDAY = NOW - 15 * 3_600_000L;
  private static final long TONIGHT = NOW + 9 * 3_600_000L;

  private static final FakeHistory HISTORY = new FakeHistory();
  private static final FakeOutput LIVE = new FakeOutput();
  private static final RunStatistics STATISTICS = new RunStatistics();
  private static @Nullable WorkCalendar calendar;
  private static HttpTestServer server;

  /** Pages over a list that is kept newest first. */
  private static final class FakeHistory implements RunHistory {
    private final List<RunRecord> runs = new ArrayList<>();
    private List<String> missing = List.of();

    @Override
    public synchronized CompletableFuture<Page> runs(
        String taskId, @Nullable String cursor, int limit) {
      if (cursor != null && !cursor.matches("[0-9]+")) {
        throw new InvalidTaskException("cursor", "is none that this list gave");
      }
      long below = cursor == null ? Long.MAX_VALUE : Long.parseLong(cursor);
      List<RunRecord> found =
          runs.stream().filter(run -> run.taskId().equals(taskId) && run.number() < below).toList();
      List<RunRecord> page = found.subList(0, Math.min(limit, found.size()));
      return CompletableFuture.completedFuture(
          new Page(
              page, found.size() > limit ? Long.toString(page.getLast().number()) : null, missing));
    }

    @Override
    public synchronized CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
      CompletableFuture<@Nullable RunRecord> answer = new CompletableFuture<>();
      RunRecord found =
          runs.stream()
              .filter(run -> run.taskId().equals(taskId) && run.number() == number)
              .findFirst()
              .orElse(null);
      if (found == null && !missing.isEmpty()) {
        answer.completeExceptionally(
            new GridException(GridException.Kind.NOT_ACCEPTED, missing + " may have it"));
      } else {
        answer.complete(found);
      }
      return answer;
    }

    synchronized void add(RunRecord run) {
      runs.addFirst(run);
    }
  }

  /** A run that says one part each time it is asked, and then has ended. */
  private static final class FakeOutput implements LiveOutput {
    private final Deque<String> parts = new ArrayDeque<>();
    private @Nullable RunRecord afterwards;

    @Override
    public synchronized @Nullable Part read(String taskId, long number, long offset) {
      String part = parts.poll();
      if (part == null) {
        RunRecord run = afterwards;
        if (run != null) {
          HISTORY.add(run);
          afterwards = null;
        }
        return null;
      }
      return new Part(part, offset + part.length());
    }
  }

  @BeforeAll
  static void start() {
    server =
        new HttpTestServer(
            HttpTestServer.config(),
            new HistoryParts(HISTORY, LIVE, STATISTICS::figures, name -> calendar));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void reset() {
    server.grid.clear();
    HISTORY.runs.clear();
    HISTORY.missing = List.of();
    calendar = null;
    server.setNow(YESTERDAY - 60_000);
    assertEquals(201, server.post(TASKS, HttpTestServer.task("\"id\":\"a\"")).status());
    server.setNow(NOW);
  }

  private static RunRecord run(long number, RunOutcome outcome, long lag, RunRecord.Try... tries) {
    long due = YESTERDAY + (number - 1) * 24 * 3_600_000L;
    long start = due + lag;
    return new RunRecord(
        "a",
        5,
        number,
        due,
        due,
        start,
        tries.length == 0 ? start : tries[tries.length - 1].endMillis(),
        outcome,
        lag > 60_000,
        List.of(tries),
        "10.0.0.1:5701",
        tries.length == 0 ? 0 : 77,
        tries.length == 0 ? null : "said \"so\"",
        tries.length == 0 ? "let go" : null);
  }

  private static RunRecord.Try attempt(int number, long lag, int status, @Nullable String error) {
    long start = YESTERDAY + lag;
    return new RunRecord.Try(number, start, start + 40, "10.0.0.1:5701", status, error);
  }

  @Test
  void aRunIsShownAsTheContractWritesIt() {
    HISTORY.add(
        run(1, RunOutcome.SUCCESS, 3, attempt(1, 3, 0, "refused"), attempt(2, 1_003, 200, null)));
    String expected =
        """
        {"task_id":"a","generation":5,"run_number":1,"scheduled":"2026-11-20T17:00:00.000Z",\
        "due":"2026-11-20T17:00:00.000Z","start":"2026-11-20T17:00:00.003Z",\
        "end":"2026-11-20T17:00:01.043Z","outcome":"success","late":false,"attempts":[\
        {"attempt":1,"start":"2026-11-20T17:00:00.003Z","end":"2026-11-20T17:00:00.043Z",\
        "member":"10.0.0.1:5701","status":null,"error":"refused"},\
        {"attempt":2,"start":"2026-11-20T17:00:01.003Z","end":"2026-11-20T17:00:01.043Z",\
        "member":"10.0.0.1:5701","status":200,"error":null}],\
        "member":"10.0.0.1:5701","fencing_token":77,"output":"said \\"so\\""}""";
    assertEquals(expected, server.get(RUNS + "/a/1").body());
    assertEquals(
        "{\"runs\":[" + expected + "],\"next_cursor\":null}", server.get(TASKS + "/a/runs").body());
  }

  @Test
  void whoDidNotAnswerStandsInAHeaderAndWhatHeMayHaveIsNotSaidToBeMissing() {
    HISTORY.add(run(1, RunOutcome.SUCCESS, 3, attempt(1, 3, 200, null)));
    assertNull(server.get(TASKS + "/a/runs").header("X-Xcron-Missing-Members"));
    HISTORY.missing = List.of("b:5701", "c:5701");
    for (String path : List.of(TASKS + "/a/runs", TASKS + "/a/explain?at=" + YESTERDAY)) {
      Answer answer = server.get(path);
      assertEquals(200, answer.status(), answer.body());
      assertEquals("b:5701, c:5701", answer.header("X-Xcron-Missing-Members"), path);
    }
    assertEquals(200, server.get(RUNS + "/a/1").status());
    assertEquals(503, server.get(RUNS + "/a/2").status());
  }

  @Test
  void aListIsPagedNewestFirst() {
    for (int number = 1; number <= 5; number++) {
      HISTORY.add(run(number, RunOutcome.SKIPPED, 0));
    }
    JsonNode first = server.get(TASKS + "/a/runs?limit=3").json();
    assertEquals(5, first.path("runs").path(0).path("run_number").asInt());
    assertTrue(first.path("runs").path(0).path("start").isNull());
    String cursor = first.path("next_cursor").asText();
    JsonNode rest = server.get(TASKS + "/a/runs?limit=3&cursor=" + cursor).json();
    assertEquals(2, rest.path("runs").size());
    assertTrue(rest.path("next_cursor").isNull());
  }

  @Test
  void whatIsNotThereIsNotFoundAndWhatIsWrongIsNamed() {
    assertEquals("{\"runs\":[],\"next_cursor\":null}", server.get(TASKS + "/a/runs").body());
    assertEquals(404, server.get(TASKS + "/b/runs").status());
    assertEquals(404, server.get(RUNS + "/a/1").status());
    assertEquals(404, server.get(RUNS + "/a/x").status());
    assertEquals(404, server.get(RUNS + "/a/0/log").status());
    assertEquals(400, server.get(TASKS + "/a/runs?limit=0").status());
    assertEquals(
        "cursor",
        server
            .get(TASKS + "/a/runs?cursor=x")
            .json()
            .path("errors")
            .path(0)
            .path("field")
            .asText());
    assertEquals(400, server.get(TASKS + "/a/explain?at=soon").status());
    for (String window : List.of("2h", "soon", "-1h", "")) {
      assertEquals(400, server.get("/api/v1/stats?window=" + window).status(), window);
    }
    for (String free :
        List.of(TASKS + "/a/runs", RUNS + "/a/1", RUNS + "/a/1/log", "/api/v1/stats")) {
      assertEquals(400, server.get(free + "?stale=banana").status(), free);
    }
    for (String free : List.of("/api/v1/groups", "/api/v1/audit")) {
      assertEquals(400, server.get(free + "?stale=banana").status(), free);
      assertEquals(200, server.get(free + "?stale=true").status(), free);
    }
    assertEquals(405, server.post(TASKS + "/a/runs", "{}").status());
  }

  @Test
  void theHistoryOfADeletedTaskStays() {
    HISTORY.add(run(1, RunOutcome.SKIPPED, 0));
    assertEquals(204, server.send("DELETE", TASKS + "/a", null).status());
    assertEquals(1, server.get(TASKS + "/a/runs").json().path("runs").size());
  }

  @Test
  void theOutputOfAnEndedRunIsItsTextOrOneEvent() {
    HISTORY.add(run(1, RunOutcome.SUCCESS, 3, attempt(1, 3, 200, null)));
    Answer text = server.get(RUNS + "/a/1/log");
    assertEquals("said \"so\"", text.body());
    assertEquals("text/plain; charset=utf-8", text.header("Content-Type"));
    Answer events = server.get(RUNS + "/a/1/log", "Accept", "text/event-stream");
    assertEquals(
        "id: 9\nevent: output\ndata: said \"so\"\n\nid: 9\nevent: end\ndata: success\n\n",
        events.body());
    assertEquals("text/event-stream", events.header("Content-Type"));
    assertEquals(
        "id: 9\nevent: output\ndata: \"so\"\n\nid: 9\nevent: end\ndata: success\n\n",
        server.get(RUNS + "/a/1/log", "Accept", "text/event-stream", "Last-Event-ID", "5").body());
  }

  @Test
  void theOutputOfARunUnderWayIsFollowedToItsEnd() {
    synchronized (LIVE) {
      LIVE.parts.addAll(List.of("one\n", "", "two"));
      // The first part is asked for twice: once to see whether the run is under way.
      LIVE.parts.addFirst("one\n");
      LIVE.afterwards = run(1, RunOutcome.SUCCESS, 3, attempt(1, 3, 0, null));
    }
    Answer events = server.get(RUNS + "/a/1/log", "Accept", "text/event-stream");
    assertEquals(
        """
        id: 4
        event: output
        data: one
        data:\s

        id: 7
        event: output
        data: two

        id: 9
        event: output
        data: o"

        id: 9
        event: end
        data: success

        """,
        events.body());
  }

  @Test
  void aFailedRunIsReplayedUnderItsNumber() {
    TaskRecord record = Objects.requireNonNull(server.grid.record("a"));
    long due = record.nextMillis();
    server
        .grid
        .write(
            "a",
            new RunChange.Finish(
                record.generation(),
                1,
                new LastRun(1, due, due, due, due + 5, RunOutcome.FAILURE, 3, 500),
                due + 1,
                false))
        .join();
    for (String never : List.of("0", "2", "99", "x")) {
      assertEquals(404, server.post(TASKS + "/a/runs/" + never + "/replay", "").status(), never);
    }
    Answer replay = server.post(TASKS + "/a/runs/1/replay", "");
    assertEquals(202, replay.status(), replay.body());
    assertEquals("{\"task_id\":\"a\",\"run_number\":1}", replay.body());
    assertEquals(
        1,
        Objects.requireNonNull(server.grid.record("a")).progress().openRuns().getFirst().number());
    assertEquals("conflict", server.post(TASKS + "/a/runs/1/replay", "").code(), "it is open");
    assertEquals(404, server.post(TASKS + "/b/runs/1/replay", "").status());
  }

  private static JsonNode explain(String at, String... headers) {
    Answer answer = server.get(TASKS + "/a/explain?at=" + at, headers);
    assertEquals(200, answer.status(), answer.body());
    JsonNode json = answer.json();
    String sentence = json.path("sentence").asText();
    assertFalse(
        sentence.isBlank() || sentence.contains("null") || sentence.contains("%"), sentence);
    return json;
  }

  private static String verdict(long at) {
    return explain(Long.toString(at)).path("verdict").asText();
  }

  @Test
  void aRunIsExplainedByItsRecord() {
    HISTORY.add(
        run(
            1,
            RunOutcome.SUCCESS,
            3,
            attempt(1, 3, 503, "answered with status 503"),
            attempt(2, 1_003, 200, null)));
    JsonNode json = explain("2026-11-20T17:00:00Z");
    assertEquals("repeated", json.path("verdict").asText());
    assertEquals(
        "Run 1 was due at 2026-11-20T17:00:00.000Z and succeeded at attempt 2; the attempt before it: answered with status 503.",
        json.path("sentence").asText());
    assertEquals(1, json.path("run").path("run_number").asInt());
    assertEquals("2026-11-20T17:00:00.000Z", json.path("due").asText());
    assertEquals("repeated", verdict(YESTERDAY + 500), "while it ran");
    JsonNode chinese = explain("2026-11-20T17:00:00Z", "Accept-Language", "zh-CN,en;q=0.5");
    assertEquals("zh", chinese.path("language").asText());
    assertTrue(chinese.path("sentence").asText().contains("第 2 次尝试成功"), chinese.toString());
  }

  @Test
  void eachOutcomeHasItsVerdictInBothLanguages() {
    record Case(String verdict, RunRecord run) {}
    List<Case> cases =
        List.of(
            new Case("ran", run(1, RunOutcome.SUCCESS, 3, attempt(1, 3, 200, null))),
            new Case("ran-late", run(1, RunOutcome.SUCCESS, 90_000, attempt(1, 90_000, 200, null))),
            new Case("failed", run(1, RunOutcome.FAILURE, 3, attempt(1, 3, 500, "answered"))),
            new Case("timed-out", run(1, RunOutcome.TIMEOUT, 3, attempt(1, 3, 0, "late"))),
            new Case("killed", run(1, RunOutcome.KILLED, 3)),
            new Case("skipped", run(1, RunOutcome.SKIPPED, 0)),
            new Case("misfired", run(1, RunOutcome.MISFIRED, 0)),
            new Case("unknown", run(1, RunOutcome.UNKNOWN, 3, attempt(1, 3, 0, null))));
    for (Case one : cases) {
      HISTORY.runs.clear();
      HISTORY.add(one.run);
      assertEquals(one.verdict, verdict(YESTERDAY));
      JsonNode chinese = explain(Long.toString(YESTERDAY), "Accept-Language", "zh");
      assertTrue(chinese.path("sentence").asText().contains("第 1 次执行"), chinese.toString());
    }
  }

  @Test
  void withoutARecordTheScheduleAndTheStateSayWhy() {
    server.grid.clear();
    server.setNow(NOW);
    server.post(
        TASKS,
        HttpTestServer.task(
            "\"id\":\"a\",\"start\":\"2026-11-20T00:00:00Z\",\"end\":\"2026-11-30T00:00:00Z\""));
    assertEquals("to-come", verdict(TONIGHT));
    assertEquals("not-in-schedule", verdict(TONIGHT + 60_000));
    assertEquals("not-yet-created", verdict(YESTERDAY));
    assertEquals("before-start", verdict(NOW - 60L * 3_600_000));
    assertEquals("after-end", verdict(NOW + 30L * 24 * 3_600_000));
    assertTrue(
        explain(Long.toString(TONIGHT + 60_000)).path("sentence").asText().contains("(At 01:00)"));
    calendar =
        new WorkCalendar(
            ZoneOffset.UTC,
            Set.of(),
            Set.of(DayOfWeek.SATURDAY),
            Set.of(),
            WorkCalendar.OnExcluded.SKIP);
    assertEquals("to-come", verdict(TONIGHT), "a calendar that the task does not name");
    server.post(TASKS + "/a/pause", "");
    assertEquals("paused", verdict(TONIGHT));
    server.post(TASKS + "/a/resume", "");
    server.setNow(TONIGHT + 10);
    assertEquals("waiting", verdict(TONIGHT));
    server.send("PATCH", TASKS + "/a", "{\"enabled\":false}");
    assertEquals("disabled", verdict(TONIGHT + 24 * 3_600_000L));
  }

  @Test
  void anInstantThatTheCalendarTakesOutIsCalledExcluded() {
    String saturday = "{\"zone\":\"UTC\",\"exclude_days\":[\"SAT\"],\"on_excluded\":\"next\"}";
    assertEquals(201, server.send("PUT", "/api/v1/calendars/work", saturday).status());
    calendar =
        new WorkCalendar(
            ZoneOffset.UTC,
            Set.of(),
            Set.of(DayOfWeek.SATURDAY),
            Set.of(),
            WorkCalendar.OnExcluded.NEXT);
    server.grid.clear();
    server.post(
        TASKS,
        HttpTestServer.task("\"id\":\"a\",\"calendar\":\"work\"")
            .replace("0 1 * * *", "0 1 * * SUN"));
    JsonNode json = explain(Long.toString(TONIGHT));
    assertEquals("excluded", json.path("verdict").asText());
    assertTrue(json.path("sentence").asText().contains("calendar \"work\""), json.toString());
    assertEquals("2026-11-21T17:00:00.000Z", json.path("scheduled").asText());
    assertEquals("not-in-schedule", verdict(TONIGHT + 60_000));
    assertEquals("to-come", verdict(TONIGHT + 24 * 3_600_000L), "where it was moved to");
  }

  @Test
  void withoutAnInstantTheStateOfTheTaskIsTold() {
    server.setNow(NOW + 123);
    assertEquals("not-in-schedule", verdictNow());
    server.post(TASKS + "/a/pause", "");
    assertEquals("paused", verdictNow());
    server.post(TASKS + "/a/resume", "");
    server.send("PATCH", TASKS + "/a", "{\"enabled\":false}");
    assertEquals("disabled", verdictNow());
    assertEquals("not-in-schedule", verdict(NOW + 60_000), "of an instant that was given");
    server.send("PATCH", TASKS + "/a", "{\"enabled\":true,\"end\":\"2026-11-21T09:00:00Z\"}");
    assertEquals("finished", verdictNow());
  }

  private static String verdictNow() {
    Answer answer = server.get(TASKS + "/a/explain");
    assertEquals(200, answer.status(), answer.body());
    return answer.json().path("verdict").asText();
  }

  @Test
  void anInstantThatAMisfireTookWithALaterOneIsNotPutDownToALaterPause() {
    long generation = Objects.requireNonNull(server.grid.record("a")).generation();
    LastRun missed =
        new LastRun(2, YESTERDAY, YESTERDAY, YESTERDAY, YESTERDAY, RunOutcome.MISFIRED, 0, 0);
    RunChange.Decide collapse =
        new RunChange.Decide(generation, 1, 2, YESTERDAY, TONIGHT, List.of(), missed);
    server.grid.write("a", collapse).join();
    for (String state : List.of("active", "paused")) {
      JsonNode json = explain(Long.toString(YESTERDAY));
      assertEquals("no-record", json.path("verdict").asText(), state);
      assertTrue(json.path("sentence").asText().contains("misfire policy"), json.toString());
      server.post(TASKS + "/a/pause", "");
    }
    assertEquals("paused", verdict(TONIGHT));
  }

  @Test
  void aRunUnderWayIsSeen() {
    TaskRecord record = Objects.requireNonNull(server.grid.record("a"));
    OpenRun open =
        new OpenRun(
            1, YESTERDAY, YESTERDAY, 2, OpenRun.State.STARTED, YESTERDAY + 5, 0, null, null);
    server
        .grid
        .write(
            "a",
            new RunChange.Decide(
                record.generation(), 1, 1, YESTERDAY, TONIGHT, List.of(open), null))
        .join();
    JsonNode json = explain(Long.toString(YESTERDAY));
    assertEquals("under-way", json.path("verdict").asText());
    assertTrue(json.path("sentence").asText().contains("attempt 2 was started"));
    assertEquals("under-way", verdict(NOW), "now it is still going on");
  }

  @Test
  void theFiguresOfAWindowAreTold() {
    STATISTICS.add(
        new RunCodec.Glance(
            "default", "a", RunOutcome.SUCCESS, true, NOW, NOW + 4, NOW + 24, 2, "pay:80", 0),
        NOW);
    STATISTICS.add(
        new RunCodec.Glance("other", "b", RunOutcome.MISFIRED, false, NOW, NOW, NOW, 0, "", 0),
        NOW);
    for (String hour : List.of("1h", "60m", "3600s", "PT1H")) {
      Answer same = server.get("/api/v1/stats?window=" + hour);
      assertEquals("1h", same.json().path("window").asText(), same.body());
    }
    JsonNode json = server.get("/api/v1/stats?window=10m").json();
    assertEquals("10m", json.path("window").asText());
    assertEquals(2, json.path("runs").asInt());
    assertEquals(1, json.path("outcomes").path("success").asInt());
    assertEquals(0, json.path("outcomes").path("timeout").asInt(-1));
    assertEquals(1, json.path("misfires").asInt());
    assertEquals(1, json.path("late").asInt());
    assertEquals(1, json.path("repeats").asInt());
    assertEquals(4, json.path("lag_ms").path("p50").asInt());
    assertEquals(20, json.path("duration_ms").path("max").asInt());
    assertEquals(2, json.path("namespaces").size());
    assertEquals("pay:80", json.path("hosts").path(0).path("host").asText());
    assertEquals(1, json.path("hosts").path(0).path("runs").asInt());
    assertEquals("a", json.path("tasks").path(0).path("task_id").asText());
  }
}
