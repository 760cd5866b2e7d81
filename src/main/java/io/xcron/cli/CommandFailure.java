package io.xcron.cli;

import java.io.Serial;

/** Ends a command with a message for its user and an exit code. */
final class CommandFailure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final Exit exit;

  CommandFailure(Exit exit, String message) {
    super(message);
    this.exit = exit;
  }

  Exit exit() {
    return exit;
  }
}
