package io.xcron.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * The finished files: the checkpoint and the closed segments after it. The committer adds, the
 * folder replaces, a backup holds them.
 */
final class LogFiles {
  private final Disk disk;
  private final ReentrantReadWriteLock held = new ReentrantReadWriteLock();
  private final ArrayList<ClosedSegment> closed;
  private @Nullable Checkpoint checkpoint;

  LogFiles(Disk disk, @Nullable Checkpoint checkpoint, List<ClosedSegment> closed) {
    this.disk = disk;
    this.checkpoint = checkpoint;
    this.closed = new ArrayList<>(closed);
  }

  /** While it is locked no file is deleted. */
  ReentrantReadWriteLock.ReadLock hold() {
    return held.readLock();
  }

  synchronized @Nullable Checkpoint checkpoint() {
    return checkpoint;
  }

  synchronized List<ClosedSegment> closed() {
    return List.copyOf(closed);
  }

  synchronized void add(ClosedSegment segment) {
    closed.add(segment);
  }

  synchronized long closedBytes() {
    long bytes = 0;
    for (ClosedSegment segment : closed) {
      bytes += segment.bytes();
    }
    return bytes;
  }

  synchronized long checkpointBytes() {
    return checkpoint == null ? 0 : checkpoint.bytes();
  }

  /** The durable new checkpoint takes the place of the old one and of these segments. */
  void folded(Checkpoint next, List<ClosedSegment> segments) {
    held.writeLock().lock();
    try {
      @Nullable Checkpoint old;
      synchronized (this) {
        old = checkpoint;
        checkpoint = next;
        closed.removeAll(segments);
      }
      if (old != null) {
        old.close();
        delete(old.file());
      }
      for (ClosedSegment segment : segments) {
        delete(Format.segmentFile(segment.number()));
      }
    } finally {
      held.writeLock().unlock();
    }
  }

  private void delete(String file) {
    try {
      disk.delete(file);
    } catch (IOException e) {
      Log.warning("Could not delete " + file + "; the next open does", e);
    }
  }

  synchronized void close() {
    if (checkpoint != null) {
      checkpoint.close();
    }
  }
}
