package io.xcron.target;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.xcron.model.HeaderValue;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.PercentEncoding;
import io.xcron.model.Target;
import java.util.Map;
import java.util.function.Function;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Turns an attempt into a request, in two steps: what may fail and does not depend on the start
 * first, so that an attempt that cannot be written is never started; then, after {@link
 * Attempt#mayStart}, the headers. One thread at a time.
 */
final class RequestWriter {
  private static final CharSequence TASK_ID = HttpHeaders.createOptimized("X-Xcron-Task-Id");
  private static final CharSequence GENERATION = HttpHeaders.createOptimized("X-Xcron-Generation");
  private static final CharSequence RUN_NUMBER = HttpHeaders.createOptimized("X-Xcron-Run-Number");
  private static final CharSequence ATTEMPT = HttpHeaders.createOptimized("X-Xcron-Attempt");
  private static final CharSequence DUE_TIME = HttpHeaders.createOptimized("X-Xcron-Due-Time");
  private static final CharSequence FENCING_TOKEN =
      HttpHeaders.createOptimized("X-Xcron-Fencing-Token");
  private static final CharSequence ARG = HttpHeaders.createOptimized("X-Xcron-Arg");
  private static final CharSequence MUTEX_TOKEN =
      HttpHeaders.createOptimized("X-Xcron-Mutex-Token");
  private static final CharSequence IDEMPOTENCY_KEY =
      HttpHeaders.createOptimized("Idempotency-Key");
  private static final CharSequence TRACEPARENT = HttpHeaders.createOptimized("traceparent");
  private static final CharSequence EASYTASK_TRACE_ID =
      HttpHeaders.createOptimized("x-easy-task-trace-id");
  private static final CharSequence EASYTASK_SPAN_ID =
      HttpHeaders.createOptimized("x-easy-task-trace-span-id");
  private static final CharSequence EASYTASK_PARENT_SPAN_ID =
      HttpHeaders.createOptimized("x-easy-task-trace-parent-span-id");
  private static final CharSequence WEBHOOK_ID = HttpHeaders.createOptimized("webhook-id");
  private static final CharSequence WEBHOOK_TIMESTAMP =
      HttpHeaders.createOptimized("webhook-timestamp");
  private static final CharSequence WEBHOOK_SIGNATURE =
      HttpHeaders.createOptimized("webhook-signature");
  private static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
  private static final CharSequence FIRST = HttpHeaders.createOptimized("1");

  private static final String[] NO_HEADERS = {};

  private final Function<String, @Nullable String> secrets;
  private final @Nullable Signer signer;

  RequestWriter(Function<String, @Nullable String> secrets, @Nullable SecretKey signingKey) {
    this.secrets = secrets;
    this.signer = signingKey == null ? null : new Signer(signingKey);
  }

  /** A request but for the headers that {@link Attempt#mayStart} decides. */
  static final class Prepared {
    final HttpMethod method;
    final @Nullable Buffer body;
    private final String[] headers;
    private final boolean typed;

    private Prepared(HttpMethod method, @Nullable Buffer body, String[] headers, boolean typed) {
      this.method = method;
      this.body = body;
      this.headers = headers;
      this.typed = typed;
    }
  }

  /**
   * The first step.
   *
   * @throws InvalidTaskException when the definition is not a legal request or a secret is not
   *     there
   */
  Prepared prepare(Target.Http target) {
    Map<String, HeaderValue> given = target.headers();
    String[] headers = given.isEmpty() ? NO_HEADERS : new String[given.size() * 2];
    boolean typed = false;
    int i = 0;
    for (Map.Entry<String, HeaderValue> header : given.entrySet()) {
      String name = header.getKey();
      HttpRules.checkName(name);
      String value =
          switch (header.getValue()) {
            case HeaderValue.Plain plain -> plain.text();
            case HeaderValue.Secret secret -> secret(name, secret.name());
          };
      HttpRules.checkValue(name, value);
      typed |= name.equalsIgnoreCase("Content-Type");
      headers[i++] = name;
      headers[i++] = value;
    }
    return new Prepared(method(target.method()), body(target), headers, typed);
  }

  private String secret(String header, String secret) {
    String value = secrets.apply(secret);
    if (value == null) {
      throw new InvalidTaskException(
          "target.http.headers." + header,
          "names the secret '" + secret + "', which is not configured on this member");
    }
    return value;
  }

  private static HttpMethod method(String method) {
    HttpRules.checkMethod(method);
    return HttpMethod.valueOf(method);
  }

  /** No body where none is usual; else an empty JSON object, since the type says JSON. */
  private static @Nullable Buffer body(Target.Http target) {
    String body = target.body();
    if (body != null) {
      return Buffer.buffer(body);
    }
    return switch (target.method()) {
      case "GET", "HEAD", "DELETE", "OPTIONS" -> null;
      default -> Buffer.buffer("{}");
    };
  }

  /**
   * The second step, after the yes of {@link Attempt#mayStart}. Content-Length is the connection's
   * to write.
   */
  void writeHeaders(MultiMap to, String authority, Attempt attempt, Prepared prepared) {
    // Ours, because the client writes IPv6 addresses without brackets.
    to.add(HttpHeaders.HOST, authority);
    if (attempt instanceof Heartbeat) {
      to.add(HttpHeaders.CONTENT_TYPE, JSON);
      return;
    }
    if (attempt instanceof Notice notice) {
      to.add(HttpHeaders.CONTENT_TYPE, JSON);
      String key = PercentEncoding.encode(notice.id());
      to.add(IDEMPOTENCY_KEY, key);
      sign(to, key, attempt, prepared);
      return;
    }
    String runNumber = Long.toString(attempt.runNumber());
    String generation = Long.toString(attempt.generation());
    // An id has letters of any script, a header has ASCII.
    String id = PercentEncoding.encode(attempt.taskId());
    String key = id + '/' + generation + '/' + runNumber;
    to.add(TASK_ID, id);
    to.add(GENERATION, generation);
    to.add(RUN_NUMBER, runNumber);
    to.add(ATTEMPT, attempt.number() == 1 ? FIRST : Integer.toString(attempt.number()));
    to.add(DUE_TIME, Long.toString(attempt.dueMillis()));
    to.add(FENCING_TOKEN, Long.toString(attempt.fencingToken()));
    if (attempt.mutexToken() != Attempt.NO_MUTEX) {
      to.add(MUTEX_TOKEN, Long.toString(attempt.mutexToken()));
    }
    String arg = attempt.arg();
    if (arg != null) {
      to.add(ARG, PercentEncoding.encode(arg));
    }
    to.add(IDEMPOTENCY_KEY, key);
    String traceparent = attempt.traceparent();
    to.add(TRACEPARENT, traceparent);
    if (attempt instanceof ServiceCall) {
      // The same trace, in the words of easytask: 00-<trace id>-<span id>-01.
      to.add(EASYTASK_TRACE_ID, traceparent.substring(3, 35));
      to.add(EASYTASK_SPAN_ID, traceparent.substring(36, 52));
      to.add(EASYTASK_PARENT_SPAN_ID, "");
    }
    if (prepared.body != null && !prepared.typed) {
      to.add(HttpHeaders.CONTENT_TYPE, JSON);
    }
    for (int i = 0; i < prepared.headers.length; i += 2) {
      to.add(prepared.headers[i], prepared.headers[i + 1]);
    }
    sign(to, key, attempt, prepared);
  }

  private void sign(MultiMap to, String key, Attempt attempt, Prepared prepared) {
    if (signer != null) {
      String seconds = Long.toString(Math.floorDiv(attempt.startMillis(), 1_000L));
      byte[] body = prepared.body == null ? new byte[0] : prepared.body.getBytes();
      to.add(WEBHOOK_ID, key);
      to.add(WEBHOOK_TIMESTAMP, seconds);
      to.add(WEBHOOK_SIGNATURE, signer.sign(key, seconds, body));
    }
  }
}
