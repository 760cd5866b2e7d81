package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Seats;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user of the journal sees, on the real file system. */
final class JournalTest {
  private static final Duration POLL = Duration.ofMillis(100);

  private static final Seats FIVE =
      new Seats(
          5,
          1L << 40,
          List.of(
              new Seats.Seat(new UUID(1L << 60, -1), 3), new Seats.Seat(new UUID(2, 7), 1L << 40)));

  @TempDir Path directory;

  private JournalConfig config() {
    return JournalConfig.of(directory, "test", 5, JournalMode.SINGLE)
        .withFreshWhole(true)
        .withGather(Duration.ZERO)
        .withDisk(0, 0, Duration.ofMillis(100), Duration.ofMillis(10));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void put(Journal journal, int partition, long sequence, String key, String value)
      throws Exception {
    long position = journal.put(partition, 1, 1, sequence, bytes(key), bytes(value));
    assertEquals(Durability.DURABLE, Waiting.outcome(journal, position));
  }

  static Map<String, String> read(Recovered recovered, int partition) {
    TreeMap<String, String> entries = new TreeMap<>();
    recovered.read(
        partition,
        (map, epoch, sequence, all, keyOffset, keyLength, valueOffset, valueLength) ->
            entries.put(
                new String(all, keyOffset, keyLength, StandardCharsets.UTF_8),
                new String(all, valueOffset, valueLength, StandardCharsets.UTF_8)));
    return entries;
  }

  private Path newestSegment() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> Format.segmentNumber(String.valueOf(file.getFileName())) > 0)
          .max(Path::compareTo)
          .orElseThrow();
    }
  }

  @Test
  void whatWasPutIsThereAfterReopening() throws Exception {
    JournalIdentity identity;
    try (Journal journal = Journal.open(config())) {
      identity = journal.identity();
      assertEquals(
          new Reservation(0, 0, true, Seats.alone(identity.store(), 0)),
          journal.recovered().reservation(),
          "a store of a member that runs alone is the only one");
      put(journal, 2, 1, "a", "one");
      put(journal, 2, 2, "b", "two");
      journal.remove(2, 1, 1, 3, bytes("a"));
      journal.epoch(2, 9);
      journal.reserve(new Reservation(77, 123, false, FIVE));
    }
    try (Journal journal = Journal.open(config())) {
      assertEquals(identity, journal.identity());
      assertEquals(new Reservation(77, 123, false, FIVE), journal.recovered().reservation());
      assertEquals("{b=two}", read(journal.recovered(), 2).toString());
      assertEquals(
          new RecoveredPartition(2, PartitionState.WHOLE, 1, 3, 9, 2),
          journal.recovered().partitions().get(2));
      journal.recovered().close();
      assertThrows(IllegalStateException.class, () -> read(journal.recovered(), 2));
    }
  }

  @Test
  void aPartitionOfAFreshJoinerIsAbsentUntilACopyIsWhole() throws Exception {
    JournalConfig joiner = config().withFreshWhole(false);
    try (Journal journal = Journal.open(joiner)) {
      assertEquals(PartitionState.ABSENT, journal.recovered().partitions().get(0).state());
      assertThrows(
          IllegalStateException.class, () -> journal.put(0, 0, 1, 1, bytes("k"), bytes("v")));
      assertThrows(IllegalStateException.class, () -> journal.copyEnd(0, 1, 1));
      journal.copyBegin(0, 4);
      put(journal, 0, 5, "k", "v");
    }
    try (Journal journal = Journal.open(joiner)) {
      assertEquals(
          new RecoveredPartition(0, PartitionState.COPYING, 0, 0, 4, 0),
          journal.recovered().partitions().get(0));
      assertTrue(read(journal.recovered(), 0).isEmpty());
      journal.copyBegin(0, 4);
      put(journal, 0, 6, "k2", "v2");
      Waiting.outcome(journal, journal.copyEnd(0, 4, 6));
    }
    try (Journal journal = Journal.open(joiner)) {
      assertEquals("{k2=v2}", read(journal.recovered(), 0).toString());
    }
  }

  @Test
  void aSecondOpenOfTheSameDirectoryIsRefusedWithItsName() throws Exception {
    try (Journal journal = Journal.open(config())) {
      put(journal, 0, 1, "k", "v");
      var refusal = assertThrows(JournalException.Locked.class, () -> Journal.open(config()));
      assertTrue(String.valueOf(refusal.getMessage()).contains(directory.toString()));
    }
    Journal.open(config()).close();
  }

  @Test
  void theSeatsAreInTheCheckpointToo() throws Exception {
    try (Journal journal =
        Journal.open(config().withSegmentBytes(64 << 10).withFold(1, 1 << 20, 1 << 30))) {
      journal.recovered().close();
      journal.reserve(new Reservation(77, 123, false, FIVE));
      for (int i = 1; journal.stats().folds() == 0; i++) {
        put(journal, 2, i, "key", "value");
      }
    }
    try (Journal journal = Journal.open(config())) {
      assertEquals(new Reservation(77, 123, false, FIVE), journal.recovered().reservation());
    }
  }

  @Test
  void aStoreGoesOnInAClusterAndAloneAgainOnlyByTheOperatorsWord() throws Exception {
    JournalConfig clustered =
        JournalConfig.of(directory, "test", 5, JournalMode.RAFT).withDisk(0, 0, POLL, POLL);
    try (Journal journal = Journal.open(config())) {
      put(journal, 2, 1, "a", "one");
    }
    try (Journal journal = Journal.open(clustered)) {
      assertEquals("{a=one}", read(journal.recovered(), 2).toString());
      assertEquals(PartitionState.WHOLE, journal.recovered().partitions().get(0).state());
      put(journal, 2, 2, "b", "two");
    }
    assertThrows(JournalException.Mismatch.class, () -> Journal.open(config()));
    Journal.open(config().withLeaveCluster(true)).close();
    try (Journal journal = Journal.open(config())) {
      assertEquals("{a=one, b=two}", read(journal.recovered(), 2).toString());
    }
  }

  @Test
  void aStoreOfAnotherClusterOrCountIsRefused() {
    Journal.open(config()).close();
    List<JournalConfig> others =
        List.of(
            JournalConfig.of(directory, "other", 5, JournalMode.SINGLE),
            JournalConfig.of(directory, "test", 6, JournalMode.SINGLE));
    for (JournalConfig other : others) {
      assertThrows(JournalException.Mismatch.class, () -> Journal.open(other));
    }
    Journal.open(config()).close();
  }

  @Test
  void aNewerFormatIsRefused() throws Exception {
    Journal.open(config()).close();
    try (MVStore store = MVStore.open(newestSegment().toString())) {
      MVMap<String, String> meta = store.openMap(StoreMeta.MAP);
      meta.put("format", "2");
    }
    assertThrows(JournalException.NewerFormat.class, () -> Journal.open(config()));
  }

  @Test
  void garbageInTheTailThatNobodyReliedOnIsCutOffAndSetAside() throws Exception {
    try (Journal journal = Journal.open(config())) {
      put(journal, 0, 1, "k", "v");
    }
    byte[] garbage = new byte[20_000];
    new java.util.Random(5).nextBytes(garbage);
    Files.write(newestSegment(), garbage, StandardOpenOption.APPEND);
    try (Journal journal = Journal.open(config())) {
      assertEquals("{k=v}", read(journal.recovered(), 0).toString());
    }
  }

  @Test
  void acknowledgedRecordsThatATruncationTookAreMissed() throws Exception {
    try (Journal journal = Journal.open(config())) {
      for (int i = 1; i <= 50; i++) {
        put(journal, 0, i, "k" + i, "v");
      }
    }
    Path segment = newestSegment();
    try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
      channel.truncate(channel.size() / 2 / 4096 * 4096);
    }
    var lost = assertThrows(JournalException.LostRecords.class, () -> Journal.open(config()));
    assertTrue(lost.batches() > 0 && lost.batches() < 50, lost.getMessage());
    try (Journal journal = Journal.open(config().withAcceptLoss(true))) {
      assertEquals(lost.batches(), journal.recovered().batchesLost());
      assertEquals(50 - lost.batches(), read(journal.recovered(), 0).size());
      put(journal, 0, 60, "after", "v");
    }
    try (Journal journal = Journal.open(config())) {
      assertEquals(51 - lost.batches(), read(journal.recovered(), 0).size());
    }
  }

  @Test
  void aFlippedBitInAnAcknowledgedRecordIsNoticed() throws Exception {
    try (Journal journal = Journal.open(config())) {
      put(journal, 0, 1, "k", "a value to be found again");
      put(journal, 0, 2, "k2", "v");
    }
    Path segment = newestSegment();
    byte[] bytes = Files.readAllBytes(segment);
    byte[] wanted = bytes("a value to be found again");
    for (int at = 0; at + wanted.length <= bytes.length; at++) {
      if (java.util.Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
        bytes[at + 3] ^= 1;
      }
    }
    Files.write(segment, bytes);
    assertThrows(JournalException.LostRecords.class, () -> Journal.open(config()));
  }

  @Test
  void aMissingMarkOrLogIsNotTakenForAFreshStore() throws Exception {
    try (Journal journal = Journal.open(config())) {
      put(journal, 0, 1, "k", "v");
    }
    Path mark = directory.resolve(Format.MARK);
    byte[] content = Files.readAllBytes(mark);
    Files.delete(mark);
    assertThrows(JournalException.Corrupt.class, () -> Journal.open(config()));
    Files.write(mark, content);
    Files.delete(newestSegment());
    assertThrows(JournalException.LostRecords.class, () -> Journal.open(config()));
  }

  @Test
  void aBackupOfALiveJournalHoldsWhatWasDurableBeforeIt(@TempDir Path target) throws Exception {
    try (Journal journal =
        Journal.open(config().withSegmentBytes(64 << 10).withFold(64 << 10, 1 << 20, 1 << 30))) {
      journal.recovered().close();
      for (int i = 0; i < 300; i++) {
        put(journal, i % 5, i + 1, "k" + i, "v".repeat(1000));
      }
      JournalBackup made = journal.backup(target);
      assertEquals(bytesIn(target), made.bytes());
      put(journal, 0, 301, "later", "v");
      assertEquals(0, journal.stats().recoveries(), "a backup is no failure to recover from");
      assertEquals(JournalState.OPEN, journal.state());
      assertThrows(IllegalArgumentException.class, () -> journal.backup(target));
    }
    JournalConfig copy =
        JournalConfig.of(target, "test", 5, JournalMode.SINGLE)
            .withDisk(0, 0, Duration.ofMillis(100), Duration.ofMillis(10));
    try (Journal journal = Journal.open(copy)) {
      for (int partition = 0; partition < 5; partition++) {
        assertEquals(60, read(journal.recovered(), partition).size());
      }
    }
  }

  private static long bytesIn(Path directory) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  @Test
  void foldingKeepsTheLogShortAndHeldFilesAreNotFolded() throws Exception {
    JournalConfig small =
        config().withSegmentBytes(64 << 10).withFold(128 << 10, 256 << 10, 1 << 30);
    try (Journal journal = Journal.open(small)) {
      for (int i = 0; i < 1000; i++) {
        put(journal, i % 5, i + 1, "k" + i % 50, "v" + i + "-".repeat(1000));
      }
      assertEquals(0, journal.stats().folds(), "held by what was recovered");
      journal.recovered().close();
      for (int i = 1000; journal.stats().folds() < 3; i++) {
        put(journal, i % 5, i + 1, "k" + i % 50, "v" + i + "-".repeat(1000));
      }
    }
    try (Journal journal = Journal.open(small)) {
      int entries = 0;
      for (int partition = 0; partition < 5; partition++) {
        entries += read(journal.recovered(), partition).size();
      }
      assertEquals(50, entries);
    }
  }

  @Test
  void closingCommitsWhatIsQueuedAndAnswersEverybody() throws Exception {
    Journal journal = Journal.open(config().withGather(Duration.ofSeconds(1)));
    long position = journal.put(0, 0, 1, 1, bytes("k"), bytes("v"));
    Durability[] outcome = new Durability[1];
    journal.whenDurable(position, ended -> outcome[0] = ended);
    journal.close();
    assertEquals(Durability.DURABLE, outcome[0]);
    assertEquals(JournalState.SHUT, journal.state());
    assertEquals(AppendLog.REFUSED, journal.put(0, 0, 1, 2, bytes("k"), bytes("v")));
    assertEquals(Durability.REFUSED, Waiting.outcome(journal, AppendLog.REFUSED));
    journal.close();
  }

  @Test
  void aFullQueueRefusesAndLeavesAHoleThatIsTold() throws Exception {
    JournalConfig config =
        config().withQueue(64 << 10, Duration.ofMillis(1)).withGather(Duration.ofSeconds(1));
    try (Journal journal = Journal.open(config)) {
      Waiting.outcome(journal, journal.epoch(0, 1)); // so that nothing else is queued
      byte[] large = new byte[40_000];
      long first = journal.put(1, 0, 1, 1, bytes("k"), large);
      // The first fills over half of the queue, so it is taken without waiting; refill until
      // refused.
      long last = first;
      int tries = 0;
      while (last != AppendLog.REFUSED && tries++ < 100_000) {
        last = journal.put(1, 0, 1, 2, bytes("k"), large);
      }
      assertEquals(AppendLog.REFUSED, last);
      assertTrue(journal.behind(1));
      assertFalse(journal.behind(2));
      assertEquals(Durability.DURABLE, Waiting.outcome(journal, first));
    }
  }

  @Test
  void entriesOutOfBoundsAreTheCallersFault() {
    try (Journal journal = Journal.open(config())) {
      byte[] huge = new byte[JournalConfig.MAX_ENTRY_BYTES + 1];
      assertInstanceOf(
          IllegalArgumentException.class,
          assertThrows(RuntimeException.class, () -> journal.put(0, 0, 1, 1, bytes("k"), huge)));
      assertThrows(
          IndexOutOfBoundsException.class, () -> journal.put(5, 0, 1, 1, huge, 0, 1, huge, 0, 1));
      assertThrows(
          IllegalArgumentException.class, () -> journal.put(0, 256, 1, 1, huge, 0, 1, huge, 0, 1));
    }
  }
}
