package io.xcron.journal;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.h2.mvstore.MVStoreException;
import org.jspecify.annotations.Nullable;

/**
 * The run store's one thread. It looks ten times a second, and writes when a hundred records wait,
 * when the oldest has waited for a second, or when a reader asks.
 */
final class RunStoreWriter implements Runnable {
  private static final int ENOUGH = 100;
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(900);

  /** How long nothing is tried after the disk has failed. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final RunQueue queue;
  private final RunStoreFiles files;
  private final RunStoreListener listener;
  private final Lock writeLock;
  private final LongSupplier nowMillis;
  private final long checkNanos;
  private final AtomicLong writtenBytes = new AtomicLong();
  private final AtomicLong commits = new AtomicLong();
  private final List<CompletableFuture<Void>> flushes = new ArrayList<>();
  private volatile boolean stopping;
  private volatile RunStoreFiles.@Nullable Left left;
  private boolean stopped;
  private long sequenceFloor;
  private long[] lastSequences = new long[512];
  private long writtenNanos;
  private long checkedNanos;
  private long failedNanos;
  private boolean failing;

  RunStoreWriter(
      RunQueue queue,
      RunStoreFiles files,
      RunStoreListener listener,
      Lock writeLock,
      LongSupplier nowMillis,
      long checkNanos) {
    this.queue = queue;
    this.files = files;
    this.listener = listener;
    this.writeLock = writeLock;
    this.nowMillis = nowMillis;
    this.checkNanos = checkNanos;
  }

  CompletableFuture<Void> flush() {
    CompletableFuture<Void> flush = new CompletableFuture<>();
    synchronized (flushes) {
      if (stopped) {
        flush.complete(null);
      } else {
        flushes.add(flush);
      }
    }
    return flush;
  }

  void stop() {
    stopping = true;
  }

  /** What earlier processes had left; null until it was read back, or if nobody will ask. */
  RunStoreFiles.@Nullable Left left() {
    return left;
  }

  /** Lets go of the memory that {@link #left} holds. */
  void forgetLeft() {
    left = null;
  }

  long writtenBytes() {
    return writtenBytes.get();
  }

  long commits() {
    return commits.get();
  }

  @Override
  public void run() {
    guarded(this::recover);
    writtenNanos = System.nanoTime();
    checkedNanos = writtenNanos;
    while (!stopping) {
      guarded(this::look);
      LockSupport.parkNanos(this, LOOK_NANOS);
    }
    guarded(this::look);
    synchronized (flushes) {
      stopped = true;
      flushes.forEach(flush -> flush.complete(null));
    }
  }

  /** Work on files. */
  private interface Work {
    void run() throws IOException;
  }

  private void guarded(Work work) {
    try {
      work.run();
    } catch (IOException | RuntimeException e) {
      if (!failing) {
        Log.warning("Run records cannot be kept; firing goes on, and what is lost is counted", e);
      }
      failing = true;
      failedNanos = System.nanoTime();
    }
  }

  private void recover() throws IOException {
    writeLock.lock();
    try {
      files.recover(nowMillis.getAsLong());
      left = listener.recounts() ? files.left() : null;
      sequenceFloor = files.maxSequence() + 1;
    } finally {
      writeLock.unlock();
    }
  }

  private void look() throws IOException {
    long nanos = System.nanoTime();
    List<CompletableFuture<Void>> asked;
    synchronized (flushes) {
      asked = List.copyOf(flushes);
      flushes.clear();
    }
    try {
      int waiting = queue.waiting(ENOUGH);
      if (waiting == 0) {
        writtenNanos = nanos;
      } else if (waiting >= ENOUGH
          || !asked.isEmpty()
          || stopping
          || nanos - writtenNanos >= LONGEST_NANOS) {
        writtenNanos = nanos;
        take(asked);
      }
    } finally {
      asked.forEach(flush -> flush.complete(null));
    }
    if (pausing(nanos)) {
      return;
    }
    long now = nowMillis.getAsLong();
    if (files.full(now)) {
      seal(now);
    } else if (nanos - checkedNanos >= checkNanos) {
      checkedNanos = nanos;
      retain(now);
    }
  }

  private boolean pausing(long nanos) {
    return failing && nanos - failedNanos < PAUSE_NANOS;
  }

  private void take(List<CompletableFuture<Void>> asked) throws IOException {
    List<byte[]> blocks = new ArrayList<>();
    List<byte[]> own = new ArrayList<>();
    long bytes = 0;
    int records = 0;
    for (RunQueue.Chunk chunk : queue.drain()) {
      tell(chunk);
      byte[] block = new byte[RunFrames.BLOCK_HEADER + chunk.size];
      System.arraycopy(chunk.bytes, 0, block, RunFrames.BLOCK_HEADER, chunk.size);
      sequence(block, chunk.sequenced);
      if (!chunk.sequenced) {
        own.add(block);
      }
      RunFrames.seal(block);
      blocks.add(block);
      bytes += chunk.size;
      records += chunk.records;
    }
    if (files.overfull()) {
      // The disk has refused the table for long: what waits is not kept, and the table is.
      files.lost(records);
      return;
    }
    writeLock.lock();
    try {
      files.add(blocks, nowMillis.getAsLong());
    } finally {
      writeLock.unlock();
    }
    own.forEach(this::tellNumbered);
    // Found from here on; readers need not wait for the disk.
    asked.forEach(flush -> flush.complete(null));
    boolean writes = false;
    try {
      writes = !pausing(System.nanoTime()) && files.room();
    } finally {
      if (!writes && !blocks.isEmpty()) {
        files.leaveLog();
      }
    }
    if (!writes) {
      return;
    }
    files.write(blocks);
    failing = false;
    writtenBytes.addAndGet(bytes);
    commits.incrementAndGet();
  }

  private void tell(RunQueue.Chunk chunk) {
    for (int at = 0; at < chunk.size; at += RunFrames.length(chunk.bytes, at)) {
      int payload = at + RunFrames.HEADER;
      int length = RunFrames.length(chunk.bytes, at) - RunFrames.HEADER;
      try {
        if (chunk.sequenced) {
          listener.copied(chunk.bytes, payload, length);
        } else {
          listener.taken(chunk.bytes, payload, length);
        }
      } catch (RuntimeException e) {
        Log.warning("A run record could not be counted", e);
      }
    }
  }

  private void tellNumbered(byte[] block) {
    for (int at = RunFrames.BLOCK_HEADER; at < block.length; at += RunFrames.length(block, at)) {
      try {
        listener.numbered(RunFrames.partition(block, at), block, at, RunFrames.length(block, at));
      } catch (RuntimeException e) {
        Log.warning("A run record could not be copied to another member", e);
      }
    }
  }

  /**
   * Numbers the frames: by the clock in microseconds, and always above the one before, so that
   * numbers grow across restarts and owners without being stored.
   */
  private void sequence(byte[] block, boolean sequenced) {
    long fromClock =
        Math.max(sequenceFloor, nowMillis.getAsLong() * RunStoreFiles.SEQUENCES_A_MILLI);
    for (int at = RunFrames.BLOCK_HEADER; at < block.length; at += RunFrames.length(block, at)) {
      int partition = RunFrames.partition(block, at);
      if (partition >= lastSequences.length) {
        lastSequences = Arrays.copyOf(lastSequences, partition * 2);
      }
      if (sequenced) {
        lastSequences[partition] =
            Math.max(lastSequences[partition], RunFrames.sequence(block, at));
      } else {
        long next = Math.max(lastSequences[partition] + 1, fromClock);
        lastSequences[partition] = next;
        RunFrames.sequence(block, at, next);
      }
    }
  }

  private void seal(long now) throws IOException {
    retain(now);
    if (!files.room()) {
      writeLock.lock();
      try {
        files.lost(files.table().count());
        files.forget();
      } finally {
        writeLock.unlock();
      }
      return;
    }
    try {
      RunStoreFile sealed = files.prepare(now);
      writeLock.lock();
      try {
        files.seal(sealed);
      } finally {
        writeLock.unlock();
      }
    } catch (MVStoreException e) {
      throw new IOException("a segment could not be written", e);
    }
    retain(now);
  }

  private void retain(long now) throws IOException {
    writeLock.lock();
    try {
      files.retain(now);
    } finally {
      writeLock.unlock();
    }
  }
}
