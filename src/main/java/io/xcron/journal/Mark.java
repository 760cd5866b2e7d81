package io.xcron.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Says what was acknowledged last, so that an open can tell a torn tail that nobody relied on from
 * acknowledged records that are gone. Written before each acknowledgement by one positional write,
 * without fsync: it survives a killed process, and after a power cut it may be older, never newer,
 * than what was forced.
 */
final class Mark implements AutoCloseable {
  private static final int MAGIC = 0x78636d31; // "xcm1"
  private static final int BYTES = 4 + 8 + 8 + 8 + 4;

  /**
   * The content.
   *
   * @param batch the last acknowledged batch
   * @param segment the segment that holds it
   * @param length of that file then
   */
  record Position(long batch, long segment, long length) {
    static final Position NOTHING = new Position(0, 0, 0);
  }

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BYTES);

  private Mark(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens the mark; a new one is durable before the first segment is, which it must be there for,
   * even if the process that made it was killed before it had synced it.
   */
  static Mark open(Disk disk) throws IOException {
    boolean missing = read(disk) == null;
    Mark mark = new Mark(disk.open(Format.MARK, true));
    boolean ready = false;
    try {
      if (missing) {
        mark.write(Position.NOTHING);
      }
      mark.sync();
      disk.syncDirectory();
      ready = true;
      return mark;
    } finally {
      if (!ready) {
        mark.close();
      }
    }
  }

  /** The position, or null if there is no file or it is damaged. */
  static @Nullable Position read(Disk disk) throws IOException {
    if (!disk.list().contains(Format.MARK)) {
      return null;
    }
    ByteBuffer bytes = ByteBuffer.allocate(BYTES);
    try (FileChannel channel = disk.open(Format.MARK, false)) {
      while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) > 0) {
        // reads on until the end
      }
    }
    if (bytes.hasRemaining() || bytes.getInt(0) != MAGIC) {
      return null;
    }
    if (bytes.getInt(BYTES - 4) != checksum(bytes.array())) {
      return null;
    }
    return new Position(bytes.getLong(4), bytes.getLong(12), bytes.getLong(20));
  }

  void write(Position position) throws IOException {
    write(channel, buffer, position);
  }

  static void write(FileChannel channel, Position position) throws IOException {
    write(channel, ByteBuffer.allocate(BYTES), position);
  }

  private static void write(FileChannel channel, ByteBuffer buffer, Position position)
      throws IOException {
    byte[] bytes = new byte[BYTES];
    Frames.intAt(bytes, 0, MAGIC);
    Frames.longAt(bytes, 4, position.batch());
    Frames.longAt(bytes, 12, position.segment());
    Frames.longAt(bytes, 20, position.length());
    Frames.intAt(bytes, BYTES - 4, checksum(bytes));
    buffer.clear().put(bytes).flip();
    while (buffer.hasRemaining()) {
      channel.write(buffer, buffer.position());
    }
  }

  void sync() throws IOException {
    channel.force(true);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private static int checksum(byte[] bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, BYTES - 4);
    return (int) crc.getValue();
  }
}
