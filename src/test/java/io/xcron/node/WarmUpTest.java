package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import io.xcron.model.MachineTime;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
  private static final int FIRES = 5_000;
  private static final Duration AMPLE = Duration.ofSeconds(30);

  @TempDir Path data;

  @Test
  void aMemberThatHasJustStartedFiresAllItsPracticeTasksAndKeepsNothing() {
    assertEquals(FIRES, practise(() -> false, AMPLE));

    assertFalse(Files.exists(data.resolve("practice")));
  }

  @Test
  void realWorkComesFirst() {
    AtomicInteger asked = new AtomicInteger();

    assertEquals(0, practise(() -> asked.incrementAndGet() > 0, Duration.ofMillis(200)));
    assertTrue(asked.get() > 0, "nobody asked for real work");
  }

  @Test
  void afterRealWorkPracticeWaitsForAQuietSecond() {
    AtomicInteger looks = new AtomicInteger();
    Duration shorterThanThat = Duration.ofMillis(700);

    assertEquals(0, practise(() -> looks.incrementAndGet() == 1, shorterThanThat));
    assertTrue(looks.get() > 1, "it did not look again");
    assertTrue(looks.get() <= WarmUp.QUIET_LOOKS, looks + " looks");

    AtomicInteger rounds = new AtomicInteger();
    assertEquals(FIRES, practise(() -> rounds.incrementAndGet() == 3, AMPLE));
    assertTrue(rounds.get() >= WarmUp.QUIET_LOOKS, "it did not wait");
  }

  @Test
  void aStopEndsThePractice() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    AtomicInteger fired = new AtomicInteger(-1);
    Thread practice =
        Thread.ofPlatform()
            .start(
                () ->
                    fired.set(
                        practise(
                            () -> {
                              begun.countDown();
                              return true;
                            },
                            AMPLE)));
    assertTrue(begun.await(AMPLE.toSeconds(), TimeUnit.SECONDS));
    practice.interrupt();

    assertTrue(practice.join(AMPLE.dividedBy(2)), "it goes on");
    assertEquals(0, fired.get());
    assertFalse(Files.exists(data.resolve("practice")));
  }

  private int practise(BooleanSupplier realWork, Duration atMost) {
    NodeConfig config = NodeConfig.local(data);
    Config hazelcastConfig = GridConfig.of(config);
    try (XcronNode.Ground ground = XcronNode.Ground.lay(config, hazelcastConfig)) {
      HazelcastInstance hazelcast = GridLife.open(hazelcastConfig);
      ground.closing().add(() -> hazelcast.getLifecycleService().terminate());
      ground.grid().attach();
      return WarmUp.run(
          new WarmUp.Plan(ground.grid(), new MachineTime(), data, true, FIRES, atMost), realWork);
    }
  }
}
