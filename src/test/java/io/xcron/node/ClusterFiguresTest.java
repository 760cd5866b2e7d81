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
    Said said = said(List.of());
    assertNull(said.wallAheadMillis());
    said = said(List.of(-1L)).after(said);
    for (int heard = 2; heard <= 20; heard++) {
      said = said(List.of(-300L)).after(said);
      if (heard < ClusterFigures.ENOUGH) {
        assertNull(said.wallAheadMillis());
      } else {
        assertEquals(0, said.wallAheadMillis());
      }
    }
    // By now it is no delay any more.
    assertEquals(-300, said(List.of(-300L)).after(said).wallAheadMillis());
  }

  @Test
  void messagesThatAreLateByTurnsSayNothingAgainstAClock() {
    // On a machine with ten times the work it can do even the quickest of twenty is late.
    assertEquals(0, heard(-90, -35, -60, -120).wallAheadMillis());
    assertEquals(-250, heard(-252, -250, -260, -251).wallAheadMillis());
    assertEquals(30_000, heard(29_990, 29_940, 29_900, 30_000).wallAheadMillis());
  }

  private static Said heard(long... aheads) {
    Said said = said(List.of());
    for (int i = 0; i < ClusterFigures.ENOUGH; i++) {
      said = said(List.of(aheads[i % aheads.length])).after(said);
    }
    return said;
  }

  private static Said said(List<Long> aheads) {
    return new Said(JsonNodeFactory.instance.objectNode(), aheads, 0);
  }
}
