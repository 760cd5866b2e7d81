package io.xcron.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How late tasks fire around a fault of one member, and how long creates are refused: not a test
 * but figures for docs/benchmarks.md. Arguments: the fault (stop, kill, hang or all), the rounds,
 * the members (3), tasks that are pending meanwhile (0), a seed.
 *
 * <p>In each round one-shots are due each 4 ms for 12 s; three seconds into that the fault befalls.
 * A member that was killed or stopped starts again when all has fired; figures of {@code all} hold
 * the start of all processes.
 */
final class FaultFigures implements AutoCloseable {
  private static final int TASKS = 3_000;
  private static final int EVERY_MILLIS = 4;
  private static final long HUNG_MILLIS = 9_000;
  private static final int LINES = 10_000;

  private final CallbackSink sink = new CallbackSink();
  private final MemberCluster cluster;
  private final Random random;
  private int created;

  private FaultFigures(Path directory, int members, long seed) {
    random = new Random(seed);
    cluster = new MemberCluster(directory, members, Map.of());
    cluster.start();
  }

  public static void main(String[] arguments) throws Exception {
    String fault = arguments[0];
    int rounds = Integer.parseInt(arguments[1]);
    int members = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3;
    int pending = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 0;
    long seed = arguments.length > 4 ? Long.parseLong(arguments[4]) : System.nanoTime();
    Path directory = Files.createTempDirectory("xcron-faults");
    System.out.println(fault + ", seed " + seed + ", logs in " + directory);
    List<Long> worst = new ArrayList<>();
    List<Long> refused = new ArrayList<>();
    try (FaultFigures figures = new FaultFigures(directory, members, seed)) {
      figures.load(pending);
      for (int round = 0; round < rounds; round++) {
        figures.round(fault, round, worst, refused);
      }
    }
    System.out.println("latest fire, ms: " + summary(worst));
    System.out.println("creates refused for, ms: " + summary(refused));
  }

  private static String summary(List<Long> values) {
    long[] sorted = values.stream().mapToLong(value -> value).sorted().toArray();
    return "median " + sorted[sorted.length / 2] + ", all " + Arrays.toString(sorted);
  }

  /** Imports tasks that are due in an hour and later. */
  private void load(int pending) throws Exception {
    long due = System.currentTimeMillis() + 3_600_000;
    for (int from = 0; from < pending; from += LINES) {
      StringBuilder lines = new StringBuilder();
      int end = Math.min(pending, from + LINES);
      for (int i = from; i < end; i++) {
        lines.append(task("p" + i, due + i)).append('\n');
      }
      int taken = cluster.member(0).importLines(lines.toString());
      if (taken != end - from) {
        throw new AssertionError(taken + " of " + (end - from) + " lines were taken");
      }
    }
    System.out.println(pending + " tasks are pending");
  }

  private void round(String fault, int round, List<Long> worst, List<Long> refused)
      throws Exception {
    int before = sink.callbacks().size();
    int victim = random.nextInt(cluster.size());
    int other = (victim + 1) % cluster.size();
    long begin = System.currentTimeMillis() + 2_000;
    Map<String, Long> due = new TreeMap<>();
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < TASKS; i++) {
      String id = "r" + round + "-" + i;
      due.put(id, begin + (long) i * EVERY_MILLIS);
      lines.append(task(id, begin + (long) i * EVERY_MILLIS)).append('\n');
    }
    MemberProcess.Answer imported =
        cluster.member(other).call("POST", "/api/v1/tasks/import", lines.toString());
    if (imported.status() != 200) {
      throw new AssertionError(imported.toString());
    }
    until(begin + 3_000);
    long began = System.currentTimeMillis();
    MemberProcess hung = cluster.member(victim);
    CompletableFuture<Void> stopped = CompletableFuture.completedFuture(null);
    switch (fault) {
      // Creates are tried while it stops.
      case "stop" ->
          stopped = CompletableFuture.runAsync(() -> stop(victim), Thread::startVirtualThread);
      case "kill" -> cluster.kill(victim);
      case "hang" -> MemberProcess.signal("STOP", hung.pid());
      case "all" -> {
        for (int i = 0; i < cluster.size(); i++) {
          cluster.kill(i);
        }
        cluster.start();
      }
      default -> throw new IllegalArgumentException(fault);
    }
    long took = System.currentTimeMillis() - began;
    long answers = creates(fault, other, began + HUNG_MILLIS);
    if (fault.equals("hang")) {
      MemberProcess.signal("CONT", hung.pid());
    }
    stopped.join();
    sink.await("all of round " + round, 60, () -> distinct(before, due).size() == due.size());
    List<CallbackSink.Callback> all = sink.callbacks().subList(before, sink.callbacks().size());
    report(fault + " of " + victim + ", " + took + " ms", all, due, worst, refused, answers);
    cluster.start();
    cluster.awaitWhole();
  }

  private void stop(int victim) {
    try {
      long began = System.nanoTime();
      int code = cluster.stop(victim);
      System.out.printf(
          "stopped with %d after %d ms%n", code, (System.nanoTime() - began) / 1_000_000);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private Set<String> distinct(int before, Map<String, Long> due) {
    Set<String> fired = new HashSet<>();
    List<CallbackSink.Callback> all = sink.callbacks();
    all.subList(before, all.size()).forEach(callback -> fired.add(callback.taskId()));
    fired.retainAll(due.keySet());
    return fired;
  }

  private static void report(
      String fault,
      List<CallbackSink.Callback> all,
      Map<String, Long> due,
      List<Long> worst,
      List<Long> refused,
      long answers) {
    Map<String, Long> first = new HashMap<>();
    Map<String, Long> tokens = new HashMap<>();
    int repeats = 0;
    int overtaken = 0;
    for (CallbackSink.Callback callback : all) {
      Long at = due.get(callback.taskId());
      if (at != null) {
        long lag = callback.arrivedMillis() - at;
        repeats += first.putIfAbsent(callback.taskId(), lag) == null ? 0 : 1;
        long highest = tokens.merge(callback.taskId(), callback.token(), Math::max);
        overtaken += callback.token() < highest ? 1 : 0;
      }
    }
    long latest = first.values().stream().mapToLong(lag -> lag).max().orElseThrow();
    long earliest = first.values().stream().mapToLong(lag -> lag).min().orElseThrow();
    long late = first.values().stream().filter(lag -> lag > 1_000).count();
    worst.add(latest);
    refused.add(answers);
    System.out.printf(
        "%s: latest fire %d ms, earliest %d ms, %d later than 1 s, %d repeats, %d of them overtaken, creates refused for %d ms%n",
        fault, latest, earliest, late, repeats, overtaken, answers);
  }

  /** Creates on and on until the time; how long the longest one needed, with its tries. */
  private long creates(String fault, int other, long untilMillis) throws Exception {
    long longest = 0;
    while (System.currentTimeMillis() < untilMillis) {
      long began = System.currentTimeMillis();
      String id = "c" + created++;
      while (!create(other, id)) {
        if (System.currentTimeMillis() - began > 60_000) {
          throw new AssertionError("no create is taken after " + fault);
        }
      }
      longest = Math.max(longest, System.currentTimeMillis() - began);
    }
    return longest;
  }

  private boolean create(int other, String id) throws InterruptedException {
    try {
      int status =
          cluster
              .member(other)
              .call("PUT", "/api/v1/tasks/" + id, task(id, System.currentTimeMillis() + 3_600_000))
              .status();
      return status / 100 == 2;
    } catch (IOException unanswered) {
      return false;
    }
  }

  private String task(String id, long due) {
    return "{\"id\":\"%s\",\"schedule\":{\"at\":%d},\"target\":{\"http\":{\"url\":\"%s\"}}}"
        .formatted(id, due, sink.url("/"));
  }

  private static void until(long millis) {
    for (long left = millis - System.currentTimeMillis();
        left > 0;
        left = millis - System.currentTimeMillis()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(left));
    }
  }

  @Override
  public void close() {
    try (sink;
        cluster) {
      System.out.println(sink.callbacks().size() + " callbacks in all");
    }
  }
}
