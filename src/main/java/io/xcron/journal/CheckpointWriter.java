package io.xcron.journal;

import java.io.IOException;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a checkpoint from an image, partition by partition, in the order of the file, with about
 * {@link #COMMIT_BYTES} of heap beside the image.
 */
final class CheckpointWriter {
  private static final int COMMIT_BYTES = 1 << 20;

  private final Disk disk;
  private final ByteBudget budget;
  private final MVStore store;
  private final MVMap<Long, byte[]> partitions;
  private final MVMap<Long, byte[]> blocks;
  private byte[] block = new byte[Format.BLOCK_BYTES];
  private int blockLength;
  private int blockCount;
  private long entryCount;
  private long uncommitted;

  private CheckpointWriter(Disk disk, ByteBudget budget, MVStore store) {
    this.disk = disk;
    this.budget = budget;
    this.store = store;
    store.setReuseSpace(false);
    store.setVersionsToKeep(0);
    partitions = store.openMap(Checkpoint.PARTITIONS, Segment.batchMap());
    blocks = store.openMap(Checkpoint.BLOCKS, Segment.batchMap());
  }

  /**
   * Writes, syncs and names a checkpoint; when this returns the segments up to {@code folded} are
   * not needed any more. On an exception nothing has changed but a temporary file, which is
   * deleted.
   *
   * @throws ByteBudget.Stopped when the journal closes
   */
  static void write(
      Disk disk,
      JournalIdentity identity,
      long number,
      ClosedSegment folded,
      LogImage image,
      ByteBudget budget)
      throws IOException, ByteBudget.Stopped {
    String file = Format.checkpointFile(number);
    String temporary = file + Format.TEMPORARY;
    disk.delete(temporary);
    boolean named = false;
    @Nullable MVStore store = null;
    try {
      store = Segment.openStore(disk.storeName(temporary), false);
      CheckpointWriter writer = new CheckpointWriter(disk, budget, store);
      for (int partition = 0; partition < identity.partitionCount(); partition++) {
        writer.partition(image.partition(partition), image);
      }
      writer.finish(identity, folded, image.reservation());
      store.close();
      writer.sync(temporary); // closing has written the file's head once more
      disk.rename(temporary, file);
      disk.syncDirectory();
      named = true;
    } catch (MVStoreException e) {
      throw new IOException("Writing " + temporary + " failed", e);
    } finally {
      if (store != null) {
        store.closeImmediately();
      }
      if (!named) {
        disk.delete(temporary);
      }
    }
  }

  private void partition(PartitionImage image, LogImage log)
      throws IOException, ByteBudget.Stopped {
    int[] blockCounts = new int[2];
    long[] entryCounts = new long[2];
    Side[] sides = {image.whole(), image.copy()};
    for (int i = 0; i < sides.length; i++) {
      @Nullable Side side = sides[i];
      blockCount = 0;
      entryCount = 0;
      if (side != null) {
        int sideNumber = i;
        log.visit(side, (bytes, at) -> add(image.partition(), sideNumber, bytes, at));
        flushBlock(image.partition(), i);
      }
      blockCounts[i] = blockCount;
      entryCounts[i] = entryCount;
    }
    partitions.put((long) image.partition(), Checkpoint.encode(image, blockCounts, entryCounts));
  }

  private void add(int partition, int side, byte[] bytes, int at) {
    int length = Frames.next(bytes, at) - at;
    if (blockLength > 0 && blockLength + length > block.length) {
      flushBlock(partition, side);
    }
    if (length > block.length) {
      block = new byte[length];
    }
    System.arraycopy(bytes, at, block, blockLength, length);
    blockLength += length;
    entryCount++;
  }

  private void flushBlock(int partition, int side) {
    if (blockLength == 0) {
      return;
    }
    long key = Checkpoint.blockKey(partition, side, blockCount++);
    byte[] sealed = Frames.seal(key, block, 0, blockLength);
    blocks.put(key, sealed);
    blockLength = 0;
    if (block.length > Format.BLOCK_BYTES) {
      block = new byte[Format.BLOCK_BYTES];
    }
    uncommitted += sealed.length;
    if (uncommitted >= COMMIT_BYTES) {
      store.commit();
      budget.spend(uncommitted);
      uncommitted = 0;
    }
  }

  private void finish(JournalIdentity identity, ClosedSegment folded, Reservation reservation) {
    MVMap<String, String> meta = store.openMap(StoreMeta.MAP);
    StoreMeta.write(meta, identity);
    meta.put(StoreMeta.FOLDED, Long.toString(folded.number()));
    meta.put(StoreMeta.LAST, Long.toString(folded.lastBatch()));
    StoreMeta.write(meta, reservation);
    store.commit();
  }

  private void sync(String file) throws IOException {
    try (var channel = disk.open(file, true)) {
      channel.force(true);
    }
  }
}
