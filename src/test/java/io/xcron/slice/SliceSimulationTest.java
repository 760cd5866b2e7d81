package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
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
    LongAdder acts = new LongAdder();
    LongAdder writes = new LongAdder();
    LongAdder changes = new LongAdder();
    LongAdder sizes = new LongAdder();
    LongStream.range(first, first + runs)
        .parallel()
        .forEach(
            seed -> {
              try {
                SimWorld world = SimStory.run(seed, machines, members, faults, millis);
                SimStory.heal(world);
                acts.add(world.acts);
                writes.add(world.acknowledged);
                sizes.add(world.resized);
                changes.add(world.changes);
              } catch (RuntimeException e) {
                fail("seed " + seed + " with " + members + " members: " + e.getMessage(), e);
              }
            });
    System.out.printf(
        "%d members: %d stories, %s ledger changes, %s of the size, %s acts, %s acknowledged writes in %.1f s%n",
        members, runs, changes, sizes, acts, writes, (System.nanoTime() - began) / 1e9);
    assertTrue(
        acts.sum() > 20L * runs && writes.sum() > 20L * runs,
        "the stories are too quiet to prove much");
    assertTrue(
        machines == members || sizes.sum() > runs / 4, "the number of members hardly changes");
  }
}
