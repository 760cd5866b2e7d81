package io.xcron.model;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link ByteSink} wrote. */
final class ByteSource {
  private final byte[] bytes;
  private int position;

  ByteSource(byte[] bytes, int position) {
    this.bytes = bytes;
    this.position = position;
  }

  int getByte() {
    return bytes[position++] & 0xFF;
  }

  long getUnsigned() {
    long value = 0;
    int shift = 0;
    while (true) {
      byte next = bytes[position++];
      value |= (long) (next & 0x7F) << shift;
      if (next >= 0) {
        return value;
      }
      shift += 7;
    }
  }

  int getCount() {
    return Math.toIntExact(getUnsigned());
  }

  long getSigned() {
    long value = getUnsigned();
    return (value >>> 1) ^ -(value & 1);
  }

  String getText() {
    int length = getCount();
    String text = new String(bytes, position, length, StandardCharsets.UTF_8);
    position += length;
    return text;
  }

  /** Passes over a text; returns its length in bytes, which end at {@link #position}. */
  int skipText() {
    int length = getCount();
    position += length;
    return length;
  }

  byte[] bytes() {
    return bytes;
  }

  void skipOptionalText() {
    if (getByte() != 0) {
      skipText();
    }
  }

  @Nullable String getOptionalText() {
    return getByte() == 0 ? null : getText();
  }

  int position() {
    return position;
  }
}
