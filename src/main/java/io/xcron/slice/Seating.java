package io.xcron.slice;

import io.xcron.model.Seats;
import io.xcron.model.Seats.Seat;
import io.xcron.slice.Ledger.Entry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Whose journals take part (rule 11): the next seats, from one ledger and what one member sees.
 *
 * <p>A seat is given to the journal of a living member while fewer are taken than the size says, or
 * in place of one whose member is gone, that no in-sync set names any more, and without which each
 * partition has two copies. One change is made at a time: the next only when the one before is
 * known to enough journals.
 */
final class Seating {
  private final Ledger from;
  private final Seats seats;
  private final List<Entry> entries;
  private final long slice;
  private final Map<UUID, Peer> living;
  private final Map<UUID, Long> versions;
  private final Rules rules;

  /**
   * @param entries as they will be after this change
   * @param versions of the seats that living members have durable, as far as it is known here
   */
  Seating(
      Ledger from,
      List<Entry> entries,
      long slice,
      Map<UUID, Peer> living,
      Map<UUID, Long> versions,
      Rules rules) {
    this.from = from;
    this.seats = from.seats();
    this.entries = entries;
    this.slice = slice;
    this.living = living;
    this.versions = versions;
    this.rules = rules;
  }

  /** Whether the seats that the ledger names may be used. */
  static boolean inForce(Seats seats, Map<UUID, Long> versions, Rules rules) {
    return known(seats, seats.before(), versions, rules);
  }

  private static boolean known(Seats seats, List<Seat> by, Map<UUID, Long> versions, Rules rules) {
    long knowing =
        by.stream()
            .filter(seat -> versions.getOrDefault(seat.journal(), -1L) >= seats.version())
            .count();
    return rules.known(knowing, by.size());
  }

  /** Whether the last change is known to enough journals; only then another may be made. */
  boolean settled() {
    return inForce(seats, versions, rules) && known(seats, seats.seats(), versions, rules);
  }

  /**
   * Whether the last change is durable in the journal of every living member with a seat: more than
   * a restart needs, but then all of them expect the same number of voters at it.
   */
  boolean everybodyKnows() {
    return settled()
        && living.values().stream()
            .map(Peer::journal)
            .filter(seats::has)
            .allMatch(journal -> versions.getOrDefault(journal, -1L) >= seats.version());
  }

  /** The leader's choice: the seats themselves if nothing is to be changed. */
  Seats admit() {
    Set<UUID> journals = new HashSet<>();
    living.values().forEach(peer -> journals.add(peer.journal()));
    List<UUID> waiting = journals.stream().filter(journal -> !seats.has(journal)).sorted().toList();
    if (!settled()) {
      return seats;
    }
    if (waiting.isEmpty()) {
      return confirmed();
    }
    List<Seat> next = new ArrayList<>(seats.seats());
    for (UUID journal : waiting) {
      if (next.size() < seats.size()) {
        next.add(new Seat(journal, slice));
      }
    }
    if (next.size() == seats.count()) {
      Seat free = vacant(journals);
      if (free == null) {
        return confirmed();
      }
      next.remove(free);
      next.add(new Seat(waiting.getFirst(), slice));
    }
    return new Seats(seats.size(), slice, next);
  }

  /**
   * The same seats by another change, of which the newest one's journal is a witness too. That the
   * last change was settled is written nowhere else: were one of those lost that had a seat before
   * it, two of them could never again be shown to know it.
   */
  private Seats confirmed() {
    int before = seats.before().size();
    return 0 < before && before < seats.count()
        ? new Seats(seats.size(), slice, seats.seats())
        : seats;
  }

  /**
   * A seat that nobody needs; null if each one's member lives, or may hold what too few others do.
   */
  private @Nullable Seat vacant(Set<UUID> journals) {
    for (Seat seat : seats.seats()) {
      if (!journals.contains(seat.journal())
          && !named(seat.journal())
          && poor(without(seat)) == 0) {
        return seat;
      }
    }
    return null;
  }

  private Seats without(Seat seat) {
    List<Seat> others = new ArrayList<>(seats.seats());
    others.remove(seat);
    return new Seats(seats.size(), slice, others);
  }

  /** A partition that is lost may come back with any seated journal. */
  private boolean named(UUID journal) {
    for (Entry entry : entries) {
      for (UUID member : entry.inSync()) {
        if (member.equals(Ledger.NOBODY) || journal.equals(from.journal(member))) {
          return true;
        }
      }
    }
    return false;
  }

  /** What became of the wish for another size. */
  record Resized(Seats seats, @Nullable String refused) {}

  /** The seats of a size that is not the present one, or why it cannot be had now. */
  Resized resized(int size) {
    if (!settled()) {
      return refused("the last change of the members is not durable everywhere yet; ask again");
    }
    return size > seats.size()
        ? new Resized(new Seats(size, slice, seats.seats()), null)
        : smaller(size);
  }

  private Resized smaller(int size) {
    Set<UUID> journals = new HashSet<>();
    living.values().forEach(peer -> journals.add(peer.journal()));
    List<Seat> staying =
        seats.seats().stream().filter(seat -> journals.contains(seat.journal())).toList();
    if (staying.size() > size || living.size() > size) {
      return refused(
          Math.max(staying.size(), living.size())
              + " members are present; stop those that shall leave in order, one after the other,"
              + " until "
              + size
              + " are left");
    }
    if (staying.size() < size) {
      return refused(
          "only " + staying.size() + " members are present; start those that shall stay");
    }
    Seats next = new Seats(size, slice, staying);
    int poor = poor(next);
    return poor == 0
        ? new Resized(next, null)
        : refused(
            poor
                + " of "
                + entries.size()
                + " partitions have fewer than two copies in sync on the members that stay; wait"
                + " until they are copied");
  }

  /**
   * How many partitions have too few copies in sync on living members with these seats: a restart
   * without one of them might miss an acknowledged write.
   */
  private int poor(Seats next) {
    int poor = 0;
    for (Entry entry : entries) {
      poor += staysSafe(entry, next) ? 0 : 1;
    }
    return poor;
  }

  private boolean staysSafe(Entry entry, Seats next) {
    int inSync = 0;
    for (UUID member : entry.inSync()) {
      Peer peer = living.get(member);
      inSync += peer != null && next.has(peer.journal()) ? 1 : 0;
    }
    return rules.mayLeave(inSync);
  }

  private Resized refused(String reason) {
    return new Resized(seats, reason);
  }
}
