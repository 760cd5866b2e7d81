package io.xcron.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * A stored run as bytes: length of all (int), partition (short), task, generation, number, sequence
 * (longs), payload; big-endian. Blocks of them begin with the CRC-32C of the rest.
 *
 * <p>Their order in a sealed segment: partition, task, then newest first.
 */
final class RunFrames {
  static final int HEADER = 38;

  /** The longest payload; a longer record is dropped and counted. */
  static final int MAX_PAYLOAD = 256 << 10;

  static final int MAX_PARTITION = Short.MAX_VALUE;

  /** In front of a block's frames: their checksum. */
  static final int BLOCK_HEADER = 4;

  private static final int PARTITION = 4;
  private static final int TASK = 6;
  private static final int GENERATION = 14;
  private static final int NUMBER = 22;
  private static final int SEQUENCE = 30;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private RunFrames() {}

  static void write(
      byte[] to,
      int at,
      int partition,
      long task,
      long generation,
      long number,
      long sequence,
      byte[] payload) {
    INT.set(to, at, HEADER + payload.length);
    SHORT.set(to, at + PARTITION, (short) partition);
    LONG.set(to, at + TASK, task);
    LONG.set(to, at + GENERATION, generation);
    LONG.set(to, at + NUMBER, number);
    LONG.set(to, at + SEQUENCE, sequence);
    System.arraycopy(payload, 0, to, at + HEADER, payload.length);
  }

  static int length(byte[] frame, int at) {
    return (int) INT.get(frame, at);
  }

  static int partition(byte[] frame, int at) {
    return (short) SHORT.get(frame, at + PARTITION);
  }

  static long task(byte[] frame, int at) {
    return (long) LONG.get(frame, at + TASK);
  }

  static long generation(byte[] frame, int at) {
    return (long) LONG.get(frame, at + GENERATION);
  }

  static long number(byte[] frame, int at) {
    return (long) LONG.get(frame, at + NUMBER);
  }

  static long sequence(byte[] frame, int at) {
    return (long) LONG.get(frame, at + SEQUENCE);
  }

  static void sequence(byte[] frame, int at, long sequence) {
    LONG.set(frame, at + SEQUENCE, sequence);
  }

  /** Compares by the store's order; of two records of one run the one written last goes first. */
  static int compare(byte[] one, int at, byte[] other, int otherAt) {
    int order =
        compare(
            one,
            at,
            partition(other, otherAt),
            task(other, otherAt),
            generation(other, otherAt),
            number(other, otherAt));
    return order != 0 ? order : Long.compare(sequence(other, otherAt), sequence(one, at));
  }

  /** The same with the sequence left out. */
  static int compare(byte[] one, int at, int partition, long task, long generation, long number) {
    int order = Integer.compare(partition(one, at), partition);
    if (order == 0) {
      order = Long.compareUnsigned(task(one, at), task);
    }
    if (order == 0) {
      order = Long.compare(generation, generation(one, at));
    }
    return order != 0 ? order : Long.compare(number, number(one, at));
  }

  static boolean of(byte[] frame, int at, int partition, long task) {
    return partition(frame, at) == partition && task(frame, at) == task;
  }

  /** Writes the checksum in front of frames that begin at {@link #BLOCK_HEADER}. */
  static void seal(byte[] block) {
    INT.set(block, 0, checksum(block));
  }

  /** Whether the block is as it was written, its frames' lengths included. */
  static boolean intact(byte[] block) {
    if (block.length < BLOCK_HEADER || (int) INT.get(block, 0) != checksum(block)) {
      return false;
    }
    int at = BLOCK_HEADER;
    while (at < block.length) {
      if (block.length - at < HEADER || length(block, at) < HEADER) {
        return false;
      }
      at += length(block, at);
    }
    return at == block.length;
  }

  private static int checksum(byte[] block) {
    CRC32C crc = new CRC32C();
    crc.update(block, BLOCK_HEADER, block.length - BLOCK_HEADER);
    return (int) crc.getValue();
  }
}
