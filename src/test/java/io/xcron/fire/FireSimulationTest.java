package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
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
    long attempts = 0;
    long chained = 0;
    Map<String, Integer> policies = new TreeMap<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      FireSimulation life = new FireSimulation(seed, false);
      attempts += life.run();
      chained += life.chainedRuns();
      life.policies().forEach((policy, times) -> policies.merge(policy, times, Integer::sum));
    }
    assertTrue(attempts > 100L * SEEDS, "only " + attempts + " attempts: too little was tried");
    for (String policy : POLICIES) {
      assertTrue(policies.getOrDefault(policy, 0) >= 15, policy + " was hardly seen: " + policies);
    }
    assertTrue(chained > 50L * SEEDS, "only " + chained + " chained runs: too little was tried");
  }

  @Test
  void aTroubledLifeWithMutexesKeepsItsPromises() {
    long attempts = 0;
    for (long seed = 0; seed < SEEDS_WITH_MUTEXES; seed++) {
      FireSimulation life = new FireSimulation(seed, true);
      life.run();
      attempts += life.mutexRuns();
    }
    assertTrue(attempts > 50L * SEEDS_WITH_MUTEXES, "only " + attempts + " attempts with a mutex");
  }
}
