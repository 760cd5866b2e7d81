package io.xcron.journal;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Asks for usable space, says when it is low, takes the reserve back when there is room, and says
 * when a write or fsync does not return: a disk that hangs fails nobody, and keeps nothing.
 */
final class DiskWatch implements Runnable {
  /**
   * So long may the journal's thread be with the disk. Longer than what a busy disk needs for a
   * group of some megabytes, and short of the time after which the grants of its member run out.
   */
  private static final long STALLED_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Disk disk;
  private final JournalConfig config;
  private final Reserve reserve;
  private final Health health;
  private final LongSupplier busyNanos;
  private final ByteBudget pacer = new ByteBudget(Long.MAX_VALUE);
  private boolean failing;

  DiskWatch(
      Disk disk, JournalConfig config, Reserve reserve, Health health, LongSupplier busyNanos) {
    this.disk = disk;
    this.config = config;
    this.reserve = reserve;
    this.health = health;
    this.busyNanos = busyNanos;
  }

  @Override
  public void run() {
    try {
      while (true) {
        look();
        pacer.pause(Math.max(config.space().poll().toNanos(), TimeUnit.MILLISECONDS.toNanos(1)));
      }
    } catch (ByteBudget.Stopped e) {
      // The journal closes: nothing to do.
      return;
    }
  }

  void stop() {
    pacer.stop();
  }

  /** One look. While the journal is closed its committer looks instead. */
  void look() {
    health.stalled(busyNanos.getAsLong() > STALLED_NANOS);
    if (!health.state().accepts()) {
      return;
    }
    try {
      long usable = disk.usableBytes();
      if (!reserve.held() && usable >= config.space().lowWaterBytes() + reserve.bytes()) {
        reserve.create();
        usable = disk.usableBytes();
      }
      health.low(!reserve.held() || usable < config.space().lowWaterBytes());
      failing = false;
    } catch (IOException e) {
      health.low(true); // not knowing is no reason to accept more
      if (!failing) {
        failing = true;
        Log.warning("Cannot look after the disk space of " + disk.location(), e);
      }
    }
  }
}
