package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Grant;
import io.xcron.model.Seats;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SliceKeeperTest {
  private long nanos = 5;
  private long suspendedMillis;
  private final ClusterClock clock =
      new ClusterClock(
          () -> Instant.ofEpochSecond(1_800_000_000, nanos).plusMillis(suspendedMillis),
          () -> nanos);
  private final Store store = new Store();
  private final Reserve reserve = new Reserve();

  @Test
  void nothingIsGrantedBeforeTheReservationIsDurable() {
    reserve.answering = false;
    SliceKeeper keeper = keeper(100);
    keeper.step();
    assertNull(keeper.grant(0));
    assertNull(store.ledger, "a slice may not be used before it is reserved");

    reserve.answering = true;
    pass(1_100);
    keeper.step();
    keeper.step();
    assertEquals(100, grant(keeper).slice());
  }

  @Test
  void slicesMoveOnEachHalfSecondAndStayBelowTheReservation() {
    SliceKeeper keeper = keeper(1);
    long before = 0;
    for (int i = 0; i < 600; i++) {
      pass(100);
      keeper.step();
      Grant grant = keeper.grant(3);
      if (grant != null) {
        assertTrue(grant.slice() >= before, "a token went down");
        assertTrue(grant.slice() < reserve.sliceLimit, "a slice was used that was not reserved");
        before = grant.slice();
      }
    }

    assertTrue(before >= 115 && before <= 122, "60 s are 120 slices, not " + before);
    assertTrue(reserve.writes <= 31, "one write for 2 s, not " + reserve.writes + " in 60 s");
  }

  @Test
  void timeIsReservedForLongerThanADiskMayHangAndForLittleMore() {
    SliceKeeper keeper = keeper(1);
    for (int i = 0; i < 600; i++) {
      pass(100);
      keeper.step();
      long left = keeper.untilMillis() - clock.nowMillis();
      assertTrue(left > 6_000, "a disk that hangs for 5 s would stop fires: " + left);
      assertTrue(left <= 8_000, "a crash would leave more fires in doubt: " + left);
    }
  }

  @Test
  void whoHasReadNoSliceOrNoneLatelyIsOutdated() {
    SliceKeeper keeper = keeper(1);
    assertTrue(keeper.outdated());
    pass(100);
    keeper.step();
    assertFalse(keeper.outdated());
    pass(2_000);
    assertTrue(keeper.outdated());
  }

  @Test
  void whenTheReservationCannotBeRenewedGrantsEnd() {
    SliceKeeper keeper = keeper(1);
    pass(100);
    keeper.step();
    assertNotNull(keeper.grant(0));
    reserve.answering = false;
    for (int i = 0; i < 300; i++) {
      pass(100);
      keeper.step();
    }

    assertNull(keeper.grant(0));
  }

  @Test
  void aGrantEndsByItselfWhenTheLedgerIsNotRead() {
    SliceKeeper keeper = keeper(1);
    keeper.step();
    keeper.step();
    assertNotNull(keeper.grant(0));
    pass(SliceKeeper.GRANT.toMillis() - 1);
    assertNotNull(keeper.grant(0));
    pass(1);

    assertNull(keeper.grant(0));
  }

  @Test
  void aGrantEndsWhenOnlyTheWallClockSaysThatItsTimeIsOver() {
    SliceKeeper keeper = keeper(1);
    keeper.step();
    keeper.step();
    assertNotNull(keeper.grant(0));
    suspendedMillis = SliceKeeper.GRANT.toMillis();
    assertNull(keeper.grant(0), "the machine was suspended: others may own the partition by now");
    keeper.step();

    assertNotNull(keeper.grant(0));
  }

  @Test
  void grantsThatRanOutAreToldOnceAndNotThoseThatAreRenewed() {
    SliceKeeper keeper = keeper(1);
    int[] lapses = {0};
    keeper.onLapse(() -> lapses[0]++);
    for (int i = 0; i < 30; i++) {
      pass(100);
      keeper.step();
    }
    keeper.release(0, grant(keeper).epoch());
    pass(SliceKeeper.GRANT.toMillis() - 1);
    keeper.step();
    assertEquals(0, lapses[0]);

    pass(SliceKeeper.GRANT.toMillis());
    keeper.step();
    pass(100);
    keeper.step();
    assertEquals(1, lapses[0], "none was read in time");
    store.slow = () -> pass(SliceKeeper.GRANT.toMillis() - 50);
    pass(100);
    keeper.step();
    assertEquals(2, lapses[0], "they ran out while the next was being read");
    store.slow = () -> {};
    keeper.step();
    reserve.answering = false;
    for (int i = 0; i < 300; i++) {
      pass(100);
      keeper.step();
    }
    assertEquals(3, lapses[0], "no more time is reserved");
  }

  @Test
  void aReleaseEndsTheGrantAtOnceAndALoneMemberGetsTheNextEpoch() {
    SliceKeeper keeper = keeper(1);
    keeper.step();
    keeper.step();
    long epoch = grant(keeper).epoch();
    keeper.release(0, epoch);
    assertNull(keeper.grant(0));
    pass(100);
    keeper.step();
    pass(100);
    keeper.step();

    assertTrue(grant(keeper).epoch() > epoch);
    assertTrue(grant(keeper).slice() >= grant(keeper).epoch());
  }

  @Test
  void listenersHearOfTitlesOnceForEachChange() {
    SliceKeeper keeper = keeper(1);
    int[] heard = {0};
    keeper.onRead(titles -> heard[0]++);
    for (int i = 0; i < 30; i++) {
      pass(100);
      keeper.step();
    }

    assertEquals(1, heard[0]);
  }

  @Test
  void aRestartGoesOnAboveWhatWasReserved() {
    SliceKeeper first = keeper(1);
    first.step();
    first.step();
    store.ledger = null;
    SliceKeeper second = keeper(reserve.sliceLimit);
    second.step();
    second.step();

    assertTrue(grant(second).slice() > grant(first).slice());
    assertTrue(grant(second).epoch() > grant(first).epoch());
  }

  @Test
  void aPartitionOfAnotherOwnerIsNotGranted() {
    SliceKeeper keeper = keeper(1);
    keeper.step();
    UUID other = UUID.randomUUID();
    store.ledger = Ledger.alone(other, other, 2, 0, 271);
    keeper.step();

    assertNull(keeper.grant(0));
  }

  @Test
  void theLedgerComesBackAsItWasWritten() {
    UUID one = UUID.randomUUID();
    UUID two = UUID.randomUUID();
    Ledger ledger =
        new Ledger(
            7,
            one,
            (1L << 40) - 3,
            1L << 40,
            123,
            List.of(new Ledger.Row(one, two, -30_000), new Ledger.Row(two, one, 17)),
            new Seats(3, 9, List.of(new Seats.Seat(one, 9), new Seats.Seat(two, 4))),
            List.of(
                new Ledger.Entry(one, 5, true, false, List.of(one, two)),
                new Ledger.Entry(two, 6, false, true, List.of(two))));

    assertEquals(ledger, Ledger.read(ledger.toBytes()));
  }

  @Test
  void aKeeperThatNeverStartedIsClosedLikeAnother() {
    keeper(1).close();
  }

  private SliceKeeper keeper(long firstSlice) {
    return SliceKeeper.alone(store, clock, reserve, new UUID(1, 1), 271, firstSlice);
  }

  private static Grant grant(SliceKeeper keeper) {
    Grant grant = keeper.grant(0);
    assertNotNull(grant);
    return grant;
  }

  private void pass(long millis) {
    nanos += millis * 1_000_000L;
  }

  private static final class Store implements LedgerStore {
    @Nullable Ledger ledger;
    Runnable slow = () -> {};

    @Override
    public @Nullable Ledger read() {
      slow.run();
      return ledger;
    }

    @Override
    public boolean compareAndSet(@Nullable Ledger expected, Ledger next) {
      boolean same = expected == null ? ledger == null : expected.equals(ledger);
      if (same) {
        ledger = next;
      }
      return same;
    }
  }

  private static final class Reserve implements SliceReserve {
    boolean answering = true;
    long sliceLimit;
    int writes;

    @Override
    public boolean accepts() {
      return true;
    }

    @Override
    public void reserve(
        long limit, long untilMillis, boolean clean, Seats seats, Runnable durable) {
      if (answering) {
        writes++;
        sliceLimit = limit;
        durable.run();
      }
    }
  }
}
