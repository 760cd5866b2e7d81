package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A whole member in this process that runs real commands. */
@Timeout(120)
class ShellNodeTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private final HttpClient client = HttpClient.newHttpClient();
  private XcronNode node;

  @BeforeEach
  void start() {
    node = XcronNode.start(config("true"));
  }

  @AfterEach
  void stop() {
    node.stop(Duration.ofSeconds(5));
    client.close();
  }

  private NodeConfig config(String shell) {
    return NodeConfig.read(
        Config.just(
            ConfigSources.create(
                Map.of(
                    "xcron.http.port", "0",
                    "xcron.member.port", "0",
                    "xcron.warm-up", "0",
                    "xcron.shell.enabled", shell,
                    "xcron.groups", "web, batch",
                    "xcron.data.dir", directory.resolve("data").toString()))));
  }

  private HttpResponse<String> send(String method, String path, String type, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private JsonNode call(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = send(method, path, "application/json", body);
    assertTrue(answer.statusCode() < 300, () -> method + " " + path + ": " + answer.body());
    return JSON.readTree(answer.body());
  }

  private String create(String schedule, String shell, String policy) throws Exception {
    return call(
            "POST",
            "/api/v1/tasks",
            "{\"schedule\":"
                + schedule
                + ",\"target\":{\"shell\":"
                + shell
                + "},\"policy\":"
                + policy
                + "}")
        .path("id")
        .asText();
  }

  private String command(String text, String more) throws IOException {
    return "{\"command\":" + JSON.writeValueAsString(text) + more + "}";
  }

  private static void until(String what, BooleanSupplier holds) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!holds.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  private JsonNode awaitOutcome(String id, String outcome) {
    JsonNode[] task = new JsonNode[1];
    until(
        outcome + " of " + id,
        () -> {
          try {
            task[0] = call("GET", "/api/v1/tasks/" + id, "");
            return task[0].path("last_run").path("outcome").asText().equals(outcome);
          } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
          }
        });
    return task[0];
  }

  private long pid(Path file) throws IOException {
    until("the number in " + file, () -> Files.exists(file) && file.toFile().length() > 0);
    return Long.parseLong(Files.readString(file).strip());
  }

  private static boolean runs(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.UTF_8);
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      return false;
    }
  }

  private static final String ONCE = "{\"retry\":{\"attempts\":1}}";

  private String now() {
    return "{\"at\":" + System.currentTimeMillis() + "}";
  }

  @Test
  void aCommandRunsWithWhatItMustKnow() throws Exception {
    Path file = directory.resolve("out");
    String id =
        create(
            now(),
            command(
                "echo $XCRON_TASK_ID $XCRON_RUN_NUMBER $XCRON_ATTEMPT $MINE > " + file,
                ",\"group\":\"web\",\"env\":{\"MINE\":\"own\"}"),
            ONCE);
    JsonNode task = awaitOutcome(id, "success");
    assertEquals("finished", task.path("state").asText());
    assertEquals(id + " 1 1 own\n", Files.readString(file));
  }

  @Test
  void aFailedCommandIsTriedAgainAndAPlaceThatIsNotHereFails() throws Exception {
    Path file = directory.resolve("tries");
    String id =
        create(
            now(),
            command("echo x >> " + file + "; exit $(( 3 - $(wc -l < " + file + ") ))", ""),
            "{\"retry\":{\"attempts\":3,\"backoff\":\"20ms\",\"max_backoff\":\"20ms\"}}");
    awaitOutcome(id, "success");
    assertEquals("x\nx\nx\n", Files.readString(file));
    String nowhere = create(now(), command("true", ",\"group\":\"db\""), ONCE);
    assertEquals("dead", awaitOutcome(nowhere, "failure").path("state").asText());
  }

  @Test
  void aRunIsKilledThroughTheApiWithItsChildren() throws Exception {
    Path file = directory.resolve("child");
    String id =
        create(
            "{\"every\":\"1h\"}",
            command(
                "(trap '' TERM; echo $BASHPID > " + file + "; while :; do sleep 0.2; done) & wait",
                ""),
            ONCE);
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    long child = pid(file);
    assertTrue(runs(child));
    long before = System.nanoTime();
    assertEquals(id, call("POST", "/api/v1/tasks/" + id + "/kill", "").path("id").asText());
    JsonNode task = awaitOutcome(id, "killed");
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    assertFalse(runs(child));
    assertTrue(millis < 2_000, "the kill took " + millis + " ms");
    assertEquals("scheduled", task.path("state").asText());
  }

  @Test
  void aDeleteThatWaitsKillsTheCommand() throws Exception {
    Path file = directory.resolve("deleted");
    String shell = command("echo $$ > " + file + "; exec sleep 30", "");
    String id = create("{\"every\":\"1h\"}", shell, ONCE);
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    long pid = pid(file);
    long before = System.nanoTime();
    assertEquals(
        204, send("DELETE", "/api/v1/tasks/" + id + "?wait=20s", "text/plain", "").statusCode());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    assertFalse(runs(pid));
    assertTrue(millis < 8_000, "the delete took " + millis + " ms");
  }

  @Test
  void aCommandThatTakesTooLongTimesOut() throws Exception {
    String id = create(now(), command("sleep 30", ",\"timeout\":\"200ms\""), ONCE);
    awaitOutcome(id, "timeout");
    String whole =
        create(
            now(), command("sleep 30", ""), "{\"timeout\":\"200ms\",\"retry\":{\"attempts\":1}}");
    awaitOutcome(whole, "timeout");
  }

  @Test
  void aJobOfCrontabRunsAndIsKilled() throws Exception {
    Path file = directory.resolve("job");
    HttpResponse<String> saved =
        send(
            "POST",
            "/job/save",
            "application/x-www-form-urlencoded",
            "job={\"name\":\"j\",\"command\":\"echo $$ > "
                + file
                + "; exec sleep 30\",\"cron_expr\":\"*/1 * * * * * *\"}");
    assertEquals("{\"errno\":0,\"msg\":\"success\",\"data\":null}", saved.body());
    long first = pid(file);
    Files.delete(file);
    send("POST", "/job/kill", "application/x-www-form-urlencoded", "name=j");
    until("the end of the first run", () -> !runs(first));
    long second = pid(file);
    assertTrue(second != first, "the next second runs it again");
    send("POST", "/job/delete", "application/x-www-form-urlencoded", "name=j");
    until("the end of the second run", () -> !runs(second));
    assertEquals(
        "{\"errno\":0,\"msg\":\"success\",\"data\":[\"127.0.0.1\"]}",
        send("GET", "/worker/list", "application/json", "").body());
  }

  @Test
  void aLineOfACrontabRunsWithItsInput() throws Exception {
    Path file = directory.resolve("line");
    HttpResponse<String> imported =
        send(
            "POST",
            "/api/v1/tasks/import",
            "text/plain",
            "WORD=hello\n0 0 1 1 * cat > " + file + "; echo $WORD >> " + file + "%a%b\n");
    String id =
        JSON.readTree(imported.body().substring(0, imported.body().indexOf('\n')))
            .path("id")
            .asText();
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    awaitOutcome(id, "success");
    assertEquals("a\nb\nhello\n", Files.readString(file));
  }

  @Test
  void aMemberThatRunsNoCommandsTakesNoneAndRunsNone() throws Exception {
    Path file = directory.resolve("never");
    String id = create("{\"every\":\"1h\"}", command("touch " + file, ""), ONCE);
    JsonNode groups = call("GET", "/api/v1/groups", "");
    assertEquals(List.of("batch", "web"), groups.path("groups").findValuesAsText("name"));
    node.stop(Duration.ofSeconds(5));
    node = XcronNode.start(config("false"));
    HttpResponse<String> refused =
        send(
            "POST",
            "/api/v1/tasks",
            "application/json",
            "{\"schedule\":{\"every\":\"1h\"},\"target\":{\"shell\":{\"command\":\"true\"}}}");
    assertEquals(403, refused.statusCode(), refused.body());
    assertEquals("forbidden", JSON.readTree(refused.body()).path("code").asText());
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    awaitOutcome(id, "failure");
    assertFalse(Files.exists(file));
  }
}
