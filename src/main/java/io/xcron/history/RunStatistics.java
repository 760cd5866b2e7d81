package io.xcron.history;

import io.xcron.history.RunFigures.Part;
import io.xcron.history.RunFigures.TaskPart;
import io.xcron.history.RunFigures.Window;
import io.xcron.model.RunCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Counts runs in buckets of 10 s, 1 min and 1 h, in memory: for all, for each namespace and for the
 * busiest tasks. Any thread may call; a question holds up the counting for as long as it takes to
 * list what is there (a closed bucket is compact bytes, read outside the lock).
 *
 * <p>Bounded: a bucket knows {@value #MAX_NAMESPACES} namespaces and the runs of further ones only
 * in the sum; tasks are counted in minutes: some thousand while a minute is open, of which those
 * that run seldom go when they are more (as lossy counting does: Manku and Motwani, 2002), and
 * {@value #KEPT_TASKS} when it is over; these are then added to its hour. Nothing survives a
 * restart: the history does.
 */
public final class RunStatistics {
  static final int MAX_NAMESPACES = 32;
  static final int KEPT_TASKS = 100;
  private static final int MAX_TASKS = 2_048;
  private static final int TOP = 20;

  private final long sinceMillis;
  private final Ring seconds = new Ring(10_000, 6);
  private final Ring minutes = new Ring(60_000, 60);
  private final Ring hours = new Ring(3_600_000, 24);

  public RunStatistics(long nowMillis) {
    sinceMillis = nowMillis;
  }

  /** Counts a run that was recorded now. */
  public synchronized void add(RunCodec.Glance run, long nowMillis) {
    seconds.moveTo(nowMillis, null);
    // A minute that is over tells its hour of its tasks, before the hour is over too.
    minutes.moveTo(nowMillis, hours);
    hours.moveTo(nowMillis, null);
    seconds.add(run);
    minutes.add(run);
    minutes.addTask(run);
    hours.add(run);
  }

  /** The figures of a window that ends now. */
  public RunFigures figures(Window window, long nowMillis) {
    long since = nowMillis - window.length().toMillis();
    List<Closed> buckets;
    List<TaskCount> tasks = new ArrayList<>();
    synchronized (this) {
      Ring ring =
          switch (window) {
            case MINUTE -> seconds;
            case TEN_MINUTES, HOUR -> minutes;
            case DAY -> hours;
          };
      buckets = ring.since(since, nowMillis);
      minutes.tasksSince(ring == hours ? minutes.fromMillis : since, tasks);
      if (ring == hours) {
        hours.tasksSince(since, tasks);
      }
    }
    return sum(buckets, tasks, since, nowMillis);
  }

  private RunFigures sum(
      List<Closed> buckets, List<TaskCount> counts, long askedMillis, long nowMillis) {
    long from = askedMillis;
    Tally all = new Tally();
    Map<String, Tally> namespaces = new HashMap<>();
    Map<String, TaskCount> tasks = new HashMap<>();
    for (Closed bucket : buckets) {
      from = Math.min(from, bucket.fromMillis());
      all.add(bucket.all());
      bucket.namespaces().forEach((name, part) -> tallyOf(namespaces, name).add(part));
    }
    for (TaskCount task : counts) {
      tasks.computeIfAbsent(task.id, id -> new TaskCount(id, task.namespace)).add(task);
    }
    List<Part> parts = new ArrayList<>();
    namespaces.forEach((name, tally) -> parts.add(tally.part(name)));
    parts.sort(Comparator.comparingLong(Part::runs).reversed().thenComparing(Part::name));
    List<TaskPart> top =
        busiest(tasks, TOP).stream()
            .map(
                task ->
                    new TaskPart(
                        task.id,
                        task.namespace,
                        task.runs,
                        task.failures,
                        task.runs == 0 ? 0 : task.millis / task.runs))
            .toList();
    return new RunFigures(
        Math.max(from, sinceMillis), nowMillis, all.part(""), List.copyOf(parts), top);
  }

  private static Tally tallyOf(Map<String, Tally> tallies, String name) {
    return tallies.computeIfAbsent(name, any -> new Tally());
  }

  private static List<TaskCount> busiest(Map<String, TaskCount> tasks, int count) {
    return tasks.values().stream()
        .sorted(
            Comparator.comparingLong((TaskCount task) -> task.runs)
                .reversed()
                .thenComparing(task -> task.id))
        .limit(count)
        .toList();
  }

  private static final class TaskCount {
    private final String id;
    private final String namespace;
    private long runs;
    private long failures;
    private long millis;

    TaskCount(String id, String namespace) {
      this.id = id;
      this.namespace = namespace;
    }

    void add(RunCodec.Glance run) {
      runs++;
      failures += Tally.failed(run.outcome()) ? 1 : 0;
      millis += run.attempts() > 0 ? Math.max(0, run.endMillis() - run.startMillis()) : 0;
    }

    void add(TaskCount other) {
      runs += other.runs;
      failures += other.failures;
      millis += other.millis;
    }
  }

  /** A bucket that nothing is added to any more, in compact form. */
  private record Closed(
      long fromMillis,
      Tally.Closed all,
      Map<String, Tally.Closed> namespaces,
      List<TaskCount> tasks) {}

  /** The buckets of one length. */
  private static final class Ring {
    private final long stepMillis;
    private final int keep;
    private final Deque<Closed> closed = new ArrayDeque<>();
    private long fromMillis = Long.MIN_VALUE;
    private Tally all = new Tally();
    private Map<String, Tally> namespaces = new HashMap<>();
    private Map<String, TaskCount> tasks = new HashMap<>();

    Ring(long stepMillis, int keep) {
      this.stepMillis = stepMillis;
      this.keep = keep;
    }

    /** To be called after {@link #moveTo}. */
    void add(RunCodec.Glance run) {
      all.add(run);
      Tally namespace = namespaces.get(run.namespace());
      if (namespace == null && namespaces.size() < MAX_NAMESPACES) {
        namespace = tallyOf(namespaces, run.namespace());
      }
      if (namespace != null) {
        namespace.add(run);
      }
    }

    void addTask(RunCodec.Glance run) {
      task(run.taskId(), run.namespace()).add(run);
    }

    private TaskCount task(String id, String namespace) {
      TaskCount task = tasks.get(id);
      if (task == null) {
        for (long seldom = 1; tasks.size() >= MAX_TASKS; seldom *= 2) {
          long atMost = seldom;
          tasks.values().removeIf(count -> count.runs <= atMost);
        }
        task = new TaskCount(id, namespace);
        tasks.put(id, task);
      }
      return task;
    }

    /** Begins a new bucket if it is time; the tasks of the old one are told to the coarser ring. */
    void moveTo(long nowMillis, @Nullable Ring coarser) {
      long from = Math.floorDiv(nowMillis, stepMillis) * stepMillis;
      if (from <= fromMillis) {
        return; // a clock that went back counts in the newest bucket
      }
      if (fromMillis != Long.MIN_VALUE) {
        Closed over = close();
        closed.addLast(over);
        if (closed.size() > keep) {
          closed.removeFirst();
        }
        if (coarser != null) {
          over.tasks().forEach(task -> coarser.task(task.id, task.namespace).add(task));
        }
      }
      fromMillis = from;
      all = new Tally();
      namespaces = new HashMap<>();
      tasks = new HashMap<>();
    }

    private Closed close() {
      Map<String, Tally.Closed> parts = new HashMap<>();
      namespaces.forEach((name, tally) -> parts.put(name, tally.close()));
      List<TaskCount> kept = new ArrayList<>();
      for (TaskCount task : busiest(tasks, KEPT_TASKS)) {
        TaskCount copy = new TaskCount(task.id, task.namespace);
        copy.add(task);
        kept.add(copy);
      }
      return new Closed(fromMillis, all.close(), parts, kept);
    }

    /** The tasks of the buckets that end after an instant. */
    void tasksSince(long sinceMillis, List<TaskCount> found) {
      since(sinceMillis, Long.MAX_VALUE).forEach(bucket -> found.addAll(bucket.tasks()));
    }

    /** The buckets that end after an instant, the open one included. */
    List<Closed> since(long sinceMillis, long nowMillis) {
      List<Closed> found = new ArrayList<>();
      for (Closed bucket : closed) {
        if (bucket.fromMillis() + stepMillis > sinceMillis) {
          found.add(bucket);
        }
      }
      if (fromMillis != Long.MIN_VALUE
          && fromMillis + stepMillis > sinceMillis
          && fromMillis <= nowMillis) {
        found.add(close());
      }
      return found;
    }
  }
}
