package io.xcron.journal;

import java.util.ArrayList;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint with batches of the log on top, partition by partition. Holds the batches in memory,
 * in few large arrays: a collector does not move those, as it would each batch while a fold goes on
 * for seconds. Adding is for one thread; afterwards any number of threads may visit.
 */
final class LogImage {
  private static final int FIRST_CHUNK_BYTES = 64 << 10;

  /**
   * With its header it fills regions of G1, which moves nothing that fills one (heaps to 16 GB).
   */
  private static final int MAX_CHUNK_BYTES = (8 << 20) - 16;

  private final @Nullable Checkpoint base;
  private final PartitionImage[] partitions;
  private final ArrayList<byte[]> chunks = new ArrayList<>();
  private byte[] chunk = {};
  private int chunkLength;
  private Reservation reservation = Reservation.NONE;

  LogImage(JournalIdentity identity, @Nullable Checkpoint base) {
    this.base = base;
    partitions = new PartitionImage[identity.partitionCount()];
    for (int partition = 0; partition < partitions.length; partition++) {
      partitions[partition] =
          base != null
              ? base.partition(partition)
              : new PartitionImage(
                  partition, identity.startsWhole() ? new Side(null, 0, 0) : null, null, 0);
    }
    if (base != null) {
      reservation = base.reservation();
    }
  }

  PartitionImage partition(int partition) {
    return partitions[partition];
  }

  Reservation reservation() {
    return reservation;
  }

  /** Adds an intact batch, by copy. */
  void add(byte[] batch) {
    int length = batch.length - Frames.BATCH_HEADER;
    if (chunk.length - chunkLength < length) {
      int next = Math.clamp(2L * chunk.length, FIRST_CHUNK_BYTES, MAX_CHUNK_BYTES);
      chunk = new byte[Math.max(next, length)];
      chunks.add(chunk);
      chunkLength = 0;
    }
    int at = chunkLength;
    System.arraycopy(batch, Frames.BATCH_HEADER, chunk, at, length);
    chunkLength += length;
    long location = (chunks.size() - 1L) << 32;
    while (at < chunkLength) {
      apply(chunk, at, location | at);
      at = Frames.next(chunk, at);
    }
  }

  /** The chunk in which a frame at this location begins. */
  private byte[] chunkOf(long location) {
    return chunks.get((int) (location >>> 32));
  }

  private void apply(byte[] frames, int at, long location) {
    byte type = frames[at + Frames.TYPE];
    switch (type) {
      case Frames.PUT, Frames.REMOVE ->
          of(frames, at)
              .entry(
                  location,
                  type == Frames.PUT,
                  Frames.longAt(frames, at + Frames.ENTRY_EPOCH),
                  Frames.longAt(frames, at + Frames.ENTRY_SEQUENCE));
      case Frames.COPY_BEGIN ->
          of(frames, at).copyBegin(Frames.longAt(frames, at + Frames.EPOCH_OF_MARK));
      case Frames.COPY_END ->
          of(frames, at)
              .copyEnd(
                  Frames.longAt(frames, at + Frames.EPOCH_OF_MARK),
                  Frames.longAt(frames, at + Frames.SEQUENCE_OF_MARK));
      case Frames.DROP -> of(frames, at).drop();
      case Frames.EPOCH -> of(frames, at).seen(Frames.longAt(frames, at + Frames.EPOCH_OF_MARK));
      case Frames.RESERVE -> reservation = Frames.readReserve(frames, at);
      case Frames.START -> voidCopies();
      default -> {
        if (type < Frames.FIRST_HINT) {
          throw new JournalException.NewerFormat(
              "a frame of type " + type + ", which this program does not know");
        }
      }
    }
  }

  private void voidCopies() {
    for (PartitionImage partition : partitions) {
      partition.voidCopy();
    }
  }

  private PartitionImage of(byte[] frames, int at) {
    int partition = Frames.intAt(frames, at + Frames.PARTITION);
    if (partition < 0 || partition >= partitions.length) {
      throw new JournalException.Corrupt("a frame of partition " + partition);
    }
    return partitions[partition];
  }

  /** Visits the PUT frames that make up a side, each key once. */
  void visit(Side side, FrameVisitor visitor) {
    Overlay overlay = side.frameCount() == 0 ? null : new Overlay(side);
    Side.Base blocks = side.base();
    if (blocks != null && base != null) {
      base.read(
          blocks,
          (bytes, at) -> {
            if (overlay == null || !overlay.covers(bytes, at)) {
              visitor.frame(bytes, at);
            }
          });
    }
    if (overlay != null) {
      overlay.visitPuts(visitor);
    }
  }

  /** Receives frames in place. */
  @FunctionalInterface
  interface FrameVisitor {
    void frame(byte[] bytes, int at);
  }

  /** The last frame of each key: an open-addressing table of indexes into the side's frames. */
  private final class Overlay {
    private final Side side;
    private final int[] table;
    private final int mask;

    Overlay(Side side) {
      this.side = side;
      int size = Integer.highestOneBit(Math.max(8, side.frameCount() * 2 - 1)) << 1;
      table = new int[size];
      mask = size - 1;
      Arrays.fill(table, -1);
      for (int i = 0; i < side.frameCount(); i++) {
        long location = side.frame(i);
        table[slot(chunkOf(location), (int) location)] = i;
      }
    }

    /** The slot that holds this key, or the free one where it would go. */
    private int slot(byte[] bytes, int at) {
      int slot = hash(bytes, at) & mask;
      while (true) {
        int index = table[slot];
        if (index < 0) {
          return slot;
        }
        long location = side.frame(index);
        if (sameKey(bytes, at, chunkOf(location), (int) location)) {
          return slot;
        }
        slot = (slot + 1) & mask;
      }
    }

    boolean covers(byte[] bytes, int at) {
      return table[slot(bytes, at)] >= 0;
    }

    void visitPuts(FrameVisitor visitor) {
      for (int index : table) {
        if (index >= 0) {
          long location = side.frame(index);
          byte[] bytes = chunkOf(location);
          if (bytes[(int) location + Frames.TYPE] == Frames.PUT) {
            visitor.frame(bytes, (int) location);
          }
        }
      }
    }
  }

  private static boolean sameKey(byte[] one, int at, byte[] other, int otherAt) {
    int length = Frames.intAt(one, at + Frames.KEY_LENGTH);
    return length == Frames.intAt(other, otherAt + Frames.KEY_LENGTH)
        && one[at + Frames.MAP] == other[otherAt + Frames.MAP]
        && Arrays.equals(
            one,
            at + Frames.KEY,
            at + Frames.KEY + length,
            other,
            otherAt + Frames.KEY,
            otherAt + Frames.KEY + length);
  }

  private static int hash(byte[] bytes, int at) {
    int length = Frames.intAt(bytes, at + Frames.KEY_LENGTH);
    int from = at + Frames.KEY;
    int to = from + length;
    long hash = bytes[at + Frames.MAP] * 0x9E3779B97F4A7C15L + length;
    while (to - from >= Long.BYTES) {
      hash = (hash ^ Frames.longAt(bytes, from)) * 0x9E3779B97F4A7C15L;
      hash ^= hash >>> 29;
      from += Long.BYTES;
    }
    while (from < to) {
      hash = (hash ^ bytes[from++]) * 0x9E3779B97F4A7C15L;
    }
    hash ^= hash >>> 32;
    return (int) (hash ^ (hash >>> 15));
  }
}
