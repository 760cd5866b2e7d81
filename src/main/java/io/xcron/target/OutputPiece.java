package io.xcron.target;

/** Bytes of an output, as they lie from one position on. The array must not be changed. */
final class OutputPiece {
  private final long from;
  private final byte[] bytes;

  OutputPiece(long from, byte[] bytes) {
    this.from = from;
    this.bytes = bytes;
  }

  long from() {
    return from;
  }

  byte[] bytes() {
    return bytes;
  }
}
