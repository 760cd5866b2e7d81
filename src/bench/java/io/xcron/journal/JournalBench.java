package io.xcron.journal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Appends of 300 bytes to a journal on the disk under {@code target}, with an fsync before each acknowledgement. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
public class JournalBench {
  private static final int PARTITIONS = 271;
  private static final int BATCH = 10_000;

  private Path directory;
  private Journal journal;
  private final byte[] value = new byte[272];
  private long count;

  @Setup
  public void open() throws IOException {
    directory = Files.createTempDirectory(Path.of("target"), "journal-bench");
    journal =
        Journal.open(
            JournalConfig.of(directory, "bench", PARTITIONS, JournalMode.SINGLE).withFreshWhole(true));
    journal.recovered().close();
  }

  /** One at a time: the latency of a durable write. */
  @Benchmark
  @BenchmarkMode(Mode.SampleTime)
  @OutputTimeUnit(TimeUnit.MICROSECONDS)
  public void oneDurableAppend() throws Exception {
    awaitDurable(append());
  }

  /** Many between two acknowledgements: what one thread can append. */
  @Benchmark
  @BenchmarkMode(Mode.Throughput)
  @OperationsPerInvocation(BATCH)
  @OutputTimeUnit(TimeUnit.SECONDS)
  public void durableAppends() throws Exception {
    long position = 0;
    for (int i = 0; i < BATCH; i++) {
      position = append();
    }
    awaitDurable(position);
  }

  private long append() {
    long number = count++;
    byte[] key = Long.toString(number % 1_000_000 + 100_000_000_000L).getBytes(StandardCharsets.US_ASCII);
    return journal.put((int) (number % PARTITIONS), 0, 1, number, key, value);
  }

  private void awaitDurable(long position) throws Exception {
    CompletableFuture<Durability> ended = new CompletableFuture<>();
    journal.whenDurable(position, ended::complete);
    if (ended.get() != Durability.DURABLE) {
      throw new IllegalStateException("not durable: " + ended.get());
    }
  }

  @TearDown
  public void close() throws IOException {
    journal.close();
    try (Stream<Path> files = Files.walk(directory)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    }
  }
}
