package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Random lives of a journal against the model, on a disk that forgets what was not synced. */
final class JournalCrashTest {
  /** Held so that its level stays: the trouble is made on purpose. */
  private static final Logger QUIET = Logger.getLogger("io.xcron.journal");

  private static final int LIVES = Integer.getInteger("journal.lives", 12);
  private static final int RUNS = Integer.getInteger("journal.runs", 12);

  private enum End {
    CLOSE,
    KILL,
    POWER
  }

  private static JournalConfig config(boolean startsWhole, SyncPolicy sync) {
    return JournalConfig.of(Path.of("unused"), "test", JournalModel.PARTITIONS, JournalMode.SINGLE)
        .withFreshWhole(startsWhole)
        .withSync(sync, Duration.ofMillis(3))
        .withGather(Duration.ofNanos(50_000))
        .withQueue(256 << 10, Duration.ofSeconds(10))
        .withSegmentBytes(128 << 10)
        .withFold(200 << 10, 400 << 10, 1L << 30)
        .withDisk(64 << 10, 64 << 10, Duration.ofMillis(5), Duration.ofMillis(2));
  }

  @BeforeAll
  static void quiet() {
    QUIET.setLevel(Level.OFF);
  }

  @Test
  void aJournalThatIsClosedOrKilledHoldsAllItAcknowledgedAndNothingElse() throws Exception {
    for (int run = 0; run < RUNS; run++) {
      live(new Random().nextLong(), SyncPolicy.INTERVAL, End.CLOSE, End.KILL);
    }
  }

  @Test
  void aPowerCutAtAnyMomentLosesNothingThatWasAcknowledged() throws Exception {
    for (int run = 0; run < RUNS * 2; run++) {
      live(new Random().nextLong(), SyncPolicy.ALWAYS, End.CLOSE, End.KILL, End.POWER, End.POWER);
    }
  }

  /**
   * What a killed process had written and not synced is read by the next one out of the page cache,
   * and whatever that one builds on it must survive a power cut.
   */
  @Test
  void aPowerCutAtEveryMomentAfterAKillAtEveryMomentLosesNothing() throws Exception {
    for (int kill = 0; kill < 20; kill++) {
      for (int cut = 0; cut < 20; cut++) {
        killThenCut(kill, cut);
      }
    }
  }

  private static void killThenCut(int kill, int cut) throws Exception {
    String context = "killed after " + kill + " changes, power cut after " + cut;
    try (FaultyDisk disk = new FaultyDisk()) {
      Random random = new Random(kill * 1000L + cut);
      JournalModel model = new JournalModel(random, true);
      int acknowledged = shortLife(disk, kill, model, 0, context);
      disk.restart();
      acknowledged = shortLife(disk, cut, model, acknowledged, context);
      disk.restoreAfterPowerLoss(random);
      shortLife(disk, Long.MAX_VALUE, model, acknowledged, context);
    } catch (JournalException e) {
      throw new AssertionError(context + ": " + e, e);
    }
  }

  /** A life of few changes that ends after so many of the disk; how many were acknowledged. */
  private static int shortLife(
      FaultyDisk disk, long end, JournalModel model, int atLeast, String context) throws Exception {
    int acknowledged = atLeast;
    disk.cutPowerAfter(end);
    JournalConfig config =
        config(true, SyncPolicy.ALWAYS)
            .withGather(Duration.ZERO)
            .withDisk(0, 0, Duration.ofMillis(5), Duration.ofMillis(2));
    try (Journal journal = Journal.open(config, (from, to) -> {}, disk.process())) {
      model.restart(model.check(journal.recovered(), acknowledged, context));
      journal.recovered().close();
      for (int i = 0; i < 4; i++) {
        long position = model.change(journal);
        if (Waiting.outcome(journal, position) == Durability.DURABLE) {
          acknowledged = model.size();
        }
      }
    } catch (JournalException.Disk e) {
      assertTrue(disk.dead(), context + ": " + e);
    }
    return acknowledged;
  }

  /** Several lives of one store: append, end in some way, open again, compare. */
  private static void live(long seed, SyncPolicy sync, End... ends) throws Exception {
    try (FaultyDisk disk = new FaultyDisk()) {
      live(disk, seed, sync, ends);
    } catch (JournalException e) {
      throw new AssertionError("seed " + seed + "L, " + sync + ": " + e, e);
    }
  }

  private static void live(FaultyDisk disk, long seed, SyncPolicy sync, End... ends)
      throws Exception {
    String context = "seed " + seed + "L, " + sync;
    Random random = new Random(seed);
    boolean startsWhole = random.nextBoolean();
    JournalModel model = new JournalModel(random, startsWhole);
    int acknowledged = 0;
    for (int life = 0; life < LIVES; life++) {
      End end = ends[random.nextInt(ends.length)];
      if (end == End.POWER) {
        disk.cutPowerAfter(random.nextInt(random.nextBoolean() ? 30 : 600));
      }
      AtomicInteger known = new AtomicInteger(acknowledged);
      try (Journal journal =
          Journal.open(config(startsWhole, sync), (from, to) -> {}, disk.process())) {
        int held = model.check(journal.recovered(), acknowledged, context + ", life " + life);
        model.restart(held);
        journal.recovered().close();
        append(random, model, journal, known, disk);
        if (end == End.KILL) {
          acknowledged = known.get();
          disk.restart();
          // The threads of this life cannot touch the disk any more.
        }
      } catch (JournalException.Disk e) {
        assertEquals(End.POWER, end, context + ": " + e);
      }
      acknowledged =
          switch (end) {
            case CLOSE -> model.size();
            case KILL -> acknowledged;
            case POWER -> known.get();
          };
      if (end == End.POWER) {
        disk.restoreAfterPowerLoss(random);
      } else {
        disk.restart();
      }
    }
  }

  private static void append(
      Random random, JournalModel model, Journal journal, AtomicInteger known, FaultyDisk disk)
      throws Exception {
    int changes = random.nextInt(3000);
    for (int i = 0; i < changes && !disk.dead(); i++) {
      long position = model.change(journal);
      if (position == AppendLog.REFUSED) {
        return; // the power is off
      }
      int number = model.size();
      journal.whenDurable(
          position,
          outcome -> {
            if (outcome == Durability.DURABLE) {
              known.accumulateAndGet(number, Math::max);
            }
          });
      if (random.nextInt(40) == 0) {
        Waiting.outcome(journal, position);
      }
    }
  }
}
