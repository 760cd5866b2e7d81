package io.xcron.sink;

import io.xcron.journal.RunStore;
import io.xcron.journal.RunStoreConfig;
import io.xcron.journal.RunStoreListener;
import io.xcron.model.RunCodec;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Rows a second into a real PostgreSQL: {@code SinkMeasure <empty directory> <records>}. */
final class SinkMeasure {
  private SinkMeasure() {}

  public static void main(String[] arguments) throws Exception {
    Path directory = Path.of(arguments[0]);
    int records = Integer.parseInt(arguments[1]);
    try (Postgres postgres = Postgres.start();
        RunStore store =
            RunStore.open(
                RunStoreConfig.of(directory), RunStoreListener.NONE, System::currentTimeMillis)) {
      for (int i = 0; i < records; i++) {
        RunRecord run = run("order-" + i % 100_000, 1 + i / 100_000, i);
        store.append(
            i % 271,
            i % 100_000,
            1,
            run.number(),
            RunCodec.encode("default", run, store.origin(), 4_096));
        if (i % 20_000 == 0) {
          store.flush().join();
        }
      }
      store.flush().join();
      long begun = System.nanoTime();
      long cpu = cpuNanos();
      RunSink sink =
          RunSink.open(store, directory, SinkConfig.of(postgres.url(), null, null, "bench", "a"));
      while (sink.stats().rows() < records) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
      double seconds = (System.nanoTime() - begun) / 1e9;
      System.out.printf(
          "%d rows in %.1f s, %.0f a second, %.1f us of this process's CPU a row%n",
          records, seconds, records / seconds, (cpuNanos() - cpu) / 1e3 / records);
      sink.close();
    }
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }

  private static RunRecord run(String id, long number, int i) {
    long due = 1_795_248_000_000L + i;
    RunRecord.Try attempt = new RunRecord.Try(1, due + 1, due + 9, "10.0.0.1:5701", 200, null);
    return new RunRecord(
        id,
        1,
        number,
        due,
        due,
        due + 1,
        due + 9,
        RunOutcome.SUCCESS,
        false,
        List.of(attempt),
        "10.0.0.1:5701",
        77,
        null,
        null);
  }
}
