package io.xcron.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The machine's wall clock, as the only reader of it sees it.
 *
 * <p>Fault tests step it without root's rights and without harm to others on the machine: when the
 * process was started with {@code -Dxcron.test.clock.offset-file=FILE}, the number of milliseconds
 * in that file is added, looked up again every 50 ms. Without the property no file is ever read.
 */
final class WallClock implements InstantSource {
  static final String OFFSET_FILE = "xcron.test.clock.offset-file";

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Readings of both clocks that lie no further apart are taken at once. */
  private static final long QUICK_NANOS = 20_000;

  private static final int READINGS = 5;

  private static final WallClock MACHINE = new WallClock(offsetFile());

  private final @Nullable Path file;
  private volatile Offset offset = new Offset(System.nanoTime() - LOOK_NANOS, 0);

  private record Offset(long seenNanos, long millis) {}

  WallClock(@Nullable Path file) {
    this.file = file;
  }

  /** The one of this process. */
  static WallClock machine() {
    return MACHINE;
  }

  @Override
  public Instant instant() {
    return file == null ? Instant.now() : Instant.now().plusMillis(offsetMillis(file));
  }

  @Override
  public long millis() {
    long now = System.currentTimeMillis();
    return file == null ? now : now + offsetMillis(file);
  }

  /**
   * How far it is ahead of the monotonic clock. That changes when it is set, and while the machine
   * sleeps. The quickest of a few pairs of readings counts, as a pause between two is no distance.
   */
  long aheadNanos() {
    long ahead = 0;
    long quickest = Long.MAX_VALUE;
    for (int i = 0; i < READINGS && quickest > QUICK_NANOS; i++) {
      long before = System.nanoTime();
      Instant wall = instant();
      long taken = System.nanoTime() - before;
      if (taken < quickest) {
        quickest = taken;
        ahead = wall.getEpochSecond() * 1_000_000_000L + wall.getNano() - before;
      }
    }
    return ahead;
  }

  private long offsetMillis(Path path) {
    Offset last = offset;
    long nanos = System.nanoTime();
    if (nanos - last.seenNanos() < LOOK_NANOS) {
      return last.millis();
    }
    Offset next = new Offset(nanos, read(path, last.millis()));
    offset = next;
    return next.millis();
  }

  /** A file that is being written, or not there yet, leaves the clock as it is. */
  private static long read(Path path, long otherwise) {
    try {
      String text = Files.readString(path).strip();
      return text.isEmpty() ? otherwise : Long.parseLong(text);
    } catch (IOException | NumberFormatException e) {
      return otherwise;
    }
  }

  private static @Nullable Path offsetFile() {
    String path = System.getProperty(OFFSET_FILE);
    return path == null ? null : Path.of(path);
  }
}
