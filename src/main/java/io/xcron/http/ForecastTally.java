package io.xcron.http;

import io.xcron.model.Progress;
import io.xcron.model.Schedule;
import io.xcron.model.Task;
import io.xcron.model.TaskRecord;
import io.xcron.schedule.CompiledSchedule;
import io.xcron.schedule.Timeline;
import java.util.Arrays;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Counts the fires ahead by second. Tasks that share a cron text share its walk; all others are
 * walked one by one, until a bound of {@value #MAX_STEPS} instants: then the tally is {@link #full}
 * and what it has is a sample. Instants are nominal, without jitter. Used by one thread.
 */
final class ForecastTally {
  static final int MAX_STEPS = 4_000_000;
  private static final int MINUTE = 60;

  private final long fromMillis;
  private final long untilMillis;
  private final long[] seconds;
  private final IdentityHashMap<CompiledSchedule, int[]> sharedAgain = new IdentityHashMap<>();
  private long steps;
  private long tasks;

  /** A second and how many fires it holds. */
  record Second(long atMillis, long fires) {}

  /**
   * A tally.
   *
   * @param nowMillis no fire before is counted; those that are overdue count as now
   */
  ForecastTally(long nowMillis, int hours) {
    fromMillis = Math.floorDiv(nowMillis, 60_000L) * 60_000L;
    seconds = new long[hours * 3_600];
    untilMillis = fromMillis + seconds.length * 1_000L;
  }

  boolean full() {
    return steps >= MAX_STEPS;
  }

  long tasks() {
    return tasks;
  }

  long fromMillis() {
    return fromMillis;
  }

  void add(String id, TaskRecord record, Definitions definitions, long nowMillis) {
    tasks++;
    if (!record.fires() || record.nextMillis() >= Progress.UNTIL_TOLD || record.paused()) {
      return;
    }
    Task task = record.task(id);
    Timeline timeline = definitions.timeline(task, record.createdMillis());
    boolean unbounded =
        task.start() == null
            && task.end() == null
            && task.maxRuns() == 0
            && task.calendar() == null;
    if (unbounded && task.schedule() instanceof Schedule.Cron) {
      int[] again = sharedAgain.get(timeline.schedule());
      if (again == null) {
        sharedAgain.put(timeline.schedule(), new int[1]);
        walk(timeline, timeline.next(nowMillis - 1), 1, Long.MAX_VALUE);
      } else {
        again[0]++;
      }
      return;
    }
    long left = task.maxRuns() == 0 ? Long.MAX_VALUE : task.maxRuns() - record.delivered();
    walk(timeline, Math.max(nowMillis, record.nextMillis()), 1, left);
  }

  private void walk(Timeline timeline, long first, int weight, long most) {
    long left = most;
    for (long at = first; at < untilMillis && left > 0; left--) {
      seconds[(int) ((at - fromMillis) / 1_000)] += weight;
      steps++;
      at = timeline.countsFromEnd() ? timeline.nextAfterRun(at) : timeline.next(at);
    }
  }

  /** Adds what was shared. To be called once, after the last task. */
  ForecastTally finish(long nowMillis) {
    sharedAgain.forEach(
        (schedule, again) -> {
          if (again[0] > 0) {
            Timeline timeline = Timeline.of(schedule, null, null, nowMillis);
            walk(timeline, timeline.next(nowMillis - 1), again[0], Long.MAX_VALUE);
          }
        });
    sharedAgain.clear();
    return this;
  }

  /** Fires by minute, as if the sample were this share of all tasks. */
  long[] minutes(double sampled) {
    long[] minutes = new long[seconds.length / MINUTE];
    for (int i = 0; i < seconds.length; i++) {
      minutes[i / MINUTE] += seconds[i];
    }
    return Arrays.stream(minutes).map(count -> Math.round(count / sampled)).toArray();
  }

  /** The most crowded seconds, the worst first. */
  List<Second> crowded(int count, double sampled) {
    PriorityQueue<Second> most =
        new PriorityQueue<>(count + 1, Comparator.comparingLong(Second::fires));
    for (int i = 0; i < seconds.length; i++) {
      if (seconds[i] > 1) {
        most.add(new Second(fromMillis + i * 1_000L, Math.round(seconds[i] / sampled)));
        if (most.size() > count) {
          most.poll();
        }
      }
    }
    return most.stream()
        .sorted(
            Comparator.comparingLong(Second::fires).reversed().thenComparingLong(Second::atMillis))
        .toList();
  }
}
