package io.xcron.journal;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * Figures of a journal on this machine's disk: appends a second of one thread, latency of single
 * commits, time to read a million entries from the log and from a checkpoint. Run by hand: {@code
 * java -cp target/classes:target/test-classes:target/lib/* io.xcron.journal.JournalMeasure
 * <directory>}.
 */
final class JournalMeasure {
  private static final int ENTRIES = 1_000_000;
  private static final int PARTITIONS = 271;

  private JournalMeasure() {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory(Path.of(args[0]), "journal");
    SyncPolicy sync = args.length > 1 ? SyncPolicy.valueOf(args[1]) : SyncPolicy.ALWAYS;
    int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 1;
    JournalConfig config =
        JournalConfig.of(directory, "measure", PARTITIONS, JournalMode.SINGLE)
            .withFreshWhole(true)
            .withSync(sync, Duration.ofMillis(200));
    JournalConfig unfolded = config.withFold(1L << 40, 256 << 20, 32 << 20);
    try (Journal journal = Journal.open(unfolded)) {
      journal.recovered().close();
      for (int round = 0; round < rounds; round++) {
        append(journal, round);
      }
      latency(journal);
    }
    for (int i = 0; i < 3; i++) {
      restart(unfolded, "log");
    }
    try (Journal journal = Journal.open(config.withFold(1 << 20, 4L << 30, 32 << 20))) {
      journal.recovered().close();
      long started = System.nanoTime();
      byte[] key = "during-fold".getBytes(StandardCharsets.US_ASCII);
      long[] nanos = new long[4000];
      for (int i = 0; i < nanos.length; i++) {
        nanos[i] = one(journal, key, 2_000_000L + i);
      }
      print("commit latency while folding", nanos);
      while (journal.stats().folds() == 0) {
        one(journal, key, 3_000_000L);
      }
      System.out.printf(
          "folded in %.1f s, checkpoint %d MB%n",
          (System.nanoTime() - started) / 1e9, journal.stats().checkpointBytes() >> 20);
    }
    for (int i = 0; i < 3; i++) {
      restart(unfolded, "checkpoint");
    }
  }

  private static void append(Journal journal, int round) throws Exception {
    byte[] key = new byte[20];
    byte[] value = new byte[280];
    long bytesBefore = journal.stats().logBytes();
    CountDownLatch done = new CountDownLatch(1);
    double cpu = cpuSeconds();
    long started = System.nanoTime();
    long position = 0;
    for (int i = 0; i < ENTRIES; i++) {
      Frames.intAt(key, 0, i);
      Frames.longAt(value, 8, i * 31L);
      position = journal.put(i % PARTITIONS, 0, 1, i + 1L, key, value);
      if ((i & 127) == 0) {
        journal.whenDurable(position, outcome -> {});
      }
    }
    journal.whenDurable(position, outcome -> done.countDown());
    done.await();
    double seconds = (System.nanoTime() - started) / 1e9;
    JournalStats stats = journal.stats();
    System.out.printf(
        "round %d: %,.0f appends/s durable, %.2f CPU s, commits %d, mean %.1f ms, max %.1f ms, log %d MB%n",
        round,
        ENTRIES / seconds,
        cpuSeconds() - cpu,
        stats.commits(),
        stats.commitMean().toNanos() / 1e6,
        stats.commitMax().toNanos() / 1e6,
        (stats.logBytes() - bytesBefore) >> 20);
  }

  private static void latency(Journal journal) throws Exception {
    byte[] key = "latency".getBytes(StandardCharsets.US_ASCII);
    long[] nanos = new long[3000];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = one(journal, key, 1_500_000L + i);
    }
    print("commit latency", nanos);
  }

  private static long one(Journal journal, byte[] key, long sequence) throws Exception {
    long started = System.nanoTime();
    CountDownLatch done = new CountDownLatch(1);
    journal.whenDurable(
        journal.put(0, 0, 1, sequence, key, new byte[280]), outcome -> done.countDown());
    done.await();
    return System.nanoTime() - started;
  }

  private static double cpuSeconds() {
    return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos() / 1e9;
  }

  private static void print(String what, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        "%s: p50 %.2f ms, p99 %.2f ms, max %.1f ms%n",
        what,
        nanos[nanos.length / 2] / 1e6,
        nanos[nanos.length * 99 / 100] / 1e6,
        nanos[nanos.length - 1] / 1e6);
  }

  private static void restart(JournalConfig config, String from) {
    double cpu = cpuSeconds();
    long started = System.nanoTime();
    try (Journal journal = Journal.open(config)) {
      double opened = (System.nanoTime() - started) / 1e9;
      long[] found = new long[2];
      for (int partition = 0; partition < PARTITIONS; partition++) {
        journal
            .recovered()
            .read(
                partition,
                (map, epoch, sequence, bytes, keyOffset, keyLength, valueOffset, valueLength) -> {
                  found[0]++;
                  found[1] += bytes[valueOffset + valueLength - 1] + sequence;
                });
      }
      System.out.printf(
          "restart from the %s: %,d entries, opened after %.2f s, read after %.2f s, %.2f CPU s%n",
          from, found[0], opened, (System.nanoTime() - started) / 1e9, cpuSeconds() - cpu);
    }
  }
}
