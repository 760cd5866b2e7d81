package io.xcron.journal;

import java.util.List;
import java.util.function.Consumer;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * The file of the segment that is being written: blocks of frames under growing numbers, in order
 * of arrival. It is read only once, when the store opens. For the writer's thread; after an
 * exception only {@link #abandon} may be called.
 */
final class RunStoreLog {
  private static final String BLOCKS = "blocks";

  private final MVStore store;
  private final MVMap<Long, byte[]> blocks;
  private long next;

  private RunStoreLog(MVStore store) {
    this.store = store;
    store.setReuseSpace(false);
    store.setVersionsToKeep(0);
    blocks = store.openMap(BLOCKS, Segment.batchMap());
  }

  static RunStoreLog create(Disk disk, String file) {
    return new RunStoreLog(Segment.openStore(disk.storeName(file), false));
  }

  /**
   * Hands every intact block of a file to the reader, up to the first that is not.
   *
   * @return whether all were
   * @throws MVStoreException if it is no MVStore any more
   */
  static boolean read(Disk disk, String file, Consumer<byte[]> reader) {
    MVStore store = Segment.openStore(disk.storeName(file), true);
    try {
      MVMap<Long, byte[]> blocks = store.openMap(BLOCKS, Segment.batchMap());
      Cursor<Long, byte[]> cursor = blocks.cursor(0L);
      while (cursor.hasNext()) {
        cursor.next();
        byte[] block = cursor.getValue();
        if (!RunFrames.intact(block)) {
          return false;
        }
        reader.accept(block);
      }
      return true;
    } finally {
      store.closeImmediately();
    }
  }

  /** Hands the blocks to the operating system: they survive the process, not yet the machine. */
  void write(List<byte[]> group) {
    for (byte[] block : group) {
      blocks.append(next++, block);
    }
    store.commit();
  }

  long length() {
    return store.getFileStore().size();
  }

  /** Forces it to the device and lets go of it. */
  void close() {
    store.close();
  }

  void abandon() {
    store.closeImmediately();
  }
}
