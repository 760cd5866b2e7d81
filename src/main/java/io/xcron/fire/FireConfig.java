package io.xcron.fire;

import java.time.Duration;

/**
 * How the engine works.
 *
 * @param lanes threads that decide; partitions are spread over them. Too few leave cores idle, too
 *     many only wake more often
 * @param sweepLimit due instants decided for one partition before its lock is given back. Too small
 *     costs lock traffic, too large holds up that partition's writes
 * @param maxRuns runs in memory, and decisions on their way to the disk, all lanes together; beyond
 *     that due instants wait in their wheel: that is lag, not loss. Each takes some 500 bytes
 * @param openAfter a run that goes on longer than this is written down as open. Too short costs a
 *     second write for many runs, too long repeats more attempts after a crash
 * @param longestSleep how long a lane without work sleeps at most
 */
public record FireConfig(
    int lanes, int sweepLimit, int maxRuns, Duration openAfter, Duration longestSleep) {
  public static final int DEFAULT_MAX_RUNS = 200_000;

  public FireConfig {
    requireBetween("lanes", lanes, 1, 1_024);
    requireBetween("sweepLimit", sweepLimit, 1, 1_000_000);
    requireBetween("maxRuns", maxRuns, lanes, 10_000_000);
    requireBetween("openAfter in milliseconds", openAfter.toMillis(), 1, 3_600_000);
    requireBetween("longestSleep in milliseconds", longestSleep.toMillis(), 1, 10_000);
  }

  public static FireConfig defaults() {
    return new FireConfig(
        Runtime.getRuntime().availableProcessors(),
        512,
        DEFAULT_MAX_RUNS,
        Duration.ofSeconds(1),
        Duration.ofMillis(500));
  }

  private static void requireBetween(String name, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(
          name + " must lie between " + min + " and " + max + ", not " + value);
    }
  }
}
