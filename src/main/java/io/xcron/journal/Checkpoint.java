package io.xcron.journal;

import java.util.Map;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/** A finished checkpoint, open for reading by any number of threads. */
final class Checkpoint implements AutoCloseable {
  static final String PARTITIONS = "partitions";
  static final String BLOCKS = "blocks";

  /** A partition's state: highest epoch, then for each side present, epoch, sequence, counts. */
  private static final int SIDE_BYTES = 1 + 8 + 8 + 4 + 8;

  private final long number;
  private final String file;
  private final long bytes;
  private final MVStore store;
  private final Map<String, String> meta;
  private final MVMap<Long, byte[]> partitions;
  private final MVMap<Long, byte[]> blocks;

  private Checkpoint(long number, String file, long bytes, MVStore store) {
    this.number = number;
    this.file = file;
    this.bytes = bytes;
    this.store = store;
    MVMap<String, String> metaMap = store.openMap(StoreMeta.MAP);
    meta = Map.copyOf(metaMap);
    partitions = store.openMap(PARTITIONS, Segment.batchMap());
    blocks = store.openMap(BLOCKS, Segment.batchMap());
  }

  static Checkpoint open(Disk disk, long number) throws java.io.IOException {
    String file = Format.checkpointFile(number);
    long bytes = disk.size(file);
    MVStore store;
    try {
      store = Segment.openStore(disk.storeName(file), true);
    } catch (MVStoreException e) {
      throw new JournalException.Corrupt("The checkpoint " + file + " cannot be read", e);
    }
    try {
      return new Checkpoint(number, file, bytes, store);
    } catch (MVStoreException e) {
      store.closeImmediately();
      throw new JournalException.Corrupt("The checkpoint " + file + " cannot be read", e);
    }
  }

  long number() {
    return number;
  }

  String file() {
    return file;
  }

  long bytes() {
    return bytes;
  }

  JournalIdentity identity() {
    return StoreMeta.identity(file, meta);
  }

  /** The last segment that is in it. */
  long foldedSegment() {
    return StoreMeta.number(file, meta, StoreMeta.FOLDED);
  }

  /** The last batch that is in it. */
  long lastBatch() {
    return StoreMeta.number(file, meta, StoreMeta.LAST);
  }

  Reservation reservation() {
    return StoreMeta.reservation(file, meta);
  }

  PartitionImage partition(int partition) {
    byte @Nullable [] state = partitions.get((long) partition);
    if (state == null
        || state.length != Frames.BATCH_HEADER + 8 + 2 * SIDE_BYTES
        || !Frames.intact(partition, state)) {
      throw new JournalException.Corrupt(file + ": the state of partition " + partition);
    }
    int at = Frames.BATCH_HEADER;
    long highestEpoch = Frames.longAt(state, at);
    return new PartitionImage(
        partition,
        side(partition, 0, state, at + 8),
        side(partition, 1, state, at + 8 + SIDE_BYTES),
        highestEpoch);
  }

  private static @Nullable Side side(int partition, int side, byte[] state, int at) {
    if (state[at] == 0) {
      return null;
    }
    int blockCount = Frames.intAt(state, at + 17);
    return new Side(
        new Side.Base(partition, side, blockCount, Frames.longAt(state, at + 21)),
        Frames.longAt(state, at + 1),
        Frames.longAt(state, at + 9));
  }

  static byte[] encode(PartitionImage image, int[] blockCounts, long[] entryCounts) {
    byte[] state = new byte[8 + 2 * SIDE_BYTES];
    Frames.longAt(state, 0, image.highestEpoch());
    encode(image.whole(), blockCounts[0], entryCounts[0], state, 8);
    encode(image.copy(), blockCounts[1], entryCounts[1], state, 8 + SIDE_BYTES);
    return Frames.seal(image.partition(), state, 0, state.length);
  }

  private static void encode(
      @Nullable Side side, int blockCount, long entries, byte[] state, int at) {
    if (side == null) {
      return;
    }
    state[at] = 1;
    Frames.longAt(state, at + 1, side.epoch());
    Frames.longAt(state, at + 9, side.sequence());
    Frames.intAt(state, at + 17, blockCount);
    Frames.longAt(state, at + 21, entries);
  }

  static long blockKey(int partition, int side, int index) {
    return (long) partition << 32 | (long) side << 31 | index;
  }

  /** Visits the PUT frames of a side. */
  void read(Side.Base base, LogImage.FrameVisitor visitor) {
    if (base.blocks() == 0) {
      return;
    }
    try {
      long key = blockKey(base.partition(), base.side(), 0);
      Cursor<Long, byte[]> cursor = blocks.cursor(key);
      for (int i = 0; i < base.blocks(); i++, key++) {
        if (!cursor.hasNext() || cursor.next() != key || !Frames.intact(key, cursor.getValue())) {
          throw new JournalException.Corrupt(
              file + ": block " + i + " of partition " + base.partition());
        }
        byte[] block = cursor.getValue();
        for (int at = Frames.BATCH_HEADER; at < block.length; at = Frames.next(block, at)) {
          visitor.frame(block, at);
        }
      }
    } catch (MVStoreException e) {
      throw new JournalException.Corrupt(file + ": partition " + base.partition(), e);
    }
  }

  @Override
  public void close() {
    store.closeImmediately();
  }
}
