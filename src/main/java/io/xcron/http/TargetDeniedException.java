package io.xcron.http;

/** A target that the policy of addresses does not allow. The message is shown to the caller. */
public final class TargetDeniedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TargetDeniedException(String message) {
    super(message);
  }
}
