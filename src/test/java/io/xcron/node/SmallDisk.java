package io.xcron.node;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory of so many megabytes, which only the processes see that enter its mount
 * namespace. It goes with the process that holds it, whatever becomes of the test.
 */
final class SmallDisk implements AutoCloseable {
  private static final int BLOCK = 1 << 20;

  private final Process holder;
  private final Path directory;

  private SmallDisk(Process holder, Path directory) {
    this.holder = holder;
    this.directory = directory;
  }

  /** Mounts one at a directory that exists; null where that is not allowed. */
  static @Nullable SmallDisk mount(Path directory, int megabytes) throws IOException {
    String script = "mount -t tmpfs -o size=" + megabytes + "m none " + directory;
    Process holder =
        new ProcessBuilder("unshare", "-m", "sh", "-c", script + " && echo ready && read end")
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader out = holder.inputReader();
    if ("ready".equals(out.readLine())) {
      return new SmallDisk(holder, directory);
    }
    holder.destroyForcibly();
    return null;
  }

  /** What lets a command see the disk. */
  List<String> prefix() {
    return List.of("nsenter", "-t", String.valueOf(holder.pid()), "-m");
  }

  /** The same file as it is reached from here. */
  private Path outside(String name) {
    return Path.of("/proc/" + holder.pid() + "/root" + directory.resolve(name));
  }

  /** Writes a file until there is no room for another block of it, then for another byte. */
  long fill(String name) {
    long written = 0;
    try (OutputStream out = Files.newOutputStream(outside(name))) {
      for (int block = BLOCK; block > 0; block = block == 1 ? 0 : block / 4) {
        written += fill(out, new byte[block]);
      }
    } catch (IOException full) {
      // Nothing is buffered: closing has nothing left to write.
      return written;
    }
    return written;
  }

  private static long fill(OutputStream out, byte[] block) {
    long written = 0;
    try {
      while (true) {
        out.write(block);
        written += block.length;
      }
    } catch (IOException full) {
      return written;
    }
  }

  void delete(String name) {
    try {
      Files.delete(outside(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    holder.destroyForcibly().onExit().join();
  }
}
