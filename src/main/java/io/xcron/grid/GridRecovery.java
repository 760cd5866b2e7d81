package io.xcron.grid;

import com.hazelcast.spi.impl.NodeEngineImpl;
import io.xcron.journal.EntryVisitor;
import io.xcron.journal.Recovered;
import io.xcron.journal.RecoveredPartition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The way of a starting member's partitions from the journal to work, once for a start. Content is
 * read back on the partition threads, several at once, and is not written to the journal again.
 */
final class GridRecovery {
  /** How long a partition waits for its grant before the start is given up. */
  private static final Duration OPENING = Duration.ofSeconds(60);

  private static final Executor OPEN_AGAIN =
      CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

  private final NodeEngineImpl engine;
  private final GridService service;
  private final Recovered recovered;

  GridRecovery(NodeEngineImpl engine, GridService service, Recovered recovered) {
    this.engine = engine;
    this.service = service;
    this.recovered = recovered;
  }

  /**
   * For a member that is alone: each partition is opened as soon as it is complete and granted. The
   * future fails when one could not be, or was not granted in time.
   */
  CompletableFuture<Void> openAll(PartitionEngines engines) {
    // No task may fire before the definitions that it names are known.
    return open(GridRegistry.PARTITION, engines)
        .thenCompose(
            first -> {
              List<CompletableFuture<Void>> partitions = new ArrayList<>();
              int count = engine.getPartitionService().getPartitionCount();
              for (int partition = 0; partition < count; partition++) {
                if (partition != GridRegistry.PARTITION) {
                  partitions.add(open(partition, engines));
                }
              }
              return CompletableFuture.allOf(partitions.toArray(CompletableFuture[]::new));
            });
  }

  /**
   * For a member of a cluster: it tells the others what its journal held, and when all is read back
   * the copies begin, which open what the ledger gives this member.
   */
  CompletableFuture<Void> readBack(UUID journalId, ClusterCopies copies) {
    service.report(
        new JournalReports.Report(
            engine.getLocalMember().getUuid(),
            journalId,
            recovered.reservation(),
            recovered.partitions()));
    List<CompletableFuture<Void>> partitions = new ArrayList<>();
    for (RecoveredPartition found : recovered.partitions()) {
      copies.recovered(found);
      partitions.add(read(service.replica(found.partition())));
    }
    return CompletableFuture.allOf(partitions.toArray(CompletableFuture[]::new))
        .thenRun(
            () -> {
              service.copies(copies);
              copies.start();
            });
  }

  private CompletableFuture<Void> open(int partition, PartitionEngines engines) {
    Replica replica = service.replica(partition);
    long deadlineNanos = System.nanoTime() + OPENING.toNanos();
    return read(replica).thenCompose(read -> open(replica, engines, deadlineNanos));
  }

  private CompletableFuture<Void> read(Replica replica) {
    int partition = replica.partition();
    return PartitionTask.handIn(
        engine,
        partition,
        () -> recovered.read(partition, entryInto(replica, service.storeOf(replica))));
  }

  /** A grant may be late when the machine is busy with the recovery itself. */
  private CompletableFuture<Void> open(
      Replica replica, PartitionEngines engines, long deadlineNanos) {
    int partition = replica.partition();
    return PartitionTask.handIn(
            engine, partition, () -> replica.open(service.requireGrant(partition), engines))
        .handle((opened, failure) -> failure)
        .thenCompose(
            failure -> {
              if (failure == null) {
                return CompletableFuture.completedFuture(null);
              }
              boolean late = System.nanoTime() - deadlineNanos > 0;
              if (late || !(GridException.unwrapped(failure) instanceof GridException)) {
                return CompletableFuture.failedFuture(
                    new IllegalStateException(
                        "partition " + partition + " could not be opened", failure));
              }
              return CompletableFuture.runAsync(() -> {}, OPEN_AGAIN)
                  .thenCompose(waited -> open(replica, engines, deadlineNanos));
            });
  }

  private static EntryVisitor entryInto(Replica replica, PartitionStore store) {
    return (map, epoch, sequence, bytes, keyOffset, keyLength, valueOffset, valueLength) -> {
      if (map == PartitionJournal.EPOCHS) {
        return;
      }
      if (map >= Replica.MAPS) {
        throw new IllegalStateException(
            "the journal holds an entry of map " + map + ", which is not known");
      }
      CopyEntry entry =
          new CopyEntry(
              map,
              Payload.key(bytes, keyOffset, keyLength),
              Payload.value(bytes, valueOffset, valueLength));
      replica.restore(entry);
      store.show(entry);
    };
  }
}
