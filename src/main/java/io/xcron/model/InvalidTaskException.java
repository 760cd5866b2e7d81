package io.xcron.model;

/**
 * A definition that cannot be a task. Names the field, in the API's spelling, and what it must be.
 */
public final class InvalidTaskException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String reason;

  public InvalidTaskException(String field, String reason) {
    super(field + " " + reason);
    this.field = field;
    this.reason = reason;
  }

  public String field() {
    return field;
  }

  public String reason() {
    return reason;
  }
}
