package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Seats;
import io.xcron.slice.Ledger.Entry;
import io.xcron.slice.Ledger.Row;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who gets a seat, and which sizes are agreed to. Member n has journal n. */
class SeatingTest {
  private static final long SLICE = 100;
  private static final long VERSION = 50;

  @Test
  void freeSeatsAreGivenToThoseThatCome() {
    Seats next = seating(seats(5, 1, 2, 3), List.of(in(1, 2, 3)), 1, 2, 3, 4, 5).admit();
    assertEquals(5, next.count());
    assertEquals(SLICE, next.version());
    assertEquals(3, next.before().size());
  }

  @Test
  void aSeatIsGivenOnWhenItsMemberIsGoneAndItsCopiesAreElsewhere() {
    Seats three = seats(3, 1, 2, 3);
    Seats next = seating(three, List.of(in(1, 2), in(2, 1)), 1, 2, 4).admit();
    assertTrue(next.has(journal(4)) && !next.has(journal(3)));
    assertSame(three, seating(three, List.of(in(1, 2), in(3)), 1, 2, 4).admit(), "the last copy");
    assertSame(three, seating(three, List.of(in(1, 2)), 1, 2, 3, 4).admit(), "it lives");
  }

  @Test
  void aSeatThatWasGivenOnIsConfirmedSoThatTheNextDiskCanBeReplacedToo() {
    List<Seats.Seat> three =
        List.of(
            new Seats.Seat(journal(1), 1),
            new Seats.Seat(journal(2), 1),
            new Seats.Seat(journal(4), VERSION));
    Seats given = new Seats(3, VERSION, three);
    Seats confirmed = seating(given, List.of(in(1, 2, 4)), 1, 2, 4).admit();
    assertEquals(new Seats(3, SLICE, three), confirmed);

    Map<UUID, Long> left = Map.of(journal(2), SLICE, journal(4), SLICE);
    assertSame(confirmed, seating(confirmed, left, List.of(in(2, 4)), 2, 4).admit(), "for good");
    assertTrue(seating(confirmed, left, List.of(in(2, 4)), 2, 4, 5).admit().has(journal(5)));
  }

  @Test
  void onlyOneSeatIsGivenOnAtATime() {
    Seats five = seats(5, 1, 2, 3, 4, 5);
    Seats next = seating(five, List.of(in(1, 2, 3)), 1, 2, 3, 6, 7).admit();
    assertEquals(4, next.before().size());
  }

  @Test
  void nothingIsChangedBeforeTheLastChangeIsKnown() {
    Seats five = seats(5, 1, 2, 3);
    Seating late = seating(five, Map.of(journal(1), VERSION), List.of(in(1, 2)), 1, 2, 3, 4);
    assertSame(five, late.admit());
    assertNotNull(late.resized(7).refused());
    assertFalse(late.settled());
    Map<UUID, Long> two = Map.of(journal(1), VERSION, journal(2), VERSION);
    Seating settled = seating(five, two, List.of(in(1, 2)), 1, 2, 3);
    assertTrue(settled.settled(), "enough for a restart");
    assertFalse(settled.everybodyKnows(), "the third would count other voters");
    assertTrue(
        seating(seats(3, 1), Map.of(journal(1), VERSION), List.of(in(1)), 1, 2).settled(),
        "who ran alone is all that there is");
  }

  @Test
  void aSmallerSizeIsAgreedToWhenThoseThatLeaveHaveLeftWithNothing() {
    Seats five = seats(5, 1, 2, 3, 4, 5);
    Seating.Resized done = seating(five, List.of(in(1, 2, 3), in(2, 3, 5)), 1, 2, 3).resized(3);
    assertNull(done.refused());
    assertEquals(3, done.seats().count());
    assertEquals(3, done.seats().size());
    assertEquals(SLICE, done.seats().version());
  }

  @Test
  void aSmallerSizeIsRefusedWhileAPartitionWouldLoseItsCopies() {
    Seats five = seats(5, 1, 2, 3, 4, 5);
    String refused = seating(five, List.of(in(1, 2, 3), in(2, 4, 5)), 1, 2, 3).resized(3).refused();
    assertNotNull(refused);
    assertTrue(refused.startsWith("1 of 2 partitions"), refused);
  }

  @Test
  void aSmallerSizeIsRefusedWhileMoreOrFewerArePresent() {
    Seats five = seats(5, 1, 2, 3, 4, 5);
    assertNotNull(seating(five, List.of(in(1, 2, 3)), 1, 2, 3, 4).resized(3).refused());
    assertNotNull(seating(five, List.of(in(1, 2, 3)), 1, 2).resized(3).refused());
  }

  private static Entry in(int... members) {
    List<UUID> inSync = IntStream.of(members).mapToObj(SeatingTest::member).toList();
    return new Entry(inSync.getFirst(), 9, false, false, inSync);
  }

  private static Seats seats(int size, int... journals) {
    return new Seats(
        size,
        VERSION,
        IntStream.of(journals).mapToObj(j -> new Seats.Seat(journal(j), 1)).toList());
  }

  private static Seating seating(Seats seats, List<Entry> entries, int... living) {
    Map<UUID, Long> known = new LinkedHashMap<>();
    for (int n : living) {
      known.put(journal(n), VERSION);
    }
    return seating(seats, known, entries, living);
  }

  private static Seating seating(
      Seats seats, Map<UUID, Long> known, List<Entry> entries, int... living) {
    Map<UUID, Peer> peers = new LinkedHashMap<>();
    for (int n : living) {
      peers.put(member(n), new Peer(member(n), journal(n), null));
    }
    List<Row> rows =
        IntStream.rangeClosed(1, 9).mapToObj(n -> new Row(member(n), journal(n), 0)).toList();
    Ledger from = new Ledger(1, member(1), 1, SLICE - 1, 0, rows, seats, entries);
    return new Seating(from, entries, SLICE, peers, known, new Rules());
  }

  private static UUID member(int n) {
    return new UUID(n, 1);
  }

  private static UUID journal(int n) {
    return new UUID(n, 0);
  }
}
