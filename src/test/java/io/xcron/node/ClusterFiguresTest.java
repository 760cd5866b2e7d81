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
        assertEquals(-1, said.wallAheadMillis());
      }
    }
    // By now it is no delay any more.
    assertEquals(-300, said(List.of(-300L)).after(said).wallAheadMillis());
  }

  private static Said said(List<Long> aheads) {
    return new Said(JsonNodeFactory.instance.objectNode(), aheads, 0);
  }
}
