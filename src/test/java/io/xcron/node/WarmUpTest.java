package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.MachineTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
  private static final int FIRES = 5_000;
  private static final Duration AMPLE = Duration.ofSeconds(30);

  @TempDir Path data;

  @Test
  void aMemberThatHasJustStartedFiresAllItsPracticeTasksAndKeepsNothing() {
    assertEquals(FIRES, practise(new AtomicInteger(), AMPLE));

    assertFalse(Files.exists(data.resolve("practice")));
  }

  @Test
  void realWorkComesFirst() {
    AtomicInteger asked = new AtomicInteger(Integer.MIN_VALUE);

    assertEquals(0, practise(asked, Duration.ofMillis(200)));
    assertFalse(asked.get() == Integer.MIN_VALUE, "nobody asked for real work");
  }

  /** Practises on a member whose work goes on while the counter is below zero. */
  private int practise(AtomicInteger work, Duration atMost) {
    NodeConfig config = NodeConfig.local(data);
    Config hazelcastConfig = GridConfig.of(config);
    try (XcronNode.Ground ground = XcronNode.Ground.lay(config, hazelcastConfig)) {
      HazelcastInstance hazelcast = GridLife.open(hazelcastConfig);
      ground.closing().add(() -> hazelcast.getLifecycleService().terminate());
      ground.grid().attach();
      return WarmUp.run(
          ground.grid(), new MachineTime(), data, () -> work.getAndIncrement() < 0, FIRES, atMost);
    }
  }
}
