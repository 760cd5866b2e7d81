package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes whose number changes while tasks are created and fire; then the books are balanced. */
class ClusterSizeTest {

  /** By the contract it is 20 s on a machine of its own; here others work too. */
  private static final long WITHOUT_FIRES_MILLIS = 90_000;

  @TempDir Path directory;

  private final long seed = Long.getLong("xcron.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** What happens to the members during the storm. */
  @FunctionalInterface
  private interface Change {
    void happen(MemberCluster cluster) throws Exception;
  }

  @Test
  void oneMemberBecomesThreeByARestartAndOneAgainByTheOperatorsWord() throws Exception {
    try (MemberCluster cluster = new MemberCluster(directory, 3, Map.of())) {
      Books books =
          storm(
              cluster,
              1,
              changing -> {
                changing.stop(0);
                changing.start(new int[] {0, 1, 2}, 3);
                Storm.pause(1_000);
              });
      for (MemberProcess member : cluster.running()) {
        books.checkTasks(member);
      }
      aloneOnlyByTheOperatorsWord(cluster, books);
    }
  }

  private void aloneOnlyByTheOperatorsWord(MemberCluster cluster, Books books) throws Exception {
    for (int i = 2; i >= 0; i--) {
      assertEquals(0, cluster.stop(i));
    }
    Path log = directory.resolve("alone.log");
    Path data = MemberCluster.data(directory, 0);
    Process refused = MemberProcess.launch(data, cluster.settings(0, 1), log);
    assertTrue(refused.waitFor(30, TimeUnit.SECONDS));
    assertNotEquals(0, refused.exitValue());
    assertTrue(
        Files.readString(log).contains("XCRON_JOURNAL_LEAVE_CLUSTER"), Files.readString(log));

    Map<String, String> word = cluster.settings(0, 1);
    word.put("XCRON_JOURNAL_LEAVE_CLUSTER", "true");
    try (MemberProcess alone = MemberProcess.start(data, word)) {
      books.checkTasks(alone);
      assertEquals(1, alone.get("/api/v1/cluster").json().path("size").asInt());
    }
  }

  @Test
  void threeMembersBecomeFiveAndThreeAgainWhileTasksFire() throws Exception {
    try (MemberCluster cluster = new MemberCluster(directory, 5, Map.of())) {
      Books books =
          storm(
              cluster,
              3,
              changing -> {
                grow(changing);
                shrink(changing);
              });
      for (MemberProcess member : cluster.running()) {
        books.checkTasks(member);
      }
      fullRestartKnowsTheSize(cluster, books);
    }
  }

  private static void grow(MemberCluster cluster) throws Exception {
    assertEquals(200, resize(cluster, 1, 5).status());
    cluster.start(new int[] {3, 4}, 5);
    await(
        cluster,
        "five members that vote, fire and keep copies",
        shown -> {
          boolean all = shown.path("members").size() == 5;
          for (JsonNode member : shown.path("members")) {
            all &= member.path("owned_partitions").asInt() > 0;
          }
          return all
              && shown.path("cp").path("voters").asInt() == 5
              && !warnings(shown).contains("seat");
        });
  }

  /** A member of the first three leaves, and one that came later. */
  private static void shrink(MemberCluster cluster) throws Exception {
    MemberProcess.Answer early = resize(cluster, 0, 3);
    assertEquals(409, early.status());
    assertTrue(early.json().path("detail").asText().contains("5 members are present"));
    assertEquals(0, cluster.stop(1));
    assertEquals(0, cluster.stop(3));
    ProbeProcess.awaitAny(
        "three members are agreed",
        30,
        () -> {
          try {
            return resize(cluster, 2, 3).status() == 200;
          } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    await(cluster, "three members of three", shown -> shown.path("size").asInt() == 3);
  }

  /** They are told of five members as before, and of a seat that is no more. */
  private static void fullRestartKnowsTheSize(MemberCluster cluster, Books books) throws Exception {
    for (int i : new int[] {0, 2, 4}) {
      cluster.kill(i);
    }
    cluster.start(new int[] {0, 2, 4}, 5);
    for (MemberProcess member : cluster.running()) {
      JsonNode shown = member.get("/api/v1/cluster").json();
      assertEquals(3, shown.path("size").asInt());
      assertTrue(warnings(shown).contains("the agreed size is 3"), () -> warnings(shown));
      books.checkTasks(member);
    }
  }

  private Books storm(MemberCluster cluster, int members, Change change) throws Exception {
    try (CallbackSink sink = new CallbackSink()) {
      Books books = new Books(seed, sink);
      cluster.start(IntStream.range(0, members).toArray(), members);
      Storm storm = Storm.light(cluster, books, random, Books::soon);
      Storm.pause(1_500);
      change.happen(cluster);
      storm.join();
      sink.await("every one-shot has fired, seed " + seed, 60, () -> books.missing().isEmpty());
      long latest = latestMillis(sink);
      System.out.println(books.checkCallbacks() + "; the latest fire " + latest + " ms");
      assertTrue(latest < WITHOUT_FIRES_MILLIS, () -> "seed " + seed + ": " + latest + " ms");
      assertTrue(books.acknowledged() > 50, "seed " + seed + ": no storm");
      return books;
    }
  }

  private static long latestMillis(CallbackSink sink) {
    Map<String, Long> lags = new HashMap<>();
    for (CallbackSink.Callback callback : sink.callbacks()) {
      lags.putIfAbsent(callback.taskId(), callback.arrivedMillis() - callback.dueMillis());
    }
    return lags.values().stream().mapToLong(lag -> lag).max().orElseThrow();
  }

  private static MemberProcess.Answer resize(MemberCluster cluster, int i, int size)
      throws IOException, InterruptedException {
    return cluster.member(i).call("POST", "/api/v1/cluster/size", "{\"size\":" + size + "}");
  }

  /** Until each member shows it. */
  private static void await(MemberCluster cluster, String what, Predicate<JsonNode> shown)
      throws InterruptedException {
    ProbeProcess.awaitAny(
        what,
        60,
        () -> {
          try {
            for (MemberProcess member : cluster.running()) {
              JsonNode now = member.get("/api/v1/cluster").json();
              if (!shown.test(now)) {
                System.out.println("not yet " + what + ": " + warnings(now) + now.path("cp"));
                return false;
              }
            }
            return true;
          } catch (IOException e) {
            return false;
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
          }
        });
  }

  private static String warnings(JsonNode shown) {
    StringBuilder all = new StringBuilder();
    shown.path("warnings").forEach(warning -> all.append(warning.asText()).append('\n'));
    return all.toString();
  }
}
