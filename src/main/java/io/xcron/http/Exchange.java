package io.xcron.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.xcron.model.Time;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** One request and its answer, as the handlers see them. Used by the request's own thread only. */
final class Exchange {
  static final Header JSON =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
  static final Header NDJSON =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/x-ndjson");
  static final Header PROBLEM =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/problem+json");
  static final Header CLOSE = HeaderValues.createCached(HeaderNames.CONNECTION, "close");
  private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("Idempotency-Key");
  private static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");
  private static final HeaderName MISSING = HeaderNames.create("X-Xcron-Missing-Members");
  private static final int MAX_REQUEST_ID = 128;

  /**
   * How much of a body that nobody wants is read, and for how long, before its connection is
   * closed: a client that is still sending then is told by a reset, and may not see the answer.
   */
  private static final long MAX_DRAINED_BYTES = 1 << 20;

  private static final long MAX_DRAINED_NANOS = 1_000_000_000L;
  private static final String[] NO_PARAMETERS = {};

  private final ServerRequest request;
  private final ServerResponse response;
  private final Time time;
  private final HttpConfig.Limits limits;
  private final ReadWatch watch;
  private final long startNanos;
  private final String path;
  private String[] parameters = NO_PARAMETERS;
  private Caller caller = Caller.PASSER_BY;
  private @Nullable String requestId;
  private @Nullable Query query;
  private final Set<String> missing = new TreeSet<>();
  private boolean bodyBegun;
  private boolean bodyRead;
  private boolean streaming;

  Exchange(
      ServerRequest request,
      ServerResponse response,
      Time time,
      HttpConfig.Limits limits,
      ReadWatch watch) {
    this.watch = watch;
    this.request = request;
    this.response = response;
    this.time = time;
    this.limits = limits;
    this.startNanos = time.nanoTime();
    this.path = request.path().rawPath();
  }

  String method() {
    return request.prologue().method().text();
  }

  /** Whether it changes nothing. */
  boolean reads() {
    return method().equals("GET") || method().equals("HEAD");
  }

  /** The path as it came, escapes included. */
  String path() {
    return path;
  }

  void parameters(String[] found) {
    parameters = found;
  }

  /** The n-th variable part of the path, decoded. */
  String parameter(int index) {
    return parameters[index];
  }

  Query query() {
    Query known = query;
    if (known == null) {
      known = Query.parse(request.query().rawValue());
      query = known;
    }
    return known;
  }

  @Nullable String header(HeaderName name) {
    return request.headers().contains(name) ? request.headers().get(name).get() : null;
  }

  void caller(Caller admitted) {
    caller = admitted;
  }

  /** Who was let in; nobody special before that. */
  Caller caller() {
    return caller;
  }

  /**
   * What the caller calls this request, or else a name that it is given; from the first question on
   * the answer carries it. To be asked before the answer begins.
   */
  String requestId() {
    String known = requestId;
    if (known == null) {
      String given = header(REQUEST_ID);
      known = given != null && isPlain(given) ? given : UUID.randomUUID().toString();
      requestId = known;
      set(REQUEST_ID, known);
    }
    return known;
  }

  private static boolean isPlain(String text) {
    boolean plain = !text.isEmpty() && text.length() <= MAX_REQUEST_ID;
    for (int i = 0; i < text.length() && plain; i++) {
      plain = text.charAt(i) > ' ' && text.charAt(i) < 127;
    }
    return plain;
  }

  /**
   * Says in a header that these members did not answer, so that what only they have is not in the
   * answer. To be called before the answer begins.
   */
  synchronized void missing(Collection<String> members) {
    if (missing.addAll(members)) {
      set(MISSING, String.join(", ", missing));
    }
  }

  @Nullable String idempotencyKey() {
    return header(IDEMPOTENCY_KEY);
  }

  @Nullable InetAddress client() {
    return request.remotePeer().address() instanceof InetSocketAddress address
        ? address.getAddress()
        : null;
  }

  long nowMillis() {
    return time.nowMillis();
  }

  /** What is left of the time within which an answer is promised; at least a little. */
  long remainingNanos() {
    // A twentieth is kept for the way back, so that the caller has the answer in time.
    long budget = limits.deadline().toNanos() / 20 * 19;
    return Math.max(1_000_000, budget - (time.nanoTime() - startNanos));
  }

  boolean overdue() {
    return time.nanoTime() - startNanos > limits.deadline().toNanos() / 20 * 19;
  }

  /** Whether another large step could not be answered in time. */
  boolean nearlyDue() {
    return time.nanoTime() - startNanos > limits.deadline().toNanos() / 4 * 3;
  }

  /** Refuses a body of another kind than JSON; a body of no kind is taken for JSON. */
  void requireJson(boolean patch) {
    String type = header(HeaderNames.CONTENT_TYPE);
    if (type == null) {
      return;
    }
    String media = mediaType(type);
    if (!media.equals("application/json")
        && !(patch && media.equals("application/merge-patch+json"))) {
      throw Problem.withStatus(
          Code.INVALID,
          Status.UNSUPPORTED_MEDIA_TYPE_415,
          "the body must be application/json"
              + (patch ? " or application/merge-patch+json" : "")
              + ", not "
              + Texts.clip(type));
    }
  }

  static String mediaType(String contentType) {
    int end = contentType.indexOf(';');
    return (end < 0 ? contentType : contentType.substring(0, end))
        .strip()
        .toLowerCase(java.util.Locale.ROOT);
  }

  InputStream bodyStream() {
    bodyRead = true;
    return watch.over(request.content().inputStream());
  }

  boolean hasBody() {
    return request.content().hasEntity();
  }

  /** The whole body; 413 when it is larger than allowed, 408 when it does not come. */
  byte[] body() {
    if (!request.content().hasEntity()) {
      bodyRead = true;
      return new byte[0];
    }
    int max = limits.maxBodyBytes();
    long announced = request.headers().contentLength().orElse(-1);
    if (announced > max) {
      throw Problem.of(Code.TOO_LARGE, "the body has more than " + max + " bytes");
    }
    byte[] bytes = new byte[announced >= 0 ? (int) announced : 2_048];
    int length = 0;
    bodyBegun = true;
    try (InputStream in = watch.over(request.content().inputStream())) {
      while (true) {
        if (length == bytes.length) {
          if (length == announced) {
            break;
          }
          bytes = Arrays.copyOf(bytes, Math.min(max + 1, bytes.length * 2));
        }
        int count = in.read(bytes, length, bytes.length - length);
        if (count < 0) {
          break;
        }
        length += count;
        if (length > max) {
          throw Problem.of(Code.TOO_LARGE, "the body has more than " + max + " bytes");
        }
        if (time.nanoTime() - startNanos > limits.readTimeout().toNanos()) {
          throw tooSlow();
        }
      }
    } catch (Problem e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      throw unreadable(e);
    }
    bodyRead = true;
    return length == bytes.length ? bytes : Arrays.copyOf(bytes, length);
  }

  static Problem tooSlow() {
    return Problem.withStatus(
        Code.MALFORMED, Status.REQUEST_TIMEOUT_408, "the body did not come in time");
  }

  /** What to answer when the rest of a body cannot be read. */
  Problem unreadable(Exception e) {
    bodyRead = false;
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof java.nio.channels.ClosedByInterruptException) {
        return tooSlow();
      }
    }
    return Problem.of(Code.MALFORMED, "the body ended early, or its framing is wrong");
  }

  Exchange set(HeaderName name, String value) {
    response.header(HeaderValues.create(name, value));
    return this;
  }

  Exchange set(Header header) {
    response.header(header);
    return this;
  }

  void send(Status status, Header contentType, byte[] body) {
    response.status(status);
    response.header(contentType);
    finish(body);
  }

  void send(Status status) {
    response.status(status);
    finish(null);
  }

  private void finish(byte @Nullable [] body) {
    if (leavesBody()) {
      response.header(CLOSE);
    }
    if (body == null) {
      response.send();
    } else {
      response.send(body);
    }
  }

  /**
   * The end of it all, after the answer: closes the connection when the client has asked for that,
   * or when a part of the body was not read. What follows on such a connection is not a request,
   * whatever it looks like: a page of another site may choose the bytes of a body, not the head of
   * a request (RFC 9112, 9.6 and 11.2). Helidon 4.5.0 would go on reading there.
   *
   * @throws CloseConnectionException for Helidon, which closes then
   */
  void end() {
    boolean leaves = leavesBody();
    if (leaves) {
      drain();
    }
    if (leaves || asksToClose()) {
      throw new CloseConnectionException("the last answer on this connection was given");
    }
  }

  private boolean asksToClose() {
    if (request.headers().contains(HeaderNames.CONNECTION)) {
      for (String value : request.headers().get(HeaderNames.CONNECTION).allValues()) {
        for (String token : value.split(",", -1)) {
          if (token.strip().equalsIgnoreCase("close")) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private boolean leavesBody() {
    return !bodyRead && request.content().hasEntity();
  }

  private void drain() {
    if (bodyBegun || request.headers().contains(HeaderNames.EXPECT)) {
      return;
    }
    byte[] part = new byte[8_192];
    long deadline = time.nanoTime() + MAX_DRAINED_NANOS;
    long left = MAX_DRAINED_BYTES;
    try {
      InputStream in = watch.over(request.content().inputStream());
      int count = 0;
      while (count >= 0 && left > 0 && time.nanoTime() - deadline < 0) {
        count = in.read(part);
        left -= Math.max(count, 0);
      }
    } catch (IOException | RuntimeException e) {
      // It was for the client's sake only; the connection is closed in any case.
      throw new CloseConnectionException("a refused body ended early", e);
    }
  }

  /** An answer whose length is not known yet. */
  OutputStream stream(Status status, Header contentType) {
    streaming = true;
    response.status(status);
    response.header(contentType);
    return response.outputStream();
  }

  /** Whether the answer has begun, so that no other can be given. */
  boolean begun() {
    return streaming || response.isSent();
  }
}
