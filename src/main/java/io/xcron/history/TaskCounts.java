package io.xcron.history;

import io.xcron.model.RunCodec;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs by task, of the busiest tasks: when there are too many, those that run seldom go (as lossy
 * counting does: Manku and Motwani, 2002). For one thread.
 */
final class TaskCounts {
  private static final int MAX_TASKS = 2_048;

  private final Map<String, Count> counts = new HashMap<>();

  /** One task's. */
  record Count(String id, String namespace, long runs, long failures, long millis) {
    Count plus(Count other) {
      return new Count(
          id, namespace, runs + other.runs, failures + other.failures, millis + other.millis);
    }

    void write(DataOutputStream out) throws IOException {
      out.writeUTF(id);
      out.writeUTF(namespace);
      out.writeLong(runs);
      out.writeLong(failures);
      out.writeLong(millis);
    }

    static Count read(DataInputStream in) throws IOException {
      return new Count(in.readUTF(), in.readUTF(), in.readLong(), in.readLong(), in.readLong());
    }
  }

  void add(RunCodec.Glance run) {
    add(
        new Count(
            run.taskId(),
            run.namespace(),
            1,
            Tally.failed(run.outcome()) ? 1 : 0,
            run.attempts() > 0 ? Math.max(0, run.endMillis() - run.startMillis()) : 0));
  }

  void addAll(Collection<Count> others) {
    others.forEach(this::add);
  }

  private void add(Count more) {
    Count known = counts.get(more.id());
    if (known != null) {
      counts.put(more.id(), known.plus(more));
      return;
    }
    for (long seldom = 1; counts.size() >= MAX_TASKS; seldom *= 2) {
      long atMost = seldom;
      counts.values().removeIf(count -> count.runs() <= atMost);
    }
    counts.put(more.id(), more);
  }

  /** So many of those with the most runs. */
  List<Count> busiest(int atMost) {
    List<Count> all = new ArrayList<>(counts.values());
    all.sort(Comparator.comparingLong(Count::runs).reversed().thenComparing(Count::id));
    return List.copyOf(all.subList(0, Math.min(atMost, all.size())));
  }
}
