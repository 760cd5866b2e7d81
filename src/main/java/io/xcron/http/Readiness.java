package io.xcron.http;

import org.jspecify.annotations.Nullable;

/** Whether this member can serve. Asked on every {@code GET /health/ready}; must not block. */
@FunctionalInterface
public interface Readiness {
  /** Why it cannot, in words; null when it can. */
  @Nullable String notReady();
}
