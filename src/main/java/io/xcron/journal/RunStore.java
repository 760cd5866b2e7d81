package io.xcron.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The run records of this member, in a directory of their own: what happened, found by task, newest
 * first.
 *
 * <p>A record goes through a bounded queue ({@code RunQueue}) to one writer thread, which keeps it
 * in memory ({@code RunTable}) and appends it to a log file ({@code RunStoreLog}). When enough has
 * gathered, the table is written sorted by partition, task and run as a sealed segment ({@code
 * RunSegment}), and the log goes. So a history page needs one or two blocks of each segment,
 * nothing is ever rewritten in place, and retention deletes whole files. (The shape is that of a
 * log-structured merge tree with one level: O'Neil, Cheng, Gawlick, O'Neil, 1996.)
 *
 * <p>Nothing here may hold up firing: {@link #append} never waits, and a full queue, a full or a
 * broken disk lose records, which are counted. A kill of the process loses at most the last second;
 * a loss of power what the operating system had not written yet of the log.
 *
 * <p>For copies on other members each record has a sequence that grows within its partition; {@link
 * #after} gives what came after one, {@link #put} takes it in elsewhere. A record that is there
 * twice is answered once.
 */
public final class RunStore implements AutoCloseable {
  private static final long CHECK_NANOS = TimeUnit.MINUTES.toNanos(1);

  /** A reader of all records holds the writer up for so many of them, then lets it go on. */
  private static final int PIECE = 1_000;

  private static final long BETWEEN_PIECES_NANOS = TimeUnit.MICROSECONDS.toNanos(300);

  private final Disk disk;
  private final RunQueue queue;
  private final RunStoreWriter writer;
  private final Thread thread;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final RunStoreFiles files;

  private RunStore(
      RunStoreConfig config, RunStoreListener listener, Disk disk, LongSupplier nowMillis) {
    this.disk = disk;
    queue = new RunQueue(config.queueBytes());
    files = new RunStoreFiles(disk, config, queue);
    writer = new RunStoreWriter(queue, files, listener, lock.writeLock(), nowMillis, CHECK_NANOS);
    thread = Thread.ofPlatform().name("xcron-runs").daemon().unstarted(writer);
  }

  /**
   * Opens or creates the store of a directory, which must be one that this process alone uses. What
   * was not sealed is read back in the background; queries wait for it.
   *
   * @throws JournalException.Disk if the directory cannot be used
   */
  public static RunStore open(
      RunStoreConfig config, RunStoreListener listener, LongSupplier nowMillis) {
    try {
      return open(config, listener, nowMillis, new LocalDisk(config.directory()));
    } catch (IOException e) {
      throw new JournalException.Disk(
          "Cannot use the directory " + config.directory() + ": " + e, e);
    }
  }

  static RunStore open(
      RunStoreConfig config, RunStoreListener listener, LongSupplier nowMillis, Disk disk)
      throws IOException {
    RunStore store = new RunStore(config, listener, disk, nowMillis);
    store.files.list();
    store.thread.start();
    return store;
  }

  /** Which store this is: a number of up to 35 bits that stays with the directory. */
  public long origin() {
    return files.origin();
  }

  /**
   * Takes a record. Any thread; never waits for the disk or for a reader.
   *
   * @param task a hash of the task's id
   * @param payload handed over: not to be changed any more
   */
  public void append(int partition, long task, long generation, long number, byte[] payload) {
    queue.add(partition(partition), task, generation, number, 0, payload);
  }

  /** Takes a copy of a record that another member has, with its sequence. */
  public void put(StoredRun run) {
    queue.add(
        partition(run.partition()),
        run.task(),
        run.generation(),
        run.number(),
        run.sequence(),
        run.payload());
  }

  private static int partition(int partition) {
    if (partition < 0 || partition > RunFrames.MAX_PARTITION) {
      throw new IllegalArgumentException("no partition: " + partition);
    }
    return partition;
  }

  /**
   * Complete when every record that was appended before this call can be found; at once after
   * close.
   */
  public CompletableFuture<Void> flush() {
    CompletableFuture<Void> done = writer.flush();
    LockSupport.unpark(thread);
    return done;
  }

  /**
   * The runs of a task from one on, newest first: by generation, then by number, both falling.
   * Reads files; call {@link #flush} first to see what was just appended.
   *
   * @param number the largest number of that generation to answer
   */
  public List<StoredRun> from(int partition, long task, long generation, long number, int limit) {
    lock.readLock().lock();
    try {
      List<RunCursor> sources = new ArrayList<>();
      add(sources, files.table().seek(partition, task, generation, number));
      for (RunSegment segment : files.segments()) {
        RunCursor cursor = segment.seek(partition, task, generation, number);
        if (cursor.valid() && RunFrames.of(cursor.bytes(), cursor.at(), partition, task)) {
          add(sources, cursor);
        }
      }
      return merged(sources, partition, task, limit);
    } finally {
      lock.readLock().unlock();
    }
  }

  private static void add(List<RunCursor> sources, RunCursor cursor) {
    if (cursor.valid()) {
      sources.add(cursor);
    }
  }

  private static List<StoredRun> merged(
      List<RunCursor> sources, int partition, long task, int limit) {
    List<StoredRun> found = new ArrayList<>(Math.min(limit, 64));
    while (found.size() < limit) {
      RunCursor first = first(sources, partition, task);
      if (first == null) {
        return found;
      }
      StoredRun last = found.isEmpty() ? null : found.getLast();
      long generation = RunFrames.generation(first.bytes(), first.at());
      long number = RunFrames.number(first.bytes(), first.at());
      // Of two records of one run the one with the larger sequence came first.
      if (last == null || last.generation() != generation || last.number() != number) {
        found.add(StoredRun.of(first.bytes(), first.at()));
      }
      first.advance();
    }
    return found;
  }

  /** The source whose frame comes first; those that have left the task are removed. */
  private static @Nullable RunCursor first(List<RunCursor> sources, int partition, long task) {
    sources.removeIf(
        source -> !source.valid() || !RunFrames.of(source.bytes(), source.at(), partition, task));
    RunCursor first = null;
    for (RunCursor source : sources) {
      if (first == null
          || RunFrames.compare(source.bytes(), source.at(), first.bytes(), first.at()) < 0) {
        first = source;
      }
    }
    return first;
  }

  /**
   * Records of a partition that came after a sequence, in order of sequence: all of them, or so
   * many of the oldest.
   */
  public List<StoredRun> after(int partition, long sequence, int limit) {
    lock.readLock().lock();
    try {
      List<StoredRun> found = new ArrayList<>();
      for (RunSegment segment : files.segments()) {
        if (segment.mayHaveAbove(sequence)) {
          collect(
              segment.seek(partition, 0, Long.MAX_VALUE, Long.MAX_VALUE),
              partition,
              sequence,
              found);
        }
        if (found.size() >= limit) {
          return oldest(found, limit);
        }
      }
      collect(files.table().partition(partition), partition, sequence, found);
      return oldest(found, limit);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * A reader of all records in the order in which they come, which takes the place of the one
   * before. Call {@link #flush} first: what a former process has left is then counted in.
   *
   * @param done what {@link RunTail#done} has said of this store, also in another process; 0 for
   *     none. A store that has not come so far is an older one, and read from its beginning
   */
  public RunTail tail(long done) {
    lock.writeLock().lock();
    try {
      RunTail tail =
          new RunTail(files, lock.readLock(), done >= 0 && done < files.openNumber() ? done : 0);
      files.tellOf(tail);
      return tail;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static void collect(
      RunCursor cursor, int partition, long sequence, List<StoredRun> found) {
    while (cursor.valid() && RunFrames.partition(cursor.bytes(), cursor.at()) == partition) {
      if (RunFrames.sequence(cursor.bytes(), cursor.at()) > sequence) {
        found.add(StoredRun.of(cursor.bytes(), cursor.at()));
      }
      cursor.advance();
    }
  }

  private static List<StoredRun> oldest(List<StoredRun> found, int limit) {
    found.sort(Comparator.comparingLong(StoredRun::sequence));
    return List.copyOf(found.subList(0, Math.min(limit, found.size())));
  }

  /**
   * Shows every record that earlier processes had left here, in no order, and none that came since:
   * so whoever counts those as they come counts each once. To be called once, if the listener has
   * said that it would be; takes as long as it takes to read the files, without holding up anybody
   * else.
   *
   * @param sinceMillis files of older records are left out
   */
  public void left(long sinceMillis, Consumer<StoredRun> visitor) {
    var unused = flush().join(); // what was left has been read back then
    RunStoreFiles.Left left = writer.left();
    if (left != null) {
      show(left, sinceMillis * RunStoreFiles.SEQUENCES_A_MILLI, visitor);
      writer.forgetLeft();
    }
  }

  /**
   * Shows every record whose sequence lies above one, in no order. What is taken meanwhile may be
   * among them or not.
   */
  public void scan(long aboveSequence, Consumer<StoredRun> visitor) {
    RunStoreFiles.Left now;
    lock.readLock().lock();
    try {
      now = files.left();
    } finally {
      lock.readLock().unlock();
    }
    show(now, aboveSequence, visitor);
  }

  private void show(RunStoreFiles.Left from, long aboveSequence, Consumer<StoredRun> visitor) {
    for (RunSegment segment : from.segments()) {
      if (segment.mayHaveAbove(aboveSequence)) {
        RunCursor cursor = located(() -> segment.seek(0, 0, Long.MAX_VALUE, Long.MAX_VALUE));
        while (piece(cursor, aboveSequence, visitor)) {
          LockSupport.parkNanos(BETWEEN_PIECES_NANOS);
        }
      }
    }
    for (int first = 0; first < from.records(); first += PIECE) {
      int begin = first;
      int end = Math.min(from.records(), first + PIECE);
      RunCursor cursor = located(() -> from.table().arrived(begin, end));
      while (piece(cursor, aboveSequence, visitor)) {
        LockSupport.parkNanos(BETWEEN_PIECES_NANOS);
      }
    }
  }

  private RunCursor located(Supplier<RunCursor> cursor) {
    lock.readLock().lock();
    try {
      return cursor.get();
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Shows the next records of a cursor; whether there are more. */
  private boolean piece(RunCursor cursor, long aboveSequence, Consumer<StoredRun> visitor) {
    List<StoredRun> found = new ArrayList<>();
    boolean more;
    lock.readLock().lock();
    try {
      for (int i = 0; i < PIECE && cursor.valid(); i++) {
        if (RunFrames.sequence(cursor.bytes(), cursor.at()) > aboveSequence) {
          found.add(StoredRun.of(cursor.bytes(), cursor.at()));
        }
        cursor.advance();
      }
      more = cursor.valid();
    } finally {
      lock.readLock().unlock();
    }
    found.forEach(visitor);
    return more;
  }

  /** Whether this very record is here: the same run with the same sequence. */
  public boolean contains(StoredRun run) {
    lock.readLock().lock();
    try {
      if (here(
          files.table().seek(run.partition(), run.task(), run.generation(), run.number()), run)) {
        return true;
      }
      for (RunSegment segment : files.segments()) {
        if (segment.mayHaveAbove(run.sequence() - 1)
            && here(
                segment.seek(run.partition(), run.task(), run.generation(), run.number()), run)) {
          return true;
        }
      }
      return false;
    } finally {
      lock.readLock().unlock();
    }
  }

  private static boolean here(RunCursor cursor, StoredRun run) {
    while (cursor.valid()
        && RunFrames.compare(
                cursor.bytes(),
                cursor.at(),
                run.partition(),
                run.task(),
                run.generation(),
                run.number())
            == 0) {
      if (RunFrames.sequence(cursor.bytes(), cursor.at()) == run.sequence()) {
        return true;
      }
      cursor.advance();
    }
    return false;
  }

  public RunStoreStats stats() {
    lock.readLock().lock();
    try {
      return new RunStoreStats(
          queue.taken(),
          queue.dropped(),
          writer.writtenBytes(),
          writer.commits(),
          files.segments().size(),
          files.bytes());
    } finally {
      lock.readLock().unlock();
    }
  }

  /** Writes what waits, and lets go of the files. What is appended later is lost. Idempotent. */
  @Override
  public void close() {
    writer.stop();
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    lock.writeLock().lock();
    try {
      files.close();
    } finally {
      lock.writeLock().unlock();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "RunStore[" + disk.location() + "]";
  }
}
