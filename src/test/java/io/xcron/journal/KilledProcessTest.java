package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real process, killed for real. */
final class KilledProcessTest {
  private static final int ROUNDS = 5;

  @TempDir Path directory;

  private static JournalConfig config(Path directory) {
    return JournalConfig.of(directory, "test", 3, JournalMode.SINGLE)
        .withFreshWhole(true)
        .withSegmentBytes(256 << 10)
        .withFold(512 << 10, 1 << 20, 1 << 30)
        .withDisk(1 << 20, 0, Duration.ofMillis(100), Duration.ofMillis(100));
  }

  /** Puts numbered entries for ever and prints the numbers that are durable. */
  static final class Child {
    private Child() {}

    @SuppressWarnings("InfiniteLoopStatement")
    public static void main(String[] args) {
      SyncPolicy policy = SyncPolicy.valueOf(args[2]);
      Journal journal =
          Journal.open(config(Path.of(args[0])).withSync(policy, Duration.ofMillis(200)));
      journal.recovered().close();
      PrintStream out = System.out;
      byte[] value = new byte[300];
      for (int number = Integer.parseInt(args[1]); ; number++) {
        int acknowledged = number;
        byte[] key = Integer.toString(number).getBytes(StandardCharsets.US_ASCII);
        long position = journal.put(number % 3, 0, 1, number, key, value);
        journal.whenDurable(
            position,
            outcome -> {
              if (outcome == Durability.DURABLE && acknowledged % 50 == 0) {
                out.println(acknowledged);
              }
            });
      }
    }
  }

  @Test
  void everythingAKilledProcessAcknowledgedIsThere() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    int start = 1;
    for (int round = 0; round < ROUNDS; round++) {
      SyncPolicy policy = round % 2 == 0 ? SyncPolicy.ALWAYS : SyncPolicy.INTERVAL;
      Process child =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Child.class.getName(),
                  directory.toString(),
                  Integer.toString(start),
                  policy.name())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      int lines = random.nextInt(600);
      int acknowledged = 0;
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(child.getInputStream(), StandardCharsets.US_ASCII))) {
        String line = out.readLine();
        assertTrue(line != null, "the child never acknowledged anything");
        assertThrows(JournalException.Locked.class, () -> Journal.open(config(directory)));
        for (int i = 0; line != null; i++) {
          acknowledged = Integer.parseInt(line);
          if (i == lines) {
            child.toHandle().destroyForcibly(); // what it printed before is read to the end
          }
          line = out.readLine();
        }
      } finally {
        child.destroyForcibly();
      }
      assertTrue(child.waitFor(20, TimeUnit.SECONDS));
      start = check(acknowledged, "seed " + seed + "L, round " + round + ", " + policy);
    }
  }

  /** Checks that no number up to the acknowledged one is missing; returns a number not used yet. */
  private int check(int acknowledged, String context) {
    BitSet found = new BitSet();
    try (Journal journal = Journal.open(config(directory))) {
      for (int partition = 0; partition < 3; partition++) {
        for (String key : JournalTest.read(journal.recovered(), partition).keySet()) {
          found.set(Integer.parseInt(key));
        }
      }
    }
    int missing = found.nextClearBit(1);
    assertTrue(missing > acknowledged, context + ": " + missing + " is missing of " + acknowledged);
    return missing;
  }
}
