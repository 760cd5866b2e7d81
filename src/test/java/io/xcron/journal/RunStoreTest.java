package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunStoreTest {
  private static final long MAX = Long.MAX_VALUE;

  @TempDir Path directory;

  private final AtomicLong now = new AtomicLong(1_790_000_000_000L);
  private final List<RunStore> opened = new ArrayList<>();

  @AfterEach
  void close() {
    opened.forEach(RunStore::close);
  }

  private RunStoreConfig small() {
    return small(directory);
  }

  private static RunStoreConfig small(Path directory) {
    return new RunStoreConfig(
        directory, Duration.ofDays(7), 1 << 30, 0, 1 << 20, 16_384, Duration.ofHours(6));
  }

  private RunStore open(RunStoreConfig config) {
    RunStore store = RunStore.open(config, RunStoreListener.NONE, now::get);
    opened.add(store);
    return store;
  }

  private static byte[] payload(long task, long generation, long number, int version) {
    return (task + "/" + generation + "/" + number + "/" + version + "x".repeat(version))
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(StoredRun run) {
    return new String(run.payload(), StandardCharsets.US_ASCII);
  }

  /** Newest first by generation, then number; the last payload written for each. */
  private record Key(long generation, long number) {
    private static final Comparator<Key> NEWEST_FIRST =
        Comparator.comparingLong(Key::generation).thenComparingLong(Key::number).reversed();
  }

  /** Asks again and again; a flush among the questions makes the writer look. */
  private static void until(String what, BooleanSupplier reached) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!reached.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("never came: " + what);
      }
      Thread.onSpinWait();
    }
  }

  @Test
  void whatWasAppendedIsFoundNewestFirstWhateverTheOrderOfArrival() {
    RunStore store = open(small());
    for (long number : new long[] {2, 1, 5, 3, 4}) {
      store.append(3, 77, 9, number, payload(77, 9, number, 0));
    }
    store.append(3, 77, 8, 100, payload(77, 8, 100, 0));
    store.append(3, 78, 9, 6, payload(78, 9, 6, 0));
    store.flush().join();

    assertEquals(
        List.of(5L, 4L, 3L, 2L, 1L, 100L),
        store.from(3, 77, MAX, MAX, 50).stream().map(StoredRun::number).toList());
    assertEquals(
        List.of(3L, 2L), store.from(3, 77, 9, 3, 2).stream().map(StoredRun::number).toList());
  }

  @Test
  void theStoreAnswersAsAModelDoesThroughSealingAndReopening() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<Long, Map<Key, String>> model = new HashMap<>();
    RunStore store = open(small());
    for (int step = 0; step < 6_000; step++) {
      long task = random.nextInt(40) - 20L;
      long generation = 1L + random.nextInt(3);
      long number = 1L + random.nextInt(200);
      int version = random.nextInt(60);
      byte[] payload = payload(task, generation, number, version);
      Map<Key, String> runs = model.computeIfAbsent(task, any -> new TreeMap<>(Key.NEWEST_FIRST));
      store.append(partition(task), task, generation, number, payload);
      runs.put(new Key(generation, number), new String(payload, StandardCharsets.US_ASCII));
      if (random.nextInt(30) == 0) {
        store.flush().join();
        now.addAndGet(random.nextInt(50));
      }
      if (random.nextInt(1_500) == 0) {
        store.close();
        store = open(small());
      }
      if (random.nextInt(100) == 0) {
        store.flush().join();
        compare(store, task, model, random, "seed " + seed + ", step " + step);
      }
    }
    store.flush().join();
    for (long task : model.keySet()) {
      compare(store, task, model, random, "seed " + seed + ", end");
    }
    assertTrue(store.stats().segments() > 3, "nothing was sealed");
  }

  private static int partition(long task) {
    return Math.floorMod(task, 7);
  }

  private static void compare(
      RunStore store, long task, Map<Long, Map<Key, String>> model, Random random, String message) {
    Map<Key, String> expected = model.getOrDefault(task, Map.of());
    List<String> found = new ArrayList<>();
    int limit = 1 + random.nextInt(50);
    long generation = MAX;
    long number = MAX;
    while (true) {
      List<StoredRun> page = store.from(partition(task), task, generation, number, limit);
      page.forEach(run -> found.add(text(run)));
      if (page.size() < limit) {
        break;
      }
      generation = page.getLast().generation();
      number = page.getLast().number() - 1;
    }
    List<String> wanted = List.copyOf(expected.values());
    for (int i = 0; i < Math.min(wanted.size(), found.size()); i++) {
      assertEquals(wanted.get(i), found.get(i), message + ", place " + i);
    }
    assertEquals(wanted.size(), found.size(), message);
  }

  @Test
  void aPageGoesOnWhereItEndedThoughItsSegmentIsDeletedMeanwhile() {
    RunStore store = open(small().withRetention(Duration.ofHours(40), 1 << 20));
    for (int number = 1; number <= 400; number++) {
      store.append(1, 5, 1, number, payload(5, 1, number, 50));
      if (number % 100 == 0) {
        store.flush().join();
        seal(store);
        now.addAndGet(Duration.ofHours(8).toMillis());
      }
    }
    List<StoredRun> page = store.from(1, 5, MAX, MAX, 150);
    assertEquals(251, page.getLast().number());
    assertEquals(1, store.from(1, 5, 1, 150, 1).size());
    // The second segment's time is over: the next seal deletes it.
    now.addAndGet(Duration.ofHours(8).toMillis());
    store.append(1, 6, 1, 1, payload(6, 1, 1, 0));
    store.flush().join();
    seal(store);

    List<Long> rest = store.from(1, 5, 1, 250, 1_000).stream().map(StoredRun::number).toList();
    assertEquals(250, rest.getFirst());
    assertFalse(rest.contains(150L), "what is too old is gone");
    assertEquals(rest.size(), 250 - rest.getLast() + 1, "no gap");
  }

  /** Makes the segment old enough to be sealed, and waits until it is. */
  private void seal(RunStore store) {
    List<Path> names = names("runs-");
    now.addAndGet(Duration.ofHours(6).toMillis());
    until(
        "a new segment",
        () -> {
          store.flush().join();
          return !names("runs-").equals(names);
        });
    store.flush().join();
  }

  private List<Path> names(String prefix) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(prefix))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theFilesStayBelowTheirBoundAndTheNewestRunsStay() {
    RunStoreConfig config =
        new RunStoreConfig(
            directory, Duration.ofDays(7), 200_000, 0, 1 << 20, 16_384, Duration.ofHours(6));
    RunStore store = open(config);
    Random random = new Random(7);
    byte[] noise = new byte[200];
    for (int number = 1; number <= 6_000; number++) {
      random.nextBytes(noise);
      store.append(1, number, 1, number, noise.clone());
      if (number % 50 == 0) {
        store.flush().join();
      }
    }
    store.flush().join();
    until("the bound", () -> store.stats().bytes() <= 200_000 + 100_000);

    assertEquals(1, store.from(1, 6_000, MAX, MAX, 5).size());
    assertEquals(0, store.from(1, 1, MAX, MAX, 5).size());
    assertEquals(0, store.stats().dropped());
  }

  @Test
  void aKilledStoreKeepsWhatWasCommittedAndCutsATornEnd() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    RunStore store = open(small());
    for (int number = 1; number <= 500; number++) {
      store.append(1, number % 10, 1, number, payload(number % 10, 1, number, 40));
      if (number % 20 == 0) {
        store.flush().join();
      }
    }
    store.flush().join();
    long commits = store.stats().commits();
    until("the log", () -> store.stats().commits() >= commits && !names("log-").isEmpty());
    for (int round = 0; round < 12; round++) {
      Path copy = Files.createDirectory(directory.resolve("copy" + round));
      String message = "seed " + seed + ", round " + round;
      copyFiles(copy);
      damageLog(copy, random, round);
      RunStore after = open(small(copy));
      after.flush().join();
      long before = 0;
      for (int task = 0; task < 10; task++) {
        List<StoredRun> runs = after.from(1, task, MAX, MAX, 1_000);
        before += runs.size();
        for (StoredRun run : runs) {
          assertEquals(
              new String(payload(task, 1, run.number(), 40), StandardCharsets.US_ASCII),
              text(run),
              message);
        }
      }
      assertTrue(round > 0 || before == 500, message + ": " + before);
      after.append(1, 3, 2, 1, payload(3, 2, 1, 0));
      after.flush().join();
      assertEquals(2, after.from(1, 3, MAX, MAX, 1).getFirst().generation(), message);
      after.close();
    }
  }

  @Test
  void aRecordThatAnInterruptedRecoveryWroteAnewIsThereOnce() throws IOException {
    RunStore store = open(small());
    for (int number = 1; number <= 40; number++) {
      store.append(1, number % 3, 1, number, payload(number % 3, 1, number, 4));
    }
    store.flush().join();
    store.close();
    // The new log is there and the old one not yet deleted, of which the new one lacks the end.
    Path log = names("log-").getFirst();
    Files.copy(log, directory.resolve(RunStoreFile.log(7).name()));
    RunStore after = open(small());
    after.append(1, 3, 1, 41, payload(3, 1, 41, 4));
    after.flush().join();
    List<StoredRun> runs = after.tail(0).next(1_000, 1 << 20);
    assertEquals(41, runs.size());
    assertEquals(41, runs.stream().map(StoredRun::number).distinct().count());
    assertEquals(1, names("log-").size());
  }

  @Test
  void ofASegmentThatWasSealedTwiceTheLaterCounts() throws IOException {
    sealSixHundred();
    List<Path> sealed = names("runs-");
    RunStoreFile first =
        Objects.requireNonNull(RunStoreFile.parse(sealed.getFirst().getFileName().toString()));
    Files.write(
        directory.resolve(RunStoreFile.sealed(first.number(), first.untilMillis() - 1).name()),
        new byte[] {1, 2, 3});
    RunStore after = open(small());
    after.flush().join();
    assertEquals(sealed, names("runs-"));
    assertEquals(600, after.from(1, 5, MAX, MAX, 1_000).size());
  }

  /** Leaves the runs 1 to 600 of one task in a few segments. */
  private void sealSixHundred() {
    RunStore store = open(small());
    for (int number = 1; number <= 600; number++) {
      store.append(1, 5, 1, number, payload(5, 1, number, 50));
      if (number % 50 == 0) {
        store.flush().join();
      }
    }
    until("segments", () -> names("runs-").size() >= 2);
    store.close();
  }

  private void copyFiles(Path to) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  /** Round 0 leaves the log as it is; others cut it, overwrite a part, or empty it. */
  private static void damageLog(Path copy, Random random, int round) throws IOException {
    try (Stream<Path> files = Files.list(copy)) {
      for (Path log :
          files.filter(file -> file.getFileName().toString().startsWith("log-")).toList()) {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.WRITE)) {
          long size = channel.size();
          switch (round % 4) {
            case 1 -> channel.truncate(random.nextLong(size));
            case 2 -> {
              byte[] garbage = new byte[4_096];
              random.nextBytes(garbage);
              channel.write(ByteBuffer.wrap(garbage), random.nextLong(size));
            }
            case 3 -> channel.truncate(0);
            default -> {}
          }
        }
      }
    }
  }

  @Test
  void aDamagedSegmentIsLeftOutAndTheOthersAnswer() throws IOException {
    sealSixHundred();
    Files.write(names("runs-").getFirst(), new byte[] {1, 2, 3});
    RunStore after = open(small());
    after.flush().join();
    List<StoredRun> found = after.from(1, 5, MAX, MAX, 1_000);
    assertEquals(600, found.getFirst().number());
    assertTrue(found.size() < 600 && found.size() > 100, "found " + found.size());
  }

  @Test
  void copiesAskForWhatCameAfterASequenceAndAreAnsweredOnce() {
    RunStore owner = open(small());
    for (int number = 1; number <= 900; number++) {
      owner.append(number % 3, number % 50, 1, number, payload(number % 50, 1, number, 30));
      if (number % 100 == 0) {
        owner.flush().join();
        now.addAndGet(10);
      }
    }
    owner.flush().join();
    RunStore copy = open(small(directory.resolve("copy")));
    List<Long> numbers = new ArrayList<>();
    long sequence = 0;
    for (List<StoredRun> some = owner.after(1, 0, 70);
        !some.isEmpty();
        some = owner.after(1, sequence, 70)) {
      for (StoredRun run : some) {
        assertTrue(run.sequence() > sequence, "sequences grow");
        sequence = run.sequence();
        numbers.add(run.number());
        copy.put(run);
        copy.put(run);
      }
    }
    copy.flush().join();
    assertEquals(300, numbers.size());
    assertEquals(
        owner.from(1, 7, MAX, MAX, 100).stream().map(RunStoreTest::text).toList(),
        copy.from(1, 7, MAX, MAX, 100).stream().map(RunStoreTest::text).toList());
    assertEquals(sequence, copy.after(1, sequence - 1, 10).getFirst().sequence());
    // What the copy records itself goes on above.
    copy.append(1, 7, 1, 10_000, payload(7, 1, 10_000, 0));
    copy.flush().join();
    assertEquals(10_000, copy.after(1, sequence, 10).getFirst().number());
  }

  @Test
  void aFullQueueDropsTheOldestAndCountsThem() {
    RunQueue queue = new RunQueue(64 << 10);
    byte[] payload = new byte[1_000];
    for (int number = 1; number <= 1_000; number++) {
      queue.add(1, 1, 1, number, 0, payload);
    }
    List<RunQueue.Chunk> chunks = queue.drain();
    int kept = chunks.stream().mapToInt(chunk -> chunk.records).sum();
    assertEquals(1_000, kept + queue.dropped());
    assertTrue(kept >= 8, "kept " + kept);
    RunQueue.Chunk last = chunks.getLast();
    int at = last.size - payload.length - RunFrames.HEADER;
    assertEquals(1_000, RunFrames.number(last.bytes, at), "the newest stay");
  }

  @Test
  void aFullDiskCostsRecordsAndNothingElse() throws IOException {
    try (FaultyDisk disk = new FaultyDisk();
        RunStore store = RunStore.open(small(), RunStoreListener.NONE, now::get, disk.process())) {
      store.append(1, 1, 1, 1, payload(1, 1, 1, 0));
      store.flush().join();
      disk.failWrites(true);
      for (int number = 1; number <= 3_000; number++) {
        store.append(1, 2, 1, number, payload(2, 1, number, 50));
        if (number % 100 == 0) {
          store.flush().join();
        }
      }
      store.flush().join();
      assertEquals(1, store.from(1, 1, MAX, MAX, 10).size());
      assertTrue(store.stats().dropped() > 0, "memory is bounded");
      long kept = store.from(1, 2, MAX, MAX, 10_000).size();
      assertTrue(kept > 0 && kept < 3_000, "kept " + kept);
    }
  }

  @Test
  void whatCameWhileThereWasNoRoomReachesTheLogWithTheNextWrite() throws IOException {
    try (FaultyDisk disk = new FaultyDisk();
        RunStore store =
            RunStore.open(keeping(), RunStoreListener.NONE, now::get, disk.process())) {
      append(store, 1);
      until("the first write", () -> store.stats().commits() == 1);
      disk.capacity(0);
      append(store, 2);
      // The writer is done with what it took when it answers once more.
      store.flush().join();
      assertEquals(1, store.stats().commits());
      disk.capacity(MAX);
      append(store, 3);
      until("the second write", () -> store.stats().commits() == 2);
      disk.restart();
      try (RunStore after =
          RunStore.open(keeping(), RunStoreListener.NONE, now::get, disk.process())) {
        after.flush().join();
        assertEquals(
            List.of(3L, 2L, 1L),
            after.from(1, 5, MAX, MAX, 10).stream().map(StoredRun::number).toList());
      }
    }
  }

  @Test
  void aLogThatCannotBeBegunAnewLeavesTheOldOneThere() throws IOException {
    try (FaultyDisk disk = new FaultyDisk();
        RunStore store =
            RunStore.open(keeping(), RunStoreListener.NONE, now::get, disk.process())) {
      append(store, 1);
      until("the first write", () -> store.stats().commits() == 1);
      disk.capacity(0);
      append(store, 2);
      store.flush().join();
      disk.capacity(MAX);
      disk.failWrites(true);
      append(store, 3);
      store.flush().join();
      disk.restart();
      try (RunStore after =
          RunStore.open(keeping(), RunStoreListener.NONE, now::get, disk.process())) {
        after.flush().join();
        assertEquals(
            List.of(1L), after.from(1, 5, MAX, MAX, 10).stream().map(StoredRun::number).toList());
      }
    }
  }

  /** Leaves a little of the disk free. */
  private RunStoreConfig keeping() {
    return new RunStoreConfig(
        directory, Duration.ofDays(7), 1 << 30, 1_000, 1 << 20, 16_384, Duration.ofHours(6));
  }

  @Test
  void aStoreOnABadDiskCanBeClosed() throws IOException {
    try (FaultyDisk disk = new FaultyDisk()) {
      RunStore store = RunStore.open(small(), RunStoreListener.NONE, now::get, disk.process());
      append(store, 1);
      until("the write", () -> store.stats().commits() == 1);
      disk.failWrites(true);
      store.close();
      disk.restart();
      try (RunStore after =
          RunStore.open(small(), RunStoreListener.NONE, now::get, disk.process())) {
        after.flush().join();
        assertEquals(1, after.from(1, 5, MAX, MAX, 10).size());
      }
    }
  }

  private static void append(RunStore store, long number) {
    store.append(1, 5, 1, number, payload(5, 1, number, 0));
    store.flush().join();
  }
}
