package io.xcron.http;

import io.xcron.model.Task;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.TreeSet;
import java.util.UUID;

/**
 * From an Idempotency-Key to the id that all requests with this key share, and from a body to what
 * tells it from another.
 */
final class Idempotency {
  private static final int MAX_KEY_LENGTH = 255;

  private Idempotency() {}

  /** The same for a caller: whoever sees some namespaces only shares keys with nobody else. */
  static String idOf(String key, Caller caller) {
    return caller.everywhere()
        ? idOf(key)
        : idOf(key, String.join(",", new TreeSet<>(caller.namespaces())) + '\0');
  }

  static String idOf(String key) {
    return idOf(key, "");
  }

  private static String idOf(String key, String among) {
    boolean printable = !key.isBlank() && key.length() <= MAX_KEY_LENGTH;
    for (int i = 0; i < key.length() && printable; i++) {
      printable = key.charAt(i) >= ' ' && key.charAt(i) <= '~';
    }
    if (!printable) {
      throw Problem.invalid(
          "Idempotency-Key", "must have 1 to " + MAX_KEY_LENGTH + " printable ASCII characters");
    }
    return idFrom("xcron idempotency\0" + among + key);
  }

  /** An id that the same text always comes to, and no other. */
  static String idFrom(String text) {
    ByteBuffer hash = ByteBuffer.wrap(sha256(text.getBytes(StandardCharsets.UTF_8)));
    // A UUID of version 8: its bits are ours to choose.
    long high = (hash.getLong() & ~0xF000L) | 0x8000L;
    long low = (hash.getLong() & ~(0b11L << 62)) | (0b10L << 62);
    return new UUID(high, low).toString();
  }

  /**
   * The digest of a definition in its canonical form, so that white space and the order of fields
   * do not count.
   */
  static byte[] digestOf(Task task) {
    return sha256(
        Json.bytes(
            json -> {
              json.writeStartObject();
              TaskWriter.writeDefinition(json, task, true);
              json.writeEndObject();
            }));
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
