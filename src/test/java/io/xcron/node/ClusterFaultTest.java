package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A storm of creates and deletes through all members of a cluster of three, while members are
 * killed, hang, or all die at once; then the {@link Books} are balanced.
 */
class ClusterFaultTest {
  private static final int CLIENTS = 6;
  private static final int MEMBERS = Integer.getInteger("xcron.fault.members", 3);

  @TempDir Path directory;

  private final long seed = Long.getLong("xcron.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** What befalls the members during one storm. */
  @FunctionalInterface
  private interface Fault {
    void befall(MemberCluster cluster, Books books) throws Exception;
  }

  /** {@code .ci/soak} makes it longer, and takes more members. */
  @Test
  void nothingIsLostWhateverBefallsOneMemberOrAllAtOnce() throws Exception {
    storm(
        (cluster, books) -> {
          for (int round = Integer.getInteger("xcron.fault.rounds", 5); round > 0; round--) {
            pause(1_000 + random.nextInt(2_000));
            long begun = System.nanoTime();
            String fault =
                switch (random.nextInt(4)) {
                  case 0 -> killAll(cluster);
                  case 1 -> hangOne(cluster, books);
                  default -> killOne(cluster);
                };
            cluster.awaitWhole();
            System.out.println(
                fault + ": all is well after " + (System.nanoTime() - begun) / 1_000_000 + " ms");
          }
        });
  }

  private String killOne(MemberCluster cluster) throws InterruptedException {
    int victim = random.nextInt(cluster.size());
    cluster.kill(victim);
    pause(random.nextInt(4_000));
    cluster.start(victim);
    return "kill -9 of one and its restart";
  }

  private static String killAll(MemberCluster cluster) {
    for (int i = 0; i < cluster.size(); i++) {
      cluster.kill(i);
    }
    cluster.start();
    return "kill -9 of all and their restart";
  }

  /** Long enough for it to be removed, or not. */
  private String hangOne(MemberCluster cluster, Books books) throws InterruptedException {
    MemberProcess victim = cluster.member(random.nextInt(cluster.size()));
    long millis = random.nextBoolean() ? 2_000 : 9_000;
    long from = System.currentTimeMillis();
    MemberProcess.signal("STOP", victim.pid());
    pause(millis);
    books.paused(from);
    MemberProcess.signal("CONT", victim.pid());
    return "SIGSTOP of one for " + millis + " ms";
  }

  private void storm(Fault fault) throws Exception {
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster = new MemberCluster(directory, MEMBERS, Map.of())) {
      Books books = new Books(seed, sink);
      cluster.start();
      CountDownLatch over = new CountDownLatch(1);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Random own = new Random(random.nextLong());
        clients.add(Thread.ofVirtual().start(() -> client(cluster, books, own, over)));
      }
      try {
        fault.befall(cluster, books);
      } finally {
        over.countDown();
      }
      for (Thread client : clients) {
        client.join();
      }
      cluster.start();
      cluster.awaitWhole();
      sink.await("every one-shot has fired, seed " + seed, 90, () -> books.missing().isEmpty());
      System.out.println(books.checkCallbacks());
      assertTrue(books.acknowledged() > 100, "seed " + seed + ": no storm");
      for (MemberProcess member : cluster.running()) {
        books.checkTasks(member);
      }
    }
  }

  private void client(MemberCluster cluster, Books books, Random own, CountDownLatch over) {
    List<String> mine = new ArrayList<>();
    while (over.getCount() > 0) {
      List<MemberProcess> running = cluster.running();
      try {
        if (running.isEmpty()) {
          pause(50);
          continue;
        }
        MemberProcess member = running.get(own.nextInt(running.size()));
        if (!mine.isEmpty() && own.nextInt(6) == 0) {
          books.delete(member, mine.remove(own.nextInt(mine.size())));
        } else {
          String id = "t" + Long.toHexString(own.nextLong());
          if (books.create(member, own, id).status() == 201) {
            mine.add(id);
          }
        }
      } catch (IOException killed) {
        // The task is in doubt, and the next is tried with another member.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** The time between two faults is part of the fault, so it is spent and not awaited. */
  private static void pause(long millis) throws InterruptedException {
    boolean unused = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
  }
}
