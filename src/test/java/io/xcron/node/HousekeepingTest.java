package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class HousekeepingTest {
  @Test
  void aFailureDoesNotEndWhatIsDoneAgainAndAgain() throws Exception {
    CountDownLatch times = new CountDownLatch(4);
    Supplier<CompletableFuture<Void>> work =
        () -> {
          times.countDown();
          if (times.getCount() == 3) {
            throw new IllegalStateException("thrown");
          }
          return CompletableFuture.failedFuture(new IllegalStateException("told"));
        };
    try (ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor()) {
      NodeParts.again(timer, Duration.ofMillis(1), "later", work);
      assertTrue(times.await(10, TimeUnit.SECONDS));
      timer.shutdownNow();
    }
  }
}
