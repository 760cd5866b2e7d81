package io.xcron.model;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who is told of what. */
public record Alert(Set<On> on, List<String> email, @Nullable String webhook) {
  public Alert {
    if (email.size() > 16) {
      throw new InvalidTaskException("alert.email", "must be at most 16 addresses");
    }
    Limits.requireText("alert.webhook", webhook, Limits.MAX_URL_LENGTH);
    on = Set.copyOf(on);
    email = List.copyOf(email);
  }

  /** What an alert tells of. */
  public enum On {
    FAILURE,
    TIMEOUT,
    MISFIRE,
    RECOVERY
  }
}
