package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole member in this process, used by a client of easytask. */
class ServicesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private final HttpClient client = HttpClient.newHttpClient();
  private final ServiceNode node = new ServiceNode();
  private XcronNode member;

  @BeforeEach
  void start() {
    member = XcronNode.start(NodeConfig.local(directory));
  }

  @AfterEach
  void stop() {
    member.stop(Duration.ofSeconds(5));
    node.close();
    client.close();
  }

  @Test
  void aTaskRunsOnTheNodeThatTakesTheConnection() throws Exception {
    addNode(refusingPort(), false);
    addNode(node.port(), false);
    String id = addTask("\"sched_mode\":3,\"time_interval_sec\":1,\"arg\":\"a\",\"biz_id\":\"b\"");
    run(id);
    run(id);
    run(id);
    node.await("three runs", () -> node.callbacks().size() >= 3);

    JsonNode callback = node.callbacks().getFirst();
    assertEquals(1, callback.path("cmd").asInt());
    assertEquals(id, callback.path("task_id").asText());
    assertEquals("bill", callback.path("task_name").asText());
    assertEquals("a", callback.path("arg").asText());
    assertEquals("b", callback.path("biz_id").asText());
    assertTrue(callback.path("run_times").asInt() >= 1);
    awaitOutcome(id, "success");
  }

  @Test
  void anAcceptedRunGoesOnUntilItIsConfirmed() throws Exception {
    addNode(node.port(), false);
    node.answer("{\"is_run_in_async\":true}");
    String id = addTask("\"sched_mode\":2,\"time_spec_at\":" + seconds());
    node.await("the callback", () -> node.callbacks().size() == 1);
    awaitState(id, "running");
    long number = node.callbacks().getFirst().path("run_times").asLong();
    JsonNode confirmed =
        post(
            "/confirm_task",
            "{\"task_id\":\"%s\",\"is_success\":true,\"extra\":\"all done\",\"task_run_times\":%d}"
                .formatted(id, number));
    assertEquals(0, confirmed.path("code").asInt(), confirmed.toString());
    awaitState(id, "finished");

    assertEquals("success", task(id).path("last_run").path("outcome").asText());
    assertEquals(1, node.callbacks().size(), "an accepted run is not called again");
    String run = "/api/v1/runs/" + id + "/" + number;
    node.await("the record of the run", () -> read(run).path("output").asText().equals("all done"));
  }

  @Test
  void aRunThatTheServiceSaysHasFailedIsTriedAgain() throws Exception {
    addNode(node.port(), false);
    node.answer("{\"is_success\":false,\"extra\":\"no money\"}");
    String id =
        create(
            "{\"schedule\":{\"at\":%d},\"target\":{\"service\":{\"name\":\"pay\"}},\"policy\":{\"retry\":{\"attempts\":2,\"backoff\":\"10ms\"}}}"
                .formatted(System.currentTimeMillis()));
    awaitState(id, "dead");

    assertEquals(2, node.callbacks().size());
    assertEquals("failure", task(id).path("last_run").path("outcome").asText());
  }

  @Test
  void aHealthCheckTakesANodeOutAndBringsItBack() throws Exception {
    addNode(node.port(), true);
    node.await("a heartbeat", () -> node.heartbeats() > 0);
    awaitHealthy(true);
    node.pong(false);
    awaitHealthy(false);
    String id =
        create(
            "{\"schedule\":{\"at\":%d},\"target\":{\"service\":{\"name\":\"pay\"}},\"policy\":{\"retry\":{\"attempts\":100,\"backoff\":\"200ms\",\"max_backoff\":\"200ms\"}}}"
                .formatted(System.currentTimeMillis()));
    awaitState(id, "running");
    assertEquals(0, node.callbacks().size(), "a node that is out was called");
    node.pong(true);
    awaitState(id, "finished");
    assertEquals(1, node.callbacks().size());
    awaitHealthy(true);
  }

  @Test
  void servicesAndCalendarsOutliveARestart() throws Exception {
    addNode(node.port(), false);
    String today = LocalDate.now(ZoneOffset.UTC).toString();
    String calendar =
        "{\"zone\":\"UTC\",\"exclude\":[\"%s\"],\"exclude_days\":[],\"include\":[],\"on_excluded\":\"skip\"}"
            .formatted(today);
    assertEquals(201, send("PUT", "/api/v1/calendars/bank", calendar).statusCode());
    send("PUT", "/api/v1/calendars/gone", calendar);
    assertEquals(204, send("DELETE", "/api/v1/calendars/gone", "").statusCode());
    String id = addTask("\"sched_mode\":3,\"time_interval_sec\":1");
    member.stop(Duration.ofSeconds(5));
    member = XcronNode.start(NodeConfig.local(directory));

    assertEquals(calendar, send("GET", "/api/v1/calendars/bank", "").body());
    assertEquals(404, send("GET", "/api/v1/calendars/gone", "").statusCode());
    assertEquals(
        "http://127.0.0.1:" + node.port(),
        JSON.readTree(send("GET", "/api/v1/services/pay", "").body()).at("/nodes/0/url").asText());
    int before = node.callbacks().size();
    node.await("a run after the restart", () -> node.callbacks().size() > before);
    assertEquals(0, post("/stop_task", "{\"task_id\":\"" + id + "\"}").path("code").asInt());
    assertEquals("paused", task(id).path("state").asText());
  }

  @Test
  void whatWasAcknowledgedOutlivesAKill() throws Exception {
    Path data = directory.resolve("killed").resolve("data");
    Files.createDirectories(data.getParent());
    String calendar = "{\"zone\":\"UTC\",\"exclude_days\":[\"SUN\"]}";
    try (MemberProcess process = MemberProcess.start(data, Map.of())) {
      for (int i = 0; i < 20; i++) {
        assertEquals(201, process.call("PUT", "/api/v1/calendars/c" + i, calendar).status());
      }
      String nodes = "{\"nodes\":[{\"url\":\"http://127.0.0.1:" + node.port() + "\"}]}";
      assertEquals(201, process.call("PUT", "/api/v1/services/pay", nodes).status());
      process.kill();
    }
    try (MemberProcess process = MemberProcess.start(data, Map.of())) {
      assertEquals(20, process.get("/api/v1/calendars").json().path("calendars").size());
      assertEquals(
          "http://127.0.0.1:" + node.port(),
          process.get("/api/v1/services/pay").json().at("/nodes/0/url").asText());
    }
  }

  @Test
  void aTaskRestsOnTheDaysOfItsCalendar() throws Exception {
    String today = LocalDate.now(ZoneOffset.UTC).toString();
    String task =
        "{\"schedule\":{\"every\":\"1h\"},\"calendar\":\"c\",\"target\":{\"http\":{\"url\":\"http://127.0.0.1:9\"}}}";
    assertEquals(400, send("POST", "/api/v1/tasks", task).statusCode());
    String calendar = "{\"zone\":\"UTC\",\"exclude\":[\"%s\"]}".formatted(today);
    assertEquals(201, send("PUT", "/api/v1/calendars/c", calendar).statusCode());
    String id = create(task);

    String next = task(id).path("next_due").asText();
    assertTrue(next.compareTo(today + "T24") > 0, "next at " + next);
  }

  @Test
  void aNodeInAForbiddenNetworkIsRefused() throws Exception {
    HttpResponse<String> answer =
        send("PUT", "/api/v1/services/x", "{\"nodes\":[{\"url\":\"http://169.254.169.254\"}]}");
    assertEquals(403, answer.statusCode());
    assertEquals("target-denied", JSON.readTree(answer.body()).path("code").asText());
    HttpResponse<String> path =
        send(
            "POST",
            "/api/v1/tasks",
            "{\"schedule\":{\"every\":\"1h\"},\"target\":{\"service\":{\"name\":\"pay\",\"path\":\"/a b\"}}}");
    assertEquals(400, path.statusCode());
    addNode(node.port(), false);
    HttpResponse<String> known =
        send(
            "POST",
            "/api/v1/tasks",
            "{\"schedule\":{\"every\":\"1h\"},\"target\":{\"service\":{\"name\":\"pay\",\"path\":\"/a b\"}}}");
    assertEquals("target.service.path", JSON.readTree(known.body()).at("/errors/0/field").asText());
  }

  private static int refusingPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static long seconds() {
    return System.currentTimeMillis() / 1_000 + 1;
  }

  private void addNode(int port, boolean check) throws Exception {
    JsonNode added =
        post(
            "/add_task_server",
            "{\"name\":\"pay\",\"schema\":\"http\",\"host\":\"127.0.0.1\",\"port\":%d,\"is_enable_health_check\":%s}"
                .formatted(port, check));
    assertEquals(0, added.path("code").asInt(), added.toString());
  }

  private String addTask(String how) throws Exception {
    JsonNode added = post("/add_task", "{\"name\":\"bill\",\"srv_name\":\"pay\"," + how + "}");
    assertEquals(0, added.path("code").asInt(), added.toString());
    return added.at("/data/task_id").asText();
  }

  private String create(String task) throws Exception {
    HttpResponse<String> answer = send("POST", "/api/v1/tasks", task);
    assertEquals(201, answer.statusCode(), answer.body());
    return JSON.readTree(answer.body()).path("id").asText();
  }

  private void run(String id) throws Exception {
    assertTrue(
        List.of(202, 409).contains(send("POST", "/api/v1/tasks/" + id + "/run", "").statusCode()));
  }

  private JsonNode task(String id) throws Exception {
    return JSON.readTree(send("GET", "/api/v1/tasks/" + id, "").body());
  }

  private void awaitState(String id, String state) throws Exception {
    node.await("state " + state, () -> unchecked(id).path("state").asText().equals(state));
  }

  private void awaitOutcome(String id, String outcome) throws Exception {
    node.await(
        "outcome " + outcome,
        () -> unchecked(id).path("last_run").path("outcome").asText().equals(outcome));
  }

  private JsonNode unchecked(String id) {
    try {
      return task(id);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode read(String path) {
    try {
      return JSON.readTree(send("GET", path, "").body());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private void awaitHealthy(boolean healthy) throws Exception {
    node.await(
        "healthy " + healthy,
        () -> {
          try {
            return JSON.readTree(send("GET", "/api/v1/services/pay", "").body())
                    .at("/nodes/0/healthy")
                    .asBoolean()
                == healthy;
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  private JsonNode post(String path, String body) throws Exception {
    HttpResponse<String> answer = send("POST", path, body);
    assertEquals(200, answer.statusCode(), answer.body());
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + member.httpPort() + path))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    return client.send(request, HttpResponse.BodyHandlers.ofString());
  }
}
