package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Each policy once from end to end: one process, all tasks at once over HTTP, a receiver beside it,
 * and what history and callbacks tell of them.
 */
class PolicyProcessTest {
  @TempDir Path directory;

  private final CallbackSink sink = new CallbackSink();
  private final CountDownLatch testIsOver = new CountDownLatch(1);
  private MemberProcess member;

  @BeforeEach
  void start() throws IOException {
    sink.answer(this::answer);
    member = startMember();
  }

  @AfterEach
  void stop() {
    testIsOver.countDown();
    member.close();
    sink.close();
  }

  private MemberProcess startMember() throws IOException {
    return MemberProcess.start(
        directory.resolve("data"), Map.of("XCRON_SHELL_ENABLED", "true", "XCRON_ZONE", "UTC"));
  }

  /** The path says how a callback fares. */
  private int answer(CallbackSink.Callback callback) {
    boolean waits =
        switch (callback.path()) {
          case "/hang" -> true;
          case "/hang-first" -> callback.runNumber() == 1;
          default -> false;
        };
    try {
      if (waits && testIsOver.await(callback.path().equals("/hang") ? 60_000 : 1_500, MILLIS)) {
        return 503;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return callback.path().equals("/fail") ? 500 : 200;
  }

  private static final TimeUnit MILLIS = TimeUnit.MILLISECONDS;

  @Test
  void eachPolicyDoesWhatItSays() throws Exception {
    long now = System.currentTimeMillis();
    every("overlap-skip", 300, "/hang-first", "{\"overlap\":\"skip\"}", "");
    every("overlap-queue", 300, "/hang-first", "{\"overlap\":\"queue\"}", "");
    // Longer than a cold process is late: only what a run overlaps replaces it.
    every("overlap-replace", 3_000, "/hang", "{\"overlap\":\"replace\"}", "");
    every("overlap-allow", 300, "/hang-first", "{\"overlap\":\"allow\"}", "");
    at("retry", now, "/fail", retry(3), "");
    at("auto-delete", now, "/ok", "{}", ",\"delete_after\":\"1s\"");
    every("max-runs", 150, "/ok", "{}", ",\"max_runs\":3");
    every("end", 150, "/ok", "{}", ",\"end\":" + (now + 1_500));
    every("jitter", 500, "/ok", "{}", ",\"jitter\":\"400ms\"");
    every("pause", 150, "/ok", "{\"overlap\":\"queue\",\"queue\":1000}", "");
    at("chain-start", now + 500, "/ok", "{}", "");
    chained("chain-success", "chain-start", "success");
    chained("chain-failure", "chain-start", "failure");
    shell("timeout", "sleep 60", "{\"timeout\":\"500ms\",\"retry\":{\"attempts\":1}}");
    shell("kill", "sleep 60", "{\"retry\":{\"attempts\":1}}");
    shell("by-hand", "echo \"given: $XCRON_ARG\"", "{}");
    put("/api/v1/tasks/timeout/run", "{}");
    put("/api/v1/tasks/kill/run", "{}");
    put("/api/v1/tasks/by-hand/run", "{\"arg\":\"forty-two\"}");

    awaitRun("overlap-skip", outcome("skipped"));
    awaitRun("overlap-replace", outcome("killed"));
    sink.await("replaced and called anew", 20, () -> calls("overlap-replace").size() >= 2);
    sink.await("queued", 20, () -> calls("overlap-queue").size() >= 6);
    assertEquals(List.of(1L, 2L, 3L, 4L), numbers("overlap-queue").subList(0, 4));
    CallbackSink.Callback first = calls("overlap-queue").getFirst();
    long waited = calls("overlap-queue").get(1).arrivedMillis() - first.arrivedMillis();
    assertTrue(waited >= 1_400, "the second came beside the first, after " + waited + " ms");
    CallbackSink.Callback beside = calls("overlap-allow").get(1);
    assertTrue(beside.arrivedMillis() < calls("overlap-allow").getFirst().arrivedMillis() + 1_400);

    awaitState("retry", "dead");
    List<CallbackSink.Callback> tries = calls("retry");
    assertEquals(List.of(1, 2, 3), tries.stream().map(c -> c.attempt()).toList());
    assertTrue(tries.get(1).arrivedMillis() - tries.get(0).arrivedMillis() >= 100);
    assertTrue(tries.get(2).arrivedMillis() - tries.get(1).arrivedMillis() >= 200, "doubled");
    awaitState("max-runs", "finished");
    assertEquals(3, calls("max-runs").size());
    awaitState("end", "finished");
    assertTrue(calls("end").stream().allMatch(call -> call.dueMillis() <= now + 1_500));
    awaitRun("jitter", outcome("success"));
    for (JsonNode run : runs("jitter")) {
      if (run.path("start").isNull()) {
        continue; // one that a busy machine has skipped
      }
      long jitter = millis(run, "due") - millis(run, "scheduled");
      assertTrue(jitter >= 0 && jitter <= 400, run.toString());
      assertTrue(millis(run, "start") >= millis(run, "due"), run.toString());
    }
    sink.await("the chain", 20, () -> !calls("chain-success").isEmpty());
    assertEquals(List.of(), calls("chain-failure"));
    awaitRun("timeout", outcome("timeout"));
    put("/api/v1/tasks/kill/kill", "");
    awaitRun("kill", outcome("killed"));
    JsonNode byHand = awaitRun("by-hand", outcome("success"));
    assertEquals("given: forty-two", byHand.path("output").asText().strip());
    assertEquals(1, byHand.path("run_number").asInt());
    sink.await("gone", 20, () -> status("auto-delete") == 404);
    checkPause();
    checkPriority();
  }

  private void checkPause() throws Exception {
    sink.await("some fires", 20, () -> calls("pause").size() >= 2);
    put("/api/v1/tasks/pause/pause", "");
    int paused = calls("pause").size();
    every("after-pause", 150, "/ok", "{}", "");
    sink.await("time has passed", 20, () -> calls("after-pause").size() >= 4);
    assertTrue(calls("pause").size() <= paused + 1, "only what was under way may still come");
    put("/api/v1/tasks/pause/resume", "");
    sink.await("fires again", 20, () -> calls("pause").size() >= paused + 4);
    List<Long> numbers = numbers("pause");
    assertEquals(numbers.getFirst() + numbers.size() - 1, numbers.getLast(), "no number was lost");
  }

  /** Among hundreds that are due together those of a high priority come first, by and large. */
  private void checkPriority() throws Exception {
    int each = 150;
    long due = System.currentTimeMillis() + 1_500;
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 2 * each; i++) {
      int priority = i % 2 == 0 ? 0 : 9;
      lines.append(
          task("p" + priority + "-" + i, "{\"at\":" + due + "}", "/ok", priority(priority), ""));
      lines.append('\n');
    }
    assertEquals(200, member.call("POST", "/api/v1/tasks/import", lines.toString()).status());
    Predicate<CallbackSink.Callback> mine = call -> call.taskId().matches("p[09]-\\d+");
    sink.await("all of the burst", 20, () -> sink.of(mine).size() == 2 * each);
    List<CallbackSink.Callback> burst = sink.of(mine);
    long[] ranks = new long[2];
    for (int rank = 0; rank < burst.size(); rank++) {
      ranks[burst.get(rank).taskId().startsWith("p9") ? 1 : 0] += rank;
    }
    assertTrue(ranks[1] < ranks[0], "ranks " + ranks[1] / each + " and " + ranks[0] / each);
  }

  @Test
  void whatACrashLeftBehindFollowsThePolicies() throws Exception {
    // Nothing is to be let go but by the misfire policy, however slow the machine.
    String after = ",\"misfire_after\":\"1s\",\"overlap\":\"queue\",\"queue\":1000";
    every("once", 250, "/ok", policy("\"misfire\":\"once\"" + after), "");
    every("all", 250, "/ok", policy("\"misfire\":\"all\"" + after), "");
    every("skip", 250, "/ok", policy("\"misfire\":\"skip\"" + after), "");
    String window = ",\"misfire_window\":\"2s\"";
    every("window", 250, "/ok", policy("\"misfire\":\"all\"" + window + after), "");
    long now = System.currentTimeMillis();
    at("at-least-once", now, "/hang-first", "{}", "");
    at("at-most-once", now, "/hang", policy("\"delivery\":\"at-most-once\""), "");
    for (String id : List.of("once", "all", "skip", "window", "at-least-once", "at-most-once")) {
      sink.await(id + " was called", 20, () -> !calls(id).isEmpty());
    }
    member.kill();
    long killed = System.currentTimeMillis();
    sink.await("an outage of three seconds", 20, () -> System.currentTimeMillis() > killed + 3_000);
    member = startMember();
    long back = System.currentTimeMillis();

    for (String id : List.of("once", "all", "skip", "window")) {
      sink.await(
          id + " goes on",
          20,
          () -> calls(id).stream().anyMatch(call -> call.dueMillis() > back + 500));
    }
    sink.await("repeated", 20, () -> calls("at-least-once").size() == 2);
    assertEquals(List.of(1L, 1L), numbers("at-least-once"));
    awaitRun("at-most-once", outcome("unknown"));
    assertEquals(1, calls("at-most-once").size());

    List<Long> all = numbers("all").stream().distinct().sorted().toList();
    assertEquals(all.getLast(), all.size(), "not one is missing: " + all);
    long missed = back - killed - 1_500;
    assertTrue(missing("skip") >= missed / 250, missing("skip") + " of " + missed + " ms");
    assertTrue(Math.abs(missing("skip") - missing("once") - 1) <= 1, "the latest missed one fires");
    assertTrue(missing("window") > 0 && missing("window") < missing("skip"));
    assertTrue(runs("skip").stream().anyMatch(outcome("misfired")), "it is in the history");
  }

  @Test
  void calendarsAndClocksDecideTheDay() throws Exception {
    int hour = ZonedDateTime.now(ZoneOffset.UTC).getHour();
    // In this zone it is noon, so that the day does not change while the test runs.
    ZoneOffset zone = ZoneOffset.ofHours(12 - hour);
    LocalDate today = LocalDate.now(zone);
    calendar("next", zone, today, "next");
    calendar("previous", zone, today.plusDays(1), "previous");
    calendar("skip", zone, today, "skip");
    long soon = System.currentTimeMillis() + 4_000;
    long day = 86_400_000;
    at("shift-next", soon, "/ok", "{}", ",\"calendar\":\"next\"");
    at("shift-previous", soon + day, "/ok", "{}", ",\"calendar\":\"previous\"");
    every("skip", 500, "/ok", "{}", ",\"calendar\":\"skip\"");
    assertEquals(soon + day, millis(get("shift-next"), "next_due"));
    assertEquals(soon, millis(get("shift-previous"), "next_due"));
    assertTrue(millis(get("skip"), "next_due") > soon, "not today");

    calendar("next", zone, today.plusDays(30), "next");
    sink.await("the instant came back", 20, () -> !calls("shift-next").isEmpty());
    assertEquals(soon, calls("shift-next").getFirst().dueMillis());
    sink.await("shifted to today", 20, () -> !calls("shift-previous").isEmpty());
    assertEquals(soon, calls("shift-previous").getFirst().dueMillis());
    assertEquals(204, member.call("DELETE", "/api/v1/calendars/skip", "").status());
    sink.await("nothing is excluded any more", 20, () -> calls("skip").size() >= 2);

    assertEquals("2027-03-28T01:00:00.000Z", night("after", "first", "2027-03-28"));
    assertEquals("2027-03-29T00:30:00.000Z", night("skip", "first", "2027-03-28"));
    assertEquals("2027-03-28T01:30:00.000Z", night("shift", "first", "2027-03-28"));
    assertEquals("2027-10-31T00:30:00.000Z", night("after", "first", "2027-10-31"));
    assertEquals("2027-10-31T01:30:00.000Z", night("after", "second", "2027-10-31"));
  }

  private void calendar(String name, ZoneOffset zone, LocalDate excluded, String how)
      throws Exception {
    String body =
        "{\"zone\":\"%s\",\"exclude\":[\"%s\"],\"on_excluded\":\"%s\"}"
            .formatted(zone, excluded, how);
    assertTrue(member.call("PUT", "/api/v1/calendars/" + name, body).status() < 300);
  }

  /** The first fire of a task at half past two in Berlin, from the beginning of a day on. */
  private String night(String gap, String overlap, String from) throws Exception {
    String id = "night-" + gap + "-" + overlap + "-" + from;
    String dst = "{\"gap\":\"" + gap + "\",\"overlap\":\"" + overlap + "\"}";
    create(
        id,
        "{\"cron\":\"30 2 * * *\",\"zone\":\"Europe/Berlin\",\"dst\":" + dst + "}",
        "/ok",
        "{}",
        "");
    String query = "/next?count=1&from=" + from + "T00:00:00Z";
    return member.get("/api/v1/tasks/" + id + query).json().path("next").path(0).asText();
  }

  private static String policy(String fields) {
    return "{" + fields + "}";
  }

  private static String retry(int attempts) {
    return "{\"retry\":{\"attempts\":" + attempts + ",\"backoff\":\"100ms\"}}";
  }

  private static String priority(int value) {
    return "{\"priority\":" + value + "}";
  }

  private String task(String id, String schedule, String path, String policy, String more) {
    return """
        {"id":"%s","schedule":%s,"target":{"http":{"url":"%s"}},"policy":%s%s}"""
        .formatted(id, schedule, sink.url(path), policy, more);
  }

  private void create(String id, String schedule, String path, String policy, String more)
      throws Exception {
    put("/api/v1/tasks", task(id, schedule, path, policy, more));
  }

  private void every(String id, int millis, String path, String policy, String more)
      throws Exception {
    create(id, "{\"every\":\"" + millis + "ms\"}", path, policy, more);
  }

  private void at(String id, long millis, String path, String policy, String more)
      throws Exception {
    create(id, "{\"at\":" + millis + "}", path, policy, more);
  }

  private void chained(String id, String after, String on) throws Exception {
    String policy = "{\"after\":{\"task\":\"" + after + "\",\"on\":\"" + on + "\"}}";
    put(
        "/api/v1/tasks",
        "{\"id\":\"%s\",\"target\":{\"http\":{\"url\":\"%s\"}},\"policy\":%s}"
            .formatted(id, sink.url("/ok"), policy));
  }

  private void shell(String id, String command, String policy) throws Exception {
    put(
        "/api/v1/tasks",
        "{\"id\":\"%s\",\"schedule\":{\"every\":\"1h\"},\"target\":{\"shell\":{\"command\":\"%s\"}},\"policy\":%s}"
            .formatted(id, command.replace("\"", "\\\""), policy));
  }

  private void put(String path, String body) throws Exception {
    MemberProcess.Answer answer = member.call("POST", path, body);
    assertTrue(answer.status() < 300, () -> path + " " + body + ": " + answer.json());
  }

  private List<CallbackSink.Callback> calls(String id) {
    return sink.of(call -> call.taskId().equals(id));
  }

  private List<Long> numbers(String id) {
    return calls(id).stream().map(CallbackSink.Callback::runNumber).toList();
  }

  /** Numbers below the latest that were never called. */
  private long missing(String id) {
    List<Long> called = numbers(id).stream().distinct().toList();
    return called.stream().mapToLong(Long::longValue).max().orElse(0) - called.size();
  }

  private JsonNode get(String id) throws Exception {
    return member.get("/api/v1/tasks/" + id).json();
  }

  private int status(String id) {
    try {
      return member.get("/api/v1/tasks/" + id).status();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private List<JsonNode> runs(String id) {
    try {
      List<JsonNode> runs = new ArrayList<>();
      member.get("/api/v1/tasks/" + id + "/runs").json().path("runs").forEach(runs::add);
      return runs;
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static Predicate<JsonNode> outcome(String outcome) {
    return run -> run.path("outcome").asText().equals(outcome);
  }

  private JsonNode awaitRun(String id, Predicate<JsonNode> which) throws InterruptedException {
    sink.await("a run of " + id, 20, () -> runs(id).stream().anyMatch(which));
    return runs(id).stream().filter(which).findFirst().orElseThrow();
  }

  private void awaitState(String id, String state) throws InterruptedException {
    sink.await(
        state + " of " + id,
        20,
        () -> {
          try {
            return get(id).path("state").asText().equals(state);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  private static long millis(JsonNode json, String field) {
    return Instant.parse(json.path(field).asText()).toEpochMilli();
  }
}
