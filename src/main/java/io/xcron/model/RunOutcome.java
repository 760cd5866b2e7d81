package io.xcron.model;

/** How a run ended. Stored by {@link #code()}; a code once given is never given to another. */
public enum RunOutcome {
  SUCCESS(1),
  FAILURE(2),
  TIMEOUT(3),
  KILLED(4),
  /** The overlap policy let it go. */
  SKIPPED(5),
  /** The misfire policy let it go. */
  MISFIRED(6),
  /** It may have reached its target, and nobody knows. */
  UNKNOWN(7);

  private static final RunOutcome[] ALL = values(); // which makes an array at each call

  private final int code;

  RunOutcome(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  static RunOutcome ofCode(int code) {
    for (RunOutcome outcome : ALL) {
      if (outcome.code == code) {
        return outcome;
      }
    }
    throw new IllegalArgumentException("no run outcome has code " + code);
  }

  /** Whether the target was called, so that {@code max_runs} counts it. */
  public boolean delivered() {
    return switch (this) {
      case SUCCESS, FAILURE, TIMEOUT, KILLED, UNKNOWN -> true;
      case SKIPPED, MISFIRED -> false;
    };
  }
}
