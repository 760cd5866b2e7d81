package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The same thousand troubled lives each time; a failure names its seed. */
class FireSimulationTest {
  private static final int SEEDS = 1_000;
  private static final int SEEDS_WITH_MUTEXES = 400;

  @Test
  void aTroubledLifeKeepsItsPromises() {
    long attempts = 0;
    long chained = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      FireSimulation life = new FireSimulation(seed, false);
      attempts += life.run();
      chained += life.chainedRuns();
    }
    assertTrue(attempts > 100L * SEEDS, "only " + attempts + " attempts: too little was tried");
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
