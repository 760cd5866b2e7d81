package io.xcron.journal;

import io.xcron.model.Seats;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/** Writes and reads the frames that {@link Format} describes. */
final class Frames {
  static final byte PUT = 1;
  static final byte REMOVE = 2;
  static final byte COPY_BEGIN = 3;
  static final byte COPY_END = 4;
  static final byte DROP = 5;
  static final byte EPOCH = 6;
  static final byte RESERVE = 7;
  static final byte START = 8;

  /** Types below must be known to be read; those from here on may be skipped. */
  static final byte FIRST_HINT = 64;

  static final int BATCH_HEADER = Integer.BYTES;

  /** Offsets within a frame. */
  static final int TYPE = 4;

  static final int PARTITION = 5;
  static final int EPOCH_OF_MARK = 9;
  static final int SEQUENCE_OF_MARK = 17;
  static final int MAP = 9;
  static final int ENTRY_EPOCH = 10;
  static final int ENTRY_SEQUENCE = 18;
  static final int KEY_LENGTH = 26;
  static final int KEY = 30;

  static final int EPOCH_FRAME_BYTES = 17;
  static final int COPY_END_BYTES = 25;
  static final int DROP_BYTES = 9;

  /** A reservation without what is known of the cluster, as the first versions wrote it. */
  private static final int RESERVE_BYTES = 22;

  private static final int SEATS = RESERVE_BYTES + 10;
  private static final int SEAT_BYTES = 24;
  static final int START_BYTES = 5;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Frames() {}

  static int entryBytes(int keyLength, int valueLength) {
    return KEY + keyLength + valueLength;
  }

  static void writeEntry(
      byte[] to,
      int at,
      byte type,
      int partition,
      int map,
      long epoch,
      long sequence,
      byte[] key,
      int keyOffset,
      int keyLength,
      byte[] value,
      int valueOffset,
      int valueLength) {
    header(to, at, entryBytes(keyLength, valueLength), type);
    INT.set(to, at + PARTITION, partition);
    to[at + MAP] = (byte) map;
    LONG.set(to, at + ENTRY_EPOCH, epoch);
    LONG.set(to, at + ENTRY_SEQUENCE, sequence);
    INT.set(to, at + KEY_LENGTH, keyLength);
    System.arraycopy(key, keyOffset, to, at + KEY, keyLength);
    System.arraycopy(value, valueOffset, to, at + KEY + keyLength, valueLength);
  }

  /** COPY_BEGIN and EPOCH. */
  static void writeEpoch(byte[] to, int at, byte type, int partition, long epoch) {
    header(to, at, EPOCH_FRAME_BYTES, type);
    INT.set(to, at + PARTITION, partition);
    LONG.set(to, at + EPOCH_OF_MARK, epoch);
  }

  static void writeCopyEnd(byte[] to, int at, int partition, long epoch, long sequence) {
    header(to, at, COPY_END_BYTES, COPY_END);
    INT.set(to, at + PARTITION, partition);
    LONG.set(to, at + EPOCH_OF_MARK, epoch);
    LONG.set(to, at + SEQUENCE_OF_MARK, sequence);
  }

  static void writeDrop(byte[] to, int at, int partition) {
    header(to, at, DROP_BYTES, DROP);
    INT.set(to, at + PARTITION, partition);
  }

  static void writeReserve(byte[] to, int at, Reservation reservation) {
    header(to, at, reserveBytes(reservation), RESERVE);
    LONG.set(to, at + 5, reservation.sliceLimit());
    LONG.set(to, at + 13, reservation.untilMillis());
    to[at + 21] = (byte) (reservation.clean() ? 1 : 0);
    Seats seats = reservation.seats();
    to[at + RESERVE_BYTES] = (byte) seats.size();
    LONG.set(to, at + RESERVE_BYTES + 1, seats.version());
    to[at + SEATS - 1] = (byte) seats.count();
    int next = at + SEATS;
    for (Seats.Seat seat : seats.seats()) {
      LONG.set(to, next, seat.journal().getMostSignificantBits());
      LONG.set(to, next + 8, seat.journal().getLeastSignificantBits());
      LONG.set(to, next + 16, seat.since());
      next += SEAT_BYTES;
    }
  }

  static int reserveBytes(Reservation reservation) {
    return SEATS + SEAT_BYTES * reservation.seats().count();
  }

  static void writeStart(byte[] to, int at) {
    header(to, at, START_BYTES, START);
  }

  static Reservation readReserve(byte[] from, int at) {
    Seats seats = next(from, at) - at < SEATS ? Seats.NONE : readSeats(from, at);
    return new Reservation(longAt(from, at + 5), longAt(from, at + 13), from[at + 21] != 0, seats);
  }

  private static Seats readSeats(byte[] from, int at) {
    List<Seats.Seat> seats = new ArrayList<>();
    int next = at + SEATS;
    for (int left = from[at + SEATS - 1]; left > 0; left--) {
      UUID journal = new UUID(longAt(from, next), longAt(from, next + 8));
      seats.add(new Seats.Seat(journal, longAt(from, next + 16)));
      next += SEAT_BYTES;
    }
    return new Seats(from[at + RESERVE_BYTES], longAt(from, at + RESERVE_BYTES + 1), seats);
  }

  private static void header(byte[] to, int at, int frameBytes, byte type) {
    INT.set(to, at, frameBytes - Integer.BYTES);
    to[at + TYPE] = type;
  }

  /** The offset of the frame after the one at this offset. */
  static int next(byte[] from, int at) {
    return at + Integer.BYTES + intAt(from, at);
  }

  static int intAt(byte[] from, int at) {
    return (int) INT.get(from, at);
  }

  static void intAt(byte[] to, int at, int value) {
    INT.set(to, at, value);
  }

  static long longAt(byte[] from, int at) {
    return (long) LONG.get(from, at);
  }

  static void longAt(byte[] to, int at, long value) {
    LONG.set(to, at, value);
  }

  /** Wraps frames to a batch or block with its checksum. */
  static byte[] seal(long number, byte[] frames, int from, int to) {
    byte[] batch = new byte[BATCH_HEADER + to - from];
    System.arraycopy(frames, from, batch, BATCH_HEADER, to - from);
    intAt(batch, 0, checksum(number, batch));
    return batch;
  }

  /** Whether the bytes are those sealed under this number. */
  static boolean intact(long number, byte[] batch) {
    return batch.length >= BATCH_HEADER && intAt(batch, 0) == checksum(number, batch);
  }

  private static int checksum(long number, byte[] batch) {
    CRC32C crc = new CRC32C();
    crc.update(batch, BATCH_HEADER, batch.length - BATCH_HEADER);
    long mixed = number * 0x9E3779B97F4A7C15L;
    return (int) crc.getValue() ^ (int) (mixed >>> 32);
  }
}
