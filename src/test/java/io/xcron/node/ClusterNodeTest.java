package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three processes that are one scheduler. */
class ClusterNodeTest {
  private static final String CALENDAR =
      """
      {"zone":"UTC","exclude":["2030-01-01"],"exclude_days":[],"include":[],"on_excluded":"skip"}
      """;

  @TempDir Path directory;

  private final long seed = Long.getLong("xcron.seed", System.nanoTime());
  private final Random random = new Random(seed);

  @Test
  void tasksAndDefinitionsAreTakenByAnyMemberAndFireOnceAndSurviveAnOrderlyStop() throws Exception {
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster = new MemberCluster(directory, 3, Map.of())) {
      long begun = System.nanoTime();
      cluster.start();
      System.out.println("three members are ready after " + millisSince(begun) + " ms");
      Books books = new Books(seed, sink);
      for (int i = 0; i < 150; i++) {
        create(books, cluster.member(i % 3), "t" + i);
      }
      for (MemberProcess member : cluster.running()) {
        books.checkTasks(member);
      }
      sink.await("every one-shot has fired, seed " + seed, 30, () -> books.missing().isEmpty());
      assertEquals(201, cluster.member(1).call("PUT", "/api/v1/calendars/free", CALENDAR).status());
      for (MemberProcess member : cluster.running()) {
        MemberProcess.Answer read = member.get("/api/v1/calendars/free");
        assertEquals(200, read.status(), read::toString);
      }

      ListWalker walker = new ListWalker(cluster.member(0), staying(cluster.member(1)));
      begun = System.nanoTime();
      assertEquals(0, cluster.stop(2));
      System.out.println("a member has stopped in order after " + millisSince(begun) + " ms");
      for (int i = 0; i < 50; i++) {
        create(books, cluster.member(i % 2), "u" + i);
      }
      sink.await("every one-shot has fired, seed " + seed, 30, () -> books.missing().isEmpty());
      cluster.start(2);
      walker.end();
      for (MemberProcess member : cluster.running()) {
        books.checkTasks(member);
        MemberProcess.Answer read = member.get("/api/v1/calendars/free");
        assertEquals(200, read.status(), read::toString);
        awaitOneRaftLeader(sink, member);
      }
      System.out.println(books.checkCallbacks());
    }
  }

  /** Tasks that nothing happens to. */
  private static Set<String> staying(MemberProcess member) throws Exception {
    Set<String> ids = new HashSet<>();
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < 3_000; i++) {
      ids.add("stays" + i);
      lines
          .append("{\"id\":\"stays")
          .append(i)
          .append("\",\"schedule\":{\"at\":\"2040-01-01T00:00:00Z\"},");
      lines.append("\"target\":{\"http\":{\"url\":\"http://127.0.0.1:1/\"}}}\n");
    }
    assertEquals(3_000, member.importLines(lines.toString()));
    return ids;
  }

  private void create(Books books, MemberProcess member, String id) throws Exception {
    MemberProcess.Answer answer = books.create(member, random, id);
    assertEquals(201, answer.status(), () -> id + ": " + answer);
  }

  /** Also when the one that came back leads, which votes under another name than it has. */
  private static void awaitOneRaftLeader(CallbackSink sink, MemberProcess member)
      throws InterruptedException {
    sink.await(
        "one member is told to lead Raft",
        20,
        () -> {
          try {
            return member
                    .get("/api/v1/cluster")
                    .json()
                    .path("members")
                    .valueStream()
                    .filter(one -> one.path("cp_leader").asBoolean())
                    .count()
                == 1;
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
          }
        });
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
