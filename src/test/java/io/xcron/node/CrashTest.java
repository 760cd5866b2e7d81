package io.xcron.node;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A lone member that is killed fifty times. */
class CrashTest {
  private static final int ROUNDS = Integer.getInteger("xcron.crash.rounds", 50);

  /** As many at once: a round is mostly the start of a JVM, which one core does. */
  private static final int STORIES = 2;

  @TempDir Path directory;

  @Test
  void nothingAcknowledgedIsLostAndNothingDeletedComesBack() throws Exception {
    long seed = Long.getLong("xcron.seed", System.nanoTime());
    try (ExecutorService tellers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> stories = new ArrayList<>();
      for (int i = 0; i < STORIES; i++) {
        CrashStory story =
            new CrashStory(directory.resolve("data" + i), ROUNDS / STORIES, seed + i);
        stories.add(
            tellers.submit(
                () -> {
                  story.tell();
                  return null;
                }));
      }
      for (Future<?> story : stories) {
        Object unused = story.get();
      }
    }
  }
}
