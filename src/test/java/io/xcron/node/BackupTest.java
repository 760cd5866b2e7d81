package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcron.http.ClusterControl;
import io.xcron.http.ClusterControl.Refused;
import io.xcron.journal.Journal;
import io.xcron.journal.JournalConfig;
import io.xcron.journal.JournalMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Copies of a journal that is being written to, and members that are started on them. */
class BackupTest {
  private static final String BACKUP = "/api/v1/cluster/backup";
  private static final int CLIENTS = 6;
  private static final int BEFORE = 300;

  @TempDir Path directory;

  private final Set<String> acknowledged = ConcurrentHashMap.newKeySet();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();

  @Test
  void aMemberStartsOnTheCopyOfAnotherInAStormWithAllThatWasAcknowledgedBeforeIt()
      throws Exception {
    try (CallbackSink sink = new CallbackSink();
        MemberProcess member = MemberProcess.start(directory.resolve("data"), Map.of())) {
      for (int i = 0; i < BEFORE; i++) {
        create(member, sink, "before" + i);
      }
      assertEquals(
          204, member.call("DELETE", "/api/v1/tasks/before0", "").status(), "a deleted one");
      acknowledged.remove("before0");

      List<Thread> storm = storm(member, sink);
      Set<String> known = Set.copyOf(acknowledged);
      MemberProcess.Answer made = member.call("POST", BACKUP, "{\"name\":\"copy\"}");
      int then = acknowledged.size();
      assertEquals(201, made.status(), made::toString);
      assertTrue(known.size() > BEFORE, "no storm was under way: " + known.size());
      for (Thread client : storm) {
        client.interrupt();
        client.join();
      }
      assertTrue(
          acknowledged.size() > then || then > known.size(), "nothing was written meanwhile");
      assertEquals(Set.of(), refused, "a backup lets writes go on");

      Path copy = Path.of(made.json().path("path").asText());
      assertEquals(directory.resolve("data").resolve("backups").resolve("copy"), copy);
      assertEquals(bytesIn(copy), made.json().path("bytes").asLong());
      assertTrue(made.json().path("slice").asLong() > 0, made::toString);
      assertEquals("done", cluster(member).path("backup").path("state").asText());
      assertEquals("open", cluster(member).path("journal").path("state").asText());
      assertEquals(409, member.call("POST", BACKUP, "{\"name\":\"copy\"}").status());
      assertEquals(409, member.call("POST", "/api/v1/cluster/cp/reset", "{}").status());
      List<String> actions =
          member.get("/api/v1/audit?limit=1000").json().path("audit").findValuesAsText("action");
      assertEquals(1, actions.stream().filter("backup"::equals).count());

      Path restored = directory.resolve("restored");
      Files.move(copy, restored);
      try (MemberProcess second = MemberProcess.start(restored, Map.of())) {
        for (String id : known) {
          assertEquals(
              200, second.get("/api/v1/tasks/" + id).status(), () -> id + " is not in the copy");
        }
        assertEquals(404, second.get("/api/v1/tasks/before0").status());
        assertFalse(
            second.logText().contains("WARNING"), () -> "it opens cleanly: " + second.logText());
        create(second, sink, "after");
        assertEquals(0, second.stop(), second::logText);
      }
    }
  }

  /** Clients that create until they are interrupted; each has created one when this returns. */
  private List<Thread> storm(MemberProcess member, CallbackSink sink) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(CLIENTS);
    List<Thread> clients = new ArrayList<>();
    for (int client = 0; client < CLIENTS; client++) {
      int number = client;
      clients.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                        create(member, sink, "storm" + number + "-" + i);
                        begun.countDown();
                      }
                    } catch (IOException | InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
    }
    begun.await();
    return clients;
  }

  private void create(MemberProcess member, CallbackSink sink, String id)
      throws IOException, InterruptedException {
    MemberProcess.Answer answer =
        member.call(
            "PUT",
            "/api/v1/tasks/" + id,
            "{\"schedule\":{\"every\":\"1h\"},\"target\":{\"http\":{\"url\":\""
                + sink.url("/hourly")
                + "\"}}}");
    (answer.status() == 201 ? acknowledged : refused).add(id);
  }

  private static JsonNode cluster(MemberProcess member) throws IOException, InterruptedException {
    return member.get("/api/v1/cluster").json();
  }

  private static long bytesIn(Path copy) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(copy)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private Journal journal() {
    return Journal.open(
        JournalConfig.of(directory.resolve("data"), "test", 5, JournalMode.SINGLE)
            .withFreshWhole(true));
  }

  @Test
  void oneIsMadeAtATimeAndALeftoverOfAKilledProcessIsCleared() throws Exception {
    CyclicBarrier atWork = new CyclicBarrier(2);
    try (Journal journal = journal();
        Backups backups =
            new Backups(
                directory.resolve("data"),
                () -> journal,
                () -> {
                  meet(atWork);
                  return 9;
                })) {
      Path folder = directory.resolve("data").resolve(Backups.FOLDER);
      Path partial = folder.resolve(".partial-" + journal.identity().store());
      Files.createDirectories(partial);
      Files.writeString(partial.resolve("mark"), "half");

      ClusterControl.Backup first = backups.begin(null, Instant.parse("2026-11-21T08:00:00Z"));
      Refused second =
          Assertions.assertThrows(Refused.class, () -> backups.begin("second", Instant.EPOCH));
      assertEquals(Refused.Why.CONFLICT, second.why());
      meet(atWork);
      assertEquals(9, first.copy().join().slice());
      assertEquals("20261121T080000.000Z", first.name());
      try (Stream<Path> left = Files.list(folder)) {
        assertEquals(List.of(first.path()), left.toList());
      }
    }
  }

  @Test
  void aBackupThatFailsLeavesNothingAndTheNextOneIsMade() {
    Backups other;
    try (Journal journal = journal()) {
      Path data = directory.resolve("data");
      Backups backups = new Backups(data, () -> journal, () -> 0);
      backups.begin("full", Instant.EPOCH).copy().join();
      // The name is taken while the copy is made: it cannot take its place.
      other =
          new Backups(
              data,
              () -> journal,
              () -> {
                try {
                  Files.createDirectories(
                      data.resolve(Backups.FOLDER).resolve("late").resolve("x"));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
                return 0;
              });
      ClusterControl.Backup late = other.begin("late", Instant.EPOCH);
      Assertions.assertThrows(RuntimeException.class, () -> late.copy().join());
      assertFalse(
          Files.exists(
              data.resolve(Backups.FOLDER).resolve(".partial-" + journal.identity().store())));
      JsonNode told = other.describe();
      assertTrue(told != null && told.path("state").asText().equals("failed"), () -> "" + told);
      other.begin("next", Instant.EPOCH).copy().join();
    }
    Refused shut = Assertions.assertThrows(Refused.class, () -> other.begin("shut", Instant.EPOCH));
    assertEquals(Refused.Why.NOT_NOW, shut.why());
  }

  private static void meet(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
