package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole member in this process, seen by a client and by a receiver of callbacks. */
class NodeTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private final HttpClient client = HttpClient.newHttpClient();
  private final CallbackSink sink = new CallbackSink();
  private XcronNode node;

  @BeforeEach
  void start() {
    node = XcronNode.start(NodeConfig.local(directory));
  }

  @AfterEach
  void stop() {
    node.stop(Duration.ofSeconds(5));
    sink.close();
    client.close();
  }

  @Test
  void aOneShotIsCalledOnceWithWhatTheContractPromises() throws Exception {
    long due = System.currentTimeMillis() + 300;
    String id = create("{\"at\":" + due + "}", "").path("id").asText();
    sink.await("the callback", 10, () -> !sink.callbacks().isEmpty());

    CallbackSink.Callback callback = sink.callbacks().getFirst();
    assertEquals(id, callback.taskId());
    assertEquals(1, callback.runNumber());
    assertEquals(1, callback.attempt());
    assertEquals(due, callback.dueMillis());
    assertTrue(callback.arrivedMillis() >= due, "early");
    assertTrue(callback.token() > 0);
    assertEquals(id + "/" + callback.generation() + "/1", callback.idempotencyKey());
    assertEquals("{\"n\":1}", callback.body());
    awaitState(id, "finished");
    JsonNode task = call("GET", "/api/v1/tasks/" + id, "");
    assertEquals(1, task.path("run_count").asInt());
    assertEquals("success", task.path("last_run").path("outcome").asText());
  }

  @Test
  void aFailedAttemptIsTriedAgainUnderItsNumberAndInTheEndTheTaskIsDead() throws Exception {
    sink.answer(500);
    String id =
        create(
                "{\"at\":" + System.currentTimeMillis() + "}",
                ",\"policy\":{\"retry\":{\"attempts\":3,\"backoff\":\"50ms\",\"max_backoff\":\"50ms\"}}")
            .path("id")
            .asText();
    awaitState(id, "dead");

    assertEquals(
        List.of(1, 2, 3), sink.callbacks().stream().map(CallbackSink.Callback::attempt).toList());
    assertEquals(
        List.of(1L, 1L, 1L),
        sink.callbacks().stream().map(CallbackSink.Callback::runNumber).toList());
  }

  @Test
  void attemptsThatNobodyTakesAreRecordedWithTheirTimesAndErrors() throws Exception {
    int closed;
    try (ServerSocket unused = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = unused.getLocalPort();
    }
    String id =
        call(
                "POST",
                "/api/v1/tasks",
                "{\"schedule\":{\"at\":"
                    + System.currentTimeMillis()
                    + "},\"target\":{\"http\":{\"url\":\"http://127.0.0.1:"
                    + closed
                    + "/\"}},\"policy\":{\"retry\":{\"attempts\":2,\"backoff\":\"50ms\"}}}")
            .path("id")
            .asText();
    awaitState(id, "dead");

    JsonNode last = call("GET", "/api/v1/tasks/" + id, "").path("last_run");
    assertEquals(2, last.path("attempts").asInt(), last::toString);
    sink.await("the record", 10, () -> !record(id).isMissingNode());
    JsonNode run = record(id);
    JsonNode attempts = run.path("attempts");
    assertEquals(List.of("1", "2"), attempts.findValuesAsText("attempt"), run::toString);
    for (JsonNode attempt : attempts) {
      assertTrue(attempt.path("start").isTextual(), run::toString);
      assertTrue(attempt.path("end").isTextual(), run::toString);
      assertTrue(attempt.path("error").asText().contains("refused"), run::toString);
    }
    assertEquals(attempts.path(0).path("start"), run.path("start"));
    String explained =
        call("GET", "/api/v1/tasks/" + id + "/explain?at=" + run.path("due").asText(), "")
            .toString();
    assertTrue(explained.contains("failed after 2 attempt(s)"), explained);
    assertTrue(explained.contains("refused"), explained);
  }

  /** The task's only run; missing until it is recorded. */
  private JsonNode record(String id) {
    try {
      return call("GET", "/api/v1/tasks/" + id + "/runs", "").path("runs").path(0);
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void afterAnOrderlyStopARecurringTaskGoesOnWithItsNumbers() throws Exception {
    create("{\"every\":\"100ms\"}", "");
    sink.await("three fires", 10, () -> sink.callbacks().size() >= 3);
    node.stop(Duration.ofSeconds(5));
    List<CallbackSink.Callback> before = sink.callbacks();
    node = XcronNode.start(NodeConfig.local(directory));
    sink.await("three more", 10, () -> sink.callbacks().size() >= before.size() + 3);

    CallbackSink.Callback last = before.getLast();
    CallbackSink.Callback next = sink.callbacks().get(before.size());
    assertTrue(
        next.runNumber() > last.runNumber(), "no number may come twice after an orderly stop");
    assertTrue(next.token() > last.token());
    assertEquals((next.dueMillis() - last.dueMillis()) / 100, next.runNumber() - last.runNumber());
  }

  @Test
  void aPausedTaskRestsAndARunByHandTakesTheNextNumber() throws Exception {
    String id = create("{\"every\":\"1h\"}", "").path("id").asText();
    JsonNode run = call("POST", "/api/v1/tasks/" + id + "/run", "");
    assertEquals(1, run.path("run_number").asInt());
    sink.await("the run by hand", 10, () -> sink.callbacks().size() == 1);
    assertEquals(
        "paused", call("POST", "/api/v1/tasks/" + id + "/pause", "").path("state").asText());
    assertEquals(
        "scheduled", call("POST", "/api/v1/tasks/" + id + "/resume", "").path("state").asText());
  }

  @Test
  void aDeleteThatWaitsHasTheEndOfARunByHandBehindIt() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    sink.answer(callback -> answerAfter(answer, 200));
    String id = create("{\"every\":\"1h\"}", "").path("id").asText();
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    sink.await("the run by hand", 10, () -> sink.callbacks().size() == 1);

    deleteEndsAfter(id, answer);
  }

  @Test
  void aDeleteThatWaitsHasTheEndOfASecondAttemptBehindIt() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    sink.answer(callback -> callback.attempt() == 1 ? 500 : answerAfter(answer, 200));
    String id = create("{\"every\":\"1h\"}", retrying("50ms")).path("id").asText();
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    sink.await("the second attempt", 10, () -> sink.callbacks().size() == 2);

    deleteEndsAfter(id, answer);
  }

  @Test
  void aDeleteWaitsNeitherForARetryToComeNorForARunInTheQueue() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    sink.answer(callback -> answerAfter(answer, 500));
    String id = create("{\"every\":\"1h\"}", retrying("1m")).path("id").asText();
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    call("POST", "/api/v1/tasks/" + id + "/run", "");
    sink.await("the first attempt", 10, () -> sink.callbacks().size() == 1);

    deleteEndsAfter(id, answer);
    assertEquals(1, sink.callbacks().size());
  }

  private static String retrying(String backoff) {
    return ",\"policy\":{\"overlap\":\"queue\",\"retry\":{\"attempts\":3,\"backoff\":\""
        + backoff
        + "\",\"max_backoff\":\""
        + backoff
        + "\"}}";
  }

  private static int answerAfter(CountDownLatch latch, int code) {
    try {
      return latch.await(20, TimeUnit.SECONDS) ? code : 503;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 503;
    }
  }

  /** Deletes a task of which one attempt is out, which is answered when the latch is down. */
  private void deleteEndsAfter(String id, CountDownLatch answer) throws Exception {
    HttpRequest delete =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + node.httpPort() + "/api/v1/tasks/" + id + "?wait=30s"))
            .DELETE()
            .build();
    CompletableFuture<HttpResponse<String>> deleted =
        client.sendAsync(delete, HttpResponse.BodyHandlers.ofString());
    assertThrows(TimeoutException.class, () -> deleted.get(400, TimeUnit.MILLISECONDS));
    answer.countDown();
    assertEquals(204, deleted.get(10, TimeUnit.SECONDS).statusCode());
  }

  @Test
  void theMemberTellsHowItIs() throws Exception {
    create("{\"at\":" + System.currentTimeMillis() + "}", "");
    sink.await("the callback", 10, () -> !sink.callbacks().isEmpty());
    JsonNode cluster = call("GET", "/api/v1/cluster", "");

    assertEquals("open", cluster.path("journal").path("state").asText());
    assertEquals(1, cluster.path("members").size());
    assertTrue(cluster.path("slice").path("number").asLong() > 0);
    assertTrue(cluster.path("warnings").isEmpty(), cluster.toString());
    JsonNode machine = cluster.path("machine");
    for (String figure : List.of("cpus", "memory_bytes", "heap_bytes", "disk_bytes")) {
      assertTrue(machine.path(figure).asLong() > 0, figure + " in " + machine);
    }
    assertTrue(machine.has("cpu") && machine.has("load"), machine.toString());
    String metrics = text("GET", "/metrics", "").body();
    assertTrue(metrics.contains("xcron_fires_total 1"), metrics);
    assertTrue(metrics.contains("xcron_fire_lag_seconds_bucket"), metrics);
    assertEquals(200, text("GET", "/health/ready", "").statusCode());
    assertEquals(200, text("GET", "/health/live", "").statusCode());
    assertFalse(metrics.contains("NaN xcron"));
  }

  private void awaitState(String id, String state) throws Exception {
    sink.await(
        "state " + state,
        10,
        () -> {
          try {
            return call("GET", "/api/v1/tasks/" + id, "").path("state").asText().equals(state);
          } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
          }
        });
  }

  private JsonNode create(String schedule, String more) throws IOException, InterruptedException {
    String target = "{\"http\":{\"url\":\"" + sink.url("/cb") + "\",\"body\":{\"n\":1}}}";
    return call(
        "POST",
        "/api/v1/tasks",
        "{\"schedule\":" + schedule + ",\"target\":" + target + more + "}");
  }

  private JsonNode call(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> answer = text(method, path, body);
    assertTrue(answer.statusCode() < 300, () -> method + " " + path + ": " + answer.body());
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> text(String method, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }
}
