package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * All members are killed at a random instant while tasks move from one to another: to an empty one
 * in place of one whose disk is gone, away from one that stops, or to one that comes back. All the
 * while some are created and deleted, and none fires. After each restart the {@link Books} are
 * balanced with what is listed.
 */
class MigrationKillTest {
  private static final int TASKS = Integer.getInteger("xcron.migration.tasks", 3_000);
  private static final int ROUNDS = Integer.getInteger("xcron.migration.rounds", 2);
  private static final int MEMBERS = 3;
  private static final int LINES = 5_000;
  private static final int MOST_TRIES = 3;
  private static final long FAR_MILLIS = Instant.parse("2040-01-01T00:00:00Z").toEpochMilli();

  /** By the contract it is 30 s on a machine of its own; here others work too. */
  private static final long SERVING_SECONDS =
      Integer.getInteger("xcron.migration.serving.seconds", 90);

  private static final long COPYING_MILLIS = 15_000;

  @TempDir Path directory;

  private final long seed = Long.getLong("xcron.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void nothingIsLostWhenAllMembersAreKilledWhileTasksMove() throws Exception {
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster = new MemberCluster(directory, MEMBERS, Map.of())) {
      Books books = new Books(seed, sink);
      cluster.start();
      cluster.awaitCopies();
      fill(cluster, books, sink);
      for (int round = 0; round < ROUNDS; round++) {
        long begun = System.nanoTime();
        cluster.awaitCopies();
        String what = move(cluster, books, round);
        long killed = System.nanoTime();
        cluster.start();
        cluster.awaitWhole();
        int listed = books.checkExport(cluster.member(random.nextInt(MEMBERS)));
        System.out.printf(
            "round %d: %s; %d listed, whole %d ms after the kill, in all %d ms%n",
            round, what, listed, millisSince(killed), millisSince(begun));
      }
      cluster.awaitCopies();
      for (MemberProcess member : cluster.running()) {
        holdsAll(member, books.checkExport(member));
      }
      assertTrue(sink.callbacks().isEmpty(), () -> "seed " + seed + ": " + sink.callbacks());
    }
  }

  private static void fill(MemberCluster cluster, Books books, CallbackSink sink)
      throws IOException, InterruptedException {
    Map<String, Long> taken = new HashMap<>();
    for (int from = 0; from < TASKS; from += LINES) {
      StringBuilder lines = new StringBuilder();
      int until = Math.min(TASKS, from + LINES);
      for (int i = from; i < until; i++) {
        taken.put("m" + i, FAR_MILLIS + i);
        lines
            .append("{\"id\":\"m%d\",\"schedule\":{\"at\":%d},".formatted(i, FAR_MILLIS + i))
            .append("\"target\":{\"http\":{\"url\":\"%s\"}}}\n".formatted(sink.url("/far")));
      }
      MemberProcess member = cluster.member(from / LINES % MEMBERS);
      // On a machine without CPU to spare nobody may know of some, as the contract says.
      for (int tries = 1; member.importLines(lines.toString()) < until - from; tries++) {
        assertTrue(tries < MOST_TRIES, "the lines above were not taken");
      }
    }
    books.imported(taken);
  }

  /** Something moves, some are created and deleted, and all are killed. */
  private String move(MemberCluster cluster, Books books, int round) throws Exception {
    Storm storm = Storm.light(cluster, books, random, own -> FAR_MILLIS);
    int victim = random.nextInt(MEMBERS);
    String what;
    try {
      what =
          switch (round < 2 ? round : random.nextInt(4)) {
            case 0 -> fullStopAndALostDisk(cluster, books, victim);
            case 1 -> anEmptyOneInItsPlace(cluster, victim);
            case 2 -> anOrderlyStop(cluster, victim);
            default -> aReturn(cluster, victim);
          };
      cluster.killAll();
    } finally {
      storm.end();
    }
    storm.join();
    return what;
  }

  /** The two that are left serve without being asked, and the empty one too. */
  private String fullStopAndALostDisk(MemberCluster cluster, Books books, int victim)
      throws Exception {
    List<CompletableFuture<Integer>> stops = new ArrayList<>();
    for (int i = 0; i < MEMBERS; i++) {
      int stopping = i;
      stops.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return cluster.stop(stopping);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              },
              command -> Thread.ofVirtual().start(command)));
    }
    stops.forEach(stop -> assertEquals(0, stop.join()));
    cluster.loseDisk(victim);
    long begun = System.nanoTime();
    cluster.start();
    for (MemberProcess member : cluster.running()) {
      String id = "after" + Long.toHexString(random.nextLong());
      assertEquals(201, books.create(member, FAR_MILLIS, id).status());
    }
    long serving = millisSince(begun);
    assertTrue(
        serving <= TimeUnit.SECONDS.toMillis(SERVING_SECONDS),
        () -> "seed " + seed + ": serving after " + serving + " ms");
    Storm.pause(random.nextInt(1_000));
    int few = MemberCluster.shortOf(cluster.member((victim + 1) % MEMBERS));
    return "a full stop, and one disk lost: serving after "
        + serving
        + " ms, killed with "
        + few
        + " partitions to be copied";
  }

  private String anEmptyOneInItsPlace(MemberCluster cluster, int victim) throws Exception {
    cluster.kill(victim);
    cluster.loseDisk(victim);
    return "an empty one in place of a dead one" + untilSomeHaveMoved(cluster, victim);
  }

  private String aReturn(MemberCluster cluster, int victim) throws Exception {
    assertEquals(0, cluster.stop(victim));
    Storm.pause(random.nextInt(500));
    return "a return" + untilSomeHaveMoved(cluster, victim);
  }

  private String anOrderlyStop(MemberCluster cluster, int victim) throws InterruptedException {
    MemberProcess.signal("TERM", cluster.member(victim).pid());
    int millis = random.nextInt(2_000);
    Storm.pause(millis);
    return "an orderly stop, killed after " + millis + " ms";
  }

  /**
   * Starts it, and waits until no more than a random number of partitions is to be copied. Where
   * others work too it may never come to that while tasks are created: then it was long enough.
   */
  private String untilSomeHaveMoved(MemberCluster cluster, int joining) throws Exception {
    MemberProcess survivor = cluster.member((joining + 1) % MEMBERS);
    awaitMembers(survivor, MEMBERS - 1);
    var unused = cluster.begin(joining);
    awaitMembers(survivor, MEMBERS);
    int all = MemberCluster.shortOf(survivor);
    int few = random.nextInt(Math.max(1, all));
    long begun = System.nanoTime();
    int left = all;
    while (left > few && millisSince(begun) < COPYING_MILLIS) {
      Storm.pause(5);
      left = MemberCluster.shortOf(survivor);
    }
    return ", killed with "
        + left
        + " of "
        + all
        + " partitions to be copied, "
        + millisSince(begun)
        + " ms after it had joined";
  }

  private void awaitMembers(MemberProcess member, int count) throws InterruptedException {
    ProbeProcess.awaitAny(
        count + " members, seed " + seed, 60, () -> view(member).path("members").size() == count);
  }

  private static JsonNode view(MemberProcess member) {
    try {
      return member.get("/api/v1/cluster").json();
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void holdsAll(MemberProcess member, int listed) throws InterruptedException {
    ProbeProcess.awaitAny(
        "a copy of all " + listed + " on each, seed " + seed,
        20,
        () -> {
          for (JsonNode one : view(member).path("members")) {
            if (one.path("tasks").asInt() != listed) {
              return false;
            }
          }
          return true;
        });
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
