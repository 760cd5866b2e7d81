package io.xcron.http;

import static io.xcron.http.HttpTestServer.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.grid.GridException;
import io.xcron.history.LiveOutput;
import io.xcron.history.RunHistory;
import io.xcron.history.RunStatistics;
import io.xcron.http.HttpTestServer.Answer;
import io.xcron.model.Calendars;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A run that goes on for longer than a request may take, and callers who see one namespace. */
class WatchedRunTest {
  private static final Duration DEADLINE = Duration.ofMillis(300);
  private static final String LOG = "/api/v1/runs/t/1/log";
  private static final String RUNS = "/api/v1/tasks/t/runs";

  private final SlowHistory history = new SlowHistory();
  private final LongOutput live = new LongOutput();

  @AutoClose
  private final HttpTestServer server =
      new HttpTestServer(
          config(), new HistoryParts(history, live, new RunStatistics()::figures, Calendars.NONE));

  private static HttpConfig config() {
    String hash =
        HexFormat.of().formatHex(Idempotency.sha256("pay".getBytes(StandardCharsets.UTF_8)));
    return new HttpConfig(
        "127.0.0.1",
        0,
        "root",
        List.of(),
        ZoneId.of("UTC"),
        false,
        new HttpConfig.Limits(1 << 20, 256 << 10, 0, 100, 100, DEADLINE, Duration.ofSeconds(30)),
        new HttpConfig.Security(
            List.of(new ApiToken("pay", hash, Role.READ, Set.of("pay"))), null));
  }

  /** Answers after a while, and at first not at all. */
  private static final class SlowHistory implements RunHistory {
    private final AtomicInteger asked = new AtomicInteger();

    @Override
    public CompletableFuture<Page> runs(String taskId, @Nullable String cursor, int limit) {
      if (cursor != null) {
        throw new InvalidTaskException("cursor", "is none that this list gave");
      }
      return CompletableFuture.completedFuture(new Page(List.of(), null));
    }

    @Override
    public CompletableFuture<@Nullable RunRecord> run(String taskId, long number) {
      if (asked.getAndIncrement() == 0) {
        return CompletableFuture.failedFuture(
            new GridException(GridException.Kind.NOT_ACCEPTED, "b:5701 may have it"));
      }
      long now = HttpTestServer.NOW;
      RunRecord.Try only = new RunRecord.Try(1, now, now + 5, "a:5701", 0, null);
      RunRecord run =
          new RunRecord(
              taskId,
              1,
              number,
              now,
              now,
              now,
              now + 5,
              RunOutcome.SUCCESS,
              false,
              List.of(only),
              "a:5701",
              1,
              "said",
              null);
      return CompletableFuture.supplyAsync(
          () -> run, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
    }
  }

  /** Has nothing new to say until the time of the request is over, and ends then. */
  private static final class LongOutput implements LiveOutput {
    private long startNanos;
    private Runnable whenOver = () -> {};

    @Override
    public synchronized @Nullable Part read(String taskId, long number, long offset) {
      long now = System.nanoTime();
      startNanos = startNanos == 0 ? now : startNanos;
      if (now - startNanos <= 2 * DEADLINE.toNanos()) {
        return new Part(offset == 0 ? "said" : "", 4);
      }
      if (now - startNanos <= 3 * DEADLINE.toNanos()) {
        whenOver.run();
        whenOver = () -> {};
        return new Part("", 4);
      }
      return null;
    }
  }

  @BeforeEach
  void create() {
    String body = task("\"namespace\":\"pay\"");
    Answer made = server.send("PUT", "/api/v1/tasks/t", body, "Authorization", "Bearer root");
    assertEquals(201, made.status(), made.body());
  }

  private String watched(String token) {
    return server
        .get(LOG, "Accept", "text/event-stream", "Authorization", "Bearer " + token)
        .body();
  }

  private static final String WHOLE =
      "id: 4\nevent: output\ndata: said\n\nid: 4\nevent: end\ndata: success\n\n";

  @Test
  void theEndIsToldThoughTheRequestsTimeWasOverLongBefore() {
    assertEquals(WHOLE, watched("root"));
    assertTrue(history.asked.get() >= 2, "the first question had no answer");
  }

  @Test
  void whoSeesOneNamespaceIsToldTheEndToo() {
    live.whenOver =
        () -> {
          server.grid.unansweredReads.set(1);
          server.grid.failing = GridException.Kind.NOT_ACCEPTED;
          CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS)
              .execute(() -> server.grid.failing = null);
        };
    assertEquals(WHOLE, watched("pay"));
    assertEquals(0, server.grid.unansweredReads.get());
  }

  @Test
  void whoSeesOneNamespaceReadsStaleWhenHeAsksForIt() {
    server.grid.failing = GridException.Kind.NOT_ACCEPTED;
    for (String path : List.of(RUNS, "/api/v1/runs/t/1", LOG)) {
      Answer current = get(path);
      assertEquals(503, current.status(), path + " " + current.body());
      history.asked.set(1);
      Answer stale = get(path + "?stale=true");
      assertEquals(200, stale.status(), path + " " + stale.body());
    }
  }

  @Test
  void aCursorThatNoListGaveIsNamedToWhoSeesOneNamespace() {
    Answer answer = get(RUNS + "?cursor=x");
    assertEquals(400, answer.status(), answer.body());
    assertEquals("cursor", answer.json().at("/errors/0/field").asText());
  }

  private Answer get(String path) {
    return server.get(path, "Authorization", "Bearer pay");
  }
}
