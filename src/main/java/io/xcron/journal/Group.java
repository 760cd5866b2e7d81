package io.xcron.journal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The frames of one group commit, with those who wait for it. Guarded by its owner. */
final class Group {
  private static final int START_BYTES = 256 << 10;
  private static final int KEEP_BYTES = 8 << 20;

  private byte[] bytes = new byte[START_BYTES];
  private int length;
  private int pieceStart;
  private int[] cuts = new int[64];
  private int cutCount;
  private long lastPosition;
  private long firstNanos;
  private ArrayList<DurabilityCallback> callbacks = new ArrayList<>();

  boolean isEmpty() {
    return length == 0;
  }

  int length() {
    return length;
  }

  long lastPosition() {
    return lastPosition;
  }

  /** When its first frame came. */
  long firstNanos() {
    return firstNanos;
  }

  /** Makes room for a frame and returns its offset in {@link #bytes}. */
  int add(int frameBytes, long position) {
    int at = length;
    if (at == 0) {
      firstNanos = System.nanoTime();
    }
    if (at > pieceStart && at + frameBytes - pieceStart > Format.BATCH_BYTES) {
      if (cutCount == cuts.length) {
        cuts = Arrays.copyOf(cuts, cutCount * 2);
      }
      cuts[cutCount++] = at;
      pieceStart = at;
    }
    if (at + frameBytes > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(at + frameBytes, bytes.length * 2));
    }
    length = at + frameBytes;
    lastPosition = position;
    return at;
  }

  byte[] bytes() {
    return bytes;
  }

  void await(DurabilityCallback callback) {
    callbacks.add(callback);
  }

  /** Takes those who wait. */
  List<DurabilityCallback> takeCallbacks() {
    ArrayList<DurabilityCallback> taken = callbacks;
    callbacks = new ArrayList<>();
    return taken;
  }

  /** Seals the frames as batches, numbered from the given number on. */
  List<Batch> seal(long firstNumber) {
    ArrayList<Batch> batches = new ArrayList<>(cutCount + 1);
    int from = 0;
    for (int i = 0; i <= cutCount; i++) {
      int to = i < cutCount ? cuts[i] : length;
      if (to > from) {
        long number = firstNumber + batches.size();
        batches.add(new Batch(number, Frames.seal(number, bytes, from, to)));
      }
      from = to;
    }
    return batches;
  }

  /** Empties it for the next use; a buffer that a burst made large is let go. */
  void clear() {
    if (bytes.length > KEEP_BYTES) {
      bytes = new byte[START_BYTES];
    }
    length = 0;
    pieceStart = 0;
    cutCount = 0;
  }
}
