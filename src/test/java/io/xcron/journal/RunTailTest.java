package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What follows a run store sees every record, and is told what it did not. */
class RunTailTest {
  private static final int ALL = 1 << 20;

  @TempDir Path directory;

  private final AtomicLong now = new AtomicLong(1_790_000_000_000L);
  private final List<RunStore> opened = new ArrayList<>();
  private long appended;

  @AfterEach
  void close() {
    opened.forEach(RunStore::close);
  }

  private RunStore open(long maxBytes) {
    RunStoreConfig config =
        new RunStoreConfig(
            directory, Duration.ofDays(7), maxBytes, 0, 1 << 20, 8_192, Duration.ofHours(6));
    RunStore store = RunStore.open(config, RunStoreListener.NONE, now::get);
    opened.add(store);
    return store;
  }

  /** Appends records that are told apart by their number, and waits until they can be read. */
  private void append(RunStore store, Random random, int count) {
    for (int i = 0; i < count; i++) {
      long task = random.nextInt(9);
      store.append((int) (task % 3), task, 1, ++appended, new byte[random.nextInt(120)]);
    }
    store.flush().join();
    now.addAndGet(3);
  }

  private static List<Long> numbers(List<StoredRun> runs) {
    return runs.stream().map(StoredRun::number).toList();
  }

  @Test
  void eachRecordIsReadOnceWhileFilesAreSealedUnderTheReader() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    RunStore store = open(1 << 30);
    RunTail tail = store.tail(0);
    List<Long> read = new ArrayList<>();
    for (int step = 0; step < 400; step++) {
      append(store, random, random.nextInt(30));
      if (random.nextInt(3) > 0) {
        read.addAll(numbers(tail.next(1 + random.nextInt(60), 1 + random.nextInt(4_000))));
      }
    }
    for (List<StoredRun> page = tail.next(50, ALL); !page.isEmpty(); page = tail.next(50, ALL)) {
      read.addAll(numbers(page));
    }
    assertTrue(store.stats().segments() > 5, "hardly anything was sealed");
    assertEquals(appended, new HashSet<>(read).size(), "a gap, seed " + seed);
    assertEquals(appended, read.size(), "read twice, seed " + seed);
    assertEquals(0, tail.dropped(), "seed " + seed);
  }

  @Test
  void whatWasNotDoneIsReadAgainAfterAnyRestart() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Set<Long> read = new HashSet<>();
    long times = 0;
    long done = 0;
    for (int life = 0; life < 12; life++) {
      RunStore store = open(1 << 30);
      store.flush().join();
      RunTail tail = store.tail(done);
      for (int step = 0; step < 20; step++) {
        append(store, random, random.nextInt(30));
        List<StoredRun> page = tail.next(1 + random.nextInt(60), ALL);
        read.addAll(numbers(page));
        times += page.size();
        done = tail.done();
      }
      store.close();
    }
    RunStore store = open(1 << 30);
    store.flush().join();
    RunTail tail = store.tail(done);
    for (List<StoredRun> page = tail.next(50, ALL); !page.isEmpty(); page = tail.next(50, ALL)) {
      read.addAll(numbers(page));
      times += page.size();
    }
    assertEquals(appended, read.size(), "a gap, seed " + seed);
    assertTrue(times < 3 * appended, "most was read again: " + times + ", seed " + seed);
  }

  @Test
  void whatRetentionTakesUnreadIsCountedExactly() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    RunStore store = open(64 << 10);
    RunTail tail = store.tail(0);
    Set<Long> read = new HashSet<>();
    for (int step = 0; step < 300; step++) {
      append(store, random, 20);
      if (step % 40 == 0) {
        read.addAll(numbers(tail.next(25, ALL)));
      }
    }
    for (List<StoredRun> page = tail.next(50, ALL); !page.isEmpty(); page = tail.next(50, ALL)) {
      read.addAll(numbers(page));
    }
    assertTrue(tail.dropped() > 0, "nothing was dropped");
    assertEquals(appended, read.size() + tail.dropped(), "seed " + seed);
  }

  @Test
  void aStoreThatHasNotComeSoFarIsReadFromItsBeginning() {
    RunStore store = open(1 << 30);
    append(store, new Random(1), 10);
    assertEquals(10, store.tail(7).next(50, ALL).size());
    assertEquals(0, store.tail(7).done());
  }
}
