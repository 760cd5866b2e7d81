package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.node.SoakLedger.Wrong;
import org.junit.jupiter.api.Test;

/** The long load is only worth something if what it looks for would be seen. */
class SoakLedgerTest {
  private static final long DUE = 1_000_000;

  private final SoakLedger ledger = new SoakLedger();

  private void arrive(String id, long generation, long run, int attempt, long late, long token) {
    arrive(id, generation, run, attempt, late, token, false);
  }

  private void arrive(
      String id, long generation, long run, int attempt, long late, long token, boolean failing) {
    ledger.arrived(
        new CallbackSink.Callback(
            DUE + late,
            "127.0.0.1",
            "/",
            id,
            generation,
            run,
            attempt,
            DUE,
            token,
            id + "/" + run,
            ""),
        failing);
  }

  private void created(String id) {
    ledger.creating(id, DUE);
    ledger.created(id);
  }

  private void recurring() {
    ledger.recurringCreating("e");
    ledger.recurringCreated("e", DUE);
  }

  private void only(Wrong wrong, long count) {
    for (Wrong other : Wrong.values()) {
      assertEquals(other == wrong ? count : 0, ledger.count(other), other.name());
    }
    assertEquals(wrong != Wrong.REPEAT, ledger.broken());
  }

  @Test
  void whatIsAsItShouldBeIsNotReported() {
    created("a");
    recurring();
    arrive("a", 1, 1, 1, 3, 5, true);
    arrive("a", 1, 1, 2, 300, 6);
    arrive("e", 1, 1, 1, 0, 5);
    arrive("e", 1, 2, 1, 4, 5, true);
    arrive("e", 1, 2, 2, 400, 7);
    arrive("e", 1, 3, 1, 2, 7);
    ledger.recurringDeleting("e");
    ledger.recurringDeleted("e", DUE + 2_000);
    arrive("e", 1, 4, 1, 2_500, 7);
    ledger.recurringCreated("e", DUE + 4_000);
    arrive("e", 2, 1, 1, 5_000, 8);
    ledger.creating("refused", DUE);
    created("deleted");
    ledger.deleting("deleted");
    ledger.deleted("deleted", DUE - 2_000);
    assertEquals(0, ledger.open());
    ledger.sweep(DUE + SoakLedger.LATEST_MILLIS + 1);
    assertFalse(ledger.broken(), ledger.wrongs());
    assertEquals(0, ledger.count(Wrong.REPEAT));
    assertEquals(8, ledger.takeFires());
    assertEquals("3/5000/5000", ledger.takeLags().toString());
  }

  @Test
  void aOneShotThatDoesNotComeIsLost() {
    created("a");
    ledger.sweep(DUE + SoakLedger.LATEST_MILLIS);
    assertFalse(ledger.broken());
    ledger.sweep(DUE + SoakLedger.LATEST_MILLIS + 1);
    only(Wrong.LOST, 1);
  }

  @Test
  void aOneShotThatFailedAndIsNotTriedAgainIsLost() {
    created("a");
    arrive("a", 1, 1, 1, 3, 5, true);
    assertEquals(1, ledger.open());
    ledger.sweep(DUE + SoakLedger.LATEST_MILLIS + 1);
    only(Wrong.LOST, 1);
  }

  @Test
  void aRecurringTaskThatFallsSilentIsLost() {
    recurring();
    arrive("e", 1, 1, 1, 0, 5);
    ledger.sweep(DUE + SoakLedger.LATEST_MILLIS + 1);
    only(Wrong.LOST, 1);
  }

  @Test
  void aFailedRunThatIsNotTriedAgainIsLost() {
    recurring();
    arrive("e", 1, 1, 1, 0, 5, true);
    arrive("e", 1, 2, 1, 0, 5);
    only(Wrong.LOST, 1);
  }

  @Test
  void aMissingNumberIsAGap() {
    recurring();
    arrive("e", 1, 1, 1, 0, 5);
    arrive("e", 1, 4, 1, 0, 5);
    only(Wrong.GAP, 2);
  }

  @Test
  void whatComesBeforeItsTimeIsEarly() {
    recurring();
    arrive("e", 1, 1, 1, -1, 5);
    only(Wrong.EARLY, 1);
  }

  @Test
  void aDeletedTaskMustNotFireASecondLater() {
    created("a");
    ledger.deleting("a");
    ledger.deleted("a", DUE - 1_001);
    arrive("a", 1, 1, 1, 0, 5);
    only(Wrong.AFTER_DELETE, 1);
  }

  @Test
  void aDeletedRecurringTaskMustNotFireASecondLater() {
    recurring();
    arrive("e", 1, 1, 1, 0, 5);
    ledger.recurringDeleting("e");
    ledger.recurringDeleted("e", DUE + 100);
    arrive("e", 1, 2, 1, 1_101, 5);
    only(Wrong.AFTER_DELETE, 1);
  }

  @Test
  void aSmallerTokenIsReportedAlsoOfTheNextGeneration() {
    recurring();
    arrive("e", 1, 1, 1, 0, 5);
    arrive("e", 2, 1, 1, 0, 4);
    only(Wrong.TOKEN_DOWN, 1);
  }

  @Test
  void aRepeatIsCountedAndBreaksNoPromise() {
    created("a");
    arrive("a", 1, 1, 1, 0, 5);
    arrive("a", 1, 1, 2, 9, 5);
    recurring();
    arrive("e", 1, 1, 1, 0, 5);
    arrive("e", 1, 1, 2, 9, 5);
    only(Wrong.REPEAT, 2);
  }

  @Test
  void aCallbackOfNobodysTaskIsReported() {
    arrive("nobody", 1, 1, 1, 0, 5);
    only(Wrong.STRANGE, 1);
    assertTrue(ledger.wrongs().contains("strange 1"), ledger.wrongs());
  }
}
