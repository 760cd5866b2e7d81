package io.xcron.history;

import io.xcron.journal.RunStoreConfig;
import io.xcron.journal.RunStoreStats;
import io.xcron.model.MachineTime;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Time;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * Measures the history by hand: {@code HistoryMeasure <empty directory> [records, 10000000]}.
 * Writes records of a million tasks from two threads, as fast as the store takes them, and of one
 * task that runs often; opens the store anew; asks for pages.
 */
final class HistoryMeasure {
  private static final int TASKS = 1_000_000;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final Time TIME = new MachineTime();

  private HistoryMeasure() {}

  public static void main(String[] args) throws Exception {
    Path directory = Path.of(args[0]);
    int records = args.length > 1 ? Integer.parseInt(args[1]) : 10_000_000;
    try (RunJournal journal = open(directory)) {
      long wall = System.nanoTime();
      long[] cpu = new long[2];
      Thread[] threads = new Thread[2];
      for (int i = 0; i < 2; i++) {
        int mine = i;
        threads[i] = Thread.ofPlatform().start(() -> cpu[mine] = write(journal, mine, records / 2));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      journal.store().flush().join();
      RunStoreStats stats = journal.stats();
      double seconds = (System.nanoTime() - wall) / 1e9;
      System.out.printf(
          "%,d records in %.1f s: %.2f us CPU each to hand over, %.2f us CPU each in the writer%n%s%n",
          records, seconds, (cpu[0] + cpu[1]) / 1e3 / records, writerCpu() / 1e3 / records, stats);
    }
    long opening = System.nanoTime();
    try (RunJournal journal = open(directory)) {
      System.out.printf("opened in %.1f ms%n", (System.nanoTime() - opening) / 1e6);
      // Pages are asked for while what was left is counted.
      CompletableFuture<Void> counted =
          journal
              .recounted()
              .thenRun(
                  () ->
                      System.out.printf(
                          "counted anew after %.1f s%n", (System.nanoTime() - opening) / 1e9));
      pages(journal, "first pages, seldom task", 20, false);
      pages(journal, "pages, seldom task", 500, false);
      pages(journal, "pages, busy task", 200, true);
      counted.join();
    }
  }

  private static RunJournal open(Path directory) {
    return RunJournal.open(
        RunStoreConfig.of(directory).withRetention(Duration.ofDays(7), 20L << 30),
        TIME,
        id -> Math.floorMod(id.hashCode(), 271),
        4_096,
        new RunStatistics());
  }

  private static long writerCpu() {
    for (long id : THREADS.getAllThreadIds()) {
      var info = THREADS.getThreadInfo(id);
      if (info != null && info.getThreadName().equals("xcron-runs")) {
        return THREADS.getThreadCpuTime(id);
      }
    }
    return 0;
  }

  private static String id(int task) {
    return new UUID(task * 0x9E3779B97F4A7C15L, task).toString();
  }

  private static long write(RunJournal journal, int writer, int count) {
    Random random = new Random(writer);
    String[] ids = new String[TASKS];
    for (int i = 0; i < TASKS; i++) {
      ids[i] = id(i);
    }
    long start = THREADS.getCurrentThreadCpuTime();
    long now = System.currentTimeMillis();
    for (int i = 0; i < count; i++) {
      int task = i % 10 == 0 ? 0 : random.nextInt(TASKS);
      String id = ids[task];
      long number = (long) i * 2 + writer + 1;
      journal.ended(
          Math.floorMod(id.hashCode(), 271),
          "default",
          new RunRecord(
              id,
              123_456,
              number,
              now + i,
              now + i,
              now + i + 2,
              now + i + 9,
              RunOutcome.SUCCESS,
              false,
              List.of(new RunRecord.Try(1, now + i + 2, now + i + 9, "127.0.0.1:5701", 200, null)),
              "127.0.0.1:5701",
              987_654,
              null,
              null));
      if (i % 5_000 == 4_999) {
        journal.store().flush().join(); // so that nothing is dropped
      }
    }
    return THREADS.getCurrentThreadCpuTime() - start;
  }

  private static void pages(RunJournal journal, String what, int count, boolean busy) {
    Random random = new Random(99);
    double[] millis = new double[count];
    long found = 0;
    for (int i = 0; i < count; i++) {
      String id = id(busy ? 0 : 1 + random.nextInt(TASKS - 1));
      long start = System.nanoTime();
      found += journal.runs(id, null, 50).join().runs().size();
      millis[i] = (System.nanoTime() - start) / 1e6;
    }
    Arrays.sort(millis);
    System.out.printf(
        "%s: median %.1f ms, p99 %.1f ms, worst %.1f ms, %.1f runs each%n",
        what,
        millis[count / 2],
        millis[(int) (count * 0.99)],
        millis[count - 1],
        (double) found / count);
  }
}
