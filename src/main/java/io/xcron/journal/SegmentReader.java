package io.xcron.journal;

import java.util.HashMap;
import java.util.Map;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/** Reads a segment that nobody writes to. */
final class SegmentReader implements AutoCloseable {

  /** Receives batches in order; false ends the reading. */
  @FunctionalInterface
  interface BatchVisitor {
    boolean batch(long number, byte[] bytes);
  }

  private final String file;
  private final MVStore store;
  private final Map<String, String> meta;
  private final MVMap<Long, byte[]> batches;

  private SegmentReader(String file, MVStore store) {
    this.file = file;
    this.store = store;
    MVMap<String, String> metaMap = store.openMap(StoreMeta.MAP);
    meta = new HashMap<>(metaMap);
    batches = store.openMap(Segment.BATCHES, Segment.batchMap());
  }

  /**
   * Opens the file for reading.
   *
   * @throws MVStoreException if it cannot be read
   */
  static SegmentReader open(Disk disk, long number) {
    String file = Format.segmentFile(number);
    MVStore store = Segment.openStore(disk.storeName(file), true);
    try {
      return new SegmentReader(file, store);
    } catch (RuntimeException e) {
      store.closeImmediately();
      throw e;
    }
  }

  /** The head; empty if the file was never begun properly. */
  Map<String, String> meta() {
    return meta;
  }

  /** The last batch's number, 0 if there is none. */
  long lastKey() {
    @Nullable Long last = batches.lastKey();
    return last == null ? 0 : last;
  }

  /**
   * Visits intact batches without a gap from one number to another, both inclusive.
   *
   * @return the number of the last batch visited, or {@code from - 1}
   */
  long read(long from, long to, BatchVisitor visitor) {
    long expected = from;
    try {
      Cursor<Long, byte[]> cursor = batches.cursor(from);
      while (expected <= to && cursor.hasNext()) {
        long number = cursor.next();
        byte[] bytes = cursor.getValue();
        if (number != expected || !Frames.intact(number, bytes)) {
          break;
        }
        if (!visitor.batch(number, bytes)) {
          break;
        }
        expected++;
      }
    } catch (MVStoreException e) {
      // An unreadable page ends the log like a bad checksum does: the caller compares with the
      // mark.
      Log.warning(file + " is unreadable from batch " + expected + " on", e);
    }
    return expected - 1;
  }

  @Override
  public void close() {
    store.closeImmediately();
  }
}
