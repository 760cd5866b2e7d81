package io.xcron.journal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The records of the segment that is being written, in memory: slabs of frames, and chains through
 * them by task. Changed under the store's write lock, read under its read lock.
 */
final class RunTable {
  private static final int SLAB_BITS = 20;
  private static final int SLAB_BYTES = 1 << SLAB_BITS;
  private static final int OFFSET = SLAB_BYTES - 1;
  private static final int NONE = -1;

  private final List<byte[]> slabs = new ArrayList<>();
  private int slabUsed = SLAB_BYTES;
  private int[] positions = new int[1_024];
  private int[] previous = new int[1_024];
  private int[] heads = new int[2_048];
  private int count;
  private long bytes;
  private long maxSequence;

  RunTable() {
    Arrays.fill(heads, NONE);
  }

  int count() {
    return count;
  }

  long bytes() {
    return bytes;
  }

  /** The largest sequence of any partition. */
  long maxSequence() {
    return maxSequence;
  }

  void add(byte[] from, int at) {
    int length = RunFrames.length(from, at);
    if (SLAB_BYTES - slabUsed < length) {
      slabs.add(new byte[SLAB_BYTES]);
      slabUsed = 0;
    }
    if (count == positions.length) {
      grow();
    }
    System.arraycopy(from, at, slabs.getLast(), slabUsed, length);
    positions[count] = ((slabs.size() - 1) << SLAB_BITS) | slabUsed;
    link(count, RunFrames.task(from, at));
    slabUsed += length;
    bytes += length;
    maxSequence = Math.max(maxSequence, RunFrames.sequence(from, at));
    count++;
  }

  /** The same records in the store's order, each once. */
  RunTable withoutRepeats() {
    RunTable once = new RunTable();
    byte[] last = {};
    int lastAt = 0;
    for (RunCursor all = sorted(); all.valid(); all.advance()) {
      if (last.length == 0 || RunFrames.compare(last, lastAt, all.bytes(), all.at()) != 0) {
        once.add(all.bytes(), all.at());
      }
      last = all.bytes();
      lastAt = all.at();
    }
    return once;
  }

  private void link(int record, long task) {
    int bucket = bucket(task);
    previous[record] = heads[bucket];
    heads[bucket] = record;
  }

  private int bucket(long task) {
    return (int) ((task * 0x9E3779B97F4A7C15L) >>> 32) & (heads.length - 1);
  }

  private void grow() {
    positions = Arrays.copyOf(positions, count * 2);
    previous = new int[count * 2];
    heads = new int[count * 4];
    Arrays.fill(heads, NONE);
    for (int record = 0; record < count; record++) {
      link(record, RunFrames.task(slab(positions[record]), offset(positions[record])));
    }
  }

  private byte[] slab(int position) {
    return slabs.get(position >>> SLAB_BITS);
  }

  private static int offset(int position) {
    return position & OFFSET;
  }

  /** The record that was added after so many others. */
  StoredRun arrived(int record) {
    int position = positions[record];
    return StoredRun.of(slab(position), offset(position));
  }

  private int compare(int one, int other) {
    return RunFrames.compare(slab(one), offset(one), slab(other), offset(other));
  }

  /** The frames of a task from this run on, newest first. */
  RunCursor seek(int partition, long task, long generation, long number) {
    List<Integer> found = new ArrayList<>();
    for (int record = heads[bucket(task)]; record != NONE; record = previous[record]) {
      int position = positions[record];
      byte[] slab = slab(position);
      if (RunFrames.of(slab, offset(position), partition, task)
          && RunFrames.compare(slab, offset(position), partition, task, generation, number) >= 0) {
        found.add(position);
      }
    }
    // Chains begin with the record added last, so this is sorted already for the most part.
    found.sort(this::compare);
    return cursor(found.stream().mapToInt(Integer::intValue).toArray());
  }

  /** All frames of a partition. */
  RunCursor partition(int partition) {
    int[] found = new int[count];
    int size = 0;
    for (int record = 0; record < count; record++) {
      int position = positions[record];
      if (RunFrames.partition(slab(position), offset(position)) == partition) {
        found[size++] = position;
      }
    }
    return cursor(Arrays.copyOf(found, size));
  }

  /** Frames in the order of arrival, by their numbers in it. */
  RunCursor arrived(int from, int to) {
    return cursor(Arrays.copyOfRange(positions, from, to));
  }

  /** All frames in the store's order. */
  RunCursor sorted() {
    // By the first bits of the key with the position below them, then by all of it where those
    // are equal.
    long[] keys = new long[count];
    for (int record = 0; record < count; record++) {
      int position = positions[record];
      byte[] slab = slab(position);
      int at = offset(position);
      long prefix =
          ((long) RunFrames.partition(slab, at) << 16) | (RunFrames.task(slab, at) >>> 48);
      keys[record] = (prefix << 32) | position;
    }
    Arrays.sort(keys);
    int[] sorted = new int[count];
    int begin = 0;
    while (begin < count) {
      int end = begin + 1;
      while (end < count && keys[end] >>> 32 == keys[begin] >>> 32) {
        end++;
      }
      sortGroup(keys, begin, end, sorted);
      begin = end;
    }
    return cursor(sorted);
  }

  private void sortGroup(long[] keys, int begin, int end, int[] sorted) {
    if (end - begin == 1) {
      sorted[begin] = (int) keys[begin];
      return;
    }
    Integer[] group = new Integer[end - begin];
    for (int i = begin; i < end; i++) {
      group[i - begin] = (int) keys[i];
    }
    Arrays.sort(group, this::compare);
    for (int i = begin; i < end; i++) {
      sorted[i] = group[i - begin];
    }
  }

  private RunCursor cursor(int[] found) {
    return new RunCursor() {
      private int index;

      @Override
      public boolean valid() {
        return index < found.length;
      }

      @Override
      public byte[] bytes() {
        return slab(found[index]);
      }

      @Override
      public int at() {
        return offset(found[index]);
      }

      @Override
      public void advance() {
        index++;
      }
    };
  }
}
