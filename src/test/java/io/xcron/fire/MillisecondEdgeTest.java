package io.xcron.fire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class MillisecondEdgeTest {
  @Test
  void aSleeperWakesRightBehindTheEdge() {
    Random random = new Random(7);
    MillisecondEdge edge = new MillisecondEdge();
    long nanos = 123_456_789;
    long late = 0;
    for (int i = 0; i < 2_000; i++) {
      long now = nanos / 1_000_000;
      long until = now + 1 + random.nextInt(3);
      while (nanos / 1_000_000 < until) {
        nanos += edge.nanosUntil(nanos / 1_000_000, until, nanos) + 5_000;
      }
      late += nanos - until * 1_000_000;
      nanos += random.nextInt(200_000);
    }
    assertTrue(late / 2_000 < 250_000, "late by " + late / 2_000 + " ns on average");
  }
}
