package io.xcron.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/** Folds closed segments into a new checkpoint, in its own thread. */
final class Folder implements Runnable {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long SPEND_BYTES = 1 << 20;

  /** Many small segments, as of a member that restarts often, are folded whatever their size. */
  private static final int SEGMENTS_MAX = 64;

  private final Disk disk;
  private final JournalConfig config;
  private final JournalIdentity identity;
  private final LogFiles files;
  private final BooleanSupplier held;
  private final ByteBudget budget;
  private volatile JournalStats.FoldState state = JournalStats.FoldState.IDLE;
  private final AtomicLong folds = new AtomicLong();

  /** Folding waits while {@code held} says so: somebody reads the checkpoint. */
  Folder(
      Disk disk,
      JournalConfig config,
      JournalIdentity identity,
      LogFiles files,
      BooleanSupplier held) {
    this.disk = disk;
    this.config = config;
    this.identity = identity;
    this.files = files;
    this.held = held;
    budget = new ByteBudget(config.files().foldBytesPerSecond());
  }

  @Override
  public void run() {
    try {
      while (true) {
        budget.pause(work() ? RETRY_NANOS : POLL_NANOS);
      }
    } catch (ByteBudget.Stopped e) {
      state = JournalStats.FoldState.IDLE; // the journal closes
    }
  }

  void stop() {
    budget.stop();
  }

  JournalStats.FoldState state() {
    return state;
  }

  long folds() {
    return folds.get();
  }

  /** Folds if it is time; true if that failed. */
  private boolean work() {
    if (!due()) {
      state = JournalStats.FoldState.IDLE;
      return false;
    }
    if (held.getAsBoolean()) {
      state = JournalStats.FoldState.HELD;
      return false;
    }
    try {
      List<ClosedSegment> segments = next();
      if (!fits(segments)) {
        state = JournalStats.FoldState.NO_ROOM;
        return false;
      }
      state = JournalStats.FoldState.FOLDING;
      fold(segments);
      folds.incrementAndGet();
      return false;
    } catch (IOException | MVStoreException | JournalException e) {
      state = JournalStats.FoldState.FAILED;
      Log.warning("Folding the journal in " + disk.location() + " failed; the log stays", e);
      return true;
    }
  }

  private boolean due() {
    long bytes = files.closedBytes();
    return bytes > Math.max(config.files().foldStartBytes(), files.checkpointBytes() / 2)
        || files.closed().size() > SEGMENTS_MAX;
  }

  private List<ClosedSegment> next() {
    ArrayList<ClosedSegment> segments = new ArrayList<>();
    long bytes = 0;
    for (ClosedSegment segment : files.closed()) {
      if (!segments.isEmpty() && bytes + segment.bytes() > config.files().foldMaxBytes()) {
        break;
      }
      segments.add(segment);
      bytes += segment.bytes();
    }
    return segments;
  }

  /**
   * The old and the new checkpoint are on disk together, and commits still need room beside them.
   */
  private boolean fits(List<ClosedSegment> segments) throws IOException {
    long bytes = files.checkpointBytes() + config.space().lowWaterBytes() / 2;
    for (ClosedSegment segment : segments) {
      bytes += segment.bytes();
    }
    return disk.usableBytes() >= bytes;
  }

  private void fold(List<ClosedSegment> segments) throws IOException {
    @Nullable Checkpoint base = files.checkpoint();
    LogImage image = new LogImage(identity, base);
    for (ClosedSegment segment : segments) {
      load(segment, image);
    }
    long number = base == null ? 1 : base.number() + 1;
    CheckpointWriter.write(disk, identity, number, segments.getLast(), image, budget);
    files.folded(Checkpoint.open(disk, number), segments);
  }

  private void load(ClosedSegment segment, LogImage image) {
    if (segment.empty()) {
      return;
    }
    try (SegmentReader reader = SegmentReader.open(disk, segment.number())) {
      long[] unspent = new long[1];
      long last =
          reader.read(
              segment.firstBatch(),
              segment.lastBatch(),
              (number, bytes) -> {
                image.add(bytes);
                unspent[0] += bytes.length;
                if (unspent[0] >= SPEND_BYTES) {
                  budget.spend(unspent[0]);
                  unspent[0] = 0;
                }
                return true;
              });
      if (last != segment.lastBatch()) {
        throw new JournalException.Corrupt(
            Format.segmentFile(segment.number())
                + " can be read up to batch "
                + last
                + " only, it was written up to "
                + segment.lastBatch());
      }
    }
  }
}
