package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What three processes tell of the past, whichever is asked, and when one of them is gone. */
class ClusterHistoryTest {
  private static final int TASKS = 12;
  private static final String MISSING = "X-Xcron-Missing-Members";

  @TempDir Path directory;

  @Test
  void theirPastIsToldByAnyMemberAndOutlivesOneOfThem() throws Exception {
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster = new MemberCluster(directory, 3, Map.of())) {
      cluster.start();
      for (int i = 0; i < TASKS; i++) {
        create(cluster.member(i % 3), sink, "t" + i);
      }
      sink.await("each task has run", 20, () -> sink.callbacks().size() >= TASKS);
      for (MemberProcess member : cluster.running()) {
        await(
            sink, member, "/api/v1/stats?window=1h", stats -> stats.path("runs").asInt() == TASKS);
        checkPast(member);
        assertEquals("", member.header("/api/v1/stats", MISSING));
      }

      // Records have gone to their copies a second after they were made.
      awaitCopies(sink, cluster);
      cluster.kill(1);
      for (MemberProcess member : cluster.running()) {
        await(
            sink, member, "/api/v1/stats?window=24h", stats -> stats.path("runs").asInt() == TASKS);
        checkPast(member);
      }
      cluster.start(1);
      for (MemberProcess member : cluster.running()) {
        await(
            sink, member, "/api/v1/stats?window=24h", stats -> stats.path("runs").asInt() == TASKS);
        checkPast(member);
      }

      MemberProcess hung = cluster.member(2);
      MemberProcess.signal("STOP", hung.pid());
      MemberProcess asked = cluster.member(0);
      for (String path : new String[] {"/api/v1/tasks/t0/runs", "/api/v1/stats", "/api/v1/audit"}) {
        assertTrue(asked.header(path, MISSING).startsWith("127.0.0.1:"), path);
      }
      MemberProcess.signal("CONT", hung.pid());
    }
  }

  /** Few kills here; {@code .ci/soak} has twenty. */
  @Test
  void theFiguresEqualARecountOfTheRunsAfterKills() throws Exception {
    int kills = Integer.getInteger("xcron.history.kills", 2);
    long seed = Long.getLong("xcron.seed", System.nanoTime());
    Random random = new Random(seed);
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster = new MemberCluster(directory, 3, Map.of())) {
      cluster.start();
      sink.answer(callback -> callback.runNumber() % 7 == 0 ? 400 : 200);
      for (int i = 0; i < TASKS; i++) {
        MemberProcess.Answer made =
            cluster
                .member(0)
                .call(
                    "PUT",
                    "/api/v1/tasks/t" + i,
                    "{\"schedule\":{\"every\":\"100ms\"},\"target\":{\"http\":{\"url\":\""
                        + sink.url("/often")
                        + "\"}},\"policy\":{\"retry\":{\"attempts\":1}}}");
        assertEquals(201, made.status(), made::toString);
      }
      for (int kill = 0; kill < kills; kill++) {
        awaitMore(sink, 20 * TASKS);
        int victim = random.nextInt(3);
        cluster.kill(victim);
        awaitMore(sink, 20 * TASKS);
        cluster.start(victim);
        cluster.awaitWhole();
      }
      for (int i = 0; i < TASKS; i++) {
        assertEquals(
            200, cluster.member(0).call("POST", "/api/v1/tasks/t" + i + "/pause", "").status());
      }
      for (MemberProcess member : cluster.running()) {
        sink.await(
            "what " + member.pid() + " tells equals a recount, seed " + seed,
            30,
            () -> asked(() -> recount(member).equals(figures(member))));
      }
      Map<String, Long> runs = recount(cluster.member(0));
      long called =
          sink.callbacks().stream().map(CallbackSink.Callback::idempotencyKey).distinct().count();
      String books = called + " runs called, " + kills + " kills, records " + runs;
      long failed = runs.getOrDefault("failure", 0L);
      assertTrue(failed > 0, books);
      // A killed member loses the records of its last second, and no others.
      long gone = called - failed - runs.getOrDefault("success", 0L);
      assertTrue(gone <= kills * 10L * TASKS, books);
      System.out.println("[history] " + books);
    }
  }

  private static void awaitMore(CallbackSink sink, int count) throws InterruptedException {
    int until = sink.callbacks().size() + count;
    sink.await(count + " more callbacks", 60, () -> sink.callbacks().size() >= until);
  }

  /** How many runs ended in which way, counted one by one. */
  private static Map<String, Long> recount(MemberProcess member)
      throws IOException, InterruptedException {
    Map<String, Long> outcomes = new TreeMap<>();
    for (int i = 0; i < TASKS; i++) {
      String path = "/api/v1/tasks/t" + i + "/runs?limit=1000";
      JsonNode page;
      for (String cursor = ""; ; cursor = "&cursor=" + page.path("next_cursor").asText()) {
        page = member.get(path + cursor).json();
        for (JsonNode run : page.path("runs")) {
          outcomes.merge(run.path("outcome").asText(), 1L, Long::sum);
        }
        if (page.path("next_cursor").isNull()) {
          break;
        }
      }
    }
    return outcomes;
  }

  private static Map<String, Long> figures(MemberProcess member)
      throws IOException, InterruptedException {
    Map<String, Long> outcomes = new TreeMap<>();
    member
        .get("/api/v1/stats?window=24h")
        .json()
        .path("outcomes")
        .properties()
        .forEach(
            outcome -> {
              if (outcome.getValue().asLong() > 0) {
                outcomes.put(outcome.getKey(), outcome.getValue().asLong());
              }
            });
    return outcomes;
  }

  private static void create(MemberProcess member, CallbackSink sink, String id)
      throws IOException, InterruptedException {
    MemberProcess.Answer answer =
        member.call(
            "PUT",
            "/api/v1/tasks/" + id,
            "{\"schedule\":{\"at\":"
                + (System.currentTimeMillis() + 100)
                + "},\"target\":{\"http\":{\"url\":\""
                + sink.url("/past")
                + "\"}}}");
    assertEquals(201, answer.status(), answer::toString);
  }

  /** Each task's run, the explanation of it, the host that was called, and who made the task. */
  private static void checkPast(MemberProcess member) throws IOException, InterruptedException {
    for (int i = 0; i < TASKS; i++) {
      JsonNode runs = member.get("/api/v1/tasks/t" + i + "/runs").json();
      assertEquals(1, runs.path("runs").size(), () -> runs.toString());
      JsonNode run = runs.path("runs").path(0);
      assertEquals(run, member.get("/api/v1/runs/t" + i + "/1").json());
      String at = run.path("due").asText();
      JsonNode explained = member.get("/api/v1/tasks/t" + i + "/explain?at=" + at).json();
      assertEquals(run, explained.path("run"), explained::toString);
    }
    JsonNode hosts = member.get("/api/v1/stats?window=24h").json().path("hosts");
    assertEquals(1, hosts.size(), hosts::toString);
    assertTrue(hosts.path(0).path("host").asText().startsWith("127.0.0.1:"), hosts::toString);
    Set<String> created = new HashSet<>();
    JsonNode lines = member.get("/api/v1/audit?limit=1000").json().path("audit");
    for (JsonNode line : lines) {
      if (line.path("action").asText().equals("create")) {
        assertTrue(created.add(line.path("task_id").asText()), "told twice: " + line);
      }
    }
    assertEquals(TASKS, created.size(), lines::toString);
  }

  private static void awaitCopies(CallbackSink sink, MemberCluster cluster)
      throws InterruptedException {
    sink.await(
        "each record has a copy",
        20,
        () -> cluster.running().stream().mapToLong(ClusterHistoryTest::copied).sum() >= 2L * TASKS);
  }

  /** Run records and audit lines that another member has acknowledged. */
  private static long copied(MemberProcess member) {
    return asked(() -> member.metric("xcron_history_copied_total"));
  }

  private interface Question<T> {
    T ask() throws IOException, InterruptedException;
  }

  private static <T> T asked(Question<T> question) {
    try {
      return question.ask();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void await(
      CallbackSink sink, MemberProcess member, String path, Predicate<JsonNode> condition)
      throws InterruptedException {
    sink.await(path, 20, () -> asked(() -> condition.test(member.get(path).json())));
  }
}
