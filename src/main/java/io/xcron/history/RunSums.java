package io.xcron.history;

import io.xcron.history.RunFigures.Part;
import io.xcron.history.RunFigures.TaskPart;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The sums of a window's buckets, which can be added to those of other members. For one thread. */
final class RunSums {
  private static final int TOP_TASKS = 20;

  private final Tally all = new Tally();
  private final Map<String, Tally> namespaces = new HashMap<>();
  private final Map<String, Tally> hosts = new HashMap<>();
  private final TaskCounts tasks = new TaskCounts();

  void add(Buckets.Closed bucket) {
    all.add(bucket.all());
    add(bucket.namespaces(), namespaces);
    add(bucket.hosts(), hosts);
    tasks.addAll(bucket.tasks());
  }

  void add(RunSums other) {
    add(other.closed());
  }

  private static void add(Map<String, Tally.Closed> from, Map<String, Tally> to) {
    from.forEach((name, tally) -> to.computeIfAbsent(name, any -> new Tally()).add(tally));
  }

  private Buckets.Closed closed() {
    return new Buckets.Closed(
        0, all.close(), closed(namespaces), closed(hosts), tasks.busiest(Buckets.KEPT_TASKS));
  }

  private static Map<String, Tally.Closed> closed(Map<String, Tally> tallies) {
    Map<String, Tally.Closed> closed = new HashMap<>();
    tallies.forEach((name, tally) -> closed.put(name, tally.close()));
    return closed;
  }

  /**
   * What they say.
   *
   * @param missing members of whose records not all are in
   */
  RunFigures figures(long fromMillis, long toMillis, List<String> missing) {
    List<TaskPart> top =
        tasks.busiest(TOP_TASKS).stream()
            .map(
                task ->
                    new TaskPart(
                        task.id(),
                        task.namespace(),
                        task.runs(),
                        task.failures(),
                        task.runs() == 0 ? 0 : task.millis() / task.runs()))
            .toList();
    return new RunFigures(
        fromMillis, toMillis, all.part(""), parts(namespaces), parts(hosts), top, missing);
  }

  private static List<Part> parts(Map<String, Tally> tallies) {
    List<Part> parts = new ArrayList<>();
    tallies.forEach((name, tally) -> parts.add(tally.part(name)));
    parts.sort(Comparator.comparingLong(Part::runs).reversed().thenComparing(Part::name));
    return List.copyOf(parts);
  }

  void write(DataOutputStream out) throws IOException {
    Buckets.Closed closed = closed();
    closed.all().write(out);
    write(closed.namespaces(), out);
    write(closed.hosts(), out);
    out.writeInt(closed.tasks().size());
    for (TaskCounts.Count task : closed.tasks()) {
      task.write(out);
    }
  }

  private static void write(Map<String, Tally.Closed> tallies, DataOutputStream out)
      throws IOException {
    out.writeInt(tallies.size());
    for (Map.Entry<String, Tally.Closed> one : tallies.entrySet()) {
      out.writeUTF(one.getKey());
      one.getValue().write(out);
    }
  }

  static RunSums read(DataInputStream in) throws IOException {
    Tally.Closed all = Tally.Closed.read(in);
    Map<String, Tally.Closed> namespaces = tallies(in);
    Map<String, Tally.Closed> hosts = tallies(in);
    List<TaskCounts.Count> tasks = new ArrayList<>();
    for (int left = in.readInt(); left > 0; left--) {
      tasks.add(TaskCounts.Count.read(in));
    }
    RunSums sums = new RunSums();
    sums.add(new Buckets.Closed(0, all, namespaces, hosts, tasks));
    return sums;
  }

  private static Map<String, Tally.Closed> tallies(DataInputStream in) throws IOException {
    Map<String, Tally.Closed> tallies = new HashMap<>();
    for (int left = in.readInt(); left > 0; left--) {
      tallies.put(in.readUTF(), Tally.Closed.read(in));
    }
    return tallies;
  }
}
