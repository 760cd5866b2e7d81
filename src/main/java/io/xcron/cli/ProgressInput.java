package io.xcron.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.function.IntConsumer;

/** Tells of each tenth of a large file that was read. */
final class ProgressInput extends FilterInputStream {
  /** A smaller file is read before anybody wonders. */
  static final long LARGE = 4 << 20;

  private static final int STEPS = 10;

  private final long size;
  private final IntConsumer percent;
  private long read;
  private int told;

  /**
   * Reads a file.
   *
   * @param size its length in bytes; nothing is told below {@link #LARGE}
   * @param percent told 10, 20, and so on to 100, once each
   */
  ProgressInput(InputStream in, long size, IntConsumer percent) {
    super(in);
    this.size = size;
    this.percent = percent;
  }

  @Override
  public int read() throws IOException {
    int one = super.read();
    count(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int some = super.read(bytes, offset, length);
    count(Math.max(0, some));
    return some;
  }

  private void count(int bytes) {
    read += bytes;
    while (size >= LARGE && told < STEPS && read >= size * (told + 1) / STEPS) {
      told++;
      percent.accept(100 / STEPS * told);
    }
  }
}
