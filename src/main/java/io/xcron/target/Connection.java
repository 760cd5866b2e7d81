package io.xcron.target;

import io.vertx.core.Completable;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.xcron.model.InvalidTaskException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One kept connection and the attempt that uses it, if any. Whatever ends the attempt first (the
 * answer, the timer, the loss of the connection) takes {@link #current} away; what comes later
 * finds none and is ignored, so the engine is told once.
 *
 * <p>The timer is set once and left standing while attempts come and go: when it goes off it looks
 * for the deadline of the attempt that is there then. Setting and cancelling one for each attempt
 * would cost more than the rest of this class.
 */
final class Connection {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /** As much of an answer's body as a run record keeps. */
  static final int KEPT_BYTES = 4_096;

  /** A longer body is not awaited: the connection is closed. */
  static final int READ_BYTES = 65_536;

  private static final long NO_TIMER = -1;

  private final Host host;
  private final HttpClientConnection wire;
  private final InetAddress address;

  // One of each for all requests of the connection.
  private final Completable<HttpClientRequest> onStream = this::send;
  private final Completable<HttpClientResponse> onHead = this::head;
  private final Handler<Buffer> onBody = this::body;
  private final Handler<Void> onEnd = nothing -> end();
  private final Handler<Throwable> onError = this::fail;
  private final Handler<Long> onTimer = this::timer;

  private @Nullable Attempt current;
  private RequestWriter.@Nullable Prepared prepared;
  private long deadlineNanos;
  private long timer = NO_TIMER;
  private long timerNanos;

  private int status;
  private boolean keep;
  private @Nullable Buffer kept;
  private long received;

  private boolean gone;
  private long freeSinceNanos;
  private long keepNanos;

  Connection(Host host, HttpClientConnection wire, InetAddress address) {
    this.host = host;
    this.wire = wire;
    this.address = address;
    this.freeSinceNanos = host.loop().nowNanos();
    this.keepNanos = host.loop().config.times().connectionIdle().toNanos();
    wire.closeHandler(nothing -> closed());
    wire.exceptionHandler(onError);
  }

  Host host() {
    return host;
  }

  InetAddress address() {
    return address;
  }

  boolean isGone() {
    return gone;
  }

  /** Whether the receiver probably still keeps this idle connection. */
  boolean fresh(long nowNanos) {
    return !gone && nowNanos - freeSinceNanos < keepNanos;
  }

  /**
   * Starts an attempt on this idle connection.
   *
   * @return false when the attempt has ended without using the connection, which is still idle
   */
  boolean start(Waiting waiting) {
    RequestWriter.Prepared request;
    try {
      request = host.loop().writer.prepare(waiting.target());
    } catch (InvalidTaskException e) {
      Loop.tell(waiting.attempt(), new Outcome.Unsendable(e.field() + " " + e.reason()));
      return false;
    } catch (RuntimeException e) {
      LOG.error("An attempt of task {} could not be prepared", waiting.attempt().taskId(), e);
      Loop.tell(
          waiting.attempt(), new Outcome.Unsendable("the request could not be prepared: " + e));
      return false;
    }
    if (!Loop.mayStart(waiting.attempt())) {
      Loop.tell(waiting.attempt(), new Outcome.Withdrawn());
      return false;
    }
    current = waiting.attempt();
    prepared = request;
    keep = false;
    kept = null;
    received = 0;
    setDeadline(waiting.target().timeout());
    wire.request(new RequestOptions().setMethod(request.method).setURI(waiting.requestUri()))
        .onComplete(onStream);
    return true;
  }

  /** Completes at once on an idle connection, so nothing lies between the check and the bytes. */
  private void send(@Nullable HttpClientRequest request, @Nullable Throwable failure) {
    Attempt attempt = current;
    RequestWriter.Prepared ready = prepared;
    if (attempt == null || ready == null) {
      discard();
      return;
    }
    if (request == null) {
      finish(
          new Outcome.ConnectFailed(
              "the connection was closed before the request: " + reason(failure)),
          false);
      return;
    }
    try {
      host.loop().writer.writeHeaders(request.headers(), host.authority(), attempt, ready);
    } catch (RuntimeException e) {
      LOG.error("The headers of an attempt of task {} could not be written", attempt.taskId(), e);
      finish(new Outcome.Unsendable("the headers could not be written: " + e), false);
      return;
    }
    if (attempt.leftNanos() < 0) {
      // The thread stood still since the check: on a machine without CPU for it, or when code was
      // loaded for the first request of a process.
      finish(new Outcome.Withdrawn(), false);
      return;
    }
    request.response().onComplete(onHead);
    if (ready.body == null) {
      request.end();
    } else {
      request.end(ready.body);
    }
  }

  private void head(@Nullable HttpClientResponse answer, @Nullable Throwable failure) {
    if (current == null) {
      return;
    }
    if (answer == null) {
      fail(failure);
      return;
    }
    status = answer.statusCode();
    String connection = answer.getHeader("connection");
    keep =
        answer.version() == HttpVersion.HTTP_1_1
            && status >= 200
            && (connection == null || !connection.regionMatches(true, 0, "close", 0, 5));
    String keepAlive = answer.getHeader("keep-alive");
    if (keepAlive != null) {
      keepNanos = Math.min(keepNanos, told(keepAlive));
    }
    answer.handler(onBody).endHandler(onEnd).exceptionHandler(onError);
  }

  /**
   * How long a receiver says it keeps an idle connection, less a second for the way; unlimited when
   * it does not say.
   */
  private static long told(String keepAlive) {
    int at = keepAlive.indexOf("timeout=");
    long seconds = 0;
    int digits = 0;
    for (int i = at + 8; at >= 0 && i < keepAlive.length() && digits < 6; i++, digits++) {
      int digit = keepAlive.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        break;
      }
      seconds = seconds * 10 + digit;
    }
    return digits == 0 ? Long.MAX_VALUE : TimeUnit.SECONDS.toNanos(Math.max(0, seconds - 1));
  }

  private void body(Buffer bytes) {
    if (current == null) {
      return;
    }
    received += bytes.length();
    Buffer before = kept;
    if (before == null) {
      kept = bytes;
    } else if (before.length() < KEPT_BYTES) {
      kept =
          before
              .copy()
              .appendBuffer(bytes, 0, Math.min(bytes.length(), KEPT_BYTES - before.length()));
    }
    if (received > READ_BYTES) {
      finish(answered(), false);
    }
  }

  private void end() {
    if (current != null) {
      finish(answered(), keep);
    }
  }

  private Outcome answered() {
    Buffer bytes = kept;
    String text = bytes == null ? "" : bytes.getString(0, Math.min(KEPT_BYTES, bytes.length()));
    return new Outcome.Answered(status, text, received > KEPT_BYTES);
  }

  private void fail(@Nullable Throwable failure) {
    finish(new Outcome.Broken(reason(failure)), false);
  }

  private void closed() {
    breakOff("the connection was closed before the answer was complete");
  }

  /** Ends the attempt, if any, and the connection. */
  void breakOff(String reason) {
    finish(new Outcome.Broken(reason), false);
  }

  /** Ends this attempt, and the connection with it; false when another one or none is there. */
  boolean kill(Attempt attempt) {
    if (!attempt.equals(current)) {
      return false;
    }
    finish(new Outcome.Killed("", false), false);
    return true;
  }

  private void finish(Outcome outcome, boolean reuse) {
    Attempt attempt = current;
    current = null;
    prepared = null;
    kept = null;
    if (reuse) {
      freeSinceNanos = host.loop().nowNanos();
      host.loop().releaseLater(this);
    } else {
      discard();
    }
    if (attempt != null) {
      Loop.tell(attempt, outcome);
    }
    if (!reuse) {
      host.drain();
    }
  }

  /** Closes the connection and leaves the host. The attempt, if any, must have been told. */
  void discard() {
    if (!gone) {
      gone = true;
      cancelTimer();
      host.gone(this);
      wire.close();
    }
  }

  // The timer

  private void setDeadline(Duration timeout) {
    long nowNanos = host.loop().nowNanos();
    deadlineNanos = nowNanos + timeout.toNanos();
    if (timer != NO_TIMER && timerNanos - deadlineNanos <= 0) {
      return;
    }
    cancelTimer();
    setTimer(nowNanos);
  }

  private void setTimer(long nowNanos) {
    long millis = Math.max(1, (deadlineNanos - nowNanos + 999_999) / 1_000_000);
    timerNanos = deadlineNanos;
    timer = host.loop().vertx.setTimer(millis, onTimer);
  }

  private void cancelTimer() {
    if (timer != NO_TIMER) {
      host.loop().vertx.cancelTimer(timer);
      timer = NO_TIMER;
    }
  }

  private void timer(Long id) {
    timer = NO_TIMER;
    if (current == null) {
      return;
    }
    long nowNanos = host.loop().nowNanos();
    if (deadlineNanos - nowNanos > 0) {
      setTimer(nowNanos);
    } else {
      finish(new Outcome.TimedOut(), false);
    }
  }

  private static String reason(@Nullable Throwable failure) {
    if (failure == null) {
      return "the connection was lost";
    }
    String message = failure.getMessage();
    return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
  }
}
