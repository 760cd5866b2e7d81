package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import org.junit.jupiter.api.Test;

/** Random stories of three and five members: nothing that is promised breaks, and all heals. */
class SliceSimulationTest {
  private static final long MILLIS = 15_000;

  @Test
  void threeMembersKeepTheRulesWhateverHappens() {
    explore(3, 3, SimFaults.ALL, Integer.getInteger("xcron.sim.runs", 600));
  }

  @Test
  void threeMembersKeepTheRulesWhenTheStoreIsSlow() {
    explore(3, 3, SimFaults.SLOW, Integer.getInteger("xcron.sim.runs", 600) / 2);
  }

  @Test
  void fiveMembersKeepTheRulesWhateverHappens() {
    explore(5, 5, SimFaults.ALL, Integer.getInteger("xcron.sim.runs", 600) / 4);
  }

  @Test
  void threeMembersThatBecomeFiveAndThreeAgainKeepTheRulesWhateverHappens() {
    // A change of the size, a full stop and a lost disk need time to meet.
    explore(5, 3, SimFaults.ALL, Integer.getInteger("xcron.sim.runs", 600) / 2, 2 * MILLIS);
  }

  private static void explore(int machines, int members, SimFaults faults, int runs) {
    explore(machines, members, faults, runs, MILLIS);
  }

  private static void explore(int machines, int members, SimFaults faults, int runs, long millis) {
    long first = Long.getLong("xcron.sim.seed", System.nanoTime());
    long began = System.nanoTime();
    long acts = 0;
    long writes = 0;
    long changes = 0;
    long sizes = 0;
    for (int i = 0; i < runs; i++) {
      long seed = first + i;
      try {
        SimWorld world = SimStory.run(seed, machines, members, faults, millis);
        SimStory.heal(world);
        acts += world.acts;
        writes += world.acknowledged;
        sizes += world.resized;
        changes += world.changes;
      } catch (RuntimeException e) {
        fail("seed " + seed + " with " + members + " members: " + e.getMessage(), e);
      }
    }
    System.out.printf(
        "%d members: %d stories, %d ledger changes, %d of the size, %d acts, %d acknowledged writes in %.1f s%n",
        members, runs, changes, sizes, acts, writes, (System.nanoTime() - began) / 1e9);
    assertTrue(acts > 20L * runs && writes > 20L * runs, "the stories are too quiet to prove much");
    assertTrue(machines == members || sizes > runs / 4, "the number of members hardly changes");
  }
}
