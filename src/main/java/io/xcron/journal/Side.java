package io.xcron.journal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A partition's content, or an unfinished copy: blocks in the checkpoint and frames after them. */
final class Side {

  /**
   * The blocks in the checkpoint.
   *
   * @param side 0 or 1, as in the block's key
   * @param blocks how many
   * @param entries how many in all of them
   */
  record Base(int partition, int side, int blocks, long entries) {}

  private static final long[] NO_FRAMES = {};

  private final @Nullable Base base;
  private long epoch;
  private long sequence;
  private long[] frames = NO_FRAMES;
  private int frameCount;
  private int puts;

  Side(@Nullable Base base, long epoch, long sequence) {
    this.base = base;
    this.epoch = epoch;
    this.sequence = sequence;
  }

  @Nullable Base base() {
    return base;
  }

  long epoch() {
    return epoch;
  }

  long sequence() {
    return sequence;
  }

  int frameCount() {
    return frameCount;
  }

  /** Where a frame is: the chunk's index in the image above, the offset within it below. */
  long frame(int index) {
    return frames[index];
  }

  void addEntry(long location, boolean put, long entryEpoch, long entrySequence) {
    if (frameCount == frames.length) {
      frames = Arrays.copyOf(frames, Math.max(16, frameCount * 2));
    }
    frames[frameCount++] = location;
    if (put) {
      puts++;
    }
    raise(entryEpoch, entrySequence);
  }

  void raise(long toEpoch, long toSequence) {
    if (toEpoch > epoch || (toEpoch == epoch && toSequence > sequence)) {
      epoch = toEpoch;
      sequence = toSequence;
    }
  }

  long entriesAtMost() {
    return (base == null ? 0 : base.entries()) + puts;
  }
}
