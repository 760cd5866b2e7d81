package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Target;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HandlerTargetsTest {
  private static final class One implements Attempt {
    final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    final String handler;
    volatile boolean allowed = true;
    volatile boolean asked;

    One(String handler) {
      this.handler = handler;
    }

    @Override
    public Target target() {
      return new Target.Handler(handler, "given");
    }

    @Override
    public String taskId() {
      return "t";
    }

    @Override
    public long generation() {
      return 3;
    }

    @Override
    public long runNumber() {
      return 7;
    }

    @Override
    public int number() {
      return 1;
    }

    @Override
    public long dueMillis() {
      return 1_000;
    }

    @Override
    public boolean mayStart() {
      asked = true;
      return allowed;
    }

    @Override
    public long startMillis() {
      return 1_001;
    }

    @Override
    public long fencingToken() {
      return 42;
    }

    @Override
    public long mutexToken() {
      return NO_MUTEX;
    }

    @Override
    public String traceparent() {
      return "00-0-0-01";
    }

    @Override
    public void ended(Outcome how) {
      assertTrue(outcome.complete(how), "told twice: " + how);
    }

    Outcome await() throws Exception {
      return outcome.get(20, TimeUnit.SECONDS);
    }
  }

  private final Map<String, HandlerCode> codes = new ConcurrentHashMap<>();
  private final CountDownLatch free = new CountDownLatch(1);

  private HandlerTargets targets(int atOnce, int queue, Duration grace) {
    return new HandlerTargets(codes::get, new HandlerTargets.Bounds(atOnce, queue, grace));
  }

  @Test
  void theCodeSeesItsRunAndItsEndIsTold() throws Exception {
    codes.put(
        "h",
        call ->
            call.print(
                call.idempotencyKey()
                    + " "
                    + call.fencingToken()
                    + " "
                    + call.arg()
                    + " "
                    + Thread.currentThread().isVirtual()));
    codes.put(
        "bad",
        call -> {
          throw new IllegalStateException("no");
        });
    try (HandlerTargets targets = targets(4, 4, Duration.ofSeconds(5))) {
      One good = new One("h");
      One bad = new One("bad");
      assertTrue(targets.start(good) && targets.start(bad));
      assertEquals(new Outcome.Exited(0, "t/3/7 42 given true\n", false), good.await());
      Outcome.Exited failed = assertInstanceOf(Outcome.Exited.class, bad.await());
      assertEquals(1, failed.status());
      assertTrue(failed.output().contains("IllegalStateException: no"));
    }
  }

  @Test
  void withoutTheHandlerNothingStartsAndTheReasonIsSaid() throws Exception {
    try (HandlerTargets targets = targets(4, 4, Duration.ofSeconds(5))) {
      One one = new One("x");
      assertTrue(targets.start(one));
      assertEquals(new Outcome.ConnectFailed("no handler x here"), one.await());
      assertFalse(one.asked);
    }
  }

  @Test
  void anotherMemberMayTakeWhatIsNotHere() throws Exception {
    CompletableFuture<Consumer<Outcome>> taken = new CompletableFuture<>();
    Handlers elsewhere =
        new Handlers() {
          @Override
          public @Nullable HandlerCode find(String name) {
            return null;
          }

          @Override
          public boolean handOn(Attempt attempt, String name, Consumer<Outcome> ended) {
            return taken.complete(ended);
          }
        };
    try (HandlerTargets targets = new HandlerTargets(elsewhere, HandlerTargets.Bounds.DEFAULT)) {
      One one = new One("x");
      assertTrue(targets.start(one));
      taken.get(20, TimeUnit.SECONDS).accept(new Outcome.Exited(0, "", false));
      assertTrue(one.await().success());
    }
  }

  @Test
  void whatIsBeyondTheQueueIsNotTakenAndWhatWaitsCanBeKilled() throws Exception {
    codes.put("h", call -> free.await());
    try (HandlerTargets targets = targets(1, 1, Duration.ofSeconds(5))) {
      One running = new One("h");
      One waiting = new One("h");
      assertTrue(targets.start(running));
      assertTrue(targets.start(waiting));
      assertFalse(targets.start(new One("h")));
      targets.kill(waiting);
      assertEquals(new Outcome.Withdrawn(), waiting.await());
      assertFalse(waiting.asked);
      free.countDown();
      assertTrue(running.await().success());
    }
  }

  @Test
  void aKilledCodeIsInterruptedAndOneThatDoesNotHeedItIsLeftAlone() throws Exception {
    CountDownLatch started = new CountDownLatch(2);
    codes.put(
        "good",
        call -> {
          call.print("begun");
          started.countDown();
          new CountDownLatch(1).await();
        });
    codes.put(
        "deaf",
        call -> {
          started.countDown();
          while (free.getCount() > 0) {
            Thread.onSpinWait();
          }
        });
    try (HandlerTargets targets = targets(4, 4, Duration.ofMillis(50))) {
      One good = new One("good");
      One deaf = new One("deaf");
      assertTrue(targets.start(good) && targets.start(deaf));
      assertTrue(started.await(20, TimeUnit.SECONDS));
      targets.kill(good);
      targets.kill(deaf);
      assertEquals(new Outcome.Killed("begun\n", false), good.await());
      assertEquals(new Outcome.Killed("", false), deaf.await());
      assertTrue(targets.size() >= 1);
      free.countDown();
    }
  }

  @Test
  void aMemberThatStopsLeavesRunsToTheNextOwner() throws Exception {
    CountDownLatch started = new CountDownLatch(1);
    codes.put(
        "h",
        call -> {
          started.countDown();
          new CountDownLatch(1).await();
        });
    One running = new One("h");
    One waiting = new One("h");
    HandlerTargets targets = targets(1, 4, Duration.ofSeconds(5));
    assertTrue(targets.start(running));
    assertTrue(targets.start(waiting));
    assertTrue(started.await(20, TimeUnit.SECONDS));
    targets.close();
    assertInstanceOf(Outcome.Broken.class, running.await());
    assertEquals(new Outcome.Withdrawn(), waiting.await());
    assertFalse(targets.start(new One("h")));
  }

  @Test
  void anAttemptThatMayNotStartIsWithdrawn() throws Exception {
    codes.put("h", call -> {});
    try (HandlerTargets targets = targets(1, 1, Duration.ofSeconds(5))) {
      One one = new One("h");
      one.allowed = false;
      assertTrue(targets.start(one));
      assertEquals(new Outcome.Withdrawn(), one.await());
    }
  }

  @Test
  void whateverTheCodeThrowsEndsItsAttempt() throws Exception {
    codes.put(
        "h",
        call -> {
          throw new OutOfMemoryError("thrown by the test");
        });
    codes.put(
        "odd",
        call -> {
          throw new IllegalStateException() {
            @Override
            public String getMessage() {
              throw new UnsupportedOperationException("not even a message");
            }
          };
        });
    try (HandlerTargets targets = targets(1, 1, Duration.ofSeconds(1))) {
      for (String name : new String[] {"h", "odd", "h"}) {
        One one = new One(name);
        assertTrue(targets.start(one));
        assertFalse(one.await().success(), name);
      }
    }
  }
}
