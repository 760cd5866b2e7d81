package io.xcron.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.xcron.model.Seats;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a journal must hold, as plain maps. Every change is written down, preceded by a reservation
 * with its number, so that a recovered journal says which changes it claims to hold: all up to that
 * number, but for the last one that may be missing.
 */
final class JournalModel {
  static final int PARTITIONS = 7;

  /** One change. */
  private record Change(
      Kind kind, int partition, int map, long epoch, long sequence, String key, String value) {}

  private enum Kind {
    PUT,
    REMOVE,
    COPY_BEGIN,
    COPY_END,
    DROP,
    EPOCH,
    START
  }

  private static final class Content {
    final Map<String, String> entries = new HashMap<>();
    long epoch;
    long sequence;

    void raise(long toEpoch, long toSequence) {
      if (toEpoch > epoch || (toEpoch == epoch && toSequence > sequence)) {
        epoch = toEpoch;
        sequence = toSequence;
      }
    }
  }

  private static final class Partition {
    @Nullable Content whole;
    @Nullable Content copy;
    long highestEpoch;

    @Nullable Content target() {
      return copy != null ? copy : whole;
    }
  }

  private final Random random;
  private final boolean startsWhole;
  private final List<Change> changes = new ArrayList<>();
  private Partition[] now;
  private long epoch = 1;

  JournalModel(Random random, boolean startsWhole) {
    this.random = random;
    this.startsWhole = startsWhole;
    now = initial();
  }

  private Partition[] initial() {
    Partition[] partitions = new Partition[PARTITIONS];
    for (int i = 0; i < PARTITIONS; i++) {
      partitions[i] = new Partition();
      partitions[i].whole = startsWhole ? new Content() : null;
    }
    return partitions;
  }

  /** Number of changes so far. */
  int size() {
    return changes.size();
  }

  /** The process starts (again), holding the first changes only. */
  void restart(int held) {
    changes.subList(held, changes.size()).clear();
    changes.add(new Change(Kind.START, 0, 0, 0, 0, "", ""));
    now = replay(changes.size());
  }

  /** Makes a random change and returns its position. */
  long change(AppendLog journal) {
    Change change = choose();
    journal.reserve(
        new Reservation(changes.size() + 1, changes.size() * 3L, random.nextBoolean(), Seats.NONE));
    long position = append(journal, change);
    if (position != AppendLog.REFUSED) {
      changes.add(change);
      apply(now, change);
    }
    return position;
  }

  private Change choose() {
    int partition = random.nextInt(PARTITIONS);
    Partition state = now[partition];
    int dice = random.nextInt(1000);
    if (dice < 10) {
      epoch++;
      return new Change(Kind.EPOCH, partition, 0, epoch, 0, "", "");
    }
    if (dice < 16) {
      return new Change(Kind.DROP, partition, 0, 0, 0, "", "");
    }
    if (state.target() == null || dice < 24) {
      return new Change(Kind.COPY_BEGIN, partition, 0, epoch, 0, "", "");
    }
    long sequence = changes.size() + 1L;
    if (state.copy != null && dice < 70) {
      return new Change(Kind.COPY_END, partition, 0, epoch, sequence, "", "");
    }
    String key = "key-" + random.nextInt(60);
    int map = random.nextInt(2) * 255;
    if (dice < 250) {
      return new Change(Kind.REMOVE, partition, map, epoch, sequence, key, "");
    }
    int length = random.nextInt(200) == 0 ? random.nextInt(60_000) : random.nextInt(300);
    String value = "v" + sequence + "-" + "x".repeat(length);
    return new Change(Kind.PUT, partition, map, epoch, sequence, key, value);
  }

  private static long append(AppendLog journal, Change change) {
    byte[] key = change.key().getBytes(StandardCharsets.US_ASCII);
    byte[] value = change.value().getBytes(StandardCharsets.US_ASCII);
    int partition = change.partition();
    return switch (change.kind()) {
      case PUT ->
          journal.put(partition, change.map(), change.epoch(), change.sequence(), key, value);
      case REMOVE ->
          journal.remove(partition, change.map(), change.epoch(), change.sequence(), key);
      case COPY_BEGIN -> journal.copyBegin(partition, change.epoch());
      case COPY_END -> journal.copyEnd(partition, change.epoch(), change.sequence());
      case DROP -> journal.drop(partition);
      case EPOCH -> journal.epoch(partition, change.epoch());
      case START -> throw new IllegalStateException();
    };
  }

  private static void apply(Partition[] partitions, Change change) {
    Partition partition = partitions[change.partition()];
    partition.highestEpoch = Math.max(partition.highestEpoch, change.epoch());
    Content target = partition.target();
    String key = change.map() + "/" + change.key();
    switch (change.kind()) {
      case PUT -> {
        assertPresent(target)
            .entries
            .put(key, change.epoch() + "." + change.sequence() + "=" + change.value());
        assertPresent(target).raise(change.epoch(), change.sequence());
      }
      case REMOVE -> {
        assertPresent(target).entries.remove(key);
        assertPresent(target).raise(change.epoch(), change.sequence());
      }
      case COPY_BEGIN -> partition.copy = new Content();
      case COPY_END -> {
        Content copy = assertPresent(partition.copy);
        copy.raise(change.epoch(), change.sequence());
        partition.whole = copy;
        partition.copy = null;
      }
      case DROP -> {
        partition.whole = null;
        partition.copy = null;
      }
      case EPOCH -> {}
      case START -> {
        for (Partition each : partitions) {
          each.copy = null;
        }
      }
    }
  }

  private static Content assertPresent(@Nullable Content content) {
    if (content == null) {
      throw new AssertionError("the model has no content there");
    }
    return content;
  }

  private Partition[] replay(int count) {
    Partition[] partitions = initial();
    for (Change change : changes.subList(0, count)) {
      apply(partitions, change);
    }
    return partitions;
  }

  /**
   * Checks that the journal holds exactly the changes up to some point that is not before the given
   * one, and returns that point.
   */
  int check(Recovered recovered, int atLeast, String context) {
    int claimed = (int) recovered.reservation().sliceLimit();
    String found = describe(recovered);
    String all = describe(replay(Math.min(claimed, changes.size())));
    int held = claimed;
    if (!found.equals(all) || claimed > changes.size()) {
      held = claimed - 1;
      assertEquals(describe(replay(Math.max(0, held))), found, context + ", at change " + held);
    }
    // START needs no reservation, so what follows the last claimed change may be one of those.
    while (held < changes.size() && changes.get(held).kind() == Kind.START) {
      held++;
    }
    if (held < atLeast) {
      throw new AssertionError(
          context + ": acknowledged up to change " + atLeast + ", the journal holds " + held);
    }
    return held;
  }

  private static String describe(Partition[] partitions) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < partitions.length; i++) {
      Content whole = partitions[i].whole;
      text.append(i).append(": highest ").append(partitions[i].highestEpoch);
      if (whole != null) {
        text.append(" whole ").append(whole.epoch).append('.').append(whole.sequence);
        text.append(' ').append(new TreeMap<>(whole.entries));
      }
      text.append('\n');
    }
    return text.toString();
  }

  private static String describe(Recovered recovered) {
    StringBuilder text = new StringBuilder();
    for (RecoveredPartition partition : recovered.partitions()) {
      text.append(partition.partition()).append(": highest ").append(partition.highestEpoch());
      TreeMap<String, String> entries = new TreeMap<>();
      recovered.read(
          partition.partition(),
          (map, epoch, sequence, bytes, keyOffset, keyLength, valueOffset, valueLength) -> {
            String key = new String(bytes, keyOffset, keyLength, StandardCharsets.US_ASCII);
            String value = new String(bytes, valueOffset, valueLength, StandardCharsets.US_ASCII);
            String before = entries.put(map + "/" + key, epoch + "." + sequence + "=" + value);
            if (before != null) {
              throw new AssertionError("visited twice: " + key);
            }
          });
      if (partition.state() == PartitionState.WHOLE) {
        text.append(" whole ").append(partition.epoch()).append('.').append(partition.sequence());
        text.append(' ').append(entries);
      } else if (!entries.isEmpty()) {
        throw new AssertionError("entries of a partition that is " + partition.state());
      }
      text.append('\n');
    }
    return text.toString();
  }
}
