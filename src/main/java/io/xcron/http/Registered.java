package io.xcron.http;

import io.xcron.grid.GridException;
import io.xcron.grid.Registry;
import io.xcron.model.CallbackService;
import io.xcron.model.InvalidTaskException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * The registry as requests use it.
 *
 * @param healthy whether this member takes a node for healthy
 */
public record Registered(Registry registry, Predicate<CallbackService.Node> healthy) {
  private static final long REFRESH_SECONDS = 2;

  /**
   * Whether there is such a definition. What this member does not know it asks for.
   *
   * @throws Problem not-accepted when nobody may answer
   */
  boolean knows(Registry.Kind kind, String name) {
    if (registry.get(kind, name) != null) {
      return true;
    }
    try {
      registry.refresh().get(REFRESH_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw Problem.of(
          Code.NOT_ACCEPTED, "nobody may tell now whether there is " + Texts.clip(name));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.of(Code.NOT_ACCEPTED, "this member is stopping");
    }
    return registry.get(kind, name) != null;
  }

  /** Sees to it that what is read next is current, unless the caller takes what is there. */
  void refresh(Exchange exchange, boolean stale) {
    if (!stale) {
      Call.read(registry.refresh(), exchange);
    }
  }

  /** The end of a write of a definition. */
  static void done(CompletableFuture<Void> future, Exchange exchange) {
    var unused = written(future.thenApply(nothing -> true), exchange);
  }

  /** The answer to a write of a definition. */
  static <T> T written(CompletableFuture<T> future, Exchange exchange) {
    try {
      return future.get(exchange.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = Call.cause(e);
      if (cause instanceof InvalidTaskException invalid) {
        throw Problem.invalid(invalid);
      }
      if (cause instanceof GridException grid) {
        throw Problem.of(
            switch (grid.kind()) {
              case NOT_ACCEPTED -> Code.NOT_ACCEPTED;
              case UNKNOWN -> Code.UNKNOWN;
            },
            String.valueOf(grid.getMessage()));
      }
      throw new IllegalStateException("the registry failed in a way it does not promise", cause);
    } catch (TimeoutException e) {
      throw Problem.of(Code.UNKNOWN, "the write was not confirmed in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.of(Code.UNKNOWN, "this member is stopping");
    }
  }

  /**
   * What may be the name of a service or calendar.
   *
   * @throws InvalidTaskException when this may not
   */
  static String requireName(String name) {
    boolean legal = !name.isBlank() && name.length() <= 256 && Texts.isWellFormed(name);
    for (int i = 0; i < name.length() && legal; i++) {
      legal = !Character.isISOControl(name.charAt(i));
    }
    if (!legal) {
      throw new InvalidTaskException(
          "name", "must have 1 to 256 characters, none of them a control character");
    }
    return name;
  }
}
