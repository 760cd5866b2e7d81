package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcron.history.RunJournal;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member's history from the engine's door to its answers, over a restart. */
class HistoryNodeTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path directory;

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void whatTheEngineTellsIsAnsweredAndSurvivesARestart() throws Exception {
    XcronNode node = XcronNode.start(NodeConfig.local(directory));
    try {
      long now = System.currentTimeMillis();
      for (int number = 1; number <= 3; number++) {
        RunJournal history = node.history();
        history.ended(history.partitionOf("told"), "default", run("told", number, now));
      }
      String first = get(node, "/api/v1/runs/told/3");
      JsonNode stats = JSON.readTree(get(node, "/api/v1/stats?window=1m"));
      assertEquals(3, stats.path("runs").asInt(), stats.toString());
      assertTrue(get(node, "/metrics").contains("xcron_history_bytes"));
      node.stop(Duration.ofSeconds(5));
      assertTrue(Files.isDirectory(directory.resolve("runs")));

      node = XcronNode.start(NodeConfig.local(directory));
      assertEquals(first, get(node, "/api/v1/runs/told/3"));
      assertEquals(3, JSON.readTree(get(node, "/api/v1/tasks/told/runs")).path("runs").size());
      assertEquals("done", get(node, "/api/v1/runs/told/2/log"));
    } finally {
      node.stop(Duration.ofSeconds(5));
      client.close();
    }
  }

  private static RunRecord run(String id, long number, long now) {
    return new RunRecord(
        id,
        1,
        number,
        now,
        now,
        now + 1,
        now + 5,
        RunOutcome.SUCCESS,
        false,
        List.of(new RunRecord.Try(1, now + 1, now + 5, "127.0.0.1:5701", 200, null)),
        "127.0.0.1:5701",
        9,
        "done",
        null);
  }

  private String get(XcronNode node, String path) throws IOException, InterruptedException {
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.httpPort() + path))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), answer.body());
    return answer.body();
  }
}
