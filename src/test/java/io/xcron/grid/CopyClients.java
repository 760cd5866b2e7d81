package io.xcron.grid;

import io.xcron.grid.CopyHistory.Written;
import io.xcron.model.Title;
import java.util.Arrays;
import java.util.UUID;

/**
 * The clients of a {@link CopySimulation}: what they write and read, and whether what they were
 * told holds.
 */
final class CopyClients {
  private static final int KEYS = 12;
  private static final int PARTITIONS = CopySimulation.PARTITIONS;

  private final CopySimulation simulation;
  final CopyHistory history = new CopyHistory();
  private final long[] lastCompleteNanos = new long[PARTITIONS];
  private final long[] gapNanos = new long[PARTITIONS];
  private final long[] firstCompleteAfter = new long[PARTITIONS];
  private int counter;
  int acknowledged;

  CopyClients(CopySimulation simulation) {
    this.simulation = simulation;
  }

  void forgetGaps() {
    Arrays.fill(gapNanos, 0);
  }

  /** The longest time without a complete write of a partition, up to now. */
  long gapNanos() {
    for (int partition = 0; partition < PARTITIONS; partition++) {
      noteGap(partition);
    }
    return Arrays.stream(gapNanos).max().orElseThrow();
  }

  private void noteGap(int partition) {
    gapNanos[partition] =
        Math.max(gapNanos[partition], simulation.nowNanos() - lastCompleteNanos[partition]);
  }

  /** By when each partition had completed a write after a member had left. */
  long firstCompletesAfter() {
    return Arrays.stream(firstCompleteAfter).max().orElseThrow();
  }

  void step() {
    if (simulation.busy) {
      for (CopyMember member : simulation.members) {
        for (int partition = 0; partition < PARTITIONS; partition++) {
          if (acts(member, partition) && member.copies.get(partition).takesWrites()) {
            write(member, partition, "k" + simulation.random.nextInt(KEYS));
          }
        }
      }
      return;
    }
    if (simulation.random.nextInt(4) != 0
        || (simulation.calm && simulation.random.nextInt(10) != 0)) {
      return;
    }
    CopyMember member =
        simulation.members.get(simulation.random.nextInt(simulation.members.size()));
    if (simulation.random.nextBoolean()) {
      // A client that is on the wrong side of a split.
      member = simulation.members.stream().filter(one -> one.cut).findFirst().orElse(member);
    }
    int partition = simulation.random.nextInt(PARTITIONS);
    if (!acts(member, partition)) {
      return;
    }
    String key = "k" + simulation.random.nextInt(KEYS);
    if (member.readsOnly || simulation.random.nextInt(3) == 0) {
      read(member, partition, key);
    } else if (member.copies.get(partition).takesWrites()) {
      int burst = 1 + simulation.random.nextInt(4);
      for (int i = 0; i < burst; i++) {
        write(member, partition, "k" + simulation.random.nextInt(KEYS));
      }
    }
  }

  private boolean acts(CopyMember member, int partition) {
    PartitionCopies copies = member.copies.get(partition);
    return member.alive
        && simulation.nowNanos() >= member.slowUntilNanos
        && copies.isOpen()
        && (simulation.faults.contains(PlantedFault.ACKNOWLEDGED_WITHOUT_GRANT)
            || member.granted(partition, copies.epoch()));
  }

  void write(CopyMember member, int partition, String key) {
    PartitionCopies copies = member.copies.get(partition);
    String value = simulation.random.nextInt(3) == 0 ? null : "v" + ++counter;
    long sequence = copies.nextSequence();
    Version version = new Version(copies.epoch(), sequence);
    CopyEntry entry =
        new CopyEntry(0, SimStore.bytes(key), value == null ? null : SimStore.bytes(value));
    member.stores.get(partition).apply(entry, version.epoch(), sequence);
    copies.wrote(entry);
    Written written = new Written(partition, key, value, version);
    history.wrote(written);
    UUID by = member.id;
    copies.whenComplete(
        complete -> {
          if (complete && member.alive && member.id.equals(by)) {
            acknowledged(written);
          }
        },
        simulation.nowNanos());
  }

  private void acknowledged(Written written) {
    acknowledged++;
    int partition = written.partition();
    noteGap(partition);
    lastCompleteNanos[partition] = simulation.nowNanos();
    if (simulation.members.stream()
        .anyMatch(one -> one.left && firstCompleteAfter[partition] < one.leftNanos)) {
      firstCompleteAfter[partition] = simulation.nowNanos();
    }
    Title title = simulation.ledger.title(partition);
    int copies = 0;
    for (CopyMember member : simulation.members) {
      // By its disk: a start that has ended since is in sync until the ledger says otherwise.
      Version durable = member.stores.get(partition).durably().version;
      boolean has = history.has(partition, durable, written.version());
      copies += has ? 1 : 0;
      boolean required =
          title != null
              && title.inSync().stream()
                  .anyMatch(id -> id.getMostSignificantBits() == member.index);
      if (required && !has) {
        throw simulation.broken("member " + member.index + " has " + durable + " of " + written);
      }
    }
    if (copies < 2) {
      throw simulation.broken(written + " is on " + copies + " copies");
    }
    history.acknowledged(written);
  }

  private void read(CopyMember member, int partition, String key) {
    Written before = history.last(partition, key);
    String value = member.stores.get(partition).value(key);
    Version version = member.copies.get(partition).local().version();
    member
        .copies
        .get(partition)
        .whenComplete(
            complete -> {
              String wrong =
                  complete && member.alive && before != null
                      ? history.wrong(before, value, version)
                      : null;
              if (wrong != null) {
                throw simulation.broken("a read of " + key + ": " + wrong);
              }
            },
            simulation.nowNanos());
  }

  /** One version has one content. */
  void checkHistory() {
    for (CopyMember member : simulation.members) {
      for (int partition = 0; partition < PARTITIONS && member.alive; partition++) {
        Version version = member.copies.get(partition).local().version();
        if (version != null && version.epoch() > 0) {
          long digest = member.stores.get(partition).digest();
          String differs = history.differs(partition, version, digest);
          if (differs != null) {
            throw simulation.broken(differs);
          }
        }
      }
    }
  }

  /** A partition ends with what was acknowledged last. */
  void checkEnd(CopyMember owner, int partition) {
    Version version = owner.copies.get(partition).local().version();
    for (int i = 0; i < KEYS; i++) {
      String key = "k" + i;
      Written last = history.last(partition, key);
      String value = owner.stores.get(partition).value(key);
      String wrong = last == null ? null : history.wrong(last, value, version);
      if (wrong != null) {
        throw simulation.broken("partition " + partition + " ends with " + key + ": " + wrong);
      }
    }
  }
}
