package io.xcron.fire;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Identities for tracing. They must differ and need not be secret: one random salt for each
 * process, and SplitMix64 over it (Steele, Lea and Flood, 2014).
 */
final class TraceIds {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.ISO_8859_1);
  private static final long SALT = ThreadLocalRandom.current().nextLong();

  private TraceIds() {}

  static long mix(long value) {
    long z = value + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** One trace for a run, one span for each attempt. */
  static String traceparent(long runSeed, int attempt) {
    byte[] text = new byte[55];
    text[0] = '0';
    text[1] = '0';
    text[2] = '-';
    long high = mix(runSeed ^ SALT);
    putHex(text, 3, high);
    putHex(text, 19, mix(high));
    text[35] = '-';
    putHex(text, 36, mix(high + attempt) | 1);
    text[52] = '-';
    text[53] = '0';
    text[54] = '1';
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  private static void putHex(byte[] text, int offset, long value) {
    for (int i = 0; i < 16; i++) {
      text[offset + i] = HEX[(int) (value >>> (60 - 4 * i)) & 0xF];
    }
  }
}
