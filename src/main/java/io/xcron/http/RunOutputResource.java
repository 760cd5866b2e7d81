package io.xcron.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.xcron.history.LiveOutput;
import io.xcron.history.RunHistory;
import io.xcron.model.RunRecord;
import io.xcron.model.Time;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a run said: as text, or as server-sent events while it goes on. Each event's id is the
 * offset at which the next one begins, so that a browser that connects anew goes on from there; the
 * last event is {@code end} with the outcome.
 *
 * <p>A stream is ended after ten minutes, without an {@code end}: the client connects anew.
 */
final class RunOutputResource {
  private static final Header TEXT =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8");
  private static final Header EVENTS =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "text/event-stream");
  private static final HeaderName LAST_EVENT_ID = HeaderNames.create("Last-Event-ID");
  private static final long LOOK_NANOS = Duration.ofMillis(200).toNanos();
  private static final long SIGN_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long LONGEST_NANOS = Duration.ofMinutes(10).toNanos();

  /** How long the record of a run that has just ended may be on its way. */
  private static final long RECORD_NANOS = Call.STREAM_PATIENCE_NANOS;

  private static final int PART_BYTES = 1 << 20;

  private final RunHistory history;
  private final LiveOutput live;
  private final Time time;

  RunOutputResource(HistoryParts parts, Time time) {
    this.history = parts.runs();
    this.live = parts.live();
    this.time = time;
  }

  void addTo(Router router) {
    router.on("GET", "/api/v1/runs/{}/{}/log", this::log);
  }

  private void log(Exchange exchange) throws IOException {
    // No grant is needed for it, so there is nothing staler.
    exchange.query().allowOnly("stale");
    String id = RunResource.requireId(exchange);
    long number = RunResource.number(exchange);
    String accept = exchange.header(HeaderNames.ACCEPT);
    boolean events = accept != null && accept.contains("text/event-stream");
    LiveOutput.Part part = live.read(id, number, events ? offset(exchange) : 0);
    RunRecord run = part == null ? RunResource.found(exchange, history) : null;
    if (part == null && run == null) {
      throw RunResource.notFound(exchange);
    }
    if (events) {
      stream(exchange, id, number, part, run);
    } else {
      exchange.send(
          Status.OK_200,
          TEXT,
          (part == null ? output(run) : all(id, number, part)).getBytes(StandardCharsets.UTF_8));
    }
  }

  private static String output(@Nullable RunRecord run) {
    String output = run == null ? null : run.output();
    return output == null ? "" : output;
  }

  /** All that is there of a run under way, up to a bound. */
  private String all(String id, long number, LiveOutput.Part first) {
    StringBuilder text = new StringBuilder(first.text());
    LiveOutput.Part part = first;
    while (part != null && !part.text().isEmpty() && text.length() < PART_BYTES) {
      part = live.read(id, number, part.nextOffset());
      if (part != null) {
        text.append(part.text());
      }
    }
    return text.toString();
  }

  private static long offset(Exchange exchange) {
    String last = exchange.header(LAST_EVENT_ID);
    try {
      return last == null ? 0 : Math.max(0, Long.parseLong(last.strip()));
    } catch (NumberFormatException e) {
      throw Problem.invalid("Last-Event-ID", "must be one that this stream gave");
    }
  }

  private void stream(
      Exchange exchange,
      String id,
      long number,
      LiveOutput.@Nullable Part first,
      @Nullable RunRecord known)
      throws IOException {
    long offset = offset(exchange);
    exchange.set(HeaderNames.CACHE_CONTROL, "no-store");
    try (OutputStream out = exchange.stream(Status.OK_200, EVENTS)) {
      RunRecord run = known;
      if (first != null) {
        offset = follow(out, id, number, offset);
        run = offset < 0 ? null : awaitRecord(id, number);
      }
      if (run != null) {
        byte[] all = output(run).getBytes(StandardCharsets.UTF_8);
        if (offset < all.length) {
          send(
              out,
              "output",
              all.length,
              new String(all, (int) offset, all.length - (int) offset, StandardCharsets.UTF_8));
        }
        send(out, "end", all.length, TaskWriter.OUTCOMES.word(run.outcome()));
      }
    }
  }

  /** Sends what comes until the run has ended; the offset reached, or -1 when time is up. */
  private long follow(OutputStream out, String id, long number, long from) throws IOException {
    long offset = from;
    long startNanos = time.nanoTime();
    long sentNanos = startNanos;
    for (LiveOutput.Part part = live.read(id, number, offset);
        part != null;
        part = live.read(id, number, offset)) {
      long nowNanos = time.nanoTime();
      if (nowNanos - startNanos > LONGEST_NANOS || Thread.currentThread().isInterrupted()) {
        return -1;
      }
      if (!part.text().isEmpty()) {
        offset = part.nextOffset();
        send(out, "output", offset, part.text());
        sentNanos = nowNanos;
        continue;
      }
      if (nowNanos - sentNanos > SIGN_NANOS) {
        // Also tells us when nobody listens any more.
        out.write(": still running\n\n".getBytes(StandardCharsets.US_ASCII));
        out.flush();
        sentNanos = nowNanos;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return offset;
  }

  /** The request's own time may be over long since: a run can be watched for minutes. */
  private @Nullable RunRecord awaitRecord(String id, long number) {
    long startNanos = time.nanoTime();
    while (time.nanoTime() - startNanos < RECORD_NANOS) {
      try {
        RunRecord run =
            Call.<@Nullable RunRecord>read(history.run(id, number), Call.STREAM_READ_NANOS);
        if (run != null) {
          return run;
        }
      } catch (Problem e) {
        if (Thread.currentThread().isInterrupted()) {
          throw e;
        }
        // Who may have it did not answer, and is asked again.
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return null;
  }

  private static void send(OutputStream out, String event, long id, String text)
      throws IOException {
    StringBuilder message = new StringBuilder(text.length() + 64);
    message.append("id: ").append(id).append("\nevent: ").append(event).append('\n');
    text.lines().forEach(line -> message.append("data: ").append(line).append('\n'));
    if (text.isEmpty() || text.endsWith("\n")) {
      message.append("data: \n"); // a last line break is a line of its own here
    }
    message.append('\n');
    out.write(message.toString().getBytes(StandardCharsets.UTF_8));
    out.flush();
  }
}
