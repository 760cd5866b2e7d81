package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A receiver that hangs, and somebody who does not want to wait for it. */
@Timeout(60)
class HttpKillTest {
  private final HttpTargets targets =
      new HttpTargets(
          HttpTargets.Config.of(AddressPolicy.parse(true, "", ""), name -> null, null)
              .withEventLoops(1)
              .withBounds(new HttpTargets.Bounds(1, 100, 100, 10)));

  @AfterEach
  void close() {
    targets.close();
  }

  @Test
  void oneUnderWayLosesItsConnectionAndOneThatWaitsIsWithdrawn() throws Exception {
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    CompletableFuture<Void> closed = new CompletableFuture<>();
    try (RawServer server =
        new RawServer(
            x -> {
              if (x.connection() > 1) {
                x.ok("served");
                return;
              }
              arrived.complete(null);
              x.untilClosed();
              closed.complete(null);
            })) {
      Try first = Try.of(Try.post(server.url()));
      assertTrue(targets.start(first));
      arrived.get(20, TimeUnit.SECONDS);
      List<Try> waiting = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        waiting.add(Try.of(Try.post(server.url())));
        assertTrue(targets.start(waiting.get(i)));
      }
      targets.kill(waiting.get(2));
      assertEquals(new Outcome.Withdrawn(), waiting.get(2).await());
      assertEquals(0, waiting.get(2).asked.get());
      targets.kill(first);
      assertEquals(new Outcome.Killed("", false), first.await());
      closed.get(20, TimeUnit.SECONDS);
      for (int i : new int[] {0, 1, 3, 4}) {
        assertEquals(new Outcome.Answered(200, "served", false), waiting.get(i).await());
      }
      targets.kill(first);
      targets.kill(waiting.get(0));
      assertEquals(new Outcome.Answered(200, "served", false), run(server));
      assertEquals(1, first.told.get());
      assertEquals(1, waiting.get(0).told.get());
    }
  }

  private Outcome run(RawServer server) throws Exception {
    Try attempt = Try.of(Try.post(server.url()));
    assertTrue(targets.start(attempt));
    return attempt.await();
  }

  @Test
  void aKillThatFollowsRightAfterTheStartFindsTheAttempt() throws Exception {
    try (RawServer server = new RawServer(RawServer.Exchange::untilClosed)) {
      for (int i = 0; i < 90; i++) {
        Try attempt = Try.of(Try.post(server.url()));
        assertTrue(targets.start(attempt));
        targets.kill(attempt);
        Outcome outcome = attempt.await();
        assertTrue(
            outcome instanceof Outcome.Withdrawn || outcome instanceof Outcome.Killed,
            outcome::toString);
      }
      // Nothing is left in the counts: as many as before may wait again.
      for (int i = 0; i < 100; i++) {
        assertTrue(targets.start(Try.of(Try.post(server.url()))), "place " + i);
      }
    }
  }

  @Test
  void anAttemptThatHasNotYetAConnectionIsWithdrawn() throws Exception {
    CompletableFuture<Void> resolving = new CompletableFuture<>();
    try (HttpTargets named =
        new HttpTargets(
            HttpTargets.Config.of(AddressPolicy.parse(true, "", ""), name -> null, null)
                .withResolver(
                    name -> {
                      resolving.join();
                      return List.of();
                    }))) {
      Try attempt = Try.of(Try.post("http://nowhere.test/"));
      assertTrue(named.start(attempt));
      named.kill(attempt);
      assertEquals(new Outcome.Withdrawn(), attempt.await());
      resolving.complete(null);
    }
  }
}
