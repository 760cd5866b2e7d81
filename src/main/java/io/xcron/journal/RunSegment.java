package io.xcron.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * A sealed file: its frames in the store's order, in blocks of some 16 KB, and the first key of
 * each block ("fences"), which are kept in memory once the file was asked for. Never changed.
 */
final class RunSegment {
  private static final int BLOCK_BYTES = 16 << 10;
  private static final int COMMIT_BYTES = 4 << 20;
  private static final int FENCE_BYTES = RunFrames.HEADER;
  private static final String BLOCKS = "blocks";

  /** The fences lie under a key that no block has. */
  private static final long FENCES = -1;

  private final Disk disk;
  private final RunStoreFile file;
  private @Nullable MVStore store;
  private @Nullable MVMap<Long, byte[]> blocks;
  private byte[] fences = {};
  private boolean broken;

  RunSegment(Disk disk, RunStoreFile file) {
    this.disk = disk;
    this.file = file;
  }

  /** Writes a file of these frames, which must be in order; durable on return. */
  static void write(Disk disk, String name, RunCursor frames) throws IOException {
    disk.delete(name);
    MVStore store = open(disk.storeName(name), false);
    try {
      store.setReuseSpace(false);
      store.setVersionsToKeep(0);
      writeBlocks(store, store.openMap(BLOCKS, Segment.batchMap()), frames);
      store.sync();
      store.close();
    } catch (MVStoreException e) {
      store.closeImmediately();
      throw e;
    }
  }

  private static void writeBlocks(MVStore store, MVMap<Long, byte[]> blocks, RunCursor frames) {
    byte[] fences = new byte[64 * FENCE_BYTES];
    byte[] block = new byte[BLOCK_BYTES * 2];
    int size = RunFrames.BLOCK_HEADER;
    int count = 0;
    int uncommitted = 0;
    while (frames.valid()) {
      int length = RunFrames.length(frames.bytes(), frames.at());
      if (size == RunFrames.BLOCK_HEADER) {
        if (fences.length < (count + 1) * FENCE_BYTES) {
          fences = Arrays.copyOf(fences, fences.length * 2);
        }
        System.arraycopy(frames.bytes(), frames.at(), fences, count * FENCE_BYTES, FENCE_BYTES);
      }
      if (block.length - size < length) {
        block = Arrays.copyOf(block, Math.max(block.length * 2, size + length));
      }
      System.arraycopy(frames.bytes(), frames.at(), block, size, length);
      size += length;
      frames.advance();
      if (size >= BLOCK_BYTES || !frames.valid()) {
        byte[] full = Arrays.copyOf(block, size);
        RunFrames.seal(full);
        blocks.put((long) count++, full);
        uncommitted += size;
        size = RunFrames.BLOCK_HEADER;
        if (uncommitted >= COMMIT_BYTES) {
          store.commit();
          uncommitted = 0;
        }
      }
    }
    blocks.put(FENCES, Arrays.copyOf(fences, count * FENCE_BYTES));
    store.commit();
  }

  private static MVStore open(String name, boolean readOnly) {
    MVStore.Builder builder =
        new MVStore.Builder()
            .fileName(name)
            .autoCommitDisabled()
            .autoCommitBufferSize(0)
            .autoCompactFillRate(0)
            .cacheSize(0)
            .compress()
            .pageSplitSize(Format.PAGE_SPLIT_BYTES);
    return (readOnly ? builder.readOnly() : builder).open();
  }

  RunStoreFile file() {
    return file;
  }

  /** Opens the file if that was not done yet; a file that cannot be read counts as empty. */
  private synchronized @Nullable MVMap<Long, byte[]> opened() {
    if (blocks != null || broken) {
      return blocks;
    }
    MVStore opening = null;
    try {
      opening = open(disk.storeName(file.name()), true);
      MVMap<Long, byte[]> map = opening.openMap(BLOCKS, Segment.batchMap());
      byte[] found = map.get(FENCES);
      if (found == null) {
        throw new IOException("it has no fences");
      }
      fences = found;
      store = opening;
      blocks = map;
    } catch (RuntimeException | IOException e) {
      fail(e);
      if (opening != null) {
        opening.closeImmediately();
      }
    }
    return blocks;
  }

  private synchronized void fail(Exception e) {
    if (!broken) {
      Log.warning(
          "The run records in "
              + disk.location()
              + "/"
              + file.name()
              + " cannot be read and are left out; the file stays until its time is over",
          e);
    }
    broken = true;
    blocks = null;
  }

  synchronized void close() {
    if (store != null) {
      store.closeImmediately();
    }
    store = null;
    blocks = null;
    broken = true;
  }

  /** Whether any sequence in it may lie above one: none does above the instant in its name. */
  boolean mayHaveAbove(long sequence) {
    return file.untilMillis() * RunStoreFiles.SEQUENCES_A_MILLI > sequence;
  }

  /** The frames from this key on, of whatever task. */
  RunCursor seek(int partition, long task, long generation, long number) {
    MVMap<Long, byte[]> map = opened();
    if (map == null) {
      return new Frames(null, 0, new byte[0]);
    }
    byte[] keys = fences;
    int low = 0;
    int high = keys.length / FENCE_BYTES - 1;
    // The last block that begins before the key may hold it.
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      int order =
          RunFrames.compare(keys, middle * FENCE_BYTES, partition, task, generation, number);
      if (order < 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    Frames cursor = new Frames(map, low, keys);
    while (cursor.valid()
        && RunFrames.compare(cursor.bytes(), cursor.at(), partition, task, generation, number)
            < 0) {
      cursor.advance();
    }
    return cursor;
  }

  /** How many frames there are; reads the whole file. */
  long count() {
    long count = 0;
    RunCursor all = seek(0, 0, Long.MAX_VALUE, Long.MAX_VALUE);
    while (all.valid()) {
      count++;
      all.advance();
    }
    return count;
  }

  private final class Frames implements RunCursor {
    private final @Nullable MVMap<Long, byte[]> map;
    private final int count;
    private int index;
    private byte @Nullable [] block;
    private int at;

    Frames(@Nullable MVMap<Long, byte[]> map, int first, byte[] keys) {
      this.map = map;
      count = keys.length / FENCE_BYTES;
      index = first;
      load();
    }

    private void load() {
      at = RunFrames.BLOCK_HEADER;
      block = null;
      if (map == null || index >= count) {
        return;
      }
      try {
        byte[] found = map.get((long) index);
        if (found == null || !RunFrames.intact(found)) {
          throw new IOException("block " + index + " is damaged");
        }
        block = found;
      } catch (RuntimeException | IOException e) {
        fail(e);
      }
    }

    @Override
    public boolean valid() {
      return block != null;
    }

    @Override
    public byte[] bytes() {
      if (block == null) {
        throw new IllegalStateException("there is no frame here");
      }
      return block;
    }

    @Override
    public int at() {
      return at;
    }

    @Override
    public void advance() {
      byte[] here = bytes();
      at += RunFrames.length(here, at);
      if (at >= here.length) {
        index++;
        load();
      }
    }
  }

  /** Sealed files by number. */
  static List<RunSegment> of(Disk disk, List<RunStoreFile> files) {
    List<RunSegment> segments = new ArrayList<>(files.size());
    files.forEach(file -> segments.add(new RunSegment(disk, file)));
    return segments;
  }
}
