package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes that are one scheduler, of which the first runs no commands and the third has
 * handlers: runs on another member than the owner of their task, as a story.
 */
@Timeout(180)
class ClusterRunsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int LONG = 60;

  /** Tasks whose ids are spread over all members, so that each owns some of them. */
  private static final int SPREAD = 12;

  @TempDir Path directory;

  private @Nullable MemberCluster members;

  private interface Holds {
    boolean now() throws IOException, InterruptedException;
  }

  private MemberCluster cluster() {
    return Objects.requireNonNull(members);
  }

  private static void until(String what, int seconds, Holds holds) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (!holds.now()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  private static long millisSince(long nanos) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
  }

  private static boolean runs(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  private long pid(String name) throws Exception {
    until(
        "the number in " + name,
        LONG,
        () -> Files.exists(file(name)) && Files.size(file(name)) > 0);
    return Long.parseLong(Files.readString(file(name)).strip());
  }

  /** Creates a task that fires by hand, over a member that takes commands, and runs it once. */
  private void run(String id, String target, String policy) throws Exception {
    String task =
        "{\"schedule\":{\"every\":\"1h\"},\"start\":\"2099-01-01T00:00:00Z\",\"target\":"
            + target
            + ",\"policy\":"
            + policy
            + "}";
    MemberProcess.Answer created = cluster().member(1).call("PUT", "/api/v1/tasks/" + id, task);
    assertEquals(201, created.status(), created::toString);
    MemberProcess.Answer accepted =
        cluster().member(1).call("POST", "/api/v1/tasks/" + id + "/run", "");
    assertEquals(202, accepted.status(), accepted::toString);
  }

  private static String shell(String command, String place) throws IOException {
    return "{\"shell\":{\"command\":" + JSON.writeValueAsString(command) + "," + place + "}}";
  }

  private static String handler(String name) {
    return "{\"handler\":{\"name\":\"" + name + "\",\"arg\":\"hello\"}}";
  }

  private static String stubborn(Path pid) {
    return "echo begun; (trap '' TERM; echo $BASHPID > "
        + pid
        + "; while :; do sleep 0.2; done) & wait";
  }

  /** The first attempt lasts, a second one is over at once. */
  private static String lastsOnce(Path file) {
    return "echo $XCRON_ATTEMPT >> "
        + file
        + "; [ $XCRON_ATTEMPT -gt 1 ] || { echo $$ > "
        + file
        + ".pid; sleep 600; }";
  }

  private static String waits(Path file, Path go) {
    return "echo $XCRON_ATTEMPT >> "
        + file
        + "; until [ -e "
        + go
        + " ]; do sleep 0.1; done; echo heard";
  }

  private static String retry(int attempts) {
    return "{\"retry\":{\"attempts\":"
        + attempts
        + ",\"backoff\":\"50ms\",\"max_backoff\":\"50ms\"}}";
  }

  /** The record of the first run, on whichever member it lies. */
  private JsonNode awaitRun(String id) throws Exception {
    JsonNode[] found = new JsonNode[1];
    until(
        "the end of " + id,
        LONG,
        () -> {
          for (MemberProcess member : cluster().running()) {
            MemberProcess.Answer answer = member.get("/api/v1/runs/" + id + "/1");
            if (answer.status() == 200 && !answer.json().path("outcome").isNull()) {
              found[0] = answer.json();
              return true;
            }
          }
          return false;
        });
    return Objects.requireNonNull(found[0]);
  }

  private String ranOn(String id) throws Exception {
    JsonNode run = awaitRun(id);
    assertEquals("success", run.path("outcome").asText(), run::toString);
    return run.path("attempts").get(0).path("member").asText();
  }

  @Test
  void runsGoWhereTheirPlaceSaysAndSurviveTheirOwnersAndNotTheirMembers() throws Exception {
    try (MemberCluster three =
        new MemberCluster(directory, 3, Map.of())
            .of(
                HostProcess.class,
                i ->
                    Map.of(
                        "XCRON_SHELL_ENABLED",
                        String.valueOf(i > 0),
                        "XCRON_GROUPS",
                        List.of("api", "web,batch", "web").get(i),
                        HostProcess.HANDLERS,
                        i == 2 ? "said waits" : ""))) {
      members = three;
      long begun = System.nanoTime();
      cluster().start();
      System.out.println("three members are ready after " + millisSince(begun) + " ms");
      eachPlaceIsHonoured();
      handlersAreCalledWhereTheyAre();
      aKillEndsTheChildrenWithinASecond();
      theDeathOfTheMemberThatRunsIsAFailureThatIsRetried();
      theDeathOfTheOwnerIsNoneOfTheCommandsBusiness();
    }
  }

  private void eachPlaceIsHonoured() throws Exception {
    String one = "\"member\":\"" + cluster().name(2) + "\"";
    for (int i = 0; i < SPREAD; i++) {
      run("named" + i, shell("echo $XCRON_TASK_ID $XCRON_FENCING_TOKEN", one), retry(1));
      run("batch" + i, shell("true", "\"group\":\"batch\""), retry(1));
      run("any" + i, shell("true", "\"any\":true"), retry(1));
    }
    run("all", shell("echo x", "\"broadcast\":true"), retry(1));
    run("nobody", shell("true", "\"group\":\"api\""), retry(1));
    for (int i = 0; i < SPREAD; i++) {
      assertEquals(cluster().name(2), ranOn("named" + i));
      assertEquals(cluster().name(1), ranOn("batch" + i));
      String output = awaitRun("named" + i).path("output").asText();
      assertTrue(output.startsWith("named" + i + " "), output);
      long token = awaitRun("named" + i).path("fencing_token").asLong();
      assertEquals("named" + i + " " + token + "\n", output);
    }
    Set<String> workers = Set.of(cluster().name(1), cluster().name(2));
    for (int i = 0; i < SPREAD; i++) {
      assertTrue(workers.contains(ranOn("any" + i)), "the first one runs no commands");
    }
    JsonNode all = awaitRun("all");
    assertEquals(
        workers.stream()
            .sorted()
            .map(name -> "[" + name + "] exit status 0\nx\n\n")
            .collect(Collectors.joining()),
        all.path("output").asText());
    JsonNode nobody = awaitRun("nobody");
    assertEquals("failure", nobody.path("outcome").asText());
    assertEquals(
        "no member of group api that runs shell commands is here", reason("nobody", nobody));
    JsonNode groups = cluster().member(0).get("/api/v1/groups").json().path("groups");
    assertEquals(List.of("api", "batch", "web"), groups.findValuesAsText("name"));
    assertEquals(2, groups.get(2).path("members").size(), groups::toString);
  }

  private void handlersAreCalledWhereTheyAre() throws Exception {
    for (int i = 0; i < SPREAD; i++) {
      run("said" + i, handler("said"), retry(1));
    }
    for (int i = 0; i < SPREAD; i++) {
      assertEquals(cluster().name(2), ranOn("said" + i));
      assertEquals("hello of said" + i + " run 1\n", awaitRun("said" + i).path("output").asText());
    }
    run("gone", handler("gone"), retry(1));
    assertEquals(
        "no handler gone here, nor on any of the 2 other members",
        reason("gone", awaitRun("gone")));
  }

  /** Why a run failed that nobody took, if whichever member has its record explains it so too. */
  private String reason(String id, JsonNode run) throws Exception {
    String error = run.path("attempts").path(0).path("error").asText("no error is recorded");
    for (MemberProcess member : cluster().running()) {
      String text =
          member
              .get("/api/v1/tasks/" + id + "/explain?at=" + run.path("due").asText())
              .json()
              .toString();
      if (text.contains(error)) {
        return error;
      }
    }
    return "not explained: " + error;
  }

  private void aKillEndsTheChildrenWithinASecond() throws Exception {
    for (int i = 0; i < SPREAD; i++) {
      String id = "killed" + i;
      run(id, shell(stubborn(file(id)), "\"member\":\"" + cluster().name(2) + "\""), retry(1));
    }
    long slowest = 0;
    for (int i = 0; i < SPREAD; i++) {
      String id = "killed" + i;
      long child = pid(id);
      until("its output at its owner", LONG, () -> livesAtOneMember(id));
      long before = System.nanoTime();
      assertEquals(
          200, cluster().member(i % 3).call("POST", "/api/v1/tasks/" + id + "/kill", "").status());
      until("the end of the child", LONG, () -> !runs(child));
      slowest = Math.max(slowest, millisSince(before));
      JsonNode run = awaitRun(id);
      assertEquals("killed", run.path("outcome").asText());
      assertEquals("begun\n", run.path("output").asText());
    }
    System.out.println("the slowest kill on another member took " + slowest + " ms");
    run("waits", handler("waits"), retry(1));
    until("the handler runs", LONG, () -> openOn("waits").equals(cluster().name(2)));
    cluster().member(0).call("POST", "/api/v1/tasks/waits/kill", "");
    assertEquals("killed", awaitRun("waits").path("outcome").asText());
  }

  private boolean livesAtOneMember(String id) throws IOException, InterruptedException {
    for (MemberProcess member : cluster().running()) {
      if (member.text("/api/v1/runs/" + id + "/1/log").equals("begun\n")) {
        return true;
      }
    }
    return false;
  }

  /** Where the record of a task says that its open run is; empty when it says nothing of one. */
  private String openOn(String id) {
    try {
      JsonNode task = cluster().member(0).get("/api/v1/tasks/" + id).json();
      return task.path("state").asText().equals("running") ? cluster().name(2) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private void theDeathOfTheMemberThatRunsIsAFailureThatIsRetried() throws Exception {
    for (int i = 0; i < SPREAD; i++) {
      run("moved" + i, shell(lastsOnce(file("moved" + i)), "\"group\":\"web\""), retry(2));
    }
    List<String> lost = new ArrayList<>();
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < SPREAD; i++) {
      String id = "moved" + i;
      (isOf(cluster().member(2), pid(id + ".pid")) ? lost : kept).add(id);
    }
    assertFalse(lost.isEmpty() || kept.isEmpty(), "both members have some: " + lost);
    long begun = System.nanoTime();
    cluster().kill(2);
    for (String id : lost) {
      JsonNode run = awaitRun(id);
      assertEquals("success", run.path("outcome").asText(), run::toString);
      assertEquals(
          cluster().name(1), run.path("member").asText(), "the only one that is left for it");
      assertEquals("1\n2\n", Files.readString(file(id)));
    }
    System.out.println(
        lost.size()
            + " commands were lost with their member and had run again on another "
            + millisSince(begun)
            + " ms after its death");
    for (String id : kept) {
      assertEquals(
          200, cluster().member(0).call("POST", "/api/v1/tasks/" + id + "/kill", "").status());
      assertEquals("killed", awaitRun(id).path("outcome").asText());
      assertEquals("1\n", Files.readString(file(id)), "it went on where it was");
    }
    cluster().start(2);
    cluster().awaitWhole();
  }

  /** Whether a command is one of a member's: its keeper stands between. */
  private static boolean isOf(MemberProcess member, long command) {
    return ProcessHandle.of(command)
        .flatMap(ProcessHandle::parent)
        .flatMap(ProcessHandle::parent)
        .map(ProcessHandle::pid)
        .orElse(-1L)
        .equals(member.pid());
  }

  private void theDeathOfTheOwnerIsNoneOfTheCommandsBusiness() throws Exception {
    Path go = file("go");
    for (int i = 0; i < SPREAD; i++) {
      run(
          "heard" + i,
          shell(waits(file("heard" + i), go), "\"member\":\"" + cluster().name(2) + "\""),
          retry(3));
    }
    for (int i = 0; i < SPREAD; i++) {
      pid("heard" + i);
    }
    // Whoever of the two it is that owns them: the third one runs them all, and stays.
    cluster().kill(0);
    for (int i = 0; i < SPREAD; i++) {
      String id = "heard" + i;
      until(
          id + " has an owner again",
          LONG,
          () -> cluster().member(1).get("/api/v1/tasks/" + id).status() == 200);
    }
    Files.createFile(go);
    for (int i = 0; i < SPREAD; i++) {
      JsonNode run = awaitRun("heard" + i);
      assertEquals("success", run.path("outcome").asText(), run::toString);
      assertEquals("heard\n", run.path("output").asText());
      assertEquals(1, run.path("attempts").size(), run::toString);
      assertEquals(cluster().name(2), run.path("attempts").get(0).path("member").asText());
      assertEquals("1\n", Files.readString(file("heard" + i)), "it ran once");
    }
    assertFalse(cluster().running().isEmpty());
  }
}
