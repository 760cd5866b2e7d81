package io.xcron.slice;

import io.xcron.model.Seats;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The one value that members agree on. Every change of it raises the slice, so it never has the
 * same value twice, and a change that comes late meets another value and fails.
 *
 * @param term the slice in which its leader took over; grows with each leader, across restarts too
 * @param leader the start of the member that moves the slice on
 * @param beat the slice of the leader's last change; owners raise the slice too
 * @param slice the current slice; only grows
 * @param clusterMillis cluster time at the beat
 * @param members the starts that are named here, and those that lived at the beat
 * @param seats whose journals may hold copies, and how many there shall be
 * @param partitions one entry for each, by number
 */
record Ledger(
    long term,
    UUID leader,
    long beat,
    long slice,
    long clusterMillis,
    List<Row> members,
    Seats seats,
    List<Entry> partitions) {

  /** The owner of a partition whose copies no journal has brought back yet. Never a live start. */
  static final UUID NOBODY = new UUID(0, 0);

  Ledger {
    members = List.copyOf(members);
    partitions = List.copyOf(partitions);
  }

  /**
   * A start of a member.
   *
   * @param journal the name of its journal, by which a later start of it is known
   * @param aheadMillis how far cluster time is ahead of its wall clock
   */
  record Row(UUID member, UUID journal, long aheadMillis) {}

  /**
   * Who owns a partition.
   *
   * @param owner the start of a member: a restarted one has another
   * @param epoch the slice in which it was named
   * @param clean whether the owner before it has surely stopped acting
   * @param released whether this owner has surely stopped acting
   * @param inSync the starts of those members whose copies are whole and acknowledged with every
   *     write, the owner among them
   */
  record Entry(UUID owner, long epoch, boolean clean, boolean released, List<UUID> inSync) {
    Entry {
      inSync = List.copyOf(inSync);
      if (!inSync.contains(owner)) {
        throw new IllegalArgumentException("an owner must be in sync");
      }
    }

    Entry asReleased() {
      return new Entry(owner, epoch, clean, true, inSync);
    }

    Entry with(List<UUID> otherInSync) {
      return new Entry(owner, epoch, clean, released, otherInSync);
    }
  }

  /**
   * A ledger whose partitions all belong to one member, which nobody can have owned since it was
   * locked out.
   */
  static Ledger alone(UUID member, UUID journal, long slice, long millis, int partitionCount) {
    Entry entry = new Entry(member, slice, true, false, List.of(member));
    return new Ledger(
        slice,
        member,
        slice,
        slice,
        millis,
        List.of(new Row(member, journal, 0)),
        Seats.alone(journal, slice),
        Collections.nCopies(partitionCount, entry));
  }

  /** The row of a start, null if it is not named. */
  @Nullable Row row(UUID member) {
    for (Row row : members) {
      if (row.member().equals(member)) {
        return row;
      }
    }
    return null;
  }

  /** The name of the journal of a start, null if the start is not named. */
  @Nullable UUID journal(UUID member) {
    Row row = row(member);
    return row == null ? null : row.journal();
  }

  /** The position of each start in the table. */
  Map<UUID, Integer> places() {
    Map<UUID, Integer> places = HashMap.newHashMap(members.size());
    for (int i = 0; i < members.size(); i++) {
      places.put(members.get(i).member(), i);
    }
    return places;
  }

  byte[] toBytes() {
    return LedgerCodec.write(this);
  }

  /**
   * @throws IllegalArgumentException if this is no ledger, or of another format
   */
  static Ledger read(byte[] bytes) {
    return LedgerCodec.read(bytes);
  }
}
