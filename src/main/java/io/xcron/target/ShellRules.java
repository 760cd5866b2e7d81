package io.xcron.target;

import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** What makes a command one that can be started. The API asks when a task is created. */
public final class ShellRules {
  /** Linux takes no argument and no variable of 128 KiB or more. */
  static final int MAX_COMMAND_BYTES = 65_536;

  static final int MAX_VARIABLES = 64;
  static final int MAX_VALUE_BYTES = 32_768;
  private static final int MAX_NAME_LENGTH = 128;

  private ShellRules() {}

  /**
   * Checks a definition.
   *
   * @throws InvalidTaskException naming the first field that is not right
   */
  public static void check(Target.Shell target) {
    require(!target.command().isBlank(), "target.shell.command", "must not be blank");
    checkText("target.shell.command", target.command(), MAX_COMMAND_BYTES);
    require(
        target.env().size() <= MAX_VARIABLES,
        "target.shell.env",
        "must be at most " + MAX_VARIABLES);
    for (Map.Entry<String, String> variable : target.env().entrySet()) {
      require(
          isName(variable.getKey()),
          "target.shell.env",
          "must have names of letters, digits and _, that do not begin with a digit or XCRON_");
      checkText("target.shell.env." + variable.getKey(), variable.getValue(), MAX_VALUE_BYTES);
    }
    Duration timeout = target.timeout();
    require(
        timeout.toMillis() >= 1 && timeout.compareTo(Target.MAX_TIMEOUT) <= 0,
        "target.shell.timeout",
        "must lie between 1 ms and " + Target.MAX_TIMEOUT.toHours() + " h");
    switch (target.place()) {
      case Target.Place.Member member -> checkPlace("target.shell.member", member.name());
      case Target.Place.Group group -> checkPlace("target.shell.group", group.name());
      case Target.Place.Any any -> {}
      case Target.Place.Broadcast all -> {}
    }
  }

  private static void checkPlace(String field, String name) {
    require(
        !name.isBlank() && name.length() <= MAX_NAME_LENGTH,
        field,
        "must have 1 to " + MAX_NAME_LENGTH + " characters");
  }

  private static void checkText(String field, String text, int maxBytes) {
    require(text.indexOf('\0') < 0, field, "must not contain a zero byte");
    require(
        text.length() <= maxBytes && text.getBytes(StandardCharsets.UTF_8).length <= maxBytes,
        field,
        "must have at most " + maxBytes + " bytes");
  }

  private static boolean isName(String name) {
    boolean named =
        !name.isEmpty()
            && name.length() <= MAX_NAME_LENGTH
            && !name.startsWith("XCRON_")
            && !(name.charAt(0) >= '0' && name.charAt(0) <= '9');
    for (int i = 0; i < name.length() && named; i++) {
      char c = name.charAt(i);
      named =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    }
    return named;
  }

  private static void require(boolean holds, String field, String reason) {
    if (!holds) {
      throw new InvalidTaskException(field, reason);
    }
  }
}
