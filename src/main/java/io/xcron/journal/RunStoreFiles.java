package io.xcron.journal;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * The files of the run store and the table of what is not sealed. Changed by the writer's thread
 * under the store's write lock; read under its read lock.
 */
final class RunStoreFiles {
  /** A log of many small commits takes far more room than its records: it is sealed early. */
  private static final long LOG_FACTOR = 4;

  /** An empty file whose name says which store this is. */
  private static final String ORIGIN = "origin-";

  /** So that an origin takes five bytes in a record. */
  private static final long ORIGINS = 1L << 35;

  /** Sequences count microseconds. */
  static final long SEQUENCES_A_MILLI = 1_000;

  private final Disk disk;
  private final RunStoreConfig config;
  private final RunQueue queue;

  /** Sealed ones, oldest first. */
  private final List<RunSegment> segments = new ArrayList<>();

  private final List<RunStoreFile> oldLogs = new ArrayList<>();
  private final Map<RunStoreFile, Long> sizes = new HashMap<>();
  private RunTable table = new RunTable();
  private @Nullable RunStoreLog log;
  private @Nullable RunTail tail;
  private long logNumber;
  private long begunMillis;
  private long origin;

  RunStoreFiles(Disk disk, RunStoreConfig config, RunQueue queue) {
    this.disk = disk;
    this.config = config;
    this.queue = queue;
  }

  /** No record that is here has a larger sequence. */
  long maxSequence() {
    long sealed =
        segments.isEmpty() ? 0 : segments.getLast().file().untilMillis() * SEQUENCES_A_MILLI;
    return Math.max(sealed, table.maxSequence());
  }

  /** What is there now: later records are in other segments, or further on in the table. */
  record Left(List<RunSegment> segments, RunTable table, int records) {}

  Left left() {
    return new Left(List.copyOf(segments), table, table.count());
  }

  RunTable table() {
    return table;
  }

  /** The number of the file whose records are in the table. */
  long openNumber() {
    return logNumber;
  }

  /** The sealed file of this number; null if there is none. */
  @Nullable RunSegment segment(long number) {
    for (RunSegment segment : segments) {
      if (segment.file().number() == number) {
        return segment;
      }
    }
    return null;
  }

  /** The number of the first file after one. */
  long after(long number) {
    for (RunSegment segment : segments) {
      if (segment.file().number() > number) {
        return segment.file().number();
      }
    }
    return logNumber;
  }

  /** Tells a reader from now on what is sealed and what goes; one at a time. */
  void tellOf(RunTail reader) {
    tail = reader;
  }

  List<RunSegment> segments() {
    return segments;
  }

  long bytes() {
    long sum = log == null ? 0 : log.length();
    for (long size : sizes.values()) {
      sum += size;
    }
    return sum;
  }

  /** Looks at names and sizes only. */
  void list() throws IOException {
    List<String> torn = new ArrayList<>();
    for (String name : disk.list()) {
      RunStoreFile file = RunStoreFile.parse(name);
      if (name.endsWith(Format.TEMPORARY)) {
        disk.delete(name);
      } else if (file != null && file.sealed()) {
        segments.add(new RunSegment(disk, file));
        sizes.put(file, disk.size(name));
      } else if (file != null) {
        oldLogs.add(file);
      } else if (name.endsWith(Format.CUT)) {
        torn.add(name);
      } else if (name.startsWith(ORIGIN)) {
        origin = origin(name);
      }
    }
    if (origin == 0) {
      origin = 1 + new SecureRandom().nextLong(ORIGINS - 1);
      disk.open(ORIGIN + Long.toHexString(origin), true).close();
      disk.syncDirectory();
    }
    // The newest is kept for a human to look at.
    for (int i = 0; i < torn.size() - 1; i++) {
      disk.delete(torn.get(i));
    }
    segments.sort(
        Comparator.<RunSegment>comparingLong(segment -> segment.file().number())
            .thenComparingLong(segment -> segment.file().untilMillis()));
    dropSuperseded();
    oldLogs.sort(Comparator.comparingLong(RunStoreFile::number));
    logNumber = segments.isEmpty() ? 1 : segments.getLast().file().number() + 1;
  }

  /** A disk that failed right after a rename was sealed upon once more, with all of it. */
  private void dropSuperseded() throws IOException {
    for (int i = segments.size() - 1; i > 0; i--) {
      RunStoreFile earlier = segments.get(i - 1).file();
      if (earlier.number() == segments.get(i).file().number()) {
        segments.remove(i - 1);
        sizes.remove(earlier);
        disk.delete(earlier.name());
      }
    }
  }

  private static long origin(String name) throws IOException {
    try {
      return Long.parseUnsignedLong(name.substring(ORIGIN.length()), 16);
    } catch (NumberFormatException e) {
      throw new IOException("the name of the file " + name + " is not one of ours", e);
    }
  }

  long origin() {
    return origin;
  }

  /** Takes what former processes had not sealed into the table, and begins the log anew with it. */
  void recover(long nowMillis) throws IOException {
    begunMillis = nowMillis;
    long sealedUpTo = segments.isEmpty() ? 0 : segments.getLast().file().number();
    int read = 0;
    for (RunStoreFile old : oldLogs) {
      if (old.number() > sealedUpTo) {
        read(old);
        read++;
        logNumber = Math.max(logNumber, old.number() + 1);
      }
    }
    if (read > 1) {
      // An earlier recovery was interrupted when it had written some of them anew.
      table = table.withoutRepeats();
    }
    if (table.count() > 0) {
      rewriteLog();
    }
    for (RunStoreFile old : oldLogs) {
      disk.delete(old.name());
    }
    oldLogs.clear();
  }

  private void read(RunStoreFile old) throws IOException {
    if (disk.size(old.name()) == 0) {
      return; // killed right after it was created
    }
    boolean whole;
    try {
      whole = RunStoreLog.read(disk, old.name(), this::take);
    } catch (RuntimeException e) {
      // MVStore answers damage with many kinds of exceptions.
      Log.warning("The end of the run records in " + old.name() + " is torn", e);
      whole = false;
    }
    if (!whole) {
      String aside = old.name() + Format.CUT;
      disk.rename(old.name(), aside);
      Log.info(
          "Run records: "
              + table.count()
              + " were read from "
              + disk.location()
              + "/"
              + old.name()
              + ", what follows them is torn and set aside as "
              + aside);
    }
  }

  private void take(byte[] block) {
    for (int at = RunFrames.BLOCK_HEADER; at < block.length; at += RunFrames.length(block, at)) {
      table.add(block, at);
    }
  }

  /** Writes a log with the whole table; one that is there goes when the new one is written. */
  private void rewriteLog() throws IOException {
    List<byte[]> blocks = new ArrayList<>();
    RunCursor all = table.sorted();
    while (all.valid()) {
      byte[] block = new byte[RunFrames.BLOCK_HEADER + (256 << 10) + RunFrames.MAX_PAYLOAD];
      int size = RunFrames.BLOCK_HEADER;
      while (all.valid() && size < 256 << 10) {
        int length = RunFrames.length(all.bytes(), all.at());
        System.arraycopy(all.bytes(), all.at(), block, size, length);
        size += length;
        all.advance();
      }
      byte[] full = Arrays.copyOf(block, size);
      RunFrames.seal(full);
      blocks.add(full);
    }
    String name = RunStoreFile.log(logNumber).name();
    String temporary = name + Format.TEMPORARY;
    disk.delete(temporary);
    RunStoreLog begun = RunStoreLog.create(disk, temporary);
    try {
      begun.write(blocks);
      disk.rename(temporary, name);
    } catch (IOException | MVStoreException e) {
      begun.abandon();
      throw e;
    }
    log = begun;
  }

  /** Adds blocks of frames to the table. */
  void add(List<byte[]> blocks, long nowMillis) {
    if (table.count() == 0) {
      begunMillis = nowMillis;
    }
    blocks.forEach(this::take);
  }

  /** Writes blocks to the log; after a failure the log is begun anew with the whole table. */
  void write(List<byte[]> blocks) throws IOException {
    RunStoreLog open = log;
    if (open == null) {
      rewriteLog();
      return;
    }
    try {
      open.write(blocks);
    } catch (MVStoreException e) {
      open.abandon();
      log = null;
      throw e;
    }
  }

  /** What was added is in the table alone: the next write begins the log anew, with all of it. */
  void leaveLog() {
    if (log != null) {
      log.abandon();
      log = null;
    }
  }

  boolean full(long nowMillis) {
    return table.count() > 0
        && (table.bytes() >= config.segmentBytes()
            || nowMillis - begunMillis >= config.segmentAge().toMillis()
            || (log != null && log.length() > LOG_FACTOR * config.segmentBytes()));
  }

  /** Whether nothing more should be taken into memory. */
  boolean overfull() {
    return table.bytes() >= 2L * config.segmentBytes();
  }

  boolean room() throws IOException {
    return disk.usableBytes() >= config.keepFreeBytes();
  }

  /**
   * Writes the table as a file beside the others. Takes a while, and needs no lock: only this
   * thread changes the table.
   */
  RunStoreFile prepare(long nowMillis) throws IOException {
    // No sequence lies above the name's instant, so that the next process can go on from there.
    long until = Math.max(nowMillis, table.maxSequence() / SEQUENCES_A_MILLI + 1);
    RunStoreFile sealed = RunStoreFile.sealed(logNumber, until);
    // Of each try the same name: what a bad disk leaves behind takes the room of one file.
    String temporary = RunStoreFile.log(logNumber).name() + Format.TEMPORARY;
    RunSegment.write(disk, temporary, table.sorted());
    disk.rename(temporary, sealed.name());
    disk.syncDirectory();
    return sealed;
  }

  /** Puts a prepared file in the table's place. */
  void seal(RunStoreFile sealed) throws IOException {
    sizes.put(sealed, disk.size(sealed.name()));
    segments.add(new RunSegment(disk, sealed));
    beginAnew(true);
  }

  /** Begins with an empty table; what was in it is lost. */
  void forget() throws IOException {
    beginAnew(false);
  }

  private void beginAnew(boolean sealed) throws IOException {
    if (tail != null) {
      tail.over(logNumber, table, sealed);
    }
    table = new RunTable();
    if (log != null) {
      log.abandon();
    }
    log = null;
    disk.delete(RunStoreFile.log(logNumber).name());
    logNumber++;
  }

  /**
   * Deletes the oldest segments while there are too many bytes, too old ones, or too little room.
   */
  void retain(long nowMillis) throws IOException {
    while (!segments.isEmpty()) {
      RunSegment oldest = segments.getFirst();
      boolean old = oldest.file().untilMillis() < nowMillis - config.maxAge().toMillis();
      if (!old && bytes() <= config.maxBytes() && room()) {
        return;
      }
      if (tail != null) {
        tail.leaves(oldest);
      }
      segments.removeFirst();
      oldest.close();
      sizes.remove(oldest.file());
      disk.delete(oldest.file().name());
    }
  }

  void lost(long records) {
    queue.lost(records);
  }

  void close() {
    RunStoreLog open = log;
    log = null;
    if (open != null) {
      try {
        open.close();
      } catch (MVStoreException e) {
        // What was written to it is there already, for the next process to read.
        Log.warning("The log of run records was not closed in order", e);
        open.abandon();
      }
    }
    segments.forEach(RunSegment::close);
    segments.clear();
    table = new RunTable();
  }
}
