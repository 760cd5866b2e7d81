package io.xcron.journal;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import org.jspecify.annotations.Nullable;

/**
 * Reads a run store's records in the order in which they came to be kept: file by file, and in the
 * open file by arrival. Each record that is still kept is given at least once; what retention takes
 * before it was read is counted.
 *
 * <p>A place that outlives the process is a number of files, {@link #done}: a file that was being
 * read is read again from its beginning by the next tail, because it is sorted when it is sealed.
 * In this process the table of a file that was sealed meanwhile stays in memory until it is read to
 * its end: one at most, as large as a segment.
 *
 * <p>One thread reads; {@link #done} and {@link #dropped} may be asked by any.
 */
public final class RunTail {
  private final RunStoreFiles files;
  private final Lock readLock;

  /** The number of the file that is being read; files below it are over. */
  private volatile long file;

  /** How many of its records were given. */
  private long given;

  /** The last one given of a sealed file; null at its beginning. */
  private @Nullable StoredRun last;

  /** The table of the file being read, when that was sealed or lost after its reading had begun. */
  private @Nullable RunTable kept;

  private final AtomicLong dropped = new AtomicLong();

  RunTail(RunStoreFiles files, Lock readLock, long done) {
    this.files = files;
    this.readLock = readLock;
    file = done + 1;
  }

  /**
   * The next records; none when all that the store has was given. Reads files; waits for a file
   * that is being sealed.
   *
   * @param maxRecords at most so many
   * @param maxBytes no further one when their payloads reach this
   */
  public List<StoredRun> next(int maxRecords, int maxBytes) {
    readLock.lock();
    try {
      Page page = new Page(maxRecords, maxBytes);
      while (!page.full()) {
        RunTable table = file == files.openNumber() ? files.table() : kept;
        RunSegment segment = files.segment(file);
        if (table != null) {
          fill(page, table);
          if (given < table.count() || file == files.openNumber()) {
            return page.records;
          }
        } else if (segment != null && !fill(page, segment)) {
          return page.records;
        }
        enter(files.after(file));
      }
      return page.records;
    } finally {
      readLock.unlock();
    }
  }

  private void fill(Page page, RunTable table) {
    while (!page.full() && given < table.count()) {
      page.add(table.arrived((int) given++));
    }
  }

  /** Whether the file has nothing more. */
  private boolean fill(Page page, RunSegment segment) {
    StoredRun from = last;
    RunCursor cursor =
        from == null
            ? segment.seek(0, 0, Long.MAX_VALUE, Long.MAX_VALUE)
            // Of two records of one run the newer comes first, and the older is worth nothing.
            : segment.seek(from.partition(), from.task(), from.generation(), from.number() - 1);
    while (cursor.valid() && !page.full()) {
      StoredRun run = StoredRun.of(cursor.bytes(), cursor.at());
      page.add(run);
      last = run;
      given++;
      cursor.advance();
    }
    return !cursor.valid();
  }

  private void enter(long next) {
    file = next;
    given = 0;
    last = null;
    kept = null;
  }

  /** All records of the files up to this number were given, or are gone. */
  public long done() {
    return file - 1;
  }

  /** Records that retention, or a full disk, has taken before they were given. */
  public long dropped() {
    return dropped.get();
  }

  /** The open file is over: sealed, or lost. Called under the store's write lock. */
  void over(long number, RunTable table, boolean sealed) {
    if (number == file) {
      kept = table;
    } else if (!sealed && number > file) {
      dropped.addAndGet(table.count());
    }
  }

  /** A file is about to go. Called under the store's write lock. */
  void leaves(RunSegment segment) {
    long number = segment.file().number();
    if (number > file) {
      dropped.addAndGet(segment.count());
    } else if (number == file && kept == null) {
      dropped.addAndGet(Math.max(0, segment.count() - given));
    }
  }

  private static final class Page {
    private final List<StoredRun> records = new ArrayList<>();
    private final int maxRecords;
    private final int maxBytes;
    private int bytes;

    Page(int maxRecords, int maxBytes) {
      this.maxRecords = maxRecords;
      this.maxBytes = maxBytes;
    }

    boolean full() {
      return records.size() >= maxRecords || bytes >= maxBytes;
    }

    void add(StoredRun run) {
      records.add(run);
      bytes += run.payload().length;
    }
  }
}
