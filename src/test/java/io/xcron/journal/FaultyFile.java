package io.xcron.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A file with a page cache that a power cut loses. Guarded by its disk. */
final class FaultyFile {
  /** A write or, with no bytes, a truncation, that no fsync has covered. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Pending(long at, byte[] bytes, boolean truncate) {}

  private byte[] cached = new byte[0];
  private int size;
  private byte[] durable = new byte[0];
  private int durableSize;
  private final List<Pending> pending = new ArrayList<>();

  int size() {
    return size;
  }

  int read(ByteBuffer target, long at) {
    if (at >= size) {
      return -1;
    }
    int length = (int) Math.min(target.remaining(), size - at);
    target.put(cached, (int) at, length);
    return length;
  }

  int write(ByteBuffer source, long at, int length) {
    byte[] bytes = new byte[length];
    source.get(bytes);
    pending.add(new Pending(at, bytes, false));
    int end = (int) at + length;
    if (end > cached.length) {
      cached = Arrays.copyOf(cached, Math.max(end, cached.length * 2));
    }
    System.arraycopy(bytes, 0, cached, (int) at, length);
    size = Math.max(size, end);
    return length;
  }

  void truncate(long to) {
    if (to < size) {
      pending.add(new Pending(to, new byte[0], true));
      Arrays.fill(cached, (int) to, size, (byte) 0);
      size = (int) to;
    }
  }

  void force() {
    for (Pending change : pending) {
      apply(change);
    }
    pending.clear();
  }

  /** As Linux does it: the pages count as clean from now on, but never reach the device. */
  void failForce() throws IOException {
    pending.clear();
    throw new IOException("Input/output error");
  }

  private void apply(Pending change) {
    if (change.truncate()) {
      if (change.at() < durableSize) {
        Arrays.fill(durable, (int) change.at(), durableSize, (byte) 0);
        durableSize = (int) change.at();
      }
      return;
    }
    int end = (int) change.at() + change.bytes().length;
    if (end > durable.length) {
      durable = Arrays.copyOf(durable, Math.max(end, durable.length * 2));
    }
    System.arraycopy(change.bytes(), 0, durable, (int) change.at(), change.bytes().length);
    durableSize = Math.max(durableSize, end);
  }

  /** Any of the changes that were not forced may have reached the device, one of them in part. */
  void losePower(Random random) {
    int keep = random.nextInt(3); // nothing, everything, or some
    for (Pending change : pending) {
      if (keep == 1 || (keep == 2 && random.nextBoolean())) {
        apply(tear(change, random));
      }
    }
    pending.clear();
    cached = Arrays.copyOf(durable, durable.length);
    size = durableSize;
  }

  private static Pending tear(Pending change, Random random) {
    if (change.truncate() || change.bytes().length <= 512 || random.nextInt(4) > 0) {
      return change;
    }
    int sectors = change.bytes().length / 512;
    return new Pending(
        change.at(), Arrays.copyOf(change.bytes(), 512 * random.nextInt(sectors)), false);
  }

  /** What a human would see. */
  byte[] bytes() {
    return Arrays.copyOf(cached, size);
  }
}
