package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * kill -9 in the middle of a storm of creates, deletes and fires, again and again, on one data
 * directory; then the books are balanced: what was acknowledged against what arrived and what is
 * there.
 */
final class CrashStory {
  private static final int CLIENTS = 6;

  private final Path data;
  private final int rounds;
  private final long seed;
  private final Map<String, Long> acknowledged = new ConcurrentHashMap<>();
  private final Map<String, Long> deleted = new ConcurrentHashMap<>();
  private final Set<String> doubtful = ConcurrentHashMap.newKeySet();
  private final Set<String> recurring = ConcurrentHashMap.newKeySet();

  /**
   * @param data of its own
   */
  CrashStory(Path data, int rounds, long seed) {
    this.data = data;
    this.rounds = rounds;
    this.seed = seed;
  }

  void tell() throws Exception {
    try (CallbackSink sink = new CallbackSink()) {
      Random random = new Random(seed);
      for (int round = 0; round < rounds; round++) {
        try (MemberProcess member = MemberProcess.start(data, Map.of())) {
          storm(member, sink, random, 300 + random.nextInt(1_200));
          member.kill();
        }
      }
      try (MemberProcess member = MemberProcess.start(data, Map.of())) {
        sink.await(
            "every one-shot has fired; missing " + missing(sink),
            60,
            () -> missing(sink).isEmpty());
        check(member, sink);
        assertEquals(0, member.stop(), member::logText);
      }
    }
  }

  /**
   * Several clients at once for a while; when it returns they still run, until their member is
   * gone.
   */
  private void storm(MemberProcess member, CallbackSink sink, Random random, long millis)
      throws Exception {
    CountDownLatch clients = new CountDownLatch(CLIENTS);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      long clientSeed = random.nextLong();
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    clients.countDown();
                    client(member, sink, new Random(clientSeed));
                  }));
    }
    clients.await();
    Thread killer =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
                    member.kill();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    killer.join();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private void client(MemberProcess member, CallbackSink sink, Random random) {
    List<String> mine = new ArrayList<>();
    while (true) {
      String id = "t" + Long.toHexString(random.nextLong());
      try {
        if (!mine.isEmpty() && random.nextInt(5) == 0) {
          delete(member, mine.remove(random.nextInt(mine.size())));
        } else {
          create(member, sink, random, id);
          mine.add(id);
        }
      } catch (IOException e) {
        return; // The member is gone.
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void create(MemberProcess member, CallbackSink sink, Random random, String id)
      throws IOException, InterruptedException {
    long due = System.currentTimeMillis() + 50 + random.nextInt(3_000);
    boolean once = random.nextInt(50) > 0;
    String schedule =
        once ? "{\"at\":" + due + "}" : "{\"every\":\"" + (200 + random.nextInt(800)) + "ms\"}";
    String url = sink.url("/" + (once ? "once" : "every"));
    doubtful.add(id);
    MemberProcess.Answer answer =
        member.call(
            "PUT",
            "/api/v1/tasks/" + id,
            "{\"schedule\":"
                + schedule
                + ",\"target\":{\"http\":{\"url\":\""
                + url
                + "\",\"body\":{\"id\":\""
                + id
                + "\"}}}}");
    if (answer.status() == 201) {
      if (once) {
        acknowledged.put(id, due);
      } else {
        recurring.add(id);
      }
      doubtful.remove(id);
    } else {
      assertTrue(
          answer.status() == 503 || answer.status() == 504, () -> "seed " + seed + ": " + answer);
    }
  }

  private void delete(MemberProcess member, String id) throws IOException, InterruptedException {
    Long due = acknowledged.remove(id);
    boolean wasRecurring = recurring.remove(id);
    doubtful.add(id);
    MemberProcess.Answer answer = member.call("DELETE", "/api/v1/tasks/" + id, "");
    if (answer.status() == 204) {
      deleted.put(id, System.currentTimeMillis());
      doubtful.remove(id);
    } else if (answer.status() == 503 && due != null) {
      acknowledged.put(id, due);
    } else if (answer.status() == 503 && wasRecurring) {
      recurring.add(id);
    }
  }

  private List<String> missing(CallbackSink sink) {
    Set<String> fired = ConcurrentHashMap.newKeySet();
    sink.callbacks().forEach(callback -> fired.add(callback.taskId()));
    return acknowledged.keySet().stream().filter(id -> !fired.contains(id)).toList();
  }

  private void check(MemberProcess member, CallbackSink sink) throws Exception {
    String told = "seed " + seed + ": ";
    assertTrue(
        acknowledged.size() > 20 * rounds,
        told + "only " + acknowledged.size() + " tasks: no storm");
    for (String id : acknowledged.keySet()) {
      JsonNode task = member.get("/api/v1/tasks/" + id).json();
      assertEquals(
          id, task.path("id").asText(), () -> told + "an acknowledged task is lost: " + task);
    }
    for (String id : recurring) {
      assertEquals(
          200,
          member.get("/api/v1/tasks/" + id).status(),
          told + "an acknowledged task is lost: " + id);
    }
    for (String id : deleted.keySet()) {
      assertEquals(
          404,
          member.get("/api/v1/tasks/" + id).status(),
          told + "a deleted task came back: " + id);
    }
    Map<String, Long> dueOfNumber = new HashMap<>();
    Map<String, Long> lastToken = new HashMap<>();
    int repeats = 0;
    for (CallbackSink.Callback callback : sink.callbacks()) {
      assertTrue(
          callback.arrivedMillis() >= callback.dueMillis(), () -> told + "early: " + callback);
      Long due = dueOfNumber.put(callback.idempotencyKey(), callback.dueMillis());
      if (due != null) {
        repeats++;
        assertEquals(
            due, callback.dueMillis(), () -> told + "one number for two instants: " + callback);
      }
      Long token = lastToken.put(callback.taskId(), callback.token());
      assertTrue(
          token == null || token <= callback.token(),
          () -> told + "a token went down: " + callback);
      if (callback.path().equals("/once")) {
        assertEquals(1, callback.runNumber(), () -> told + "a one-shot has one run: " + callback);
      }
      Long gone = deleted.get(callback.taskId());
      assertTrue(
          gone == null || callback.arrivedMillis() <= gone + 1_000,
          () -> told + "after its delete: " + callback);
    }
    System.out.printf(
        "kill -9 x %d: %d one-shots kept, %d deleted, %d in doubt, %d callbacks, %d repeated under their number%n",
        rounds,
        acknowledged.size(),
        deleted.size(),
        doubtful.size(),
        sink.callbacks().size(),
        repeats);
  }
}
