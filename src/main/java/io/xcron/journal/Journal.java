package io.xcron.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/** This member's journal: one directory, open in one process at a time. */
public final class Journal implements AppendLog, AutoCloseable {
  private static final byte[] NOTHING = {};

  private final Disk disk;
  private final AutoCloseable lock;
  private final Mark mark;
  private final JournalIdentity identity;
  private final RecoveredLog recovered;
  private final Health health;
  private final CommitQueue queue;
  private final LogFiles files;
  private final Folder folder;
  private final SpaceWatch spaceWatch;
  private final StallWatch stallWatch;
  private final Committer committer;
  private final CommitFigures figures = new CommitFigures();
  private final Thread committerThread;
  private final Thread folderThread;
  private final Thread spaceThread;
  private final Thread stallThread;
  private boolean closed;

  private Journal(
      JournalConfig config,
      JournalStateListener listener,
      Disk disk,
      AutoCloseable lock,
      Opened opened,
      Reserve reserve,
      Mark mark)
      throws IOException {
    this.disk = disk;
    this.lock = lock;
    this.mark = mark;
    identity = opened.identity();
    recovered = new RecoveredLog(opened);
    health = new Health(listener);
    queue = new CommitQueue(config, new LivePartitions(opened.image(), config.partitionCount()));
    queue.start();
    files = new LogFiles(disk, opened.checkpoint(), opened.closed());
    committer = new Committer(disk, config, opened, queue, files, health, reserve, figures, mark);
    folder = new Folder(disk, config, identity, files, recovered::isOpen);
    spaceWatch = new SpaceWatch(disk, config, reserve, health);
    stallWatch = new StallWatch(committer, queue, health);
    committerThread = daemon("xcron-journal", committer);
    folderThread = daemon("xcron-journal-fold", folder);
    spaceThread = daemon("xcron-journal-space", spaceWatch);
    stallThread = daemon("xcron-journal-stall", stallWatch);
  }

  /** Opens or creates the journal of a directory; see {@link JournalException} for refusals. */
  public static Journal open(JournalConfig config) {
    return open(config, (from, to) -> {});
  }

  /** Opens or creates the journal of a directory, with somebody to tell of changes of its state. */
  public static Journal open(JournalConfig config, JournalStateListener listener) {
    try {
      return open(config, listener, new LocalDisk(config.directory()));
    } catch (IOException e) {
      throw new JournalException.Disk(
          "Cannot use the directory " + config.directory() + ": " + e, e);
    }
  }

  static Journal open(JournalConfig config, JournalStateListener listener, Disk disk) {
    @Nullable AutoCloseable lock = null;
    @Nullable Journal journal = null;
    @Nullable Opened opened = null;
    @Nullable Mark mark = null;
    try {
      lock = disk.lock();
      opened = Opening.open(disk, config);
      Reserve reserve = new Reserve(disk, config.space().reserveBytes());
      makeReserve(disk, config, reserve);
      mark = Mark.open(disk);
      Journal made = new Journal(config, listener, disk, lock, opened, reserve, mark);
      made.spaceWatch.look();
      made.committerThread.start();
      made.folderThread.start();
      made.spaceThread.start();
      made.stallThread.start();
      journal = made;
      return made;
    } catch (IOException | MVStoreException e) {
      throw new JournalException.Disk(
          "Cannot open the journal in " + disk.location() + ": " + e.getMessage(), e);
    } finally {
      if (journal == null) {
        if (opened != null && opened.checkpoint() != null) {
          opened.checkpoint().close();
        }
        quietly(mark);
        quietly(lock);
      }
    }
  }

  private static void makeReserve(Disk disk, JournalConfig config, Reserve reserve) {
    try {
      if (disk.usableBytes() >= config.space().lowWaterBytes() + reserve.bytes()) {
        reserve.create();
      }
    } catch (IOException e) {
      // The state will be LOW, which is what the caller has to know.
      Log.warning("The journal opens without a reserve", e);
    }
  }

  private static Thread daemon(String name, Runnable work) {
    return Thread.ofPlatform().name(name).daemon().unstarted(work);
  }

  public JournalIdentity identity() {
    return identity;
  }

  /** What the disk held at open; to be closed when it was read. */
  public Recovered recovered() {
    return recovered;
  }

  @Override
  public long put(
      int partition,
      int map,
      long epoch,
      long sequence,
      byte[] key,
      int keyOffset,
      int keyLength,
      byte[] value,
      int valueOffset,
      int valueLength) {
    if ((long) keyLength + valueLength > JournalConfig.MAX_ENTRY_BYTES) {
      throw new IllegalArgumentException(
          "An entry of "
              + ((long) keyLength + valueLength)
              + " bytes is larger than "
              + JournalConfig.MAX_ENTRY_BYTES);
    }
    checkEntry(partition, map, key, keyOffset, keyLength);
    Objects.checkFromIndexSize(valueOffset, valueLength, value.length);
    return queue.entry(
        Frames.PUT,
        partition,
        map,
        epoch,
        sequence,
        key,
        keyOffset,
        keyLength,
        value,
        valueOffset,
        valueLength);
  }

  @Override
  public long remove(
      int partition, int map, long epoch, long sequence, byte[] key, int keyOffset, int keyLength) {
    checkEntry(partition, map, key, keyOffset, keyLength);
    return queue.entry(
        Frames.REMOVE, partition, map, epoch, sequence, key, keyOffset, keyLength, NOTHING, 0, 0);
  }

  private void checkEntry(int partition, int map, byte[] key, int keyOffset, int keyLength) {
    checkPartition(partition);
    Objects.checkFromIndexSize(keyOffset, keyLength, key.length);
    if (map < 0 || map > 255) {
      throw new IllegalArgumentException("map must be 0 to 255: " + map);
    }
  }

  private void checkPartition(int partition) {
    Objects.checkIndex(partition, identity.partitionCount());
  }

  @Override
  public long copyBegin(int partition, long epoch) {
    checkPartition(partition);
    return queue.copyBegin(partition, epoch);
  }

  @Override
  public long copyEnd(int partition, long epoch, long sequence) {
    checkPartition(partition);
    return queue.copyEnd(partition, epoch, sequence);
  }

  @Override
  public long drop(int partition) {
    checkPartition(partition);
    return queue.drop(partition);
  }

  @Override
  public long epoch(int partition, long epoch) {
    checkPartition(partition);
    return queue.epoch(partition, epoch);
  }

  @Override
  public long reserve(Reservation reservation) {
    return queue.reserve(reservation);
  }

  @Override
  public void whenDurable(long position, DurabilityCallback callback) {
    queue.whenDurable(position, callback);
  }

  @Override
  public JournalState state() {
    return health.state();
  }

  @Override
  public boolean behind(int partition) {
    checkPartition(partition);
    return queue.behind(partition);
  }

  public JournalStats stats() {
    CommitFigures.Snapshot commits = figures.snapshot();
    CommitQueue.Figures queued = queue.figures();
    return new JournalStats(
        queued.appended(),
        queued.refused(),
        commits.commits(),
        commits.bytes(),
        Duration.ofNanos(commits.commits() == 0 ? 0 : commits.nanos() / commits.commits()),
        Duration.ofNanos(commits.maxNanos()),
        queued.queuedBytes(),
        files.closedBytes() + commits.segmentBytes(),
        files.checkpointBytes(),
        files.closed().size() + 1,
        folder.folds(),
        folder.state(),
        commits.recoveries());
  }

  /**
   * Copies the live journal to an empty directory, consistent as of a moment during this call: a
   * journal opened there holds everything that was durable before the call. Appends go on
   * meanwhile; they wait once, while a log file is closed and the next one begun. Nothing is folded
   * until the copy is done. An interrupt ends it.
   *
   * @throws IllegalStateException if the journal is closed or has failed, or while another caller
   *     begins a backup
   * @throws JournalException.Disk if the copy could not be written; what there is of it remains
   */
  public JournalBackup backup(Path targetDirectory) {
    ReentrantReadWriteLock.ReadLock hold = files.hold();
    try {
      Backup.requireEmpty(targetDirectory);
      hold.lock();
      try {
        Mark.Position point = committer.requestRoll().get().mark();
        return Backup.copy(disk, files.checkpoint(), files.closed(), point, targetDirectory);
      } finally {
        hold.unlock();
      }
    } catch (IOException e) {
      throw new JournalException.Disk("The backup to " + targetDirectory + " failed: " + e, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("The journal failed during the backup", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new JournalException.Disk("The backup to " + targetDirectory + " was ended", e);
    }
  }

  /**
   * Refuses new appends, commits what is queued, calls back all who wait, and gives up the
   * directory. Idempotent.
   */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    folder.stop();
    spaceWatch.stop();
    stallWatch.stop();
    queue.close();
    boolean interrupted = false;
    for (Thread thread : new Thread[] {committerThread, folderThread, spaceThread, stallThread}) {
      interrupted |= joinUninterruptibly(thread);
    }
    recovered.close();
    files.close();
    quietly(mark);
    quietly(lock);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean joinUninterruptibly(Thread thread) {
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  private static void quietly(@Nullable AutoCloseable resource) {
    if (resource == null) {
      return;
    }
    try {
      resource.close();
    } catch (Exception e) {
      Log.warning("Closing " + resource + " failed", e);
    }
  }
}
