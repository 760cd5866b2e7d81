package io.xcron.http;

import java.io.IOException;
import java.io.InputStream;

/**
 * The lines of a stream, one at a time, in one buffer: a line's bytes are gone with the next. The
 * buffer grows with the longest line, up to the longest that is allowed; one longer than that is
 * read over and reported as such, so its memory is bounded whatever is sent.
 */
final class Lines {
  private static final int READ_AHEAD = 64 << 10;
  private static final int FIRST_BUFFER = 256 << 10;

  private final InputStream in;
  private final int maxLine;
  private byte[] buffer;
  private int position;
  private int limit;
  private int start;
  private int length;
  private long number;
  private boolean ended;
  private boolean tooLong;

  Lines(InputStream in, int maxLine) {
    this.in = in;
    this.maxLine = maxLine;
    this.buffer = new byte[Math.min(maxLine + READ_AHEAD, FIRST_BUFFER)];
  }

  /** Goes to the next line that is not blank; false at the end. */
  boolean next() throws IOException {
    while (readLine()) {
      trim();
      if (length > 0 || tooLong) {
        return true;
      }
    }
    return false;
  }

  private boolean readLine() throws IOException {
    tooLong = false;
    start = position;
    int scan = position;
    while (true) {
      for (; scan < limit; scan++) {
        if (buffer[scan] == '\n') {
          return line(scan, scan + 1);
        }
      }
      if (ended) {
        return (scan > start || tooLong) && line(scan, scan);
      }
      if (scan - start > maxLine) {
        tooLong = true;
        start = scan;
      }
      scan -= fill();
    }
  }

  /** Reads more behind what is there; says by how much what is there was moved. */
  private int fill() throws IOException {
    int moved = 0;
    if (buffer.length - limit < READ_AHEAD / 2) {
      moved = start;
      int most = maxLine + READ_AHEAD;
      boolean grows = limit - start > buffer.length / 2 && buffer.length < most;
      byte[] to = grows ? new byte[Math.min(2 * buffer.length, most)] : buffer;
      System.arraycopy(buffer, start, to, 0, limit - start);
      buffer = to;
      limit -= moved;
      start = 0;
    }
    int count = in.read(buffer, limit, buffer.length - limit);
    if (count < 0) {
      ended = true;
    } else {
      limit += count;
    }
    return moved;
  }

  private boolean line(int end, int following) {
    number++;
    length = end - start;
    tooLong |= length > maxLine;
    position = following;
    return true;
  }

  private void trim() {
    if (number == 1
        && length >= 3
        && buffer[start] == (byte) 0xEF
        && buffer[start + 1] == (byte) 0xBB
        && buffer[start + 2] == (byte) 0xBF) {
      start += 3;
      length -= 3;
    }
    while (length > 0 && isBlank(buffer[start + length - 1])) {
      length--;
    }
    while (length > 0 && isBlank(buffer[start])) {
      start++;
      length--;
    }
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t' || b == '\r';
  }

  byte[] buffer() {
    return buffer;
  }

  int start() {
    return start;
  }

  int length() {
    return length;
  }

  /** The line as text. */
  String text() {
    return Texts.utf8(buffer, start, length);
  }

  /** The number of the line, from 1, blank ones counted. */
  long number() {
    return number;
  }

  boolean tooLong() {
    return tooLong;
  }
}
