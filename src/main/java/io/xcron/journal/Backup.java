package io.xcron.journal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Copies finished files to another directory, with a mark that names the last batch in them. */
final class Backup {
  private static final int STEP = 1 << 20;

  private Backup() {}

  static void requireEmpty(Path target) throws IOException {
    Files.createDirectories(target);
    try (Stream<Path> files = Files.list(target)) {
      if (files.findAny().isPresent()) {
        throw new IllegalArgumentException("The target of a backup must be empty: " + target);
      }
    }
  }

  /** To be called while the files are held; copies those up to the mark's segment. */
  static JournalBackup copy(
      Disk disk,
      @Nullable Checkpoint checkpoint,
      List<ClosedSegment> closed,
      Mark.Position mark,
      Path target)
      throws IOException {
    long bytes = 0;
    if (checkpoint != null) {
      bytes += copy(disk, checkpoint.file(), target);
    }
    for (ClosedSegment segment : closed) {
      if (segment.number() <= mark.segment()) {
        bytes += copy(disk, Format.segmentFile(segment.number()), target);
      }
    }
    try (FileChannel channel =
        FileChannel.open(
            target.resolve(Format.MARK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      Mark.write(channel, mark);
      channel.force(true);
      bytes += channel.size();
    }
    try (FileChannel directory = FileChannel.open(target, StandardOpenOption.READ)) {
      directory.force(true);
    }
    return new JournalBackup(mark.batch(), bytes);
  }

  private static long copy(Disk disk, String file, Path target) throws IOException {
    try (FileChannel from = disk.open(file, false);
        FileChannel to =
            FileChannel.open(
                target.resolve(file), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.allocateDirect(STEP);
      long at = 0;
      while (from.read(buffer, at) > 0) {
        buffer.flip();
        at += buffer.limit();
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
        buffer.clear();
      }
      to.force(true);
      return at;
    }
  }
}
