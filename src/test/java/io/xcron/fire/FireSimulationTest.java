package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** The same thousand troubled lives each time; a failure names its seed. */
class FireSimulationTest {
  private static final int SEEDS = Integer.getInteger("xcron.sim.runs", 1_000);
  private static final int SEEDS_WITH_MUTEXES = 2 * SEEDS / 5;

  /** What must have been seen at work, so that its promise was put to the test. */
  private static final List<String> POLICIES =
      List.of(
          "misfire-ONCE",
          "misfire-ALL",
          "misfire-SKIP",
          "misfire-window",
          "overlap-SKIP",
          "overlap-QUEUE",
          "overlap-REPLACE",
          "retry",
          "outcome-TIMEOUT",
          "outcome-UNKNOWN",
          "by-hand",
          "end",
          "priority",
          "jitter",
          "dead",
          "delete-after");

  @Test
  void aTroubledLifeKeepsItsPromises() {
    LongAdder attempts = new LongAdder();
    LongAdder chained = new LongAdder();
    Map<String, Integer> policies = new ConcurrentSkipListMap<>();
    LongStream.range(0, SEEDS)
        .parallel()
        .forEach(
            seed -> {
              FireSimulation life = new FireSimulation(seed, false);
              attempts.add(life.run());
              chained.add(life.chainedRuns());
              life.policies()
                  .forEach((policy, times) -> policies.merge(policy, times, Integer::sum));
            });
    assertTrue(
        attempts.sum() > 100L * SEEDS, "only " + attempts + " attempts: too little was tried");
    for (String policy : POLICIES) {
      assertTrue(policies.getOrDefault(policy, 0) >= 15, policy + " was hardly seen: " + policies);
    }
    assertTrue(
        chained.sum() > 50L * SEEDS, "only " + chained + " chained runs: too little was tried");
  }

  @Test
  void aTroubledLifeWithMutexesKeepsItsPromises() {
    LongAdder attempts = new LongAdder();
    LongStream.range(0, SEEDS_WITH_MUTEXES)
        .parallel()
        .forEach(
            seed -> {
              FireSimulation life = new FireSimulation(seed, true);
              life.run();
              attempts.add(life.mutexRuns());
            });
    assertTrue(
        attempts.sum() > 50L * SEEDS_WITH_MUTEXES, "only " + attempts + " attempts with a mutex");
  }
}
