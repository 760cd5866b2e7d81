package io.xcron.grid;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * What is remembered of a creation under an idempotency key: enough to give the first answer again,
 * though the task may have changed or gone. It lies in a map of its own, beside the task's record.
 * A key that is only taken has no generation.
 *
 * @param digest of the request's body, in hexadecimal digits
 * @param expiresMillis from when on the key is as new
 */
record OnceRecord(
    String digest, long createdMillis, long nextMillis, long generation, long expiresMillis) {
  private static final byte FORMAT = 1;
  private static final int FIXED = 1 + 4 * Long.BYTES;

  static OnceRecord of(
      byte[] digest, long createdMillis, long nextMillis, long generation, long expiresMillis) {
    return new OnceRecord(
        HexFormat.of().formatHex(digest), createdMillis, nextMillis, generation, expiresMillis);
  }

  boolean sameBody(byte[] other) {
    return digest.equals(HexFormat.of().formatHex(other));
  }

  byte[] toBytes() {
    byte[] digestBytes = HexFormat.of().parseHex(digest);
    return ByteBuffer.allocate(FIXED + digestBytes.length)
        .put(FORMAT)
        .putLong(createdMillis)
        .putLong(nextMillis)
        .putLong(generation)
        .putLong(expiresMillis)
        .put(digestBytes)
        .array();
  }

  static OnceRecord read(byte[] payload) {
    ByteBuffer bytes = ByteBuffer.wrap(payload, Payload.CONTENT, payload.length - Payload.CONTENT);
    if (bytes.get() != FORMAT) {
      throw new IllegalArgumentException(
          "not the record of an idempotency key of format " + FORMAT);
    }
    long created = bytes.getLong();
    long next = bytes.getLong();
    long generation = bytes.getLong();
    long expires = bytes.getLong();
    byte[] digest = new byte[bytes.remaining()];
    bytes.get(digest);
    return of(digest, created, next, generation, expires);
  }
}
