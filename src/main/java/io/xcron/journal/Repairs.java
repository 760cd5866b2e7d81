package io.xcron.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Takes bytes out of the log without destroying them. */
final class Repairs {
  private static final int STEP = 1 << 20;

  private Repairs() {}

  /** Moves the bytes past a length to a file of their own. */
  static void cutTail(Disk disk, String file, long length) throws IOException {
    try (FileChannel from = disk.open(file, true)) {
      copy(disk, from, length, freeName(disk, file));
      from.truncate(length);
      from.force(true);
    }
    disk.syncDirectory();
    Log.info(
        "Cut "
            + disk.location()
            + "/"
            + file
            + " back to "
            + length
            + " bytes; the rest is set aside");
  }

  /** Renames a file so that it is never read again. */
  static void setAside(Disk disk, String file) throws IOException {
    disk.rename(file, freeName(disk, file));
    disk.syncDirectory();
  }

  private static String freeName(Disk disk, String file) throws IOException {
    String name = file + Format.CUT;
    for (int i = 2; disk.list().contains(name); i++) {
      name = file + "." + i + Format.CUT;
    }
    return name;
  }

  private static void copy(Disk disk, FileChannel from, long start, String target)
      throws IOException {
    try (FileChannel to = disk.open(target, true)) {
      ByteBuffer buffer = ByteBuffer.allocate(STEP);
      long at = start;
      while (from.read(buffer, at) > 0) {
        buffer.flip();
        at += buffer.limit();
        while (buffer.hasRemaining()) {
          to.write(buffer, at - start - buffer.remaining());
        }
        buffer.clear();
      }
    }
  }
}
