package io.xcron.target;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The first {@value #HEAD_BYTES} and the last {@value #TAIL_BYTES} bytes of what a command writes.
 * What lies between is counted and forgotten, so that a command that never stops writing costs no
 * more memory than this, and is never held up.
 */
final class ShellOutput implements CommandOutput {
  static final int HEAD_BYTES = 4_096;
  static final int TAIL_BYTES = 12_288;

  private final byte[] head = new byte[HEAD_BYTES];
  private byte[] tail = new byte[0];
  private long written;
  private boolean ended;

  synchronized void append(byte[] bytes, int length) {
    int offset = 0;
    if (written < HEAD_BYTES) {
      offset = (int) Math.min(length, HEAD_BYTES - written);
      System.arraycopy(bytes, 0, head, (int) written, offset);
      written += offset;
    }
    if (offset < length && tail.length == 0) {
      tail = new byte[TAIL_BYTES];
    }
    while (offset < length) {
      int at = (int) ((written - HEAD_BYTES) % TAIL_BYTES);
      int count = Math.min(length - offset, TAIL_BYTES - at);
      System.arraycopy(bytes, offset, tail, at, count);
      offset += count;
      written += count;
    }
  }

  synchronized void end() {
    ended = true;
  }

  /** Whether more was written than is kept. */
  synchronized boolean cut() {
    return tailStart() > HEAD_BYTES;
  }

  /** What is kept, read as UTF-8 whatever it is, with a line in the place of what is not. */
  synchronized String text() {
    String begin = text(0, Math.min(written, HEAD_BYTES), cut());
    if (written <= HEAD_BYTES) {
      return begin;
    }
    long start = tailStart();
    if (start == HEAD_BYTES) {
      return text(0, written, false);
    }
    long whole = wholeFrom(start);
    return begin
        + "\n[xcron: "
        + (start - HEAD_BYTES)
        + " bytes are not kept]\n"
        + text(whole, written, false);
  }

  @Override
  public synchronized Chunk read(long from) {
    long start = Math.clamp(from, 0, written);
    long begin = start;
    long end = written;
    if (cut() && start < tailStart()) {
      long headEnd = start < HEAD_BYTES ? wholeUntil(start, HEAD_BYTES) : start;
      if (headEnd > start) {
        end = headEnd;
      } else {
        begin = wholeFrom(tailStart());
      }
    }
    long stop = ended || end < written ? end : wholeUntil(begin, end);
    return new Chunk(text(begin, stop, false), begin - start, stop, ended && stop == written);
  }

  /** All that is kept from this byte on, as it was written; what lies between is left out. */
  synchronized OutputPiece piece(long from) {
    long begin = Math.clamp(from, 0, written);
    long end = written;
    if (cut() && begin < tailStart()) {
      if (begin < HEAD_BYTES) {
        end = HEAD_BYTES;
      } else {
        begin = tailStart();
      }
    }
    byte[] bytes = new byte[(int) (end - begin)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = at(begin + i);
    }
    return new OutputPiece(begin, bytes);
  }

  /**
   * Takes a piece of another one that this is a copy of. A gap is left only before what the other
   * one still keeps of its end, so that this one keeps the same.
   */
  synchronized void take(OutputPiece piece) {
    if (piece.from() > written) {
      written = Math.max(written, piece.from());
      if (tail.length == 0) {
        tail = new byte[TAIL_BYTES];
      }
    }
    int known = (int) (written - piece.from());
    if (known < piece.bytes().length) {
      byte[] more = Arrays.copyOfRange(piece.bytes(), known, piece.bytes().length);
      append(more, more.length);
    }
  }

  synchronized long written() {
    return written;
  }

  private long tailStart() {
    return Math.max(HEAD_BYTES, written - TAIL_BYTES);
  }

  private byte at(long position) {
    return position < HEAD_BYTES
        ? head[(int) position]
        : tail[(int) ((position - HEAD_BYTES) % TAIL_BYTES)];
  }

  private String text(long from, long to, boolean trimmed) {
    long end = trimmed ? wholeUntil(from, to) : to;
    byte[] bytes = new byte[(int) (end - from)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = at(from + i);
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The first position from here on that does not lie within a character. */
  private long wholeFrom(long position) {
    long at = position;
    while (at < written && at < position + 3 && (at(at) & 0xC0) == 0x80) {
      at++;
    }
    return at;
  }

  /** The last position up to {@code to} that does not lie within a character. */
  private long wholeUntil(long from, long to) {
    for (long at = to - 1; at >= from && at >= to - 3; at--) {
      int b = at(at) & 0xFF;
      if (b < 0x80) {
        return to;
      }
      if (b >= 0xC0) {
        int length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
        return at + length > to ? at : to;
      }
    }
    return to;
  }
}
