package io.xcron.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A member's HTTP API. Every method either returns what was answered with a 2xx, or throws a {@link
 * CommandFailure} that says in words what went wrong and whether the request may have taken effect.
 */
final class Api implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();

  private static final Duration CONNECT = Duration.ofSeconds(5);
  // A member answers within 5 s, except to a delete that waits for running attempts (at most 60 s).
  private static final Duration ANSWER = Duration.ofSeconds(75);

  private final URI base;
  private final @Nullable String token;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();

  Api(URI base, @Nullable String token) {
    this.base = base;
    this.token = token;
  }

  JsonNode get(Address address) {
    return call("GET", address, null, Map.of());
  }

  JsonNode post(Address address, @Nullable JsonNode body) {
    return call("POST", address, body, Map.of());
  }

  /** Missing where the answer has no body. */
  JsonNode call(
      String method, Address address, @Nullable JsonNode body, Map<String, String> headers) {
    BodyPublisher publisher =
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString());
    HttpRequest.Builder request =
        request(address).timeout(ANSWER).header("Content-Type", "application/json");
    headers.forEach(request::header);
    HttpResponse<String> answer =
        send(request.method(method, publisher).build(), BodyHandlers.ofString());
    if (answer.statusCode() / 100 != 2) {
      throw failure(answer.statusCode(), answer.body());
    }
    return answer.body().isEmpty() ? MissingNode.getInstance() : parse(answer.body());
  }

  /** Sends a body of any length, if there is one, and hands on the lines of the answer. */
  void lines(
      String method,
      Address address,
      String contentType,
      @Nullable InputStream body,
      Consumer<String> consumer) {
    BodyPublisher publisher =
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofInputStream(() -> body);
    HttpRequest request =
        request(address).header("Content-Type", contentType).method(method, publisher).build();
    HttpResponse<InputStream> answer = send(request, BodyHandlers.ofInputStream());
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
      if (answer.statusCode() / 100 != 2) {
        StringBuilder text = new StringBuilder();
        reader.lines().limit(1_000).forEach(text::append);
        throw failure(answer.statusCode(), text.toString());
      }
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        consumer.accept(line);
      }
    } catch (IOException e) {
      throw new CommandFailure(Exit.UNKNOWN, "the answer of " + base + " broke off: it is short");
    }
  }

  private HttpRequest.Builder request(Address address) {
    HttpRequest.Builder request = HttpRequest.newBuilder(base.resolve(address.toString()));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
    try {
      return client.send(request, handler);
    } catch (ConnectException | HttpConnectTimeoutException e) {
      throw new CommandFailure(
          Exit.UNREACHABLE,
          "no member answers at " + base + "; say where one is with --url or XCRON_URL");
    } catch (IOException e) {
      boolean reads = request.method().equals("GET");
      throw new CommandFailure(
          reads ? Exit.UNREACHABLE : Exit.UNKNOWN,
          "no answer from "
              + base
              + " ("
              + e
              + ")"
              + (reads ? "" : "; the request may have taken effect"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(Exit.UNKNOWN, "interrupted; the request may have taken effect");
    }
  }

  private CommandFailure failure(int status, String body) {
    Exit exit = Exit.ofStatus(status);
    JsonNode problem;
    try {
      problem = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      problem = MissingNode.getInstance();
    }
    if (!problem.isObject()) {
      return new CommandFailure(exit, base + " answered " + status + "; is it a member of xcron?");
    }
    StringBuilder text = new StringBuilder(problem.path("code").asText("status " + status));
    text.append(": ").append(problem.path("detail").asText(problem.path("title").asText()));
    JsonNode errors = problem.path("errors");
    // One alone stands in the detail already.
    for (JsonNode error : errors.size() > 1 ? errors : MissingNode.getInstance()) {
      text.append("\n  ")
          .append(error.path("field").asText())
          .append(": ")
          .append(error.path("reason").asText());
    }
    if (problem.hasNonNull("task_id")) {
      text.append("\n  task_id: ").append(problem.path("task_id").asText());
    }
    return new CommandFailure(exit, text.toString());
  }

  static JsonNode parse(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new CommandFailure(Exit.FAILED, "an answer that is no JSON: " + e.getOriginalMessage());
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
