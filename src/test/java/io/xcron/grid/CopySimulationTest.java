package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CopySimulationTest {
  private static final int STORIES = Integer.getInteger("xcron.test.stories", 60);

  private static final int ORDERLY_STOPS = 20;

  /** Stories in which each planted fault must show. */
  private static final int STORIES_WITH_A_FLAW = 150;

  @Test
  void nothingAcknowledgedIsLostAndEveryPartitionHasOneHistory() {
    long first = Long.getLong("xcron.test.seed", System.nanoTime());
    LongAdder acknowledged = new LongAdder();
    LongAdder opened = new LongAdder();
    LongStream.range(first, first + STORIES)
        .parallel()
        .forEach(
            seed -> {
              CopySimulation story = new CopySimulation(seed, Set.of());
              try {
                story.run();
              } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
              }
              acknowledged.add(story.clients.acknowledged);
              opened.add(story.opened);
            });
    assertTrue(
        acknowledged.sum() > 50L * STORIES, "only " + acknowledged + " writes were acknowledged");
    assertTrue(opened.sum() > 4L * STORIES, "partitions were opened only " + opened + " times");
  }

  @Test
  void whenAMemberLeavesInOrderTheOthersSoonCompleteWrites() {
    List<Long> after = new ArrayList<>();
    List<Long> gaps = new ArrayList<>();
    for (long seed = 1; seed <= ORDERLY_STOPS; seed++) {
      CopySimulation.Stop stop = new CopySimulation(seed, Set.of()).stopOne();
      assertTrue(stop.afterLeavingMillis() < 500, "seed " + seed + ": " + stop);
      assertTrue(stop.gapMillis() < 1_200, "seed " + seed + ": " + stop);
      after.add(stop.afterLeavingMillis());
      gaps.add(stop.gapMillis());
    }
    Collections.sort(after);
    Collections.sort(gaps);
    System.out.printf(
        "orderly stops: writes complete %d ms (median), %d ms (most) after the member has left;"
            + " nobody completed any for %d ms (median), %d ms (most)%n",
        after.get(after.size() / 2), after.getLast(), gaps.get(gaps.size() / 2), gaps.getLast());
  }

  @ParameterizedTest
  @EnumSource
  void aPlantedFaultIsFound(PlantedFault flaw) {
    for (long seed = 1; seed <= STORIES_WITH_A_FLAW; seed++) {
      try {
        new CopySimulation(seed, Set.of(flaw)).run();
      } catch (AssertionError | RuntimeException found) {
        System.out.println(flaw + " found: " + found.getMessage());
        return;
      }
    }
    fail(flaw + " was not found in " + STORIES_WITH_A_FLAW + " stories");
  }
}
