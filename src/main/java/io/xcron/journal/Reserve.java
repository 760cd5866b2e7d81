package io.xcron.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** A file of zeros, really written, that is given back to the file system when the disk is full. */
final class Reserve {
  private static final int STEP = 1 << 20;

  private final Disk disk;
  private final long bytes;
  private boolean held;

  Reserve(Disk disk, long bytes) throws IOException {
    this.disk = disk;
    this.bytes = bytes;
    held = disk.list().contains(Format.RESERVE) && disk.size(Format.RESERVE) >= bytes;
  }

  long bytes() {
    return bytes;
  }

  synchronized boolean held() {
    return held;
  }

  /** Writes the file if it is not there; leaves nothing behind when that fails. */
  synchronized void create() throws IOException {
    if (held) {
      return;
    }
    boolean whole = false;
    try (FileChannel channel = disk.open(Format.RESERVE, true)) {
      ByteBuffer zeros = ByteBuffer.allocateDirect(STEP);
      long at = 0;
      while (at < bytes) {
        zeros.clear().limit((int) Math.min(STEP, bytes - at));
        at += channel.write(zeros, at);
      }
      channel.force(true);
      whole = true;
    } finally {
      if (!whole) {
        disk.delete(Format.RESERVE);
      }
    }
    held = true;
  }

  /** Gives the room back; true if there was any to give. */
  synchronized boolean release() throws IOException {
    if (!held) {
      return false;
    }
    disk.delete(Format.RESERVE);
    held = false;
    return bytes > 0;
  }
}
