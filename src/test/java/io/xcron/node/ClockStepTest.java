package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The wall clock of one member of three is set while tasks fire; those of the others, and the
 * receiver's, which is this process's, are right.
 */
class ClockStepTest {
  private static final int EVERY_MILLIS = 50;

  /** A step that is larger than the time which the journals have reserved makes nobody early. */
  private static final long STEP_MILLIS = Long.getLong("xcron.clock.step.millis", 30_000);

  /** Longer than a clock must stay wrong to be believed: by then it must be known as wrong. */
  private static final long HELD_MILLIS =
      TimeUnit.SECONDS.toMillis(Integer.getInteger("xcron.clock.held.seconds", 12));

  /** Long enough for a member whose heartbeats are not believed to be removed. */
  private static final long SHORTLY_MILLIS = HELD_MILLIS / 2;

  /** A clock that was set stops no fires; here others work too. */
  private static final long LATE_MILLIS = 8_000;

  @TempDir Path directory;

  @Test
  void aStepOfOneMembersClockSplitsNothingFiresNothingEarlyLosesNothingAndIsTold()
      throws Exception {
    for (int i = 0; i < 3; i++) {
      set(i, 0);
    }
    try (CallbackSink sink = new CallbackSink();
        MemberCluster cluster =
            new MemberCluster(directory, 3, Map.of())
                .of(
                    Main.class,
                    i ->
                        Map.of("JDK_JAVA_OPTIONS", "-D" + WallClock.OFFSET_FILE + "=" + file(i)))) {
      cluster.start();
      cluster.awaitWhole();
      Set<String> starts = starts(cluster);
      long begin = System.currentTimeMillis() + 1_000;
      Map<String, Long> due = tasks(cluster, sink, begin, HELD_MILLIS + SHORTLY_MILLIS + 1_000);
      int leader = leader(cluster);
      int other = (leader + 1) % 3;

      set(leader, STEP_MILLIS);
      hold(cluster, leader, starts, HELD_MILLIS);
      set(leader, 0);
      set(other, -STEP_MILLIS);
      hold(cluster, other, starts, SHORTLY_MILLIS);
      set(other, 0);

      sink.await("all have fired", 30, () -> fired(sink).containsAll(due.keySet()));
      balance(sink, due);
      awaitNoAlarm(cluster);
    }
  }

  private Path file(int i) {
    return directory.resolve("offset" + i);
  }

  private void set(int i, long millis) throws IOException {
    Files.writeString(file(i), String.valueOf(millis));
  }

  /** Which starts of members there are, as each of the members says. */
  private static Set<String> starts(MemberCluster cluster) throws Exception {
    Set<String> starts = new HashSet<>();
    for (MemberProcess member : cluster.running()) {
      Set<String> seen = new HashSet<>();
      view(member).path("members").forEach(one -> seen.add(one.path("id").asText()));
      assertEquals(3, seen.size(), seen::toString);
      starts.addAll(seen);
    }
    assertEquals(3, starts.size(), starts::toString);
    return starts;
  }

  private static int leader(MemberCluster cluster) throws Exception {
    for (JsonNode one : view(cluster.member(0)).path("members")) {
      if (one.path("slice_leader").asBoolean()) {
        String address = one.path("address").asText();
        return IntStream.range(0, 3)
            .filter(i -> cluster.name(i).equals(address))
            .findFirst()
            .orElseThrow();
      }
    }
    throw new AssertionError("nobody says that it leads the slices");
  }

  private static JsonNode view(MemberProcess member) throws IOException, InterruptedException {
    return member.get("/api/v1/cluster").json();
  }

  private static Map<String, Long> tasks(
      MemberCluster cluster, CallbackSink sink, long begin, long millis) throws Exception {
    Map<String, Long> due = new HashMap<>();
    StringBuilder lines = new StringBuilder();
    for (long after = 0; after < millis; after += EVERY_MILLIS) {
      String id = "t" + after;
      due.put(id, begin + after);
      lines
          .append("{\"id\":\"%s\",\"schedule\":{\"at\":%d},".formatted(id, begin + after))
          .append("\"target\":{\"http\":{\"url\":\"%s\"}}}\n".formatted(sink.url("/")));
    }
    assertEquals(due.size(), cluster.member(0).importLines(lines.toString()));
    return due;
  }

  /** Nobody leaves all the while, and all tell of the wrong clock before it is over. */
  private static void hold(MemberCluster cluster, int wrong, Set<String> starts, long millis)
      throws Exception {
    String alarm = cluster.name(wrong) + ": the machine's clock is ";
    boolean told = false;
    long end = System.currentTimeMillis() + millis;
    while (System.currentTimeMillis() < end) {
      assertEquals(starts, starts(cluster));
      boolean all = true;
      for (MemberProcess member : cluster.running()) {
        all &= warnings(member).contains(alarm);
      }
      told |= all;
      pause(200);
    }
    assertTrue(told, () -> "nobody tells that the clock of " + cluster.name(wrong) + " is wrong");
  }

  private static void awaitNoAlarm(MemberCluster cluster) throws Exception {
    ProbeProcess.awaitAny(
        "no clock is wrong any more",
        30,
        () ->
            cluster.running().stream()
                .noneMatch(
                    member -> {
                      try {
                        return warnings(member).contains("clock");
                      } catch (IOException | InterruptedException e) {
                        throw new AssertionError(e);
                      }
                    }));
  }

  private static String warnings(MemberProcess member) throws IOException, InterruptedException {
    StringBuilder all = new StringBuilder();
    view(member).path("warnings").forEach(warning -> all.append(warning.asText()).append('\n'));
    return all.toString();
  }

  private static Set<String> fired(CallbackSink sink) {
    Set<String> fired = new HashSet<>();
    sink.callbacks().forEach(callback -> fired.add(callback.taskId()));
    return fired;
  }

  private static void balance(CallbackSink sink, Map<String, Long> due) {
    long earliest = Long.MAX_VALUE;
    long latest = Long.MIN_VALUE;
    int early = 0;
    for (CallbackSink.Callback callback : sink.callbacks()) {
      long lag = callback.arrivedMillis() - Objects.requireNonNull(due.get(callback.taskId()));
      earliest = Math.min(earliest, lag);
      latest = Math.max(latest, lag);
      if (lag < 0) {
        early++;
      }
    }
    System.out.printf(
        "%d one-shots, %d callbacks; the earliest %d ms, the latest %d ms after its instant, %d early%n",
        due.size(), sink.callbacks().size(), earliest, latest, early);
    assertTrue(earliest >= 0, "early by " + -earliest + " ms");
    assertTrue(latest <= LATE_MILLIS, "late by " + latest + " ms");
  }

  /** The clock stays wrong all the while, so the time is spent and not awaited. */
  private static void pause(long millis) throws InterruptedException {
    boolean unused = new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
  }
}
