package io.xcron.target;

import io.xcron.model.HeaderValue;
import io.xcron.model.Target;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** An attempt as a test makes it: its end can be awaited, and how often it was told is counted. */
final class Try implements Attempt {
  static final Duration LONG = Duration.ofSeconds(20);

  final CompletableFuture<Outcome> end = new CompletableFuture<>();
  final AtomicInteger asked = new AtomicInteger();
  final AtomicInteger told = new AtomicInteger();
  private final Target target;
  private final BooleanSupplier mayStart;
  volatile String taskId = "t1";
  volatile long mutexToken = NO_MUTEX;
  volatile long runNumber = 42;
  volatile @Nullable String arg;
  volatile @Nullable String placed;
  volatile long startNanos;
  volatile long leftNanos = Long.MAX_VALUE;
  volatile @Nullable String taskName;
  volatile Map<String, String> labels = Map.of();
  private volatile long token = -7;

  Try(Target target, BooleanSupplier mayStart) {
    this.target = target;
    this.mayStart = mayStart;
  }

  static Target.Http post(String url) {
    return http(url, "POST", Map.of(), "{\"a\":1}", LONG);
  }

  static Target.Http http(
      String url,
      String method,
      Map<String, HeaderValue> headers,
      @Nullable String body,
      Duration timeout) {
    return new Target.Http(url, method, headers, body, timeout);
  }

  static Try of(Target target) {
    return new Try(target, () -> true);
  }

  Outcome await() throws Exception {
    return end.get(25, TimeUnit.SECONDS);
  }

  @Override
  public Target target() {
    return target;
  }

  @Override
  public String taskId() {
    return taskId;
  }

  @Override
  public @Nullable String taskName() {
    return taskName;
  }

  @Override
  public Map<String, String> labels() {
    return labels;
  }

  @Override
  public long generation() {
    return 3;
  }

  @Override
  public long runNumber() {
    return runNumber;
  }

  @Override
  public @Nullable String arg() {
    return arg;
  }

  @Override
  public void placed(String member) {
    placed = member;
  }

  @Override
  public int number() {
    return 2;
  }

  @Override
  public long dueMillis() {
    return 1_700_000_000_123L;
  }

  @Override
  public boolean mayStart() {
    asked.incrementAndGet();
    boolean yes = mayStart.getAsBoolean();
    token = yes ? 9_000_000_000_000L : -8;
    startNanos = System.nanoTime();
    return yes;
  }

  @Override
  public long leftNanos() {
    return leftNanos;
  }

  @Override
  public long startMillis() {
    return 1_700_000_001_999L;
  }

  @Override
  public long fencingToken() {
    return token;
  }

  @Override
  public long mutexToken() {
    return mutexToken;
  }

  @Override
  public String traceparent() {
    return "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  }

  @Override
  public void ended(Outcome outcome) {
    told.incrementAndGet();
    end.complete(outcome);
  }
}
