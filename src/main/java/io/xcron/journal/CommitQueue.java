package io.xcron.journal;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where appends gather until the committer takes them as one group. Two groups take turns: one
 * fills while the other is written. Bounded by {@link JournalConfig.Commits#queueBytes()} each; at
 * the limit an append waits for its turn up to {@link JournalConfig.Commits#appendWait()} and is
 * then refused.
 */
final class CommitQueue {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition work = lock.newCondition();
  private final Condition room = lock.newCondition();
  private final LivePartitions partitions;
  private final int queueBytes;
  private final long appendWaitNanos;

  private Group filling = new Group();
  private Group spare = new Group();
  private @Nullable Group committing;
  private long appended;
  private long durable;
  private long refused;
  private boolean accepting = true;
  private boolean waiting;
  private boolean closing;

  /** The disk does not answer: nobody waits for room, which it alone could give. */
  private volatile boolean stalled;

  CommitQueue(JournalConfig config, LivePartitions partitions) {
    this.partitions = partitions;
    queueBytes = config.commits().queueBytes();
    appendWaitNanos = config.commits().appendWait().toNanos();
  }

  long entry(
      byte type,
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
    int size = Frames.entryBytes(keyLength, valueLength);
    lock.lock();
    try {
      if (!partitions.admitsEntry(partition) || !hasRoom(size)) {
        return refuse(partition);
      }
      if (!partitions.admitsEntry(partition)) { // it may have changed while waiting for room
        return refuse(partition);
      }
      int at = filling.add(size, appended + 1);
      Frames.writeEntry(
          filling.bytes(),
          at,
          type,
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
      return appended();
    } finally {
      lock.unlock();
    }
  }

  long copyBegin(int partition, long epoch) {
    lock.lock();
    try {
      if (!hasRoom(Frames.EPOCH_FRAME_BYTES)) {
        return refuse(partition);
      }
      int at = filling.add(Frames.EPOCH_FRAME_BYTES, appended + 1);
      Frames.writeEpoch(filling.bytes(), at, Frames.COPY_BEGIN, partition, epoch);
      partitions.copyBegun(partition);
      return appended();
    } finally {
      lock.unlock();
    }
  }

  long copyEnd(int partition, long epoch, long sequence) {
    lock.lock();
    try {
      if (!partitions.admitsCopyEnd(partition)
          || !hasRoom(Frames.COPY_END_BYTES)
          || !partitions.admitsCopyEnd(partition)) {
        return refuse(partition);
      }
      int at = filling.add(Frames.COPY_END_BYTES, appended + 1);
      Frames.writeCopyEnd(filling.bytes(), at, partition, epoch, sequence);
      partitions.copyEnded(partition);
      return appended();
    } finally {
      lock.unlock();
    }
  }

  long drop(int partition) {
    lock.lock();
    try {
      if (!hasRoom(Frames.DROP_BYTES)) {
        return refuse(partition);
      }
      Frames.writeDrop(filling.bytes(), filling.add(Frames.DROP_BYTES, appended + 1), partition);
      partitions.dropped(partition);
      return appended();
    } finally {
      lock.unlock();
    }
  }

  long epoch(int partition, long epoch) {
    lock.lock();
    try {
      if (!hasRoom(Frames.EPOCH_FRAME_BYTES)) {
        return refuse();
      }
      int at = filling.add(Frames.EPOCH_FRAME_BYTES, appended + 1);
      Frames.writeEpoch(filling.bytes(), at, Frames.EPOCH, partition, epoch);
      return appended();
    } finally {
      lock.unlock();
    }
  }

  long reserve(Reservation reservation) {
    lock.lock();
    try {
      int bytes = Frames.reserveBytes(reservation);
      if (!hasRoom(bytes)) {
        return refuse();
      }
      int at = filling.add(bytes, appended + 1);
      Frames.writeReserve(filling.bytes(), at, reservation);
      return appended();
    } finally {
      lock.unlock();
    }
  }

  /** The process starts: before everything else. */
  void start() {
    lock.lock();
    try {
      Frames.writeStart(filling.bytes(), filling.add(Frames.START_BYTES, appended + 1));
      appended();
    } finally {
      lock.unlock();
    }
  }

  void stalled(boolean now) {
    stalled = now;
  }

  private long appended() {
    if (waiting) {
      waiting = false;
      work.signal();
    }
    return ++appended;
  }

  private long refuse(int partition) {
    partitions.refused(partition);
    return refuse();
  }

  private long refuse() {
    refused++;
    return AppendLog.REFUSED;
  }

  private boolean hasRoom(int size) {
    long left = stalled ? 0 : appendWaitNanos;
    boolean interrupted = false;
    while (accepting && !closing && !fits(size) && left > 0) {
      try {
        left = room.awaitNanos(left);
      } catch (InterruptedException e) {
        interrupted = true;
        left = 0;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return accepting && !closing && fits(size);
  }

  private boolean fits(int size) {
    return filling.isEmpty() || filling.length() + size <= queueBytes;
  }

  void whenDurable(long position, DurabilityCallback callback) {
    Durability known;
    lock.lock();
    try {
      if (position > appended) {
        throw new IllegalArgumentException("Nothing was appended at " + position);
      }
      if (position < 0) {
        known = Durability.REFUSED;
      } else if (position <= durable) {
        known = Durability.DURABLE;
      } else if (!accepting) {
        known = Durability.UNKNOWN;
      } else {
        Group group =
            committing != null && position <= committing.lastPosition() ? committing : filling;
        group.await(callback);
        return;
      }
    } finally {
      lock.unlock();
    }
    call(callback, known);
  }

  /**
   * Waits for frames, lets company gather, and takes them; null at the deadline, when asked to look
   * up, or when closing with nothing left.
   */
  @Nullable Group take(long gatherNanos, long deadlineNanos, BooleanSupplier lookUp) {
    lock.lock();
    try {
      while (filling.isEmpty()) {
        long left = deadlineNanos - System.nanoTime();
        if (closing || left <= 0 || lookUp.getAsBoolean()) {
          return null;
        }
        waiting = true;
        await(left);
      }
      waiting = false;
      long until = filling.firstNanos() + gatherNanos;
      while (!closing && filling.length() < queueBytes / 2) {
        long left = until - System.nanoTime();
        if (left <= 0) {
          break;
        }
        await(left);
      }
      Group taken = filling;
      filling = spare;
      committing = taken;
      room.signalAll();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // every caller loops
  private void await(long nanos) {
    try {
      work.awaitNanos(Math.min(nanos, TimeUnit.SECONDS.toNanos(60)));
    } catch (InterruptedException e) {
      // Nobody has a reason to interrupt the journal's thread, and an interrupt would close its
      // files.
      Log.warning("The journal's thread was interrupted and goes on", e);
    }
  }

  /** The group that was taken is as durable as the policy asks. */
  void committed(Group group) {
    List<DurabilityCallback> callbacks;
    lock.lock();
    try {
      durable = group.lastPosition();
      callbacks = group.takeCallbacks();
      committing = null;
      group.clear();
      spare = group;
    } finally {
      lock.unlock();
    }
    for (DurabilityCallback callback : callbacks) {
      call(callback, Durability.DURABLE);
    }
  }

  /**
   * The journal has failed: refuses from now on, tells all who wait, and hands over what was
   * accepted and not written yet.
   *
   * @param nextBatch number for the first batch of what was not taken yet
   */
  List<Batch> failed(long nextBatch) {
    List<DurabilityCallback> taken = List.of();
    List<DurabilityCallback> queued;
    List<Batch> rest;
    lock.lock();
    try {
      accepting = false;
      Group group = committing;
      if (group != null) {
        taken = group.takeCallbacks();
        committing = null;
        group.clear();
        spare = group;
      }
      queued = filling.takeCallbacks();
      rest = filling.seal(nextBatch);
      filling.clear();
      room.signalAll();
    } finally {
      lock.unlock();
    }
    for (DurabilityCallback callback : taken) {
      call(callback, Durability.UNKNOWN);
    }
    for (DurabilityCallback callback : queued) {
      call(callback, Durability.UNKNOWN);
    }
    return rest;
  }

  /** Everything that was accepted is durable now; accepts again. */
  void recovered() {
    lock.lock();
    try {
      durable = appended;
      accepting = !closing;
    } finally {
      lock.unlock();
    }
  }

  private static void call(DurabilityCallback callback, Durability outcome) {
    try {
      callback.ended(outcome);
    } catch (RuntimeException e) {
      // One caller's fault must not keep the others waiting.
      Log.warning("A durability callback failed", e);
    }
  }

  /** Refuses from now on; what was accepted is still taken and committed. */
  void close() {
    lock.lock();
    try {
      closing = true;
      work.signal();
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets the committer wait between tries, unless the journal closes. */
  void pause(long nanos) {
    lock.lock();
    try {
      long deadline = System.nanoTime() + nanos;
      long left = nanos;
      while (!closing && left > 0) {
        await(left);
        left = deadline - System.nanoTime();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Wakes the committer. */
  void wake() {
    lock.lock();
    try {
      waiting = false;
      work.signal();
    } finally {
      lock.unlock();
    }
  }

  boolean closing() {
    lock.lock();
    try {
      return closing;
    } finally {
      lock.unlock();
    }
  }

  boolean behind(int partition) {
    lock.lock();
    try {
      return partitions.behind(partition);
    } finally {
      lock.unlock();
    }
  }

  /** Frames accepted, appends refused, bytes queued. */
  record Figures(long appended, long refused, long queuedBytes) {}

  Figures figures() {
    lock.lock();
    try {
      long bytes = (long) filling.length() + (committing == null ? 0 : committing.length());
      return new Figures(appended, refused, bytes);
    } finally {
      lock.unlock();
    }
  }
}
