package io.xcron.model;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Whose journals may hold copies: the cluster's size as it was agreed, and a seat for each journal
 * that takes part. A full restart counts these journals and no others, so every change of them is
 * durable in two of the journals that were seated before, ere it is used (docs/slices.md).
 *
 * @param size the number of members that was agreed; 0 if none was, then there are no seats
 * @param version the slice of the last change; of two the one with the larger is newer
 * @param seats at most as many as the size says, or fewer while members are awaited
 */
public record Seats(int size, long version, List<Seat> seats) {
  /** What a journal knows that has never taken part in a cluster. */
  public static final Seats NONE = new Seats(0, 0, List.of());

  /** More are not expected; it bounds what is read from bytes. */
  public static final int MOST = 127;

  /**
   * A journal's place.
   *
   * @param journal its name, which stays across starts of its member
   * @param since the version with which it came
   */
  public record Seat(UUID journal, long since) {}

  public Seats {
    seats = List.copyOf(seats);
    Set<UUID> journals = new HashSet<>();
    seats.forEach(seat -> journals.add(seat.journal()));
    if (size < 0 || size > MOST || seats.size() > MOST || journals.size() < seats.size()) {
      throw new IllegalArgumentException("size " + size + ", seats " + seats);
    }
  }

  /** The one seat of a member that runs alone. */
  public static Seats alone(UUID journal, long version) {
    return new Seats(1, version, List.of(new Seat(journal, version)));
  }

  /** Whether nothing was ever agreed. */
  public boolean none() {
    return size == 0;
  }

  /** Whether a member that ran alone has left this. */
  public boolean single() {
    return size == 1;
  }

  public int count() {
    return seats.size();
  }

  public boolean has(UUID journal) {
    for (Seat seat : seats) {
      if (seat.journal().equals(journal)) {
        return true;
      }
    }
    return false;
  }

  /** Those that were there before the last change; it must be durable in two of them. */
  public List<Seat> before() {
    return seats.stream().filter(seat -> seat.since() < version).toList();
  }
}
