package io.xcron.history;

import io.xcron.grid.Peers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Asks all members at once, this one too, and waits for each no longer than a bounded time. */
final class Gathering {
  /** Well within the five seconds of a request, as one may ask for several pages. */
  static final Duration PATIENCE = Duration.ofMillis(1_200);

  private Gathering() {}

  /**
   * What came back.
   *
   * @param parts this member's own first
   * @param missing the addresses of those that did not answer
   */
  record Gathered<T>(List<T> parts, List<String> missing) {}

  private record Asked<T>(String address, CompletableFuture<@Nullable T> answer) {}

  /**
   * Gathers.
   *
   * @param own this member's own part; when it fails, all does
   */
  static <T> CompletableFuture<Gathered<T>> of(
      Peers peers, CompletableFuture<T> own, byte[] question, Messages.Reader<T> reader) {
    List<Asked<T>> asked = new ArrayList<>();
    for (Peers.Peer peer : peers.others()) {
      CompletableFuture<@Nullable T> answer =
          peers
              .ask(peer.id(), question, PATIENCE)
              .<@Nullable T>thenApply(bytes -> Messages.read(bytes, reader))
              .exceptionally(failure -> null);
      asked.add(new Asked<>(peer.address(), answer));
    }
    return CompletableFuture.allOf(
            asked.stream().map(Asked::answer).toArray(CompletableFuture[]::new))
        .thenCombine(own, (all, mine) -> gathered(mine, asked));
  }

  private static <T> Gathered<T> gathered(T own, List<Asked<T>> asked) {
    List<T> parts = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    parts.add(own);
    for (Asked<T> one : asked) {
      T part = one.answer().join();
      if (part == null) {
        missing.add(one.address());
      } else {
        parts.add(part);
      }
    }
    return new Gathered<>(parts, List.copyOf(missing));
  }
}
