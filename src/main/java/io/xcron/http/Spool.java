package io.xcron.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the answers of an import until its request has been read: a client that sends everything
 * before it reads anything would otherwise wait for us while we wait for it. The first megabyte is
 * kept in memory, the rest in a temporary file.
 */
final class Spool implements AutoCloseable {
  private static final int IN_MEMORY = 1 << 20;

  private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
  private @Nullable Path file;
  private @Nullable OutputStream out;

  void write(byte[] bytes, int length) throws IOException {
    if (memory.size() + length > IN_MEMORY) {
      OutputStream target = out;
      if (target == null) {
        Path created = Files.createTempFile("xcron-import-", ".ndjson");
        file = created;
        target = Files.newOutputStream(created, StandardOpenOption.WRITE);
        out = target;
      }
      memory.writeTo(target);
      memory.reset();
    }
    memory.write(bytes, 0, length);
  }

  void transferTo(OutputStream target) throws IOException {
    OutputStream written = out;
    Path spooled = file;
    if (written != null && spooled != null) {
      written.flush();
      Files.copy(spooled, target);
    }
    memory.writeTo(target);
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
    }
    if (file != null) {
      Files.deleteIfExists(file);
    }
  }
}
