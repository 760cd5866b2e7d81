package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Seats;
import io.xcron.slice.JournalReport.Copy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which journals decide a full restart of three members with two partitions. */
class FirstLedgerTest {
  private static final Copy NEWEST = new Copy(true, 23, 13, 23);
  private static final Copy STALE = new Copy(true, 23, 7, 23);
  private static final List<Long> RESERVED = List.of(2_000L, 2_000L, 2_000L);

  private final UUID first = new UUID(1, 1);
  private final List<JournalReport> reports = new ArrayList<>();
  private boolean givenUp;
  private @Nullable Seats seen;
  private int forgotten;

  /** Seed 1004646 of the simulation, which lost acknowledged writes. */
  @Test
  void aReplacedJournalIsNoWitnessForPartitionsThatItHasNotSeen() {
    report(1, 60, NEWEST, STALE);
    report(2, 60, NEWEST, Copy.NONE);
    assertNull(made(), "the journal that is missing may be the only one with every write");

    UUID late = report(3, 60, STALE, NEWEST);
    Ledger made = made();
    assertNotNull(made);
    assertEquals(late, made.partitions().get(1).owner(), "the newest copy must win");
  }

  @Test
  void twoJournalsThatHaveSeenAllDecideWithoutTheThird() {
    report(1, 60, NEWEST, STALE);
    UUID newer = report(2, 60, STALE, NEWEST);
    Ledger made = made();
    assertNotNull(made);
    assertEquals(newer, made.partitions().get(1).owner());
  }

  @Test
  void whenNobodyIsMissingOneWitnessIsEnough() {
    UUID only = report(1, 60, NEWEST, NEWEST);
    report(2, 60, STALE, Copy.NONE);
    report(3, 0, Copy.NONE, Copy.NONE);
    Ledger made = made();
    assertNotNull(made, "no journal is left to wait for");
    assertEquals(only, made.partitions().get(1).owner());
  }

  @Test
  void aMemberThatRanAloneGoesOnWithTwoEmptyOnes() {
    UUID alone = report(1, 60, Seats.alone(new UUID(1, 0), 40), NEWEST, STALE);
    report(2, 0, Copy.NONE, Copy.NONE);
    report(3, 0, Copy.NONE, Copy.NONE);
    Ledger made = made();
    assertNotNull(made);
    assertEquals(alone, made.partitions().get(0).owner());
    assertEquals(alone, made.partitions().get(1).owner());
    assertEquals(3, made.seats().size());
    assertEquals(1, made.seats().count(), "the others are seated when that is durable");
  }

  @Test
  void whoRanAloneDoesNotGoOnBesideAnotherThatHasTasks() {
    report(1, 60, Seats.alone(new UUID(1, 0), 40), NEWEST, NEWEST);
    report(2, 60, STALE, STALE);
    report(3, 0, Copy.NONE, Copy.NONE);
    assertNull(made(), "nobody can tell whose tasks shall go on");
  }

  @Test
  void membersThatHaveLeftAreNotAsked() {
    Seats five = seats(5, 7, 1, 2, 3, 4, 5);
    Seats three = seats(3, 20, 1, 2, 3);
    report(4, 60, five, NEWEST, NEWEST);
    report(5, 60, five, NEWEST, NEWEST);
    report(1, 60, three, STALE, STALE);
    assertNull(made(), "of the three that count one is here");

    UUID second = report(2, 60, five, STALE, new Copy(true, 23, 8, 23));
    Ledger made = made();
    assertNotNull(made);
    assertEquals(three, made.seats());
    assertEquals(second, made.partitions().get(1).owner(), "the newest of those that count");
  }

  @Test
  void aNewMemberCountsFromWhenItWasSeated() {
    Seats four = seats(5, 20, 1, 2, 3, 4);
    report(1, 60, four, NEWEST, NEWEST);
    report(2, 60, seats(3, 1, 1, 2, 3), STALE, STALE);
    assertNull(made(), "the third and the fourth may hold what these two do not");
    report(4, 60, four, Copy.NONE, STALE);
    assertNotNull(made(), "all but one");
  }

  @Test
  void theAgreedSizeCountsAndNotTheConfiguredOne() {
    Seats five = seats(5, 20, 1, 2, 3, 4, 5);
    report(1, 60, five, NEWEST, NEWEST);
    report(2, 60, five, NEWEST, NEWEST);
    assertNull(made(), "two of three would do, but they are five");
    report(3, 60, five, NEWEST, NEWEST);
    assertNull(made());
    report(4, 60, five, NEWEST, NEWEST);
    Ledger made = made();
    assertNotNull(made);
    assertEquals(5, made.seats().size());
  }

  @Test
  void thoseWhoArePresentDecideWhenTheMissingAreGivenUp() {
    UUID left = report(1, 60, seats(3, 20, 1, 2, 3), NEWEST, STALE);
    report(4, 0, Copy.NONE, Copy.NONE);
    report(5, 0, Copy.NONE, Copy.NONE);
    assertNull(made(), "the second and the third may hold what the first does not");
    givenUp = true;
    Ledger made = made();
    assertNotNull(made);
    assertEquals(left, made.partitions().get(0).owner());
    assertEquals(left, made.partitions().get(1).owner());
    assertEquals(seats(3, made.slice(), 1), made.seats(), "the others count no more");
    assertTrue(made.slice() > 1_000_000, "above what those had used that are gone");
  }

  @Test
  void theWordCountsForOneLedgerOnly() {
    seen = seats(3, 20, 1, 2, 3);
    report(1, 60, seen, NEWEST, STALE);
    givenUp = true;
    assertNull(made(), "the ledger that was seen since has ended it");
  }

  @Test
  void nothingIsGivenUpThatIsThere() {
    Seats three = seats(3, 20, 1, 2, 3);
    report(1, 60, three, STALE, STALE);
    report(2, 60, three, STALE, STALE);
    givenUp = true;
    Ledger made = made();
    assertNotNull(made);
    assertEquals(three, made.seats());
    assertTrue(made.slice() < 1_000_000);
  }

  @Test
  void whoHasNoSeatDecidesNothingWhoeverIsGivenUp() {
    report(4, 60, seats(3, 20, 1, 2, 3), STALE, STALE);
    givenUp = true;
    assertNull(made());
  }

  @Test
  void whatWasReportedWhileThereWasALedgerIsAskedForAnew() {
    report(1, 60, NEWEST, NEWEST);
    report(2, 60, NEWEST, NEWEST);
    assertNotNull(made());
    assertEquals(0, forgotten);
    seen = seats(3, 1, 1, 2, 3);
    assertNotNull(made());
    assertEquals(1, forgotten);
  }

  private static Seats seats(int size, long version, int... journals) {
    return new Seats(
        size,
        version,
        IntStream.of(journals).mapToObj(j -> new Seats.Seat(new UUID(j, 0), 1)).toList());
  }

  private UUID report(int number, long sliceLimit, Copy... copies) {
    return report(number, sliceLimit, Seats.NONE, copies);
  }

  private UUID report(int number, long sliceLimit, Seats seats, Copy... copies) {
    UUID member = new UUID(number, 1);
    reports.add(new JournalReport(member, new UUID(number, 0), sliceLimit, seats, List.of(copies)));
    return member;
  }

  private @Nullable Ledger made() {
    Map<UUID, Peer> living = new LinkedHashMap<>();
    for (JournalReport report : reports) {
      living.put(report.member(), new Peer(report.member(), report.journal(), null));
    }
    ClusterSight sight =
        new ClusterSight() {
          @Override
          public List<Peer> peers() {
            return List.copyOf(living.values());
          }

          @Override
          public UUID tableOwner(int partition) {
            return first;
          }

          @Override
          public void forgetReports() {
            forgotten++;
          }

          @Override
          public List<JournalReport> reports() {
            return reports;
          }
        };
    SliceConfig config = new SliceConfig(first, new UUID(1, 0), 3, 2, 60, Seats.NONE);
    FirstLedger ledger = new FirstLedger(config, new Rules());
    if (givenUp) {
      ledger.giveUpMissing();
    }
    if (seen != null) {
      ledger.exists(seen);
    }
    Long begin = ledger.begin(living, RESERVED, 1, sight);
    return begin == null
        ? null
        : ledger.make(begin, 0, living, Collections.nCopies(3, begin + 1_000), sight);
  }
}
