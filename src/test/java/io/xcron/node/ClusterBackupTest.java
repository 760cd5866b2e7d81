package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators do to three members: back them up, restore all, and reset voters that live. */
class ClusterBackupTest {
  private static final int MEMBERS = 3;
  private static final int TASKS = 60;

  @TempDir Path directory;

  @Test
  void aWholeClusterStartsOnTheCopiesOfItsMembersAndVotersThatAnswerAreNotReset() throws Exception {
    Path restored = Files.createDirectory(directory.resolve("restored"));
    List<String> kept = new ArrayList<>();
    try (MemberCluster cluster =
        new MemberCluster(Files.createDirectory(directory.resolve("old")), MEMBERS, Map.of())) {
      cluster.start();
      create(cluster, kept, "t");
      MemberProcess.Answer reset =
          cluster
              .member(0)
              .call("POST", "/api/v1/cluster/cp/reset", "{\"old_majority_is_dead\":true}");
      assertEquals(409, reset.status(), reset::toString);
      assertTrue(reset.json().path("detail").asText().contains("nothing is lost"), reset::toString);

      List<Path> copies = new ArrayList<>();
      for (int i = 0; i < MEMBERS; i++) {
        MemberProcess.Answer made =
            cluster.member(i).call("POST", "/api/v1/cluster/backup", "{\"name\":\"all\"}");
        assertEquals(201, made.status(), made::toString);
        assertTrue(made.json().path("slice").asLong() > 0, made::toString);
        copies.add(Path.of(made.json().path("path").asText()));
        // Copies of different moments: what comes between them may be there or not.
        create(cluster, new ArrayList<>(), "between" + i + "-");
      }
      for (int i = 0; i < MEMBERS; i++) {
        cluster.kill(i);
        Files.move(copies.get(i), MemberCluster.data(restored, i));
      }
    }
    try (MemberCluster cluster = new MemberCluster(restored, MEMBERS, Map.of())) {
      cluster.start();
      for (MemberProcess member : cluster.running()) {
        for (String id : kept) {
          MemberProcess.Answer read = member.get("/api/v1/tasks/" + id);
          assertEquals(200, read.status(), () -> id + " is not in the copies: " + read);
        }
      }
      create(cluster, new ArrayList<>(), "after");
    }
  }

  @Test
  void anOperatorStartsTheVotersAnewWhenTheirMajorityIsGoneForEver() throws Exception {
    List<String> kept = new ArrayList<>();
    try (MemberCluster cluster = new MemberCluster(directory, 5, Map.of())) {
      cluster.start(new int[] {0, 1, 2}, MEMBERS);
      create(cluster, kept, "t");
      cluster.kill(1);
      cluster.kill(2);
      // Two others in their place, on other addresses: nobody can know what became of the old ones.
      CompletableFuture<Void> others =
          CompletableFuture.runAsync(() -> cluster.start(new int[] {3, 4}, MEMBERS));
      AtomicReference<String> refusals = new AtomicReference<>("");
      ProbeProcess.awaitAny("the voters start anew", 60, () -> reset(cluster.member(0), refusals));
      assertTrue(refusals.get().contains("say that it is dead"), refusals::get);
      others.get(60, TimeUnit.SECONDS);
      for (MemberProcess member : cluster.running()) {
        for (String id : kept) {
          MemberProcess.Answer read = member.get("/api/v1/tasks/" + id);
          assertEquals(200, read.status(), () -> id + " is gone: " + read);
        }
      }
      create(cluster, new ArrayList<>(), "after");
    }
  }

  /** First without the operator's word, until that is what is missing; then with it. */
  private static boolean reset(MemberProcess member, AtomicReference<String> refusals) {
    boolean word = refusals.get().contains("say that it is dead");
    try {
      MemberProcess.Answer answer =
          member.call(
              "POST",
              "/api/v1/cluster/cp/reset",
              "{\"old_majority_is_dead\":" + word + ",\"missing_journals_are_lost\":" + word + "}");
      if (answer.status() == 409) {
        refusals.accumulateAndGet(
            answer.json().path("detail").asText(), (before, now) -> before + "; " + now);
      }
      return answer.status() == 200;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void create(MemberCluster cluster, List<String> kept, String prefix)
      throws IOException, InterruptedException {
    for (int i = 0; i < TASKS; i++) {
      String id = prefix + i;
      MemberProcess.Answer answer =
          cluster
              .running()
              .get(i % MEMBERS)
              .call(
                  "PUT",
                  "/api/v1/tasks/" + id,
                  "{\"schedule\":{\"every\":\"1h\"},\"target\":{\"http\":{\"url\":\"http://127.0.0.1:9/\"}}}");
      assertEquals(201, answer.status(), () -> id + ": " + answer);
      kept.add(id);
    }
  }
}
