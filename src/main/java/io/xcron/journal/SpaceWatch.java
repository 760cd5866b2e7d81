package io.xcron.journal;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Asks for usable space, says when it is low, and takes the reserve back when there is room. */
final class SpaceWatch implements Runnable {
  private final Disk disk;
  private final JournalConfig config;
  private final Reserve reserve;
  private final Health health;
  private final ByteBudget pacer = new ByteBudget(Long.MAX_VALUE);
  private boolean failing;

  SpaceWatch(Disk disk, JournalConfig config, Reserve reserve, Health health) {
    this.disk = disk;
    this.config = config;
    this.reserve = reserve;
    this.health = health;
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
