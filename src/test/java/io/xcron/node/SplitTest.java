package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Splits of the network between three members, each in a network namespace of its own. {@link
 * SplitStory} tells what happens; it has a process of its own, because it lives in a namespace too.
 */
class SplitTest {
  private static final String ROUNDS = "xcron.split.rounds";
  private static final String SEED = "xcron.seed";

  @TempDir Path directory;

  /** {@code .ci/soak} makes it longer. */
  @Test
  void nothingIsLostOrFiredByTwoWhicheverMembersDoNotHearEachOther() throws Exception {
    String missing = NetworkNamespaces.missing();
    Assumptions.assumeTrue(missing == null, "no split was tried: " + missing);
    int rounds = Integer.getInteger(ROUNDS, SplitStory.FEW_ROUNDS);
    long seed = Long.getLong(SEED, System.nanoTime());
    Path log = directory.resolve("story.log");
    try (NetworkNamespaces network = NetworkNamespaces.make(SplitStory.MEMBERS)) {
      Process story =
          MemberProcess.launch(
              SplitStory.class.getName(),
              network.watch(),
              List.of(
                  "-D" + SplitStory.NETWORK + "=" + network.name(),
                  "-D" + ROUNDS + "=" + rounds,
                  "-D" + SEED + "=" + seed),
              directory.resolve("data"),
              Map.of(),
              log);
      try (BufferedReader told = story.inputReader()) {
        told.lines().forEach(System.out::println);
        assertTrue(story.waitFor(10, TimeUnit.SECONDS), "the story does not end");
      } finally {
        // With it go its members, by the hook that it has.
        story.destroy();
        assertTrue(story.waitFor(10, TimeUnit.SECONDS), "the story cannot be stopped");
      }
      assertEquals(0, story.exitValue(), () -> "seed " + seed + "\n" + text(log));
    }
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "without a log: " + e;
    }
  }
}
