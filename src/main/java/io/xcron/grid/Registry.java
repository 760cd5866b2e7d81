package io.xcron.grid;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Small named definitions that tasks refer to. They are kept as durably as tasks are, and every
 * member has all of them at hand. Any thread may call; no call blocks.
 *
 * <p>A future of a write fails with a {@link GridException}, or with an {@link
 * io.xcron.model.InvalidTaskException} when a bound is reached. What {@link #get} and {@link #all}
 * answer must not be changed; as long as a definition stays the same, they answer the same array.
 */
public interface Registry {
  /** The most definitions of one kind; one more is refused. */
  int MAX_OF_A_KIND = 1_000;

  /** The largest definition; a larger one is refused. */
  int MAX_BYTES = 65_536;

  /** What is kept. The code is stored. */
  enum Kind {
    SERVICE(1, "services"),
    CALENDAR(2, "calendars");

    private final int code;
    private final String plural;

    Kind(int code, String plural) {
      this.code = code;
      this.plural = plural;
    }

    int code() {
      return code;
    }

    String plural() {
      return plural;
    }
  }

  /** Complete means durable, and seen by {@link #get} of this member. */
  CompletableFuture<Void> put(Kind kind, String name, byte[] content);

  /**
   * Puts it if what is there is as expected; answers whether it was.
   *
   * @param expected null when nothing may be there
   */
  CompletableFuture<Boolean> replace(
      Kind kind, String name, byte @Nullable [] expected, byte[] content);

  /** Answers whether it was there. */
  CompletableFuture<Boolean> remove(Kind kind, String name);

  /** What this member knows, without a call to another; may lag behind a write by a moment. */
  byte @Nullable [] get(Kind kind, String name);

  /** All of a kind, by name. */
  Map<String, byte[]> all(Kind kind);

  /**
   * Asks the member that owns the definitions. When the future is done, {@link #get} knows all that
   * was acknowledged before the call; it fails when nobody may answer now.
   */
  CompletableFuture<Void> refresh();
}
