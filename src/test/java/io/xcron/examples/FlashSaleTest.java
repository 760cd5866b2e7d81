package io.xcron.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.Xcron;
import io.xcron.XcronTestKit;
import io.xcron.model.RunOutcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Prices change at 08:00:00.000 and not a millisecond before: two thousand articles at once. */
class FlashSaleTest {
  private static final Instant OPENING = Instant.parse("2027-11-26T08:00:00.000Z");

  @Test
  void nothingHappensBeforeEightAndAllOfItAtEight() {
    List<Instant> prices = new ArrayList<>();
    List<Instant> calls = new ArrayList<>();
    try (XcronTestKit kit = XcronTestKit.at(OPENING.minus(Duration.ofHours(9)))) {
      kit.handler("price", run -> prices.add(run.started()));
      kit.http(
          call -> {
            calls.add(call.started());
            return XcronTestKit.Reply.ok();
          });
      for (int article = 0; article < 2_000; article++) {
        kit.create(
            Xcron.task("price-" + article)
                .at(OPENING)
                .handler("price", "{\"article\":" + article + ",\"off\":30}"));
      }
      kit.create(Xcron.task("open").at(OPENING).post("https://shop.example/sale/open", "{}"));
      kit.advanceTo(OPENING.minusMillis(1));
      assertEquals(0, prices.size() + calls.size());
      kit.advanceTo(OPENING);
      assertEquals(2_000, prices.size());
      assertTrue(prices.stream().allMatch(OPENING::equals));
      assertEquals(List.of(OPENING), calls);
      assertEquals(RunOutcome.SUCCESS, kit.runs("open", 1).getFirst().outcome());
    }
  }
}
