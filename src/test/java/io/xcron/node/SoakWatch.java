package io.xcron.node;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.stream.Stream;

/** What one member takes of the machine, seen from outside. */
final class SoakWatch {
  private final MemberProcess member;
  private final Path data;
  private long lowestHeap = Long.MAX_VALUE;

  SoakWatch(MemberProcess member, Path data) {
    this.member = member;
    this.data = data;
  }

  /**
   * At one time.
   *
   * @param heap the lowest that was seen since the time before: near to what is alive
   * @param lapsed grants that ran out; -1 when the member does not count them
   */
  record Figures(
      long heap,
      long rss,
      long descriptors,
      long threads,
      long bytes,
      long files,
      long tasks,
      long lapsed) {
    @Override
    public String toString() {
      return "heap %d MB, rss %d MB, fds %d, threads %d, data %.1f MB in %d files, tasks %d"
          .formatted(heap >> 20, rss >> 20, descriptors, threads, bytes / 1048576.0, files, tasks);
    }
  }

  /** Looks at the heap; often, for the lowest value is what says something. */
  synchronized void look() throws IOException, InterruptedException {
    lowestHeap = Math.min(lowestHeap, sum(member.text("/metrics"), "jvm_memory_used_bytes{"));
  }

  synchronized Figures take() throws IOException, InterruptedException {
    String metrics = member.text("/metrics");
    long heap = Math.min(lowestHeap, sum(metrics, "jvm_memory_used_bytes{"));
    lowestHeap = Long.MAX_VALUE;
    Path process = Path.of("/proc", String.valueOf(member.pid()));
    long[] disk = disk();
    return new Figures(
        heap,
        status(process, "VmRSS:") * 1_024,
        descriptors(process),
        status(process, "Threads:"),
        disk[0],
        disk[1],
        sum(metrics, "xcron_tasks "),
        metrics.contains("\nxcron_grants_lapsed_total ")
            ? sum(metrics, "xcron_grants_lapsed_total ")
            : -1);
  }

  /** The sum over all lines of a metric that count; of memory only the heap's. */
  private static long sum(String metrics, String name) {
    double sum = 0;
    boolean found = false;
    for (String line : metrics.split("\n", -1)) {
      if (line.startsWith(name) && (!name.endsWith("{") || line.contains("area=\"heap\""))) {
        sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
        found = true;
      }
    }
    if (!found) {
      throw new AssertionError("no metric " + name);
    }
    return (long) sum;
  }

  private static long status(Path process, String name) throws IOException {
    return Files.readAllLines(process.resolve("status")).stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).replace("kB", "").strip())
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + name + " of " + process));
  }

  private static long descriptors(Path process) throws IOException {
    try (Stream<Path> open = Files.list(process.resolve("fd"))) {
      return open.count();
    }
  }

  /** Bytes and files; those that vanish meanwhile are left out. */
  private long[] disk() throws IOException {
    long[] sums = new long[2];
    Files.walkFileTree(
        data,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sums[0] += attributes.size();
            sums[1]++;
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException vanished) {
            return FileVisitResult.CONTINUE;
          }
        });
    return sums;
  }
}
