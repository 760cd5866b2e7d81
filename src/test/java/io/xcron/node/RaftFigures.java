package io.xcron.node;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.cp.internal.RaftService;
import com.hazelcast.cp.internal.raft.impl.RaftNode;
import com.hazelcast.cp.internal.raft.impl.RaftNodeImpl;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * How many entries Raft commits each second, by tasks and by fires: not a test but figures for
 * docs/benchmarks.md. Three members in this process, which tells the commit indexes of Raft that no
 * metric of Hazelcast gives. Arguments: the seconds of each measurement (60), the fires a second
 * (500), then the numbers of pending tasks, growing (0 10000 1000000).
 */
final class RaftFigures implements AutoCloseable {
  private static final int MEMBERS = 3;
  private static final int LINES = 5_000;

  /** Taken by an import at least, so that all are there before the first is due. */
  private static final int LINES_EACH_MILLI = 10;

  private static final long FAR_MILLIS = 4_000_000_000_000L;

  private final CallbackSink sink = new CallbackSink();
  private final HttpClient client = HttpClient.newHttpClient();
  private final List<LocalNode> nodes = new ArrayList<>();
  private int pending;
  private int fired;

  private RaftFigures(Path directory) throws ExecutionException, InterruptedException {
    List<Integer> ports = Ports.free(MEMBERS);
    String members =
        ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<LocalNode>> starts = new ArrayList<>();
      for (Integer port : ports) {
        Map<String, String> settings =
            Map.of(
                "members", members,
                "cluster.size", String.valueOf(MEMBERS),
                "member.port", port.toString());
        starts.add(
            threads.submit(() -> LocalNode.start(directory.resolve(port.toString()), settings)));
      }
      for (Future<LocalNode> start : starts) {
        nodes.add(start.get());
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    long seconds = arguments.length > 0 ? Long.parseLong(arguments[0]) : 60;
    int rate = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
    List<Integer> counts = new ArrayList<>();
    for (int i = 2; i < arguments.length; i++) {
      counts.add(Integer.parseInt(arguments[i]));
    }
    try (RaftFigures figures = new RaftFigures(Files.createTempDirectory("xcron-raft"))) {
      for (int count : counts.isEmpty() ? List.of(0, 10_000, 1_000_000) : counts) {
        figures.fill(count);
        double idle = figures.commits(seconds);
        figures.load(seconds, rate);
        int before = figures.sink.callbacks().size();
        double busy = figures.commits(seconds);
        System.out.printf(
            "%d pending tasks: %.2f commits/s; with %.0f fires/s %.2f%n",
            count, idle, (figures.sink.callbacks().size() - before) / (double) seconds, busy);
      }
    }
    System.exit(0);
  }

  private void fill(int count) throws IOException, InterruptedException {
    while (pending < count) {
      StringBuilder lines = new StringBuilder();
      for (int until = Math.min(count, pending + LINES); pending < until; pending++) {
        lines.append(task("p" + pending, FAR_MILLIS + pending));
      }
      take(lines);
    }
  }

  /** One-shots evenly over so many seconds, from soon on. */
  private void load(long seconds, int rate) throws IOException, InterruptedException {
    int count = (int) (seconds * rate);
    long begin = System.currentTimeMillis() + 2_000 + count / LINES_EACH_MILLI;
    for (int from = 0; from < count; from += LINES) {
      StringBuilder lines = new StringBuilder();
      for (int i = from; i < Math.min(count, from + LINES); i++) {
        lines.append(task("f" + fired++, begin + i * 1_000L / rate));
      }
      take(lines);
    }
    LockSupport.parkNanos(
        TimeUnit.MILLISECONDS.toNanos(Math.max(0, begin - System.currentTimeMillis())));
  }

  private String task(String id, long due) {
    return "{\"id\":\"%s\",\"schedule\":{\"at\":%d},\"target\":{\"http\":{\"url\":\"%s\"}}}\n"
        .formatted(id, due, sink.url("/"));
  }

  private void take(StringBuilder lines) throws IOException, InterruptedException {
    URI uri = URI.create(nodes.getFirst().url("/api/v1/tasks/import"));
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofString(lines.toString()))
            .build();
    String answer = client.send(request, HttpResponse.BodyHandlers.ofString()).body().strip();
    if (!answer.endsWith("\"failed\":0}")) {
      throw new AssertionError(answer.substring(answer.lastIndexOf('\n') + 1));
    }
  }

  private double commits(long seconds) {
    long before = committed();
    long began = System.nanoTime();
    long end = began + TimeUnit.SECONDS.toNanos(seconds);
    for (long left = end - began; left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    return (committed() - before) * 1e9 / (System.nanoTime() - began);
  }

  /** The commit indexes of all groups, of the member that is ahead. */
  private static long committed() {
    long most = 0;
    for (HazelcastInstance instance : Hazelcast.getAllHazelcastInstances()) {
      RaftService raft =
          ((HazelcastInstanceProxy) instance)
              .getOriginal()
              .node
              .getNodeEngine()
              .getService(RaftService.SERVICE_NAME);
      long sum = 0;
      for (RaftNode group : raft.getAllRaftNodes()) {
        sum += ((RaftNodeImpl) group).state().commitIndex();
      }
      most = Math.max(most, sum);
    }
    if (most == 0) {
      throw new AssertionError("no member tells the commit index of a group");
    }
    return most;
  }

  @Override
  public void close() {
    nodes.forEach(LocalNode::close);
    sink.close();
  }
}
