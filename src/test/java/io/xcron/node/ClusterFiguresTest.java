package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.xcron.node.ClusterFigures.Said;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterFiguresTest {
  @Test
  void messagesThatAreLateDoNotLookLikeAClockThatIsBehind() {
    Said said = said(List.of(), 0);
    assertNull(said.wallAheadMillis(0));
    said = said(-1, 0).after(said);
    for (int heard = 2; heard <= 20; heard++) {
      said = said(-300, 0).after(said);
      if (heard < ClusterFigures.ENOUGH) {
        assertNull(said.wallAheadMillis(0));
      } else {
        assertEquals(0, said.wallAheadMillis(0));
      }
    }
    // By now it is no delay any more.
    assertEquals(-300, said(-300, 0).after(said).wallAheadMillis(0));
  }

  @Test
  void messagesThatAreLateByTurnsSayNothingAgainstAClock() {
    // On a machine with ten times the work it can do even the quickest of twenty is late.
    assertEquals(0, heard(-90, -35, -60, -120).wallAheadMillis(0));
    assertEquals(-250, heard(-252, -250, -260, -251).wallAheadMillis(0));
    assertEquals(30_000, heard(29_990, 29_940, 29_900, 30_000).wallAheadMillis(0));
  }

  /** What the messages say of the monotonic clocks goes on to count. */
  @Test
  void aStepOfEitherWallClockIsKnownWithTheNextMessage() {
    long step = 30_000_000_000L;
    Said before = heard(-1, -2, -3);
    for (long of : new long[] {step, -step}) {
      Said after = said(-2, of).after(before);
      assertEquals(of / 1_000_000 - 1, after.wallAheadMillis(0));
      assertEquals(0, after.wallAheadMillis(of), "both were set");
      assertEquals(-of / 1_000_000 - 1, before.wallAheadMillis(of), "ours was set");
    }
  }

  private static Said heard(long... aheadMillis) {
    Said said = said(List.of(), 0);
    for (int i = 0; i < ClusterFigures.ENOUGH; i++) {
      said = said(aheadMillis[i % aheadMillis.length], 0).after(said);
    }
    return said;
  }

  private static Said said(long aheadMillis, long wallAheadNanos) {
    return said(List.of(aheadMillis * 1_000_000), wallAheadNanos);
  }

  private static Said said(List<Long> aheadNanos, long wallAheadNanos) {
    return new Said(
        JsonNodeFactory.instance.objectNode().put("wall_ahead_nanos", wallAheadNanos),
        aheadNanos,
        0);
  }
}
