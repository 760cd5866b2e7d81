package io.xcron.journal;

import java.util.concurrent.TimeUnit;

/**
 * Says when a write or fsync does not return: a disk that hangs fails nobody, and keeps nothing. On
 * a thread of its own that asks nothing of the disk.
 */
final class StallWatch implements Runnable {
  /**
   * So long may the journal's thread be with the disk. Longer than what a busy disk needs for a
   * group of some megabytes, and short of the time after which the grants of its member run out.
   */
  private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Committer committer;
  private final CommitQueue queue;
  private final Health health;
  private final ByteBudget pacer = new ByteBudget(Long.MAX_VALUE);

  StallWatch(Committer committer, CommitQueue queue, Health health) {
    this.committer = committer;
    this.queue = queue;
    this.health = health;
  }

  @Override
  public void run() {
    try {
      while (true) {
        boolean stalled = committer.busyNanos() > STALLED_NANOS;
        queue.stalled(stalled);
        health.stalled(stalled);
        pacer.pause(LOOK_NANOS);
      }
    } catch (ByteBudget.Stopped e) {
      // The journal closes: nothing to do.
      return;
    }
  }

  void stop() {
    pacer.stop();
  }
}
