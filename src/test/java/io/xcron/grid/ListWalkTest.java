package io.xcron.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ListWalkTest {
  private static final int PARTITIONS = 40;
  private static final TaskFilter SOME = new TaskFilter("default", Map.of(), null, null);

  private final List<Integer> asked = new ArrayList<>();
  private long nanos;

  /** Partitions without a task. */
  private <T> CompletableFuture<T> empty() {
    @SuppressWarnings("unchecked") // a list is all that a walk asks for
    T none = (T) List.of();
    return CompletableFuture.completedFuture(none);
  }

  private TaskPage list(GridInvoker invoker, @Nullable TaskCursor after) throws Exception {
    return new ListWalk(invoker, () -> nanos, PARTITIONS, SOME, after, 10, false)
        .step()
        .get(10, TimeUnit.SECONDS);
  }

  /** The first window has no owners, which is known after three seconds. */
  private final GridInvoker ownerless =
      new GridInvoker() {
        @Override
        public <T> CompletableFuture<T> invoke(ReplicaOperation operation, int partition) {
          asked.add(partition);
          if (partition >= 16) {
            return empty();
          }
          nanos = TimeUnit.SECONDS.toNanos(3);
          return CompletableFuture.failedFuture(GridException.notHere("no owner"));
        }
      };

  @Test
  void aPageThatEndsEarlySaysWhereTheNextBegins() throws Exception {
    TaskPage first = list(ownerless, null);
    assertTrue(first.incomplete());
    assertEquals(new TaskCursor(16, ""), first.next());
    asked.clear();

    TaskPage second = list(ownerless, first.next());
    assertNull(second.next());
    assertEquals(IntStream.range(16, PARTITIONS).boxed().toList(), asked);
  }

  @Test
  void aWalkGoesOnBehindWhatIsKnownQuickly() throws Exception {
    GridInvoker quick =
        new GridInvoker() {
          @Override
          public <T> CompletableFuture<T> invoke(ReplicaOperation operation, int partition) {
            asked.add(partition);
            return partition == 3
                ? CompletableFuture.failedFuture(GridException.notHere("no owner"))
                : empty();
          }
        };
    TaskPage page = list(quick, null);
    assertTrue(page.incomplete());
    assertNull(page.next());
    assertEquals(PARTITIONS, asked.size());
  }

  @Test
  void anOwnerThatHangsIsLeftOutInTime() throws Exception {
    GridInvoker hangs =
        new GridInvoker() {
          @Override
          public <T> CompletableFuture<T> invoke(ReplicaOperation operation, int partition) {
            nanos = TimeUnit.SECONDS.toNanos(5);
            return partition == 20 ? new CompletableFuture<>() : empty();
          }
        };
    TaskPage page = list(hangs, new TaskCursor(16, "a"));
    assertTrue(page.incomplete());
    assertEquals(new TaskCursor(32, ""), page.next());
  }
}
