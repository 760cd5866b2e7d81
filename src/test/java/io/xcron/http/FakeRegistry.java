package io.xcron.http;

import io.xcron.grid.GridException;
import io.xcron.grid.Registry;
import io.xcron.model.InvalidTaskException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A registry in memory that can be told to fail. */
final class FakeRegistry implements Registry {
  private final Map<Kind, Map<String, byte[]>> entries = new EnumMap<>(Kind.class);
  volatile GridException.@Nullable Kind failing;
  volatile boolean full;

  /** How often a conditional write finds that somebody was faster. */
  volatile int races;

  private Map<String, byte[]> of(Kind kind) {
    return entries.computeIfAbsent(kind, k -> new TreeMap<>());
  }

  private <T> @Nullable CompletableFuture<T> fault() {
    GridException.Kind kind = failing;
    if (kind != null) {
      return CompletableFuture.failedFuture(new GridException(kind, "ordered by the test"));
    }
    return full
        ? CompletableFuture.failedFuture(new InvalidTaskException("services", "are too many"))
        : null;
  }

  @Override
  public synchronized CompletableFuture<Void> put(Kind kind, String name, byte[] content) {
    CompletableFuture<Void> fault = fault();
    if (fault != null) {
      return fault;
    }
    of(kind).put(name, content);
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public synchronized CompletableFuture<Boolean> replace(
      Kind kind, String name, byte @Nullable [] expected, byte[] content) {
    CompletableFuture<Boolean> fault = fault();
    if (fault != null) {
      return fault;
    }
    if (races > 0 || !Arrays.equals(of(kind).get(name), expected)) {
      races--;
      return CompletableFuture.completedFuture(false);
    }
    of(kind).put(name, content);
    return CompletableFuture.completedFuture(true);
  }

  @Override
  public synchronized CompletableFuture<Boolean> remove(Kind kind, String name) {
    CompletableFuture<Boolean> fault = fault();
    return fault != null ? fault : CompletableFuture.completedFuture(of(kind).remove(name) != null);
  }

  @Override
  public synchronized byte @Nullable [] get(Kind kind, String name) {
    return of(kind).get(name);
  }

  @Override
  public synchronized Map<String, byte[]> all(Kind kind) {
    return new TreeMap<>(of(kind));
  }

  @Override
  public CompletableFuture<Void> refresh() {
    GridException.Kind kind = failing;
    return kind == null
        ? CompletableFuture.completedFuture(null)
        : CompletableFuture.failedFuture(new GridException(kind, "ordered by the test"));
  }
}
