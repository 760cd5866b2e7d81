package io.xcron.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.Xcron;
import io.xcron.XcronTestKit;
import io.xcron.model.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * An order that is not paid within 30 minutes is cancelled. Each order is a task of its own; paying
 * deletes it. {@code -Dxcron.examples.orders=1000000} makes it a million.
 */
class UnpaidOrdersTest {
  private static final int ORDERS = Integer.getInteger("xcron.examples.orders", 20_000);
  private static final Duration PATIENCE = Duration.ofMinutes(30);
  private static final Instant NOON = Instant.parse("2027-05-04T12:00:00Z");

  private final BitSet cancelled = new BitSet();

  @Test
  void ordersThatAreNotPaidAreCancelledOnTimeAndTheOthersAreNot() {
    try (XcronTestKit kit = XcronTestKit.at(NOON)) {
      kit.handler(
          "cancel",
          run -> {
            int order = Integer.parseInt(String.valueOf(run.arg()));
            assertEquals(orderedAt(order).plus(PATIENCE), run.started());
            cancelled.set(order);
          });
      for (int from = 0; from < ORDERS; from += 1_000) {
        assertEquals(Map.of(), kit.createAll(orders(from, Math.min(ORDERS, from + 1_000))));
      }
      kit.advance(Duration.ofMinutes(20));
      assertTrue(cancelled.isEmpty());
      // Every order but each tenth is paid by now.
      for (int order = 0; order < ORDERS; order++) {
        if (order % 10 != 0) {
          assertTrue(kit.delete("order-" + order));
        }
      }
      kit.advance(Duration.ofMinutes(20));
      assertEquals((ORDERS + 9) / 10, cancelled.cardinality());
      assertTrue(cancelled.stream().allMatch(order -> order % 10 == 0));
    }
  }

  /** The orders of ten minutes, one after the other. */
  private static Instant orderedAt(int order) {
    return NOON.plusMillis(600_000L * order / ORDERS);
  }

  private static List<Task> orders(int from, int to) {
    List<Task> tasks = new ArrayList<>(to - from);
    for (int order = from; order < to; order++) {
      tasks.add(
          Xcron.task("order-" + order)
              .at(orderedAt(order).plus(PATIENCE))
              .handler("cancel", Integer.toString(order))
              .deleteAfter(Duration.ZERO)
              .build());
    }
    return tasks;
  }
}
