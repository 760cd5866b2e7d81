package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A full disk, a failing write and a failed fsync, each as a story. */
final class DiskTroubleTest {
  /** Held so that its level stays: the trouble is made on purpose. */
  private static final Logger QUIET = Logger.getLogger("io.xcron.journal");

  private static final long RESERVE = 256 << 10;
  private static final long LOW_WATER = 128 << 10;

  private final FaultyDisk disk = new FaultyDisk();
  private final Waiting states = new Waiting();
  private final byte[] value = new byte[1000];
  private long sequence;

  @AfterEach
  void dispose() {
    disk.close();
  }

  private Journal open(SyncPolicy sync, Duration syncInterval) {
    JournalConfig config =
        JournalConfig.of(Path.of("unused"), "test", 3, JournalMode.SINGLE)
            .withFreshWhole(true)
            .withSync(sync, syncInterval)
            .withGather(Duration.ofNanos(50_000))
            .withDisk(RESERVE, LOW_WATER, Duration.ofMillis(2), Duration.ofMillis(2));
    return Journal.open(config, states, disk.process());
  }

  private Durability put(Journal journal, int partition) throws Exception {
    sequence++;
    long position =
        journal.put(
            partition, 0, 1, sequence, ("k" + sequence).getBytes(StandardCharsets.US_ASCII), value);
    return Waiting.outcome(journal, position);
  }

  private long count(Recovered recovered, int partition) {
    long[] count = new long[1];
    recovered.read(partition, (map, e, s, b, ko, kl, vo, vl) -> count[0]++);
    return count[0];
  }

  @BeforeAll
  static void quiet() {
    QUIET.setLevel(Level.OFF);
  }

  @Test
  void aFullDiskGoesOnFromTheReserveThenClosesThenOpensByItselfWhenThereIsRoom() throws Exception {
    int durable = 0;
    int unknown = 0;
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      assertEquals(JournalState.OPEN, journal.state());
      disk.capacity(disk.usedBytes() + 60_000);
      states.awaitState(JournalState.LOW);
      Durability outcome = Durability.DURABLE;
      while (outcome == Durability.DURABLE) {
        outcome = put(journal, 0);
        durable += outcome == Durability.DURABLE ? 1 : 0;
      }
      unknown++;
      assertEquals(Durability.UNKNOWN, outcome);
      assertTrue(durable > 20, "the reserve let completions through: " + durable);
      assertTrue(journal.stats().recoveries() > 0, "reopened in the room of the reserve");
      assertFalse(disk.files().contains(Format.RESERVE), "the reserve was given back");
      states.awaitState(JournalState.CLOSED_FULL);
      assertEquals(Durability.REFUSED, put(journal, 1));
      assertTrue(journal.behind(1));
      assertFalse(journal.behind(2));

      disk.capacity(Long.MAX_VALUE);
      states.awaitState(JournalState.OPEN);
      assertTrue(disk.files().contains(Format.RESERVE), "the reserve was taken back");
      assertEquals(Durability.DURABLE, put(journal, 0));
      durable++;
      assertEquals(Durability.REFUSED, put(journal, 1), "there is a hole before it");
      Waiting.outcome(journal, journal.copyBegin(1, 2));
      assertEquals(Durability.DURABLE, put(journal, 1));
      assertEquals(Durability.DURABLE, Waiting.outcome(journal, journal.copyEnd(1, 2, sequence)));
    }
    disk.restart();
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      // What was accepted before the failure was kept in memory and written after it.
      assertEquals(durable + unknown, count(journal.recovered(), 0));
      assertEquals(1, count(journal.recovered(), 1));
    }
  }

  @Test
  void afterAFailedFsyncNothingInThePageCacheIsTrusted() throws Exception {
    int durable = 0;
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      assertEquals(Durability.DURABLE, put(journal, 0));
      disk.failForces(3);
      assertEquals(Durability.UNKNOWN, put(journal, 0));
      states.awaitState(JournalState.OPEN);
      assertTrue(states.states().contains(JournalState.CLOSED_FAILED), "" + states.states());
      assertEquals(Durability.DURABLE, put(journal, 0));
      durable = 3;
      disk.cutPowerAfter(0);
    }
    disk.restoreAfterPowerLoss(new Random(1));
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      assertEquals(durable, count(journal.recovered(), 0));
    }
  }

  @Test
  void whatWasAcknowledgedBeforeAnIntervalSyncFailedIsWrittenAgain() throws Exception {
    try (Journal journal = open(SyncPolicy.INTERVAL, Duration.ofMillis(500))) {
      disk.failForces(1);
      for (int i = 0; i < 10; i++) {
        assertEquals(Durability.DURABLE, put(journal, 0));
      }
      states.awaitReturnTo(JournalState.OPEN);
      disk.cutPowerAfter(0);
    }
    disk.restoreAfterPowerLoss(new Random(1));
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      assertTrue(count(journal.recovered(), 0) >= 10);
    }
  }

  @Test
  void aDiskThatFailsWritesClosesTheJournalUntilItWritesAgain() throws Exception {
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      assertEquals(Durability.DURABLE, put(journal, 0));
      disk.failWrites(true);
      assertEquals(Durability.UNKNOWN, put(journal, 0));
      states.awaitState(JournalState.CLOSED_FAILED);
      disk.failWrites(false);
      states.awaitState(JournalState.OPEN);
      assertEquals(Durability.DURABLE, put(journal, 0));
    }
    disk.restart();
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      assertEquals(3, count(journal.recovered(), 0));
    }
  }

  @Test
  void aDiskThatDoesNotAnswerIsToldUntilItDoesAndLosesNothing() throws Exception {
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      CountDownLatch answers = new CountDownLatch(1);
      disk.hangForces(answers);
      long position =
          journal.put(0, 0, 1, ++sequence, "hung".getBytes(StandardCharsets.US_ASCII), value);
      states.awaitState(JournalState.STALLED);
      assertFalse(journal.state().accepts());
      answers.countDown();
      assertEquals(Durability.DURABLE, Waiting.outcome(journal, position));
      states.awaitState(JournalState.OPEN);
      assertEquals(Durability.DURABLE, put(journal, 0));
    }
    disk.restart();
    try (Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200))) {
      assertEquals(2, count(journal.recovered(), 0));
    }
  }

  @Test
  void garbageInTheTailAfterAKillCostsNothing() throws Exception {
    int puts = 0;
    for (int size : new int[] {100, 4096, 20_000, 70_000}) {
      Journal journal = open(SyncPolicy.ALWAYS, Duration.ofMillis(200));
      assertEquals(puts, count(journal.recovered(), 0));
      for (int i = 0; i < 20; i++, puts++) {
        assertEquals(Durability.DURABLE, put(journal, 0));
      }
      disk.restart(); // killed
      journal.close();
      String newest =
          disk.files().stream()
              .filter(name -> Format.segmentNumber(name) > 0)
              .reduce((one, two) -> two)
              .orElseThrow();
      byte[] garbage = new byte[size];
      new Random(size).nextBytes(garbage);
      disk.overwrite(newest, disk.bytes(newest).length, garbage);
    }
    open(SyncPolicy.ALWAYS, Duration.ofMillis(200)).close();
  }

  @Test
  void whatARepairCutsOffIsSetAside() throws Exception {
    Disk process = disk.process();
    process.open("log-000001.mv", true).close();
    disk.overwrite("log-000001.mv", 0, new byte[] {1, 2, 3, 4, 5});
    Repairs.cutTail(process, "log-000001.mv", 3);
    assertEquals(3, disk.bytes("log-000001.mv").length);
    assertEquals(5, disk.bytes("log-000001.mv" + Format.CUT)[1]);
    Repairs.setAside(process, "log-000001.mv");
    assertEquals(3, disk.bytes("log-000001.mv.2" + Format.CUT).length);
  }
}
