package io.xcron;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request until its answer, repeated when that can do no harm. It goes to the member that
 * answered last; where that one cannot be reached or accepts nothing, the next try goes to another.
 */
final class ClientCalls {
  private static final int ATTEMPTS = 4;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 2_000;

  /** When a request may be sent again. */
  enum Repeat {
    /** Twice is as good as once. */
    ALWAYS,
    /** Only after a failure that says that nothing was stored. */
    IF_NOT_STORED
  }

  private record Answer(int status, JsonNode body) {}

  private final HttpClient http;
  private final Supplier<List<URI>> members;
  private final @Nullable String token;

  /** Clients begin with different members. */
  private final AtomicInteger turn = new AtomicInteger(ThreadLocalRandom.current().nextInt());

  /** What is asked, of whichever member. */
  @FunctionalInterface
  private interface Question {
    /**
     * @throws ConnectException if no member is known
     */
    HttpRequest of(int member) throws ConnectException;
  }

  /**
   * @param members where to ask; looked up for each try
   */
  ClientCalls(HttpClient http, Supplier<List<URI>> members, @Nullable String token) {
    this.http = http;
    this.members = members;
    this.token = token;
  }

  JsonNode ask(
      String method,
      String path,
      byte @Nullable [] body,
      Map<String, String> headers,
      Repeat repeat) {
    return asked(member -> request(member, method, path, body, headers), repeat, false).body();
  }

  /** Whether there was something to delete, as far as can be known. */
  boolean delete(String path) {
    Question question = member -> request(member, "DELETE", path, null, Map.of());
    return asked(question, Repeat.ALWAYS, true).status() != 404;
  }

  private Answer asked(Question question, Repeat repeat, boolean goneIsFine) {
    boolean maybeDone = false;
    for (int attempt = 1; ; attempt++) {
      XcronException failure;
      int member = turn.get();
      try {
        Answer answer = send(question.of(member));
        if (answer.status() < 300) {
          return answer;
        }
        if (answer.status() == 404 && goneIsFine) {
          return maybeDone ? new Answer(204, answer.body()) : answer;
        }
        failure = refusal(answer);
      } catch (ConnectException | HttpConnectTimeoutException e) {
        failure = failure(XcronException.Reason.NOT_ACCEPTED, "no connection", e);
      } catch (IOException e) {
        failure = failure(XcronException.Reason.UNKNOWN, "the answer was lost", e);
      }
      boolean unknown = failure.reason() == XcronException.Reason.UNKNOWN;
      maybeDone |= unknown;
      boolean again =
          failure.reason() == XcronException.Reason.NOT_ACCEPTED
              || (unknown && repeat == Repeat.ALWAYS);
      if (!again || attempt == ATTEMPTS) {
        // An earlier try may have been stored, whatever the last one says.
        throw maybeDone && !unknown
            ? failure(XcronException.Reason.UNKNOWN, String.valueOf(failure.getMessage()), failure)
            : failure;
      }
      turn.compareAndSet(member, member + 1);
      pause(attempt, failure);
    }
  }

  private Answer send(HttpRequest request) throws IOException {
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), ClientJson.tree(response.body()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure(XcronException.Reason.UNKNOWN, "interrupted", e);
    }
  }

  /** From 100 ms on, twice as long each time, half of it by chance. */
  private static void pause(int attempt, XcronException failure) {
    long most = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << (attempt - 1));
    try {
      Thread.sleep(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw failure;
    }
  }

  private static XcronException refusal(Answer answer) {
    String code = ClientJson.text(answer.body(), "code");
    String detail = ClientJson.text(answer.body(), "detail");
    String field = ClientJson.text(answer.body().path("errors").path(0), "field");
    return XcronException.ofCode(
        code == null ? "unknown" : code,
        detail == null ? "answered with status " + answer.status() : detail,
        field,
        null);
  }

  private static XcronException failure(
      XcronException.Reason reason, String what, Throwable cause) {
    String why = cause.getMessage();
    return new XcronException(reason, why == null ? what : what + ": " + why, null, cause);
  }

  private HttpRequest request(
      int member, String method, String path, byte @Nullable [] body, Map<String, String> headers)
      throws ConnectException {
    List<URI> known = members.get();
    if (known.isEmpty()) {
      throw new ConnectException(
          "no member tells where its HTTP API is; it does with http.port set to a port of its own");
    }
    String base = known.get(Math.floorMod(member, known.size())).toString();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + path))
            .timeout(TIMEOUT)
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    headers.forEach(request::header);
    return request.build();
  }
}
