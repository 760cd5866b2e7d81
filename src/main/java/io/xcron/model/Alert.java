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
    for (int i = 0; i < email.size(); i++) {
      if (!isAddress(email.get(i))) {
        throw new InvalidTaskException(
            "alert.email[" + i + "]", "must be an address such as ops@example.com");
      }
    }
    Limits.requireText("alert.webhook", webhook, Limits.MAX_URL_LENGTH);
    on = Set.copyOf(on);
    email = List.copyOf(email);
  }

  /** Whether mail can be sent to it: one at sign with something on both sides, in plain ASCII. */
  public static boolean isAddress(String text) {
    int at = text.indexOf('@');
    boolean legal =
        at > 0 && at == text.lastIndexOf('@') && at < text.length() - 1 && text.length() <= 254;
    for (int i = 0; i < text.length() && legal; i++) {
      char c = text.charAt(i);
      legal = c > ' ' && c < 127 && ",;:<>()[]\\\"".indexOf(c) < 0;
    }
    return legal;
  }

  /** What an alert tells of. */
  public enum On {
    FAILURE,
    TIMEOUT,
    MISFIRE,
    RECOVERY,
    /** A run was given up because the one before it still went on. */
    SKIP;

    /** What an alert tells of that does not say: a skip is what its policy asks for. */
    public static final Set<On> DEFAULT = Set.of(FAILURE, TIMEOUT, MISFIRE, RECOVERY);
  }
}
