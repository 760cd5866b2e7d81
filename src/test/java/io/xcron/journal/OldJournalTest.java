package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Seats;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A directory that format 1 wrote stays readable. The fixture was made once with {@link Writer}; it
 * is never made again for format 1.
 */
final class OldJournalTest {
  private static final Path FIXTURE = Path.of("src/test/resources/journal-v1");

  @TempDir Path directory;

  private static JournalConfig config(Path directory) {
    return JournalConfig.of(directory, "fixture", 4, JournalMode.RAFT)
        .withSegmentBytes(64 << 10)
        .withDisk(0, 0, Duration.ofMillis(100), Duration.ofMillis(100));
  }

  /** Makes the fixture: a checkpoint, segments after it, and each type of frame in either. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) throws Exception {
      Path target = Path.of(args[0]);
      try (Journal journal = Journal.open(config(target).withFold(1, 1 << 20, 1 << 30))) {
        journal.recovered().close();
        for (int partition = 0; partition < 3; partition++) {
          journal.copyBegin(partition, 3);
          put(journal, partition, "copied", 2, 9);
          put(journal, partition, "gone", 2, 8);
          journal.copyEnd(partition, 3, 1);
        }
        journal.reserve(new Reservation(500, 1_800_000_000_000L, false, Seats.NONE));
        for (int i = 0; journal.stats().folds() == 0; i++) {
          put(journal, 0, "often", 3, i + 2L);
        }
      }
      try (Journal journal = Journal.open(config(target))) {
        journal.recovered().close();
        put(journal, 1, "later", 3, 2);
        journal.remove(1, 7, 3, 3, "gone".getBytes(StandardCharsets.UTF_8));
        journal.drop(2);
        journal.epoch(3, 12);
        journal.reserve(new Reservation(900, 1_800_000_100_000L, true, Seats.NONE));
        journal.copyBegin(0, 4);
        put(journal, 0, "unfinished", 4, 1);
      }
      Files.deleteIfExists(target.resolve(Format.LOCK));
      Files.deleteIfExists(target.resolve(Format.RESERVE));
    }

    private static void put(Journal journal, int partition, String key, long epoch, long sequence)
        throws Exception {
      byte[] value = ("value of " + key).getBytes(StandardCharsets.UTF_8);
      Waiting.outcome(
          journal,
          journal.put(partition, 7, epoch, sequence, key.getBytes(StandardCharsets.UTF_8), value));
    }
  }

  private void copyFixture() throws IOException {
    try (Stream<Path> files = Files.list(FIXTURE)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.copy(file, directory.resolve(String.valueOf(file.getFileName())));
      }
    }
  }

  @Test
  void aJournalOfFormatOneIsRead() throws Exception {
    copyFixture();
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names = files.map(file -> String.valueOf(file.getFileName())).toList();
      assertTrue(names.stream().anyMatch(name -> Format.checkpointNumber(name) > 0));
    }
    try (Journal journal = Journal.open(config(directory))) {
      Recovered recovered = journal.recovered();
      assertEquals(1, journal.identity().formatVersion());
      assertEquals(
          new Reservation(900, 1_800_000_100_000L, true, Seats.NONE), recovered.reservation());
      assertEquals(
          Map.of("copied", "value of copied", "gone", "value of gone", "often", "value of often"),
          JournalTest.read(recovered, 0));
      assertEquals(
          Map.of("copied", "value of copied", "later", "value of later"),
          JournalTest.read(recovered, 1));
      List<RecoveredPartition> partitions = recovered.partitions();
      assertEquals(PartitionState.WHOLE, partitions.get(0).state());
      assertEquals(4, partitions.get(0).highestEpoch());
      assertEquals(3, partitions.get(1).epoch());
      assertEquals(3, partitions.get(1).sequence());
      assertEquals(PartitionState.ABSENT, partitions.get(2).state());
      assertEquals(
          new RecoveredPartition(3, PartitionState.ABSENT, 0, 0, 12, 0), partitions.get(3));
    }
  }
}
