package io.xcron.node;

import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A storm of creates and deletes through all members of a cluster of three, while members are
 * killed, hang, or all die at once; then the {@link Books} are balanced.
 */
class ClusterFaultTest {
  private static final int MEMBERS = Integer.getInteger("xcron.fault.members", 3);

  @TempDir Path directory;

  private final long seed = Long.getLong("xcron.seed", System.nanoTime());
  private final Random random = new Random(seed);

  /** {@code .ci/soak} makes it longer, and takes more members. */
  @Test
  void nothingIsLostWhateverBefallsOneMemberOrAllAtOnce() throws Exception {
    System.out.println("seed " + seed);
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster = new MemberCluster(directory, MEMBERS, Map.of())) {
      Books books = new Books(seed, sink);
      cluster.start();
      Storm storm = Storm.hard(cluster, books, random);
      try {
        for (int round = Integer.getInteger("xcron.fault.rounds", 5); round > 0; round--) {
          Storm.pause(1_000 + random.nextInt(2_000));
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
      } finally {
        storm.end();
      }
      storm.balance(sink);
    }
  }

  private String killOne(MemberCluster cluster) throws InterruptedException {
    int victim = random.nextInt(cluster.size());
    cluster.kill(victim);
    Storm.pause(random.nextInt(4_000));
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
    Storm.pause(millis);
    books.paused(from);
    MemberProcess.signal("CONT", victim.pid());
    return "SIGSTOP of one for " + millis + " ms";
  }
}
