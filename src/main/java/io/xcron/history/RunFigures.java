package io.xcron.history;

import io.xcron.model.RunOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * What happened in a window.
 *
 * @param fromMillis the beginning of what is counted: whole buckets, so the window may begin a
 *     little earlier than asked
 * @param namespaces the namespaces with the most runs
 * @param hosts what was called, as {@link io.xcron.model.Target#host} says, the most first
 * @param tasks the tasks with the most runs, approximately when there are many
 * @param missing members of whose records not all are counted, because they did not answer in time
 *     or are still counting what they had before their start
 */
public record RunFigures(
    long fromMillis,
    long toMillis,
    Part all,
    List<Part> namespaces,
    List<Part> hosts,
    List<TaskPart> tasks,
    List<String> missing) {

  /**
   * Figures of all runs, or of a namespace's, or of a host's.
   *
   * @param name of the namespace or host; empty for all
   * @param outcomes runs by outcome, in the order of {@link RunOutcome}'s codes; all are there
   * @param repeats attempts beyond the first
   */
  public record Part(
      String name,
      long runs,
      Map<RunOutcome, Long> outcomes,
      long late,
      long repeats,
      Spread lag,
      Spread duration) {}

  /** Figures of a task. */
  public record TaskPart(String id, String namespace, long runs, long failures, long meanMillis) {}

  /** A distribution, in milliseconds, to two digits. */
  public record Spread(
      long count, double mean, long p50, long p90, long p99, long p999, long max) {}

  /** For how long figures are kept, and in which steps. */
  public enum Window {
    MINUTE(Duration.ofMinutes(1)),
    TEN_MINUTES(Duration.ofMinutes(10)),
    HOUR(Duration.ofHours(1)),
    DAY(Duration.ofHours(24));

    private final Duration length;

    Window(Duration length) {
      this.length = length;
    }

    public Duration length() {
      return length;
    }
  }
}
