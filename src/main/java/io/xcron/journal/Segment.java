package io.xcron.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Collection;
import java.util.Map;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.type.ByteArrayDataType;
import org.h2.mvstore.type.LongDataType;

/**
 * The newest file of the log, open for appending; used by the committer's thread only. After any
 * exception only {@link #abandon} may be called.
 */
final class Segment {
  static final String BATCHES = "batches";

  private final long number;
  private final long firstBatch;
  private final String file;
  private final MVStore store;
  private final MVMap<Long, byte[]> batches;
  private long lastBatch;
  private long durableBatch;
  private long durableLength;

  private Segment(long number, long firstBatch, String file, MVStore store) {
    this.number = number;
    this.firstBatch = firstBatch;
    this.file = file;
    this.store = store;
    store.setReuseSpace(false); // so that a file is written from its beginning to its end
    store.setVersionsToKeep(0);
    batches = store.openMap(BATCHES, batchMap());
    lastBatch = firstBatch - 1;
    durableBatch = lastBatch;
  }

  /** Creates the file, durably. The predecessor is named only if it was left after a failure. */
  static Segment create(
      Disk disk, JournalIdentity identity, long number, long firstBatch, Map<String, String> extra)
      throws IOException {
    String file = Format.segmentFile(number);
    disk.delete(file);
    Segment segment = null;
    MVStore store = openStore(disk.storeName(file), false);
    try {
      segment = new Segment(number, firstBatch, file, store);
      MVMap<String, String> meta = store.openMap(StoreMeta.MAP);
      StoreMeta.write(meta, identity);
      meta.put(StoreMeta.FIRST, Long.toString(firstBatch));
      meta.putAll(extra);
      store.commit();
      segment.sync();
      disk.syncDirectory();
      return segment;
    } catch (MVStoreException | IOException e) {
      store.closeImmediately();
      throw e;
    }
  }

  static MVStore openStore(String name, boolean readOnly) {
    MVStore.Builder builder =
        new MVStore.Builder()
            .fileName(name)
            .autoCommitDisabled()
            .autoCommitBufferSize(0)
            .autoCompactFillRate(0)
            .cacheSize(readOnly ? 0 : 1) // MB; each commit reads the last page again
            .pageSplitSize(Format.PAGE_SPLIT_BYTES);
    return (readOnly ? builder.readOnly() : builder).open();
  }

  static MVMap.Builder<Long, byte[]> batchMap() {
    return new MVMap.Builder<Long, byte[]>()
        .keyType(LongDataType.INSTANCE)
        .valueType(ByteArrayDataType.INSTANCE);
  }

  /** Hands the batches to the operating system with one commit. */
  void write(Collection<Batch> group) {
    for (Batch batch : group) {
      if (batch.number() != lastBatch + 1) {
        throw new IllegalStateException(
            "batch " + batch.number() + " cannot follow batch " + lastBatch);
      }
      batches.put(batch.number(), batch.bytes());
      lastBatch = batch.number();
    }
    store.commit();
  }

  /** Forces what was written to the device. */
  void sync() {
    store.sync();
    durableBatch = lastBatch;
    durableLength = length();
  }

  long length() {
    return store.getFileStore().size();
  }

  long number() {
    return number;
  }

  String file() {
    return file;
  }

  long lastBatch() {
    return lastBatch;
  }

  long durableLength() {
    return durableLength;
  }

  /** What is known to be durable of it, as a closed part of the log. */
  ClosedSegment durablePart() {
    return new ClosedSegment(number, firstBatch, durableBatch, durableLength);
  }

  /** Closes a file whose batches are all durable. */
  ClosedSegment close() {
    store.close();
    return new ClosedSegment(number, firstBatch, lastBatch, durableLength);
  }

  /** Lets go of a file after a failure; never throws. */
  void abandon() {
    store.closeImmediately();
  }

  /** Cuts an abandoned file back to what is durable of it, and checks that it holds that. */
  void cutBack(Disk disk) throws IOException {
    try (FileChannel channel = disk.open(file, true)) {
      if (channel.size() > durableLength) {
        channel.truncate(durableLength);
        channel.force(true);
      }
    }
    if (durableBatch >= firstBatch) {
      try (SegmentReader reader = SegmentReader.open(disk, number)) {
        if (reader.lastKey() != durableBatch) {
          throw new IOException(
              file + " holds batches up to " + reader.lastKey() + ", not " + durableBatch);
        }
      }
    }
  }
}
