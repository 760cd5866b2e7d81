package io.xcron.node;

import io.xcron.http.Readiness;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a member can serve, for its door.
 *
 * @param why it cannot; null when it can
 */
record MemberReadiness(Supplier<@Nullable String> why, NodeState state) implements Readiness {
  @Override
  public @Nullable String notReady() {
    return why.get();
  }

  @Override
  public boolean draining() {
    return state.isDraining();
  }
}
