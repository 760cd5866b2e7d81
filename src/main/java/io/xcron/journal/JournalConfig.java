package io.xcron.journal;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a journal is opened. Start from {@link #of} and change what is needed with the {@code with}
 * methods.
 *
 * @param directory holds the files; created if missing
 * @param cluster name of the cluster; a store of another one is refused
 * @param partitionCount the grid's partitions; a store with another count is refused
 * @param mode alone or Raft. A store of a member that ran alone goes on in a cluster; the other way
 *     is refused but for leaveCluster
 * @param freshWhole if the store is created now, its partitions are whole and empty rather than
 *     absent: only for a member that runs alone. Ignored by a store that exists
 * @param leaveCluster whether a member that runs alone may go on with the store of a cluster
 * @param acceptLoss open although acknowledged records are missing: what comes before the gap is
 *     kept, what comes after it is set aside
 * @param commits how appends become durable
 * @param files how the log grows and is folded
 * @param space what is done about a disk that runs full or fails
 */
public record JournalConfig(
    Path directory,
    String cluster,
    int partitionCount,
    JournalMode mode,
    boolean freshWhole,
    boolean leaveCluster,
    boolean acceptLoss,
    Commits commits,
    Files files,
    Space space) {

  /** The largest entry, key and value together. */
  public static final int MAX_ENTRY_BYTES = 8 << 20;

  /**
   * How appends become durable.
   *
   * @param sync when an append is durable
   * @param syncInterval for {@link SyncPolicy#INTERVAL}
   * @param gather how long a commit waits for company. 0 commits at once (many small commits, more
   *     bytes written); above 10 ms every write is slowed
   * @param appendWait how long an append waits for room in a full queue before it is refused
   * @param queueBytes bytes that may wait to be committed, which is also the largest group commit.
   *     Too small makes bursts wait; too large makes commits long, and twice this much heap may be
   *     used
   */
  public record Commits(
      SyncPolicy sync,
      Duration syncInterval,
      Duration gather,
      Duration appendWait,
      int queueBytes) {
    static final Commits DEFAULT =
        new Commits(
            SyncPolicy.ALWAYS,
            Duration.ofMillis(200),
            Duration.ofMillis(1),
            Duration.ofSeconds(2),
            8 << 20);

    public Commits {
      require(syncInterval.isPositive(), "syncInterval must be positive");
      require(!gather.isNegative() && gather.toMillis() <= 1000, "gather: 0 to 1 s");
      require(!appendWait.isNegative(), "appendWait must not be negative");
      require(queueBytes >= 64 << 10 && queueBytes <= 512 << 20, "queueBytes: 64 KB to 512 MB");
    }
  }

  /**
   * How the log grows and is folded into the checkpoint.
   *
   * @param segmentBytes a log file is closed past this size. Too small makes many files; too large
   *     makes the restart and the fold's memory larger
   * @param foldStartBytes the log is folded when its closed files exceed this and half the
   *     checkpoint
   * @param foldMaxBytes log bytes folded at once: the fold's heap
   * @param foldBytesPerSecond what the fold may read and write each second. Too small and the log
   *     grows faster than it is folded
   */
  public record Files(
      long segmentBytes, long foldStartBytes, long foldMaxBytes, long foldBytesPerSecond) {
    static final Files DEFAULT = new Files(64L << 20, 64L << 20, 256L << 20, 32L << 20);

    public Files {
      require(segmentBytes >= 64 << 10, "segmentBytes: at least 64 KB");
      require(foldStartBytes > 0, "foldStartBytes must be positive");
      require(foldMaxBytes > 0, "foldMaxBytes must be positive");
      require(foldBytesPerSecond >= 64 << 10, "foldBytesPerSecond: at least 64 KB");
    }
  }

  /**
   * What is done about a disk that runs full or fails.
   *
   * @param reserveBytes size of the file that keeps room for completions
   * @param lowWaterBytes usable space, beside the reserve, below which the state is LOW
   * @param poll how often usable space is asked for
   * @param retry pause between tries to recover from a full disk or a failed fsync
   */
  public record Space(long reserveBytes, long lowWaterBytes, Duration poll, Duration retry) {
    static final Space DEFAULT =
        new Space(32L << 20, 64L << 20, Duration.ofMillis(200), Duration.ofMillis(500));

    public Space {
      require(reserveBytes >= 0, "reserveBytes must not be negative");
      require(lowWaterBytes >= 0, "lowWaterBytes must not be negative");
      require(poll.isPositive(), "poll must be positive");
      require(retry.isPositive(), "retry must be positive");
    }
  }

  public JournalConfig {
    require(!cluster.isBlank(), "cluster must have a name");
    require(partitionCount > 0 && partitionCount <= 1 << 20, "partitionCount: 1 to 1048576");
  }

  /** The defaults. */
  public static JournalConfig of(
      Path directory, String cluster, int partitionCount, JournalMode mode) {
    return new JournalConfig(
        directory,
        cluster,
        partitionCount,
        mode,
        false,
        false,
        false,
        Commits.DEFAULT,
        Files.DEFAULT,
        Space.DEFAULT);
  }

  public JournalConfig withFreshWhole(boolean whole) {
    return with(whole, leaveCluster, acceptLoss, commits, files, space);
  }

  public JournalConfig withLeaveCluster(boolean leave) {
    return with(freshWhole, leave, acceptLoss, commits, files, space);
  }

  public JournalConfig withAcceptLoss(boolean accept) {
    return with(freshWhole, leaveCluster, accept, commits, files, space);
  }

  public JournalConfig withSync(SyncPolicy policy, Duration interval) {
    Commits c = commits;
    return with(new Commits(policy, interval, c.gather, c.appendWait, c.queueBytes));
  }

  public JournalConfig withGather(Duration time) {
    Commits c = commits;
    return with(new Commits(c.sync, c.syncInterval, time, c.appendWait, c.queueBytes));
  }

  public JournalConfig withQueue(int bytes, Duration wait) {
    Commits c = commits;
    return with(new Commits(c.sync, c.syncInterval, c.gather, wait, bytes));
  }

  public JournalConfig withSegmentBytes(long bytes) {
    Files f = files;
    return with(new Files(bytes, f.foldStartBytes, f.foldMaxBytes, f.foldBytesPerSecond));
  }

  public JournalConfig withFold(long startBytes, long maxBytes, long bytesPerSecond) {
    return with(new Files(files.segmentBytes, startBytes, maxBytes, bytesPerSecond));
  }

  public JournalConfig withDisk(long reserve, long lowWater, Duration poll, Duration pause) {
    Space other = new Space(reserve, lowWater, poll, pause);
    return with(freshWhole, leaveCluster, acceptLoss, commits, files, other);
  }

  private JournalConfig with(Commits other) {
    return with(freshWhole, leaveCluster, acceptLoss, other, files, space);
  }

  private JournalConfig with(Files other) {
    return with(freshWhole, leaveCluster, acceptLoss, commits, other, space);
  }

  private JournalConfig with(
      boolean whole, boolean leave, boolean accept, Commits commit, Files file, Space disk) {
    return new JournalConfig(
        directory, cluster, partitionCount, mode, whole, leave, accept, commit, file, disk);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
