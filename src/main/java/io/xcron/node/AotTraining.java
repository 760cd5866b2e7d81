package io.xcron.node;

import java.io.IOException;
import java.lang.System.Logger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The run from which the ahead-of-time cache is made: one member on free ports and a directory of
 * its own takes tasks by import and one by one, fires them at a receiver in the same process, lists
 * and deletes them, and stops. The build runs it with {@code -XX:AOTCacheOutput}.
 */
final class AotTraining {
  private static final Logger LOG = System.getLogger(AotTraining.class.getName());

  private static final int ROUNDS = 4;
  private static final int TASKS = 10_000;
  private static final int SINGLE = 500;
  private static final Duration ROUND_AT_MOST = Duration.ofSeconds(30);

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI api;

  private AotTraining(URI api) {
    this.api = api;
  }

  /** Runs a member with its data in a new directory below this one, which it leaves behind. */
  static void run(Path directory) throws Exception {
    Path data = Files.createTempDirectory(directory, "training");
    XcronNode node = XcronNode.start(NodeConfig.local(data));
    try {
      AotTraining training = new AotTraining(URI.create("http://127.0.0.1:" + node.httpPort()));
      for (int round = 0; round < ROUNDS; round++) {
        training.round(round);
      }
    } catch (IllegalStateException | IOException e) {
      // A cache of a shorter training is slower, not wrong: no reason to fail a build on a busy
      // machine.
      LOG.log(Logger.Level.WARNING, "the training was cut short", e);
    } finally {
      node.stop(Duration.ofSeconds(5));
    }
  }

  private void round(int round) throws IOException, InterruptedException {
    CountDownLatch fired = new CountDownLatch(TASKS + SINGLE);
    try (PracticeReceiver receiver = PracticeReceiver.open(fired::countDown)) {
      long due = System.currentTimeMillis() + 1_500;
      StringBuilder lines = new StringBuilder();
      for (int i = 0; i < TASKS; i++) {
        lines.append(i == 0 ? "" : "\n").append(task(i % 2 == 0, receiver.url(), due + i % 500));
      }
      call("POST", "/api/v1/tasks/import", "application/x-ndjson", lines.toString());
      for (int i = 0; i < SINGLE; i++) {
        call("POST", "/api/v1/tasks", "application/json", task(i % 2 == 0, receiver.url(), due));
      }
      call("GET", "/api/v1/tasks?limit=1000&label=round:x", "application/json", "");
      call("GET", "/metrics", "application/json", "");
      if (!fired.await(ROUND_AT_MOST.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "round " + round + ": " + fired.getCount() + " tasks did not fire");
      }
      call("POST", "/api/v1/tasks/delete?state=finished", "application/json", "");
    }
  }

  private static String task(boolean described, String url, long dueMillis) {
    String description =
        described ? "\"name\":\"training\",\"labels\":{\"team\":\"pay\",\"kind\":\"order\"}," : "";
    return "{"
        + description
        + "\"schedule\":{\"at\":"
        + dueMillis
        + "},\"target\":{\"http\":{\"url\":\""
        + url
        + "\",\"body\":{\"id\":1,\"due_ms\":"
        + dueMillis
        + "}}}}";
  }

  private void call(String method, String path, String type, String body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(api.resolve(path))
            .timeout(ROUND_AT_MOST)
            .header("Content-Type", type)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() >= 300) {
      throw new IllegalStateException(
          method + " " + path + ": " + answer.statusCode() + " " + answer.body());
    }
  }
}
