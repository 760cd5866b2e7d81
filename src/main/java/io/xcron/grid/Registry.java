package io.xcron.grid;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Small named definitions that tasks refer to. They are kept as durably as tasks are, and every
 * member has all of them at hand.
 */
public interface Registry {
  /** What is kept. The code is stored. */
  enum Kind {
    SERVICE(1),
    CALENDAR(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  /** Complete means durable, and seen by {@link #get} of this member. */
  CompletableFuture<Void> put(Kind kind, String name, byte[] content);

  /** Answers whether it was there. */
  CompletableFuture<Boolean> remove(Kind kind, String name);

  /** What this member knows, without a call to another; may lag behind a write by a moment. */
  byte @Nullable [] get(Kind kind, String name);

  /** All of a kind, by name. */
  Map<String, byte[]> all(Kind kind);
}
