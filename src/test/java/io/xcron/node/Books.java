package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;

/**
 * What clients were told against what a receiver got. A client enters what is acknowledged and what
 * is refused; what it had no clear answer for is in doubt and proves nothing. Any thread may enter.
 */
final class Books {
  /** An attempt that had already started may still arrive after a delete. */
  private static final long UNDER_WAY_MILLIS = 1_000;

  /** An attempt that was stopped on its last steps goes on within this time after its process. */
  private static final long AFTER_A_PAUSE_MILLIS = 3_000;

  /** More than this many at once are not what lay between a check and the bytes. */
  private static final int AT_A_PAUSE = 8;

  /** A member that sees no grant is to say so, but not for longer than this when all is well. */
  private static final long KNOWS_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long ASK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /** When a process stood still. */
  private record Pause(long fromMillis, long untilMillis) {
    /** Whether an attempt may have been checked before it and sent after it. */
    boolean lies(CallbackSink.Callback within) {
      return within.dueMillis() <= untilMillis
          && within.arrivedMillis() >= untilMillis
          && within.arrivedMillis() <= untilMillis + AFTER_A_PAUSE_MILLIS;
    }
  }

  private final String told;
  private final CallbackSink sink;
  private final Map<String, Long> kept = new ConcurrentHashMap<>();
  private final Map<String, Long> deleted = new ConcurrentHashMap<>();
  private final Set<String> refused = ConcurrentHashMap.newKeySet();
  private final Set<String> doubtful = ConcurrentHashMap.newKeySet();
  private final List<Pause> pauses = new CopyOnWriteArrayList<>();

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
    return create(member, soon(random), id);
  }

  /** Within some seconds. */
  static long soon(Random random) {
    return System.currentTimeMillis() + 100 + random.nextInt(4_000);
  }

  /** The same, due at a given instant. */
  MemberProcess.Answer create(MemberProcess member, long due, String id)
      throws IOException, InterruptedException {
    refused.remove(id);
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
    } else if (answer.status() == 503) {
      refused.add(id);
      doubtful.remove(id);
    } else {
      assertEquals(504, answer.status(), () -> told + answer + "\n" + member.logText());
    }
    return answer;
  }

  /** Deletes a task that was acknowledged. */
  void delete(MemberProcess member, String id) throws IOException, InterruptedException {
    Long due = Objects.requireNonNull(kept.remove(id), id);
    doubtful.add(id);
    int status = member.call("DELETE", "/api/v1/tasks/" + id, "").status();
    if (status == 204) {
      deleted.put(id, System.currentTimeMillis());
      doubtful.remove(id);
    } else if (status == 503) {
      kept.put(id, due);
      doubtful.remove(id);
    } else {
      assertEquals(504, status, () -> told + "the delete of " + id + "\n" + member.logText());
    }
  }

  /** Enters what an import has taken. */
  void imported(Map<String, Long> dueOfId) {
    kept.putAll(dueOfId);
  }

  /** A process stood still from then until now: it may find a younger owner when it goes on. */
  void paused(long fromMillis) {
    pauses.add(new Pause(fromMillis, System.currentTimeMillis()));
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
   * down (but for a process that stood still, which a receiver knows by that), nothing fires after
   * its delete. Answers what was counted, in words.
   */
  String checkCallbacks() {
    Map<String, Long> dueOfKey = new HashMap<>();
    Map<String, Long> lastToken = new HashMap<>();
    int repeats = 0;
    int overtaken = 0;
    for (CallbackSink.Callback callback : sink.callbacks()) {
      assertTrue(
          callback.arrivedMillis() >= callback.dueMillis(), () -> told + "early: " + callback);
      Long due = dueOfKey.put(callback.idempotencyKey(), callback.dueMillis());
      if (due != null) {
        repeats++;
        assertEquals(
            due, callback.dueMillis(), () -> told + "one number for two instants: " + callback);
      }
      long token = lastToken.merge(callback.taskId(), callback.token(), Math::max);
      if (pauses.stream().anyMatch(pause -> pause.lies(callback)) && callback.token() < token) {
        overtaken++;
      } else {
        assertEquals(token, callback.token(), () -> told + "a token went down: " + callback);
      }
      assertEquals(1, callback.runNumber(), () -> told + "a one-shot has one run: " + callback);
      assertFalse(
          refused.contains(callback.taskId()), () -> told + "refused, and fired: " + callback);
      Long gone = deleted.get(callback.taskId());
      assertTrue(
          gone == null || callback.arrivedMillis() <= gone + UNDER_WAY_MILLIS,
          () -> told + "after its delete: " + callback);
    }
    int counted = overtaken;
    assertTrue(
        counted <= AT_A_PAUSE * pauses.size(),
        () -> told + counted + " tokens went down at pauses");
    return String.format(
        "%d kept, %d deleted, %d refused, %d in doubt, %d callbacks, %d repeated under their number, %d overtaken at a pause",
        kept.size(),
        deleted.size(),
        refused.size(),
        doubtful.size(),
        sink.callbacks().size(),
        repeats,
        overtaken);
  }

  /** Every member knows what was acknowledged, and not what was deleted or refused. */
  void checkTasks(MemberProcess member) throws IOException, InterruptedException {
    for (String id : kept.keySet()) {
      check(member, id, 200, "an acknowledged task is lost");
    }
    for (String id : deleted.keySet()) {
      check(member, id, 404, "a deleted task came back");
    }
    for (String id : refused) {
      check(member, id, 404, "refused, and there");
    }
  }

  /** Asks again while the member says that it cannot know now: on a busy machine a grant lapses. */
  private void check(MemberProcess member, String id, int status, String otherwise)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + KNOWS_AGAIN_NANOS;
    MemberProcess.Answer answer = member.get("/api/v1/tasks/" + id);
    while (answer.status() == 503 && System.nanoTime() < end) {
      System.out.println(id + " cannot be read now: " + answer.json());
      LockSupport.parkNanos(ASK_AGAIN_NANOS);
      answer = member.get("/api/v1/tasks/" + id);
    }
    MemberProcess.Answer last = answer;
    if (last.status() == 503) {
      System.out.println("it tells of the cluster: " + member.get("/api/v1/cluster").json());
    }
    assertEquals(status, last.status(), () -> told + otherwise + ": " + id + ", " + last);
  }

  /**
   * One member lists each task that was acknowledged once, as it was acknowledged, and nothing that
   * nobody has created. While nothing is entered. Answers how many it lists.
   */
  int checkExport(MemberProcess member) throws IOException, InterruptedException {
    Map<String, Long> listed = new HashMap<>();
    member.export(
        task -> {
          long due = Instant.parse(task.at("/schedule/at").asText()).toEpochMilli();
          assertNull(listed.put(task.path("id").asText(), due), () -> told + "twice: " + task);
        });
    List<String> lost = kept.keySet().stream().filter(id -> !listed.containsKey(id)).toList();
    assertTrue(
        lost.isEmpty(),
        () -> told + lost.size() + " acknowledged tasks are lost, as " + lost.getFirst());
    listed.forEach(
        (id, due) -> {
          assertFalse(deleted.containsKey(id), () -> told + "a deleted task came back: " + id);
          assertTrue(kept.containsKey(id) || doubtful.contains(id), () -> told + "whose is " + id);
          assertEquals(kept.getOrDefault(id, due), due, () -> told + "another task: " + id);
        });
    return listed.size();
  }
}
