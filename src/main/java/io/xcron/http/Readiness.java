package io.xcron.http;

import org.jspecify.annotations.Nullable;

/** Whether this member can serve. Asked on every request; must not block. */
@FunctionalInterface
public interface Readiness {
  /** Why it cannot, in words; null when it can. */
  @Nullable String notReady();

  /** Whether it drains: what has started may end, and nothing new is taken. */
  default boolean draining() {
    return false;
  }
}
