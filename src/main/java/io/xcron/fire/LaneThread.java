package io.xcron.fire;

import io.xcron.model.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** The thread of a lane: sweeps, and sleeps until the next deadline. */
final class LaneThread {
  private static final Logger LOG = System.getLogger(LaneThread.class.getName());

  /** After a fault of ours: long enough not to fill the log, short enough to go on firing. */
  private static final long PAUSE_AFTER_FAULT_NANOS = 100_000_000;

  private final Lane lane;
  private final Time time;
  private final long longestSleepMillis;
  private final MillisecondEdge edge = new MillisecondEdge();
  private final Thread thread;
  private volatile boolean closed;

  LaneThread(Lane lane, int number, Time time, Duration longestSleep) {
    this.lane = lane;
    this.time = time;
    this.longestSleepMillis = longestSleep.toMillis();
    this.thread = Thread.ofPlatform().name("xcron-fire-" + number).daemon().unstarted(this::run);
    lane.onWake(() -> LockSupport.unpark(thread));
  }

  void start() {
    thread.start();
  }

  void close() {
    closed = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closed) {
      try {
        long now = time.nowMillis();
        long next = lane.sweep(now);
        if (next > now) {
          sleepUntil(next);
        }
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "a sweep failed; the lane goes on", e);
        LockSupport.parkNanos(PAUSE_AFTER_FAULT_NANOS);
      }
    }
  }

  private void sleepUntil(long nextMillis) {
    lane.sleepsUntil(nextMillis);
    long now = time.nowMillis();
    if (now < nextMillis && !lane.hasWorkBefore(nextMillis)) {
      long left = Math.min(longestSleepMillis, nextMillis - now);
      LockSupport.parkNanos(edge.nanosUntil(now, now + left, time.nanoTime()));
    }
    lane.sleepsUntil(Long.MIN_VALUE);
  }
}
