package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members, of which one has a disk that somebody else fills. */
class ClusterDiskTest {
  private static final int MEGABYTES = 300;
  private static final int FULL = 1;
  private static final int CREATES = 150;

  @TempDir Path directory;

  private final long seed = Long.getLong("xcron.seed", System.nanoTime());
  private final Random random = new Random(seed);
  private int rounds;

  @Test
  void whereOneHasNoRoomTheOthersGoOnAndNothingIsLost() throws Exception {
    Path own = Files.createDirectories(directory.resolve("member" + FULL));
    try (SmallDisk disk = SmallDisk.mount(own, MEGABYTES)) {
      Assumptions.assumeTrue(disk != null, "a small disk needs root, unshare and mount");
      try (CallbackSink sink = new CallbackSink();
          MemberCluster cluster =
              new MemberCluster(
                  directory, 3, Map.of(), i -> i == FULL ? disk.prefix() : List.of())) {
        cluster.start();
        Books books = new Books(seed, sink);
        assertEquals(CREATES, create(books, cluster, "before"));

        disk.fill("filler");
        await(sink, "it sees that space is low", () -> !journal(cluster).equals("open"));
        // The partitions that it owns take nothing new; the others do.
        int meanwhile = create(books, cluster, "meanwhile");
        assertTrue(meanwhile > CREATES / 3 && meanwhile < CREATES, () -> "took " + meanwhile);
        await(sink, "all have fired", () -> books.missing().isEmpty());

        // Its reserve is taken too, so it can keep nothing: the others own in its place.
        await(
            sink,
            "it can keep nothing",
            () -> {
              disk.fill("more");
              return journal(cluster).equals("closed_full");
            });
        await(sink, "the others take everything", () -> takesAll(books, cluster));
        await(sink, "all have fired at the others", () -> books.missing().isEmpty());

        disk.delete("more");
        disk.delete("filler");
        await(sink, "it takes tasks again", () -> journal(cluster).equals("open"));
        assertEquals(CREATES, create(books, cluster, "after"));
        await(sink, "all have fired again", () -> books.missing().isEmpty());
        for (MemberProcess member : cluster.running()) {
          books.checkTasks(member);
        }
        System.out.println(books.checkCallbacks());
      }
    }
  }

  /** Creates through all members in turn; how many of them were acknowledged. */
  private int create(Books books, MemberCluster cluster, String name) throws Exception {
    int created = 0;
    for (int i = 0; i < CREATES; i++) {
      MemberProcess member = cluster.member(i % cluster.size());
      created += books.create(member, random, name + i).status() == 201 ? 1 : 0;
    }
    return created;
  }

  /** Whether a round of creates through the others was acknowledged whole. */
  private boolean takesAll(Books books, MemberCluster cluster) {
    int round = rounds++;
    try {
      for (int i = 0; i < CREATES; i++) {
        MemberProcess member = cluster.member(i % 2 == 0 ? 0 : 2);
        String id = "full" + round + "-" + i;
        if (books.create(member, random, id).status() != 201) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static String journal(MemberCluster cluster) {
    try {
      return cluster
          .member(FULL)
          .get("/api/v1/cluster")
          .json()
          .path("journal")
          .path("state")
          .asText();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void await(CallbackSink sink, String what, BooleanSupplier condition)
      throws InterruptedException {
    sink.await(what + ", seed " + seed, 60, condition);
  }
}
