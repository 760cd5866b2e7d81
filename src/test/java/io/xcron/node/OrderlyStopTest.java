package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member that is stopped while it calls receivers that take long. */
class OrderlyStopTest {
  private static final int SLOW = 60;
  private static final int QUICK = 300;
  private static final int EVERY_MILLIS = 20;

  @TempDir Path directory;

  @Test
  void whatRunsLongHoldsNothingElseUpAndIsNotRepeated() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster = new MemberCluster(directory, 3, Map.of())) {
      sink.answer(
          callback -> {
            if (callback.taskId().startsWith("slow")) {
              await(held);
            }
            return 200;
          });
      cluster.start();
      cluster.awaitCopies();
      MemberProcess staying = cluster.member(1);
      long now = System.currentTimeMillis();
      assertEquals(SLOW, staying.importLines(lines(sink, "slow", SLOW, now, 0)));
      sink.await("each slow callback has begun", 30, () -> called(sink, "slow") == SLOW);

      long first = System.currentTimeMillis() + 2_000;
      assertEquals(QUICK, staying.importLines(lines(sink, "quick", QUICK, first, EVERY_MILLIS)));
      CompletableFuture<Integer> stopped = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  stopped.complete(cluster.stop(0));
                } catch (InterruptedException | RuntimeException e) {
                  stopped.completeExceptionally(e);
                }
              });
      sink.await("the others fire meanwhile", 30, () -> called(sink, "quick") == QUICK);
      assertFalse(stopped.isDone(), "it did not wait for what runs");

      held.countDown();
      assertEquals(0, stopped.get(60, TimeUnit.SECONDS));
      for (int i = 0; i < SLOW; i++) {
        String id = "slow" + i;
        ProbeProcess.awaitAny(id + " has ended", 30, () -> finished(staying, id));
      }
      assertEquals(List.of(), repeated(sink));
    }
  }

  private static boolean finished(MemberProcess member, String id) {
    try {
      MemberProcess.Answer task = member.get("/api/v1/tasks/" + id);
      return task.json().path("state").asText().equals("finished");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String lines(CallbackSink sink, String name, int count, long first, int every) {
    return IntStream.range(0, count)
        .mapToObj(
            i ->
                "{\"id\":\"%s%d\",\"schedule\":{\"at\":%d},\"target\":{\"http\":{\"url\":\"%s\",\"timeout\":\"60s\"}}}"
                    .formatted(name, i, first + (long) i * every, sink.url("/")))
        .collect(Collectors.joining("\n"));
  }

  private static long called(CallbackSink sink, String name) {
    return sink.callbacks().stream()
        .map(CallbackSink.Callback::taskId)
        .filter(id -> id.startsWith(name))
        .distinct()
        .count();
  }

  private static List<String> repeated(CallbackSink sink) {
    return sink.callbacks().stream()
        .collect(Collectors.groupingBy(CallbackSink.Callback::taskId, Collectors.counting()))
        .entrySet()
        .stream()
        .filter(calls -> calls.getValue() > 1)
        .map(Map.Entry::toString)
        .toList();
  }
}
