package io.xcron.slice;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * The one value that members agree on.
 *
 * @param term counts the leaders
 * @param leader the start of the member that moves the slice on
 * @param slice the current slice; only grows
 * @param clusterMillis cluster time at the begin of the slice
 * @param partitions one entry for each, by number
 */
record Ledger(long term, UUID leader, long slice, long clusterMillis, List<Entry> partitions) {
  private static final byte FORMAT = 1;

  Ledger {
    partitions = List.copyOf(partitions);
  }

  /**
   * Who owns a partition.
   *
   * @param owner the start of a member: a restarted one has another
   * @param epoch the slice in which it was named
   * @param clean whether the owner before it has surely stopped acting
   * @param inSync the starts of those members whose copies are whole and acknowledged with every
   *     write, the owner among them
   */
  record Entry(UUID owner, long epoch, boolean clean, List<UUID> inSync) {
    Entry {
      inSync = List.copyOf(inSync);
      if (!inSync.contains(owner)) {
        throw new IllegalArgumentException("an owner must be in sync");
      }
    }
  }

  /**
   * A ledger whose partitions all belong to one member, which nobody can have owned since it was
   * locked out.
   */
  static Ledger alone(UUID member, long slice, long clusterMillis, int partitionCount) {
    Entry entry = new Entry(member, slice, true, List.of(member));
    return new Ledger(1, member, slice, clusterMillis, Collections.nCopies(partitionCount, entry));
  }

  Ledger moved(long nowMillis) {
    return new Ledger(term, leader, slice + 1, nowMillis, partitions);
  }

  byte[] toBytes() {
    int size = 1 + 5 * Long.BYTES + Integer.BYTES;
    for (Entry entry : partitions) {
      size += 3 * Long.BYTES + 2 + 2 * Long.BYTES * entry.inSync().size();
    }
    ByteBuffer bytes = ByteBuffer.allocate(size).put(FORMAT).putLong(term);
    put(bytes, leader).putLong(slice).putLong(clusterMillis).putInt(partitions.size());
    for (Entry entry : partitions) {
      put(bytes, entry.owner()).putLong(entry.epoch());
      bytes.put((byte) (entry.clean() ? 1 : 0)).put((byte) entry.inSync().size());
      entry.inSync().forEach(member -> put(bytes, member));
    }
    return bytes.array();
  }

  static Ledger read(byte[] array) {
    ByteBuffer bytes = ByteBuffer.wrap(array);
    if (bytes.get() != FORMAT) {
      throw new IllegalArgumentException("not a slice ledger of format " + FORMAT);
    }
    long term = bytes.getLong();
    UUID leader = uuid(bytes);
    long slice = bytes.getLong();
    long clusterMillis = bytes.getLong();
    int count = bytes.getInt();
    List<Entry> partitions = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      UUID owner = uuid(bytes);
      long epoch = bytes.getLong();
      boolean clean = bytes.get() == 1;
      int members = bytes.get();
      List<UUID> inSync = new ArrayList<>(members);
      for (int j = 0; j < members; j++) {
        inSync.add(uuid(bytes));
      }
      partitions.add(new Entry(owner, epoch, clean, inSync));
    }
    return new Ledger(term, leader, slice, clusterMillis, partitions);
  }

  private static ByteBuffer put(ByteBuffer bytes, UUID uuid) {
    return bytes.putLong(uuid.getMostSignificantBits()).putLong(uuid.getLeastSignificantBits());
  }

  private static UUID uuid(ByteBuffer bytes) {
    return new UUID(bytes.getLong(), bytes.getLong());
  }
}
