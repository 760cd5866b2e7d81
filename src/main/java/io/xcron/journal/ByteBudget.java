package io.xcron.journal;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Slows the folder down to so many bytes a second, and stops it when the journal closes. */
final class ByteBudget {

  /** The journal closes: what was being written is given up. */
  static final class Stopped extends RuntimeException {
    Stopped() {
      super("the journal closes");
    }
  }

  private final long bytesPerSecond;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stop = lock.newCondition();
  private boolean stopped;
  private long freeAtNanos = System.nanoTime();

  ByteBudget(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Waits until these bytes are within the budget. */
  void spend(long bytes) {
    lock.lock();
    try {
      long now = System.nanoTime();
      // An idle time is not saved up: the next burst would disturb commits.
      freeAtNanos = Math.max(now, freeAtNanos) + (long) (bytes * 1e9 / bytesPerSecond);
      await(freeAtNanos);
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a time. */
  void pause(long nanos) {
    lock.lock();
    try {
      await(System.nanoTime() + nanos);
    } finally {
      lock.unlock();
    }
  }

  private void await(long deadlineNanos) {
    while (!stopped) {
      long left = deadlineNanos - System.nanoTime();
      if (left <= 0) {
        return;
      }
      try {
        stop.awaitNanos(Math.min(left, TimeUnit.SECONDS.toNanos(60)));
      } catch (InterruptedException e) {
        throw new Stopped();
      }
    }
    throw new Stopped();
  }

  void stop() {
    lock.lock();
    try {
      stopped = true;
      stop.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean stopped() {
    lock.lock();
    try {
      return stopped;
    } finally {
      lock.unlock();
    }
  }
}
