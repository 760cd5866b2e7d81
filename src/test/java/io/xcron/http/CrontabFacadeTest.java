package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.grid.GridException;
import io.xcron.history.RunHistory;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.Dialect;
import io.xcron.model.OpenRun;
import io.xcron.model.Policy;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** Whole conversations as files, and what lies behind them. */
class CrontabFacadeTest {
  private static final ShellDoor SHELL =
      new ShellDoor(
          true,
          () -> Map.of("web", List.of("10.0.0.1:5701")),
          () -> List.of("10.0.0.2:5701", "10.0.0.1:5701", "10.0.0.1:5702"));

  private final List<RunRecord> runs = new ArrayList<>();

  /** Runs in pages of two, newest first. */
  private final RunHistory history =
      new RunHistory() {
        @Override
        public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
          List<RunRecord> own = runs.stream().filter(run -> run.taskId().equals(taskId)).toList();
          int from = cursor == null ? 0 : Integer.parseInt(cursor);
          int to = Math.min(own.size(), from + Math.min(2, limit));
          return CompletableFuture.completedFuture(
              new Page(own.subList(from, to), to < own.size() ? Integer.toString(to) : null));
        }

        @Override
        public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
          throw new AssertionError("the facade asks for pages only");
        }
      };

  @AutoClose
  private final HttpTestServer server = new HttpTestServer(HttpTestServer.config(), SHELL, history);

  private String send(String method, String path, String form) {
    return send(server, method, path, form);
  }

  private static String send(HttpTestServer to, String method, String path, String form) {
    Answer answer =
        form.isEmpty()
            ? to.send(method, path, null)
            : to.send(method, path, form, "Content-Type", "application/x-www-form-urlencoded");
    assertEquals(200, answer.status(), answer.body());
    assertEquals("application/json", answer.header("Content-Type"));
    return answer.body();
  }

  private String save(String json) {
    return send("POST", "/job/save", "job=" + URLEncoder.encode(json, StandardCharsets.UTF_8));
  }

  /**
   * A transcript: {@code > METHOD path}, perhaps the form on the next line, and {@code <} before
   * the answer.
   */
  private void play(String name) throws Exception {
    List<String> lines = Files.readAllLines(Path.of("src/test/resources/crontab/" + name));
    String request = "";
    String form = "";
    int exchanges = 0;
    for (String line : lines) {
      if (line.startsWith("> ")) {
        request = line.substring(2);
        form = "";
      } else if (line.startsWith("< ")) {
        int blank = request.indexOf(' ');
        String answer = send(request.substring(0, blank), request.substring(blank + 1), form);
        assertEquals(line.substring(2), answer, name + ": " + request + "\n" + form);
        exchanges++;
      } else if (!line.startsWith("#") && !line.isEmpty()) {
        form = line;
      }
    }
    assertTrue(exchanges > 0);
  }

  @Test
  void jobsAreSavedListedAndDeleted() throws Exception {
    play("jobs.txt");
  }

  @Test
  void refusalsNameTheirReason() throws Exception {
    play("refusals.txt");
  }

  @Test
  void theLogHasTheNewestFirst() throws Exception {
    String id = CrontabJob.idOf("backup");
    runs.add(run(id, 7, RunOutcome.KILLED, 0, "signal", "part"));
    runs.add(run(id, 6, RunOutcome.SKIPPED, 0, null, null));
    runs.add(run(id, 5, RunOutcome.TIMEOUT, 0, "timed out", ""));
    runs.add(run(id, 4, RunOutcome.FAILURE, 3, "exit status 3", "oops\n"));
    runs.add(run(id, 3, RunOutcome.MISFIRED, 0, null, null));
    runs.add(run(id, 2, RunOutcome.FAILURE, 0, "no member is here", null));
    runs.add(run(id, 1, RunOutcome.SUCCESS, 0, null, "ok\n"));
    runs.add(run("crontab:other", 1, RunOutcome.SUCCESS, 0, null, "not mine"));
    play("log.txt");
  }

  /** Pages of instants that were let go, each after a while, and never a last one. */
  private static final class LongHistory implements RunHistory {
    private final Set<Integer> limits = ConcurrentHashMap.newKeySet();

    @Override
    public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
      limits.add(limit);
      Page page =
          new Page(
              List.of(CrontabFacadeTest.run(taskId, 9, RunOutcome.SKIPPED, 0, null, null)), "on");
      return CompletableFuture.supplyAsync(
          () -> page, CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS));
    }

    @Override
    public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
      throw new AssertionError("the facade asks for pages only");
    }
  }

  @Test
  void aLogThatCannotBeLookedThroughInTimeIsRefusedAndNotShort() {
    HttpConfig.Limits quick =
        new HttpConfig.Limits(
            1 << 20, 256 << 10, 0, 1_024, 100, Duration.ofMillis(200), Duration.ofSeconds(30));
    LongHistory skipped = new LongHistory();
    try (HttpTestServer slow =
        new HttpTestServer(HttpTestServer.config(null, quick), SHELL, skipped)) {
      String answer = send(slow, "GET", "/job/log?name=j&limit=5", "");
      assertTrue(answer.startsWith("{\"errno\":-1,"), answer);
      assertEquals(Set.of(1_000), skipped.limits, "however few are asked for");
    }
  }

  private static RunRecord run(
      String id,
      long number,
      RunOutcome outcome,
      int status,
      @Nullable String error,
      @Nullable String output) {
    long due = 1_795_248_000_000L + 60_000 * number;
    List<RunRecord.Try> tries =
        outcome.delivered()
            ? List.of(new RunRecord.Try(1, due + 5, due + 900, "m", status, error))
            : List.of();
    return new RunRecord(
        id, 1, number, due, due, due + 5, due + 900, outcome, false, tries, "m", 9, output, null);
  }

  private Task task(String name) {
    String id = CrontabJob.idOf(name);
    var record = server.grid.record(id);
    assertNotNull(record);
    return record.task(id);
  }

  @Test
  void aJobIsATaskWithACommand() {
    save("{\"name\":\"a job/第一\",\"command\":\"echo 1 & wait\",\"cron_expr\":\"*/5 * * * * * *\"}");
    Task task = task("a job/第一");
    assertEquals("crontab", task.namespace());
    assertEquals("a job/第一", task.name());
    assertEquals(Policy.Overlap.SKIP, task.policy().overlap());
    assertEquals(1, task.policy().retry().attempts());
    assertTrue(task.schedule() instanceof Schedule.Cron cron && cron.dialect() == Dialect.GORHILL);
    assertTrue(
        task.target() instanceof Target.Shell shell
            && shell.command().equals("echo 1 & wait")
            && shell.place() instanceof Target.Place.Any);
    assertEquals("crontab:nightly-1", CrontabJob.idOf("nightly-1"));
    assertTrue(task.id().matches("crontab~[0-9a-f]{32}"), task.id());
  }

  @Test
  void whatOurOwnApiHasSetOutlivesTheNextSave() {
    save("{\"name\":\"j\",\"command\":\"a\",\"cron_expr\":\"* * * * *\"}");
    Answer patched =
        server.send(
            "PATCH",
            "/api/v1/tasks/crontab:j",
            "{\"labels\":{\"team\":\"x\"},\"target\":{\"shell\":{\"timeout\":\"5s\",\"env\":{\"A\":\"1\"}}},"
                + "\"policy\":{\"overlap\":\"replace\"}}",
            "Content-Type",
            "application/merge-patch+json");
    assertEquals(200, patched.status(), patched.body());
    save("{\"name\":\"j\",\"command\":\"b\",\"cron_expr\":\"0 * * * *\"}");
    Task task = task("j");
    assertEquals(Map.of("team", "x"), task.labels());
    assertEquals(Policy.Overlap.REPLACE, task.policy().overlap());
    assertTrue(
        task.target() instanceof Target.Shell shell
            && shell.command().equals("b")
            && shell.timeout().toSeconds() == 5
            && shell.env().equals(Map.of("A", "1")));
  }

  @Test
  void aKillMarksWhatRuns() {
    save("{\"name\":\"j\",\"command\":\"sleep 9\",\"cron_expr\":\"* * * * *\"}");
    assertEquals(202, server.post("/api/v1/tasks/crontab:j/run", "").status());
    assertEquals(
        "{\"errno\":0,\"msg\":\"success\",\"data\":\"j\"}", send("POST", "/job/kill", "name=j"));
    var record = server.grid.record("crontab:j");
    assertNotNull(record);
    assertEquals(
        List.of(OpenRun.State.KILLED),
        record.progress().openRuns().stream().map(OpenRun::state).toList());
  }

  @Test
  void aSaveThatMeetsAnotherOneAnswersWhatItHasReplaced() {
    save("{\"name\":\"j\",\"command\":\"a\",\"cron_expr\":\"* * * * *\"}");
    boolean[] once = {true};
    server.grid.beforeWrite =
        () -> {
          if (once[0]) {
            once[0] = false;
            save("{\"name\":\"j\",\"command\":\"between\",\"cron_expr\":\"* * * * *\"}");
          }
        };
    String answer = save("{\"name\":\"j\",\"command\":\"c\",\"cron_expr\":\"* * * * *\"}");
    assertTrue(answer.contains("\"command\":\"between\""), answer);
  }

  @Test
  void whenNothingIsAcceptedTheEnvelopeSaysSo() {
    save("{\"name\":\"j\",\"command\":\"a\",\"cron_expr\":\"* * * * *\"}");
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    for (String answer :
        List.of(
            save("{\"name\":\"j\",\"command\":\"b\",\"cron_expr\":\"* * * * *\"}"),
            send("POST", "/job/delete", "name=j"),
            send("POST", "/job/kill", "name=j"),
            send("GET", "/job/list", ""))) {
      assertTrue(answer.startsWith("{\"errno\":-1,\"msg\":\""), answer);
    }
    server.grid.failing = null;
    server.grid.incomplete = true;
    assertTrue(send("GET", "/job/list", "").startsWith("{\"errno\":-1"), "never silently short");
  }

  @Test
  void manyJobsAreListedInTheOrderOfTheirNames() {
    StringBuilder expected = new StringBuilder();
    for (int i = 1; i <= 1_203; i++) {
      String name = String.format("job-%05d", 9_999 - i);
      save("{\"name\":\"" + name + "\",\"command\":\"true\",\"cron_expr\":\"0 0 * * *\"}");
    }
    for (int i = 1_203; i >= 1; i--) {
      expected.append(String.format("job-%05d ", 9_999 - i));
    }
    StringBuilder listed = new StringBuilder();
    Json.tree(send("GET", "/job/list", "").getBytes(StandardCharsets.UTF_8))
        .get("data")
        .forEach(job -> listed.append(job.get("name").asText()).append(' '));
    assertEquals(expected.toString(), listed.toString());
  }

  @Test
  void withoutTheTokenTheEnvelopeSaysSo() {
    try (HttpTestServer closed =
        new HttpTestServer(
            HttpTestServer.config("secret", HttpConfig.Limits.DEFAULT), SHELL, history)) {
      assertTrue(send(closed, "GET", "/job/list", "").startsWith("{\"errno\":-1,"));
      assertTrue(send(closed, "POST", "/job/kill", "name=j").startsWith("{\"errno\":-1,"));
      Answer listed = closed.get("/job/list", "Authorization", "Bearer secret");
      assertEquals("{\"errno\":0,\"msg\":\"success\",\"data\":[]}", listed.body());
    }
  }

  @Test
  void aMemberWithoutCommandsTakesNone() {
    try (HttpTestServer off = new HttpTestServer()) {
      String answer =
          send(
              off,
              "POST",
              "/job/save",
              "job={\"name\":\"j\",\"command\":\"a\",\"cron_expr\":\"* * * * *\"}");
      assertTrue(answer.startsWith("{\"errno\":-1,"), answer);
      String task =
          "{\"schedule\":{\"every\":\"1m\"},\"target\":{\"shell\":{\"command\":\"true\"}}}";
      Answer refused = off.post("/api/v1/tasks", task);
      assertEquals(403, refused.status());
      assertEquals("forbidden", refused.code());
      assertEquals(0, off.grid.size());
      assertEquals(201, server.post("/api/v1/tasks", task).status());
    }
  }

  @Test
  void groupsAreListedWithTheirMembers() {
    assertEquals(
        "{\"groups\":[{\"name\":\"web\",\"members\":[\"10.0.0.1:5701\"]}]}",
        server.get("/api/v1/groups").body());
  }
}
