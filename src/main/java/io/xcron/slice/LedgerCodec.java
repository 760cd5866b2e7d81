package io.xcron.slice;

import io.xcron.model.Seats;
import io.xcron.slice.Ledger.Entry;
import io.xcron.slice.Ledger.Row;
import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The ledger as bytes: a table of the members, then a few bytes for each partition that point into
 * it. Equal ledgers have equal bytes.
 *
 * <p>Format 3: format byte; term, slice, cluster time (8 bytes each); slice minus beat; rows
 * (start, journal, ahead); leader; size, slice minus version, seats (journal, slice minus since);
 * partitions (flags with the size of the in-sync set, owner, slice minus epoch, in-sync members).
 * What has no size here is a varint; a member is its place in the table.
 */
final class LedgerCodec {
  private static final byte FORMAT = 3;
  private static final int CLEAN = 1;
  private static final int RELEASED = 2;
  private static final int FLAG_BITS = 2;

  private LedgerCodec() {}

  static byte[] write(Ledger ledger) {
    var bytes = new ByteArrayOutputStream(64 + 40 * ledger.members().size() + 4096);
    bytes.write(FORMAT);
    putLong(bytes, ledger.term());
    putLong(bytes, ledger.slice());
    putLong(bytes, ledger.clusterMillis());
    putVar(bytes, ledger.slice() - ledger.beat());
    putVar(bytes, ledger.members().size());
    for (Row row : ledger.members()) {
      put(bytes, row.member());
      put(bytes, row.journal());
      putVar(bytes, (row.aheadMillis() << 1) ^ (row.aheadMillis() >> 63));
    }
    Map<UUID, Integer> places = ledger.places();
    putVar(bytes, place(places, ledger.leader()));
    Seats seats = ledger.seats();
    putVar(bytes, seats.size());
    putVar(bytes, ledger.slice() - seats.version());
    putVar(bytes, seats.count());
    for (Seats.Seat seat : seats.seats()) {
      put(bytes, seat.journal());
      putVar(bytes, ledger.slice() - seat.since());
    }
    putVar(bytes, ledger.partitions().size());
    for (Entry entry : ledger.partitions()) {
      int flags = (entry.clean() ? CLEAN : 0) | (entry.released() ? RELEASED : 0);
      putVar(bytes, ((long) entry.inSync().size() << FLAG_BITS) | flags);
      putVar(bytes, place(places, entry.owner()));
      putVar(bytes, ledger.slice() - entry.epoch());
      for (UUID member : entry.inSync()) {
        putVar(bytes, place(places, member));
      }
    }
    return bytes.toByteArray();
  }

  static Ledger read(byte[] array) {
    if (array.length == 0 || array[0] != FORMAT) {
      throw new IllegalArgumentException(
          "not a slice ledger of format "
              + FORMAT
              + (array.length == 0 ? ": empty" : ": " + array[0]));
    }
    try {
      return readBody(ByteBuffer.wrap(array, 1, array.length - 1));
    } catch (BufferUnderflowException | IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("a slice ledger that ends early or points outside", e);
    }
  }

  private static Ledger readBody(ByteBuffer bytes) {
    long term = bytes.getLong();
    long slice = bytes.getLong();
    long clusterMillis = bytes.getLong();
    long beat = slice - getVar(bytes);
    int size = (int) getVar(bytes);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      UUID member = getUuid(bytes);
      UUID journal = getUuid(bytes);
      long zigzag = getVar(bytes);
      rows.add(new Row(member, journal, (zigzag >>> 1) ^ -(zigzag & 1)));
    }
    UUID leader = rows.get((int) getVar(bytes)).member();
    Seats seats = readSeats(bytes, slice);
    int count = (int) getVar(bytes);
    List<Entry> partitions = new ArrayList<>();
    Map<List<UUID>, List<UUID>> sets = new HashMap<>();
    for (int i = 0; i < count; i++) {
      long head = getVar(bytes);
      UUID owner = rows.get((int) getVar(bytes)).member();
      long epoch = slice - getVar(bytes);
      List<UUID> inSync = new ArrayList<>();
      for (long left = head >>> FLAG_BITS; left > 0; left--) {
        inSync.add(rows.get((int) getVar(bytes)).member());
      }
      List<UUID> shared = sets.computeIfAbsent(List.copyOf(inSync), set -> set);
      partitions.add(new Entry(owner, epoch, (head & CLEAN) != 0, (head & RELEASED) != 0, shared));
    }
    return new Ledger(term, leader, beat, slice, clusterMillis, rows, seats, partitions);
  }

  private static Seats readSeats(ByteBuffer bytes, long slice) {
    int size = (int) getVar(bytes);
    long version = slice - getVar(bytes);
    int count = (int) getVar(bytes);
    List<Seats.Seat> seats = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      seats.add(new Seats.Seat(getUuid(bytes), slice - getVar(bytes)));
    }
    return new Seats(size, version, seats);
  }

  private static int place(Map<UUID, Integer> places, UUID member) {
    Integer place = places.get(member);
    if (place == null) {
      throw new IllegalArgumentException("not in the table of members: " + member);
    }
    return place;
  }

  private static void put(ByteArrayOutputStream bytes, UUID uuid) {
    putLong(bytes, uuid.getMostSignificantBits());
    putLong(bytes, uuid.getLeastSignificantBits());
  }

  private static UUID getUuid(ByteBuffer bytes) {
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  private static void putLong(ByteArrayOutputStream bytes, long value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes.write((int) (value >>> shift));
    }
  }

  private static void putVar(ByteArrayOutputStream bytes, long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes.write((int) (rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    bytes.write((int) rest);
  }

  private static long getVar(ByteBuffer bytes) {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte next = bytes.get();
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits in a slice ledger");
  }
}
