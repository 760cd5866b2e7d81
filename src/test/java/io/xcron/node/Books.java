package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/**
 * What clients were told against what a receiver got. A client enters what is acknowledged; what it
 * had no clear answer for is in doubt and proves nothing. Any thread may enter.
 */
final class Books {
  /** An attempt that had already started may still arrive after a delete. */
  private static final long UNDER_WAY_MILLIS = 1_000;

  private final String told;
  private final CallbackSink sink;
  private final Map<String, Long> kept = new ConcurrentHashMap<>();
  private final Map<String, Long> deleted = new ConcurrentHashMap<>();
  private final Set<String> doubtful = ConcurrentHashMap.newKeySet();

  Books(long seed, CallbackSink sink) {
    this.told = "seed " + seed + ": ";
    this.sink = sink;
  }

  /**
   * Creates a one-shot through a member.
   *
   * @return 201 when it was acknowledged, else 503 or 504
   */
  MemberProcess.Answer create(MemberProcess member, Random random, String id)
      throws IOException, InterruptedException {
    long due = System.currentTimeMillis() + 100 + random.nextInt(4_000);
    doubtful.add(id);
    MemberProcess.Answer answer =
        member.call(
            "PUT",
            "/api/v1/tasks/" + id,
            "{\"schedule\":{\"at\":"
                + due
                + "},\"target\":{\"http\":{\"url\":\""
                + sink.url("/once")
                + "\",\"body\":{\"id\":\""
                + id
                + "\"}}}}");
    if (answer.status() == 201) {
      kept.put(id, due);
      doubtful.remove(id);
    } else {
      assertTrue(answer.status() == 503 || answer.status() == 504, () -> told + answer);
    }
    return answer;
  }

  /** Deletes a task that was acknowledged. */
  void delete(MemberProcess member, String id) throws IOException, InterruptedException {
    kept.remove(id);
    doubtful.add(id);
    if (member.call("DELETE", "/api/v1/tasks/" + id, "").status() == 204) {
      deleted.put(id, System.currentTimeMillis());
      doubtful.remove(id);
    }
  }

  int acknowledged() {
    return kept.size();
  }

  /** Acknowledged and not fired yet. */
  List<String> missing() {
    Set<String> fired =
        sink.callbacks().stream().map(CallbackSink.Callback::taskId).collect(Collectors.toSet());
    return kept.keySet().stream().filter(id -> !fired.contains(id)).toList();
  }

  /**
   * What holds at any time: none early, one number means one due instant, tokens of a task never go
   * down, nothing fires after its delete. Answers what was counted, in words.
   */
  String checkCallbacks() {
    Map<String, Long> dueOfKey = new HashMap<>();
    Map<String, Long> lastToken = new HashMap<>();
    int repeats = 0;
    for (CallbackSink.Callback callback : sink.callbacks()) {
      assertTrue(
          callback.arrivedMillis() >= callback.dueMillis(), () -> told + "early: " + callback);
      Long due = dueOfKey.put(callback.idempotencyKey(), callback.dueMillis());
      if (due != null) {
        repeats++;
        assertEquals(
            due, callback.dueMillis(), () -> told + "one number for two instants: " + callback);
      }
      Long token = lastToken.merge(callback.taskId(), callback.token(), Math::max);
      assertEquals(callback.token(), token, () -> told + "a token went down: " + callback);
      assertEquals(1, callback.runNumber(), () -> told + "a one-shot has one run: " + callback);
      Long gone = deleted.get(callback.taskId());
      assertTrue(
          gone == null || callback.arrivedMillis() <= gone + UNDER_WAY_MILLIS,
          () -> told + "after its delete: " + callback);
    }
    return String.format(
        "%d kept, %d deleted, %d in doubt, %d callbacks, %d repeated under their number",
        kept.size(), deleted.size(), doubtful.size(), sink.callbacks().size(), repeats);
  }

  /** Every member knows what was acknowledged, and not what was deleted. */
  void checkTasks(MemberProcess member) throws IOException, InterruptedException {
    for (String id : kept.keySet()) {
      assertEquals(
          200,
          member.get("/api/v1/tasks/" + id).status(),
          () -> told + "an acknowledged task is lost: " + id);
    }
    for (String id : deleted.keySet()) {
      assertEquals(
          404,
          member.get("/api/v1/tasks/" + id).status(),
          () -> told + "a deleted task came back: " + id);
    }
  }
}
