package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A member whose disk somebody else fills: it says so and takes nothing new, what it has promised
 * goes on from the reserve, and when there is room again it goes on as if nothing had been.
 */
class DiskFullTest {
  private static final int MEGABYTES = 300;
  private static final int ONE_SHOTS = 100;

  @TempDir Path directory;

  private final CallbackSink sink = new CallbackSink();
  private final List<String> acknowledged = new ArrayList<>();
  private final Set<String> oneShots = new HashSet<>();
  private SmallDisk disk;
  private MemberProcess member;

  @BeforeEach
  void start() throws IOException {
    Path mounted = Files.createDirectory(directory.resolve("disk"));
    SmallDisk mount = SmallDisk.mount(mounted, MEGABYTES);
    Assumptions.assumeTrue(mount != null, "a small disk needs root, unshare and mount");
    disk = mount;
    member = MemberProcess.start(disk.prefix(), mounted.resolve("data"), Map.of());
  }

  @AfterEach
  void stop() {
    sink.close();
    if (member != null) {
      member.close();
    }
    if (disk != null) {
      disk.close();
    }
  }

  @Test
  void whatWasPromisedGoesOnOverAFullDiskAndWhatIsNewWaitsForRoom() throws Exception {
    promise();
    disk.fill("filler");
    await("the member sees that space is low", () -> !journal().equals("open"));
    long full = System.currentTimeMillis();

    MemberProcess.Answer refused = create("refused", "{\"every\":\"1h\"}");
    assertEquals(503, refused.status(), refused::toString);
    assertEquals("not-accepted", refused.json().path("code").asText());
    assertEquals(1007, createAsTheOldServerDoes());
    MemberProcess.Answer backup = member.call("POST", "/api/v1/cluster/backup", "{}");
    assertEquals(503, backup.status(), backup::toString);
    assertTrue(backup.json().path("detail").asText().contains("must stay free"), backup::toString);
    assertEquals(
        200, member.get("/health/ready").status(), "writes that free room are still taken");
    assertTrue(
        cluster().path("warnings").toString().contains("disk space is low"),
        () -> "the warning is missing: " + warnings());

    sink.await(
        "the one-shots that were due in the meantime, and ten more fires of a recurring task",
        60,
        () -> fired().containsAll(oneShots) && since("every0", full) >= 10);
    assertEquals("low", journal(), member::logText);
    assertEquals(200, member.call("POST", "/api/v1/tasks/every0/pause", "").status());

    disk.delete("filler");
    await("the member takes tasks again", () -> journal().equals("open"));
    accept("after", "{\"every\":\"1h\"}");
    restartAfterKill();
    nothingIsLost();
    assertEquals("paused", member.get("/api/v1/tasks/every0").json().path("state").asText());
  }

  @Test
  void aMemberKilledOnAFullDiskStartsOnItWithEverythingItHadPromised() throws Exception {
    promise();
    disk.fill("filler");
    await("the member sees that space is low", () -> !journal().equals("open"));
    sink.await("the one-shots fire from the reserve", 60, () -> fired().containsAll(oneShots));
    restartAfterKill();

    nothingIsLost();
    assertEquals(503, create("refused", "{\"every\":\"1h\"}").status());
    long restarted = System.currentTimeMillis();
    sink.await("fires after the restart", 30, () -> since("every1", restarted) >= 3);
    disk.delete("filler");
    await("the member takes tasks again", () -> journal().equals("open"));
    accept("after", "{\"every\":\"1h\"}");
  }

  private void promise() throws IOException, InterruptedException {
    for (int i = 0; i < 5; i++) {
      accept("every" + i, "{\"every\":\"300ms\"}");
    }
    long due = System.currentTimeMillis() + 6_000;
    for (int i = 0; i < ONE_SHOTS; i++) {
      accept("soon" + i, "{\"at\":" + (due + 10L * i) + "}");
      oneShots.add("soon" + i);
      accept("late" + i, "{\"at\":" + (due + 3_600_000) + "}");
    }
  }

  private void accept(String id, String schedule) throws IOException, InterruptedException {
    MemberProcess.Answer answer = create(id, schedule);
    assertEquals(201, answer.status(), answer::toString);
    acknowledged.add(id);
  }

  private MemberProcess.Answer create(String id, String schedule)
      throws IOException, InterruptedException {
    String target = "{\"http\":{\"url\":\"" + sink.url("/") + "\"}}";
    String task = "{\"schedule\":" + schedule + ",\"target\":" + target + "}";
    return member.call("PUT", "/api/v1/tasks/" + id, task);
  }

  private int createAsTheOldServerDoes() throws IOException, InterruptedException {
    String callback = "{\"url\":\"" + sink.url("/") + "\"}";
    String task = "{\"type\":1,\"format\":\"0 1 * * *\",\"callback\":" + callback + "}";
    return member.call("POST", "/xcron/createTask", task).json().path("code").asInt();
  }

  private void restartAfterKill() throws IOException {
    member.kill();
    member =
        MemberProcess.start(disk.prefix(), directory.resolve("disk").resolve("data"), Map.of());
  }

  private void nothingIsLost() throws IOException, InterruptedException {
    for (String id : acknowledged) {
      assertEquals(
          200, member.get("/api/v1/tasks/" + id).status(), () -> "acknowledged and lost: " + id);
    }
    assertEquals(404, member.get("/api/v1/tasks/refused").status());
  }

  private Set<String> fired() {
    return sink.callbacks().stream().map(CallbackSink.Callback::taskId).collect(Collectors.toSet());
  }

  private long since(String id, long millis) {
    return sink
        .of(callback -> callback.taskId().equals(id) && callback.dueMillis() >= millis)
        .stream()
        .map(CallbackSink.Callback::runNumber)
        .distinct()
        .count();
  }

  private JsonNode cluster() {
    try {
      return member.get("/api/v1/cluster").json();
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private String warnings() {
    return cluster().path("warnings").toString();
  }

  private String journal() {
    return cluster().path("journal").path("state").asText();
  }

  private void await(String what, BooleanSupplier condition) throws InterruptedException {
    sink.await(what, 30, condition);
  }
}
