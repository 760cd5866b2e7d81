package io.xcron.http;

import org.jspecify.annotations.Nullable;

/** An answer other than the one asked for, for callers in this process. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String code;
  private final @Nullable String field;

  RefusedException(String code, String detail, @Nullable String field) {
    super(detail, null, false, true);
    this.code = code;
    this.field = field;
  }

  /** The code of the contract, such as {@code not-found}. */
  public String code() {
    return code;
  }

  /** What of the definition is wrong; null when it is something else. */
  public @Nullable String field() {
    return field;
  }
}
