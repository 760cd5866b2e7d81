package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
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
    try {
      return member.metric("xcron_history_copied_total");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  private static void await(
      CallbackSink sink, MemberProcess member, String path, Predicate<JsonNode> condition)
      throws InterruptedException {
    sink.await(
        path,
        20,
        () -> {
          try {
            return condition.test(member.get(path).json());
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
          }
        });
  }
}
