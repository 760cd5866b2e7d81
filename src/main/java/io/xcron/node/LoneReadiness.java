package io.xcron.node;

import io.xcron.http.Readiness;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a member that runs alone can serve, for its door. One of a cluster takes changes until
 * the last moment, because others fire what it has taken; here nobody would before the next start.
 *
 * @param why it cannot; null when it can
 */
record LoneReadiness(Supplier<@Nullable String> why, NodeState state) implements Readiness {
  @Override
  public @Nullable String notReady() {
    return why.get();
  }

  @Override
  public boolean draining() {
    return state.isDraining();
  }
}
