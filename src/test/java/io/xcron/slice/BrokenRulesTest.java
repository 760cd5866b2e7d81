package io.xcron.slice;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each rule taken out: the simulation finds the harm, so the rule is needed and is tested. */
class BrokenRulesTest {
  private static final int STORIES = 2_000;
  private static final long MILLIS = 15_000;

  @Test
  void withoutRule1AChangeOfOwnerWithoutANewSliceBreaksTokens() {
    findsHarm(
        "slice",
        () ->
            new Rules() {
              @Override
              long nextSlice(long slice) {
                return slice;
              }
            });
  }

  @Test
  void withoutRule2AGrantCountedFromTheAnswerOutlivesItsTime() {
    findsHarm(
        "two members hold a grant|a token went down",
        SimFaults.SLOW.without(
            () ->
                new Rules() {
                  @Override
                  long grantedFrom(long issuedNanos, long answeredNanos) {
                    return answeredNanos;
                  }
                }));
  }

  @Test
  void withoutRule3ANewOwnerThatDoesNotWaitMeetsTheOldOne() {
    findsHarm(
        "two members hold a grant",
        () ->
            new Rules() {
              @Override
              long actsFrom(boolean clean, long answeredNanos) {
                return answeredNanos;
              }
            });
  }

  @Test
  void withoutRule4AnOwnerThatReleasesDuringItsWaitVouchesForAnother() {
    findsHarm(
        "two members hold a grant",
        () ->
            new Rules() {
              @Override
              boolean mayRelease(long actsFromNanos, long nowNanos) {
                return true;
              }
            });
  }

  @Test
  void withoutRule4AnOwnerThatReleasesWithAttemptsPendingActsAfterwards() {
    findsHarm("after its owner had released", SimFaults.ALL.releasingBusy());
  }

  @Test
  void withoutRule5ATokenTakenAnewPassesForTheNewOwners() {
    findsHarm("token of a new one", SimFaults.ALL.refreshingToken());
  }

  @Test
  void withoutRule7AnOwnerMayBeNamedThatLacksAcknowledgedWrites() {
    findsHarm(
        "in sync",
        () ->
            new Rules() {
              @Override
              boolean mayOwn(UUID member, List<UUID> livingInSync) {
                return true;
              }
            });
  }

  @Test
  void withoutRule10SlicesThatNobodyReservedComeTwice() {
    findsHarm(
        "slice",
        () ->
            new Rules() {
              @Override
              boolean reserved(long slice, List<Long> limits, int reservers) {
                return true;
              }
            });
  }

  @Test
  void withoutRule10OneReservationIsNotEnough() {
    findsHarm(
        "slice",
        () ->
            new Rules() {
              @Override
              boolean reserved(long slice, List<Long> limits, int reservers) {
                return super.reserved(slice, limits, 1);
              }
            });
  }

  @Test
  void withoutRule10TooFewJournalsLetAStaleCopyWin() {
    findsHarm(
        "",
        () ->
            new Rules() {
              @Override
              boolean quorum(int usedJournals, int journals) {
                return usedJournals >= 1;
              }

              @Override
              boolean witnessed(long journalsThatHaveSeenIt) {
                return true;
              }
            });
  }

  @Test
  void withoutRule11TheSeatOfOneOfTwoCopiesGoesToAnother() {
    findsHarm(
        "without an acknowledged write",
        5,
        10_000,
        30_000,
        SimFaults.ALL.without(
            () ->
                new Rules() {
                  @Override
                  boolean mayLeave(int stayingInSync) {
                    return true;
                  }
                }));
  }

  @Test
  void withoutRule11AMemberWithoutASeatTakesAcknowledgedWritesAway() {
    findsHarmWhileMembersChange(
        "in sync without",
        () ->
            new Rules() {
              @Override
              boolean maySync(boolean seated) {
                return true;
              }
            });
  }

  private static void findsHarm(String named, Supplier<Rules> broken) {
    findsHarm(named, SimFaults.ALL.without(broken));
  }

  private static void findsHarmWhileMembersChange(String named, Supplier<Rules> broken) {
    findsHarm(named, 5, 1, MILLIS, SimFaults.ALL.without(broken));
  }

  private static void findsHarm(String named, SimFaults faults) {
    findsHarm(named, 3, 1, MILLIS, faults);
  }

  /** Seeds are fixed here: that a rule is needed does not depend on luck. */
  private static void findsHarm(
      String named, int machines, long first, long millis, SimFaults faults) {
    for (long seed = first; seed < first + STORIES; seed++) {
      try {
        SimStory.run(seed, machines, 3, faults, millis);
      } catch (SimWorld.Violation found) {
        System.out.printf("seed %d: %s%n", seed, found.getMessage());
        String message = String.valueOf(found.getMessage());
        assertTrue(
            Stream.of(named.split("[|]")).anyMatch(message::contains),
            "seed " + seed + ": another harm: " + message);
        return;
      }
    }
    fail("no harm in " + STORIES + " stories: the rule is not tested");
  }
}
