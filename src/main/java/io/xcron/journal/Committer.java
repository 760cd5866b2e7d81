package io.xcron.journal;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * The journal's thread: takes groups, writes and syncs them, acknowledges, begins new segments, and
 * after a failure writes again what is not known to be durable.
 */
final class Committer implements Runnable {
  /** More than this is never left without fsync, whatever the interval. */
  private static final long UNSYNCED_BYTES_MAX = 32 << 20;

  private static final long REWRITE_BYTES = 1 << 20;
  private static final long IDLE_NANOS = TimeUnit.HOURS.toNanos(1);

  /** An fsync failed: the file must not be synced again. */
  private static final class SyncFailed extends Exception {
    SyncFailed(Throwable cause) {
      super("fsync failed", cause);
    }
  }

  /** What the log is at a point between two groups. */
  record RollPoint(Mark.Position mark) {}

  private final Disk disk;
  private final JournalConfig config;
  private final JournalIdentity identity;
  private final CommitQueue queue;
  private final LogFiles files;
  private final Health health;
  private final Reserve reserve;
  private final Mark mark;
  private final CommitFigures figures;
  private final AtomicReference<@Nullable CompletableFuture<RollPoint>> rollRequest =
      new AtomicReference<>();

  /** Batches that are not known to be durable, in order; kept until they are. */
  private final ArrayDeque<Batch> undurable = new ArrayDeque<>();

  private long undurableBytes;
  private @Nullable Segment segment;
  private @Nullable Segment broken;
  private long nextBatch;
  private long lastSegmentNumber;
  private Mark.Position marked;
  private long syncDueNanos;
  private boolean failedFull;

  /** Since when it is with the disk; {@link Long#MIN_VALUE} while it is not. */
  private volatile long busySinceNanos = Long.MIN_VALUE;

  Committer(
      Disk disk,
      JournalConfig config,
      Opened opened,
      CommitQueue queue,
      LogFiles files,
      Health health,
      Reserve reserve,
      CommitFigures figures,
      Mark mark)
      throws IOException {
    this.disk = disk;
    this.config = config;
    this.identity = opened.identity();
    this.queue = queue;
    this.files = files;
    this.health = health;
    this.reserve = reserve;
    this.figures = figures;
    this.mark = mark;
    nextBatch = opened.lastBatch() + 1;
    lastSegmentNumber = opened.lastSegmentNumber() + 1;
    segment = Segment.create(disk, identity, lastSegmentNumber, nextBatch, Map.of());
    marked = new Mark.Position(opened.lastBatch(), lastSegmentNumber, segment.durableLength());
    mark.write(marked);
    mark.sync();
    figures.currentSegment(segment.length());
  }

  @Override
  public void run() {
    try {
      serve();
      finish();
    } catch (RuntimeException | Error e) {
      Log.warning("The journal's thread ends by a fault of the program", e);
      health.failed(JournalState.CLOSED_FAILED);
      queue.failed(nextBatch);
      throw e;
    } finally {
      CompletableFuture<RollPoint> request = rollRequest.getAndSet(null);
      if (request != null) {
        request.completeExceptionally(new IllegalStateException("The journal is closed"));
      }
    }
  }

  /** For how long the disk has not come back with an answer; 0 when nothing is asked of it. */
  long busyNanos() {
    long since = busySinceNanos;
    return since == Long.MIN_VALUE ? 0 : System.nanoTime() - since;
  }

  private void serve() {
    while (true) {
      busySinceNanos = System.nanoTime();
      Segment current = segment;
      if (current == null) {
        if (queue.closing()) {
          return;
        }
        busySinceNanos = Long.MIN_VALUE;
        queue.pause(config.space().retry().toNanos());
        tryToRecover();
        continue;
      }
      try {
        if (rollRequest.get() != null) {
          serveRollRequest(current);
          continue; // the segment is closed now, and there is another one
        }
        if (current.length() >= config.files().segmentBytes()) {
          roll(current);
          continue;
        }
        if (!undurable.isEmpty() && System.nanoTime() - syncDueNanos >= 0) {
          sync(current);
        }
      } catch (SyncFailed e) {
        fail(e);
        continue;
      } catch (MVStoreException | IOException e) {
        if (!reopenedAtOnce(e)) {
          fail(e);
        }
        continue;
      }
      busySinceNanos = Long.MIN_VALUE;
      long deadline = undurable.isEmpty() ? System.nanoTime() + IDLE_NANOS : syncDueNanos;
      Group group =
          queue.take(
              config.commits().gather().toNanos(), deadline, () -> rollRequest.get() != null);
      if (group != null) {
        busySinceNanos = System.nanoTime();
        commit(current, group);
      } else if (queue.closing()) {
        return;
      }
    }
  }

  private void commit(Segment current, Group group) {
    long started = System.nanoTime();
    int frameBytes = group.length();
    List<Batch> batches = group.seal(nextBatch);
    keep(batches);
    try {
      try {
        current.write(batches);
        if (config.commits().sync() == SyncPolicy.ALWAYS || undurableBytes > UNSYNCED_BYTES_MAX) {
          sync(current);
        }
        mark(current);
      } catch (MVStoreException e) {
        if (!reopenedAtOnce(e)) {
          fail(e);
          return;
        }
      }
    } catch (SyncFailed | IOException e) {
      fail(e);
      return;
    }
    Segment written = segment;
    figures.committed(
        frameBytes, System.nanoTime() - started, written == null ? 0 : written.length());
    queue.committed(group);
  }

  private void keep(Collection<Batch> batches) {
    if (undurable.isEmpty()) {
      syncDueNanos = System.nanoTime() + config.commits().syncInterval().toNanos();
    }
    for (Batch batch : batches) {
      undurable.add(batch);
      undurableBytes += batch.bytes().length;
    }
    nextBatch += batches.size();
  }

  private void durable() {
    undurable.clear();
    undurableBytes = 0;
  }

  private void sync(Segment current) throws SyncFailed {
    try {
      current.sync();
    } catch (MVStoreException e) {
      throw new SyncFailed(e);
    }
    durable();
  }

  private void mark(Segment current) throws IOException {
    marked = new Mark.Position(current.lastBatch(), current.number(), current.length());
    mark.write(marked);
  }

  /** Closes the segment and begins the next one. */
  private void roll(Segment current) throws SyncFailed, IOException {
    sync(current);
    segment = null;
    broken = current; // until it is closed
    ClosedSegment closed = current.close();
    broken = null;
    files.add(closed);
    Segment next = Segment.create(disk, identity, ++lastSegmentNumber, nextBatch, Map.of());
    segment = next;
    figures.currentSegment(next.length());
  }

  private void serveRollRequest(Segment current) throws SyncFailed, IOException {
    CompletableFuture<RollPoint> request = rollRequest.getAndSet(null);
    if (request == null) {
      return;
    }
    try {
      sync(current);
      mark(current);
      RollPoint point = new RollPoint(marked);
      roll(current);
      request.complete(point);
    } finally {
      if (!request.isDone()) {
        request.completeExceptionally(new IllegalStateException("The journal has failed"));
      }
    }
  }

  /** Asks for the log up to now in closed, durable segments. */
  CompletableFuture<RollPoint> requestRoll() {
    CompletableFuture<RollPoint> request = new CompletableFuture<>();
    if (!rollRequest.compareAndSet(null, request)) {
      throw new IllegalStateException("Another backup is being made");
    }
    if (queue.closing() || !health.state().accepts()) {
      rollRequest.compareAndSet(request, null);
      throw new IllegalStateException("The journal is " + health.state());
    }
    queue.wake();
    return request;
  }

  /** After a failed write: one try in the room that the reserve gives back. */
  private boolean reopenedAtOnce(Exception cause) {
    Log.warning("A write to the journal in " + disk.location() + " failed; reopening", cause);
    letGo();
    try {
      reserve.release();
      reopen();
    } catch (MVStoreException | IOException e) {
      Log.warning("Reopening the journal in " + disk.location() + " failed", e);
      return false;
    }
    health.low(!reserve.held());
    return true;
  }

  private void letGo() {
    if (segment != null) {
      broken = segment;
      segment = null;
    }
    if (broken != null) {
      broken.abandon();
    }
  }

  /** Stops accepting; what was accepted and is not durable stays in memory for the recovery. */
  private void fail(Exception cause) {
    letGo();
    failedFull = full(cause);
    JournalState state = failedFull ? JournalState.CLOSED_FULL : JournalState.CLOSED_FAILED;
    Log.warning("The journal in " + disk.location() + " is " + state, cause);
    health.failed(state);
    keep(queue.failed(nextBatch));
  }

  private boolean full(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      String message = t.getMessage();
      if (message != null && (message.contains("No space") || message.contains("quota"))) {
        return true;
      }
    }
    return false;
  }

  private void tryToRecover() {
    try {
      if (failedFull
          && disk.usableBytes() < 2 * undurableBytes + (reserve.held() ? 0 : reserve.bytes())) {
        return;
      }
      reopen();
    } catch (MVStoreException | IOException e) {
      // Expected while the disk is bad; the state says so, and the next try follows.
      return;
    }
    boolean low = true;
    try {
      reserve.create();
      low = disk.usableBytes() < config.space().lowWaterBytes();
    } catch (IOException e) {
      Log.warning("The journal goes on without a reserve", e);
    }
    Log.info("The journal in " + disk.location() + " has recovered");
    queue.recovered();
    health.recovered(low);
  }

  /**
   * Begins a new segment with everything that is not known to be durable. Of the broken one only
   * what a good fsync has covered still counts: after a failed fsync its cached pages may say what
   * the disk does not hold, so they are not asked.
   */
  private void reopen() throws IOException {
    Map<String, String> extra = Map.of();
    Segment left = broken;
    if (left != null) {
      left.abandon();
      left.cutBack(disk);
      extra =
          Map.of(
              StoreMeta.PREVIOUS,
              Long.toString(left.number()),
              StoreMeta.PREVIOUS_LENGTH,
              Long.toString(left.durableLength()));
    }
    long first = undurable.isEmpty() ? nextBatch : undurable.element().number();
    long number = ++lastSegmentNumber;
    Segment next = null;
    try {
      next = Segment.create(disk, identity, number, first, extra);
      rewrite(next);
      mark(next);
    } catch (MVStoreException | IOException e) {
      if (next != null) {
        next.abandon();
      }
      disk.delete(Format.segmentFile(number));
      throw e;
    }
    if (left != null) {
      files.add(left.durablePart());
      broken = null;
    }
    durable();
    segment = next;
    figures.recovered(next.length());
  }

  private void rewrite(Segment next) {
    ArrayList<Batch> part = new ArrayList<>();
    long bytes = 0;
    for (Batch batch : undurable) {
      part.add(batch);
      bytes += batch.bytes().length;
      if (bytes >= REWRITE_BYTES) {
        next.write(part);
        part.clear();
        bytes = 0;
      }
    }
    next.write(part);
    next.sync();
  }

  private void finish() {
    try {
      if (segment == null) {
        reopen(); // a last try to bring what is in memory to the disk
      }
      Segment current = segment;
      if (current != null) {
        sync(current);
        mark(current);
        current.close();
      }
    } catch (MVStoreException | IOException | SyncFailed e) {
      Log.warning("Closing the journal in " + disk.location() + " failed", e);
      letGo();
    } finally {
      queue.failed(nextBatch);
      health.shut();
    }
  }
}
