package io.xcron;

import org.jspecify.annotations.Nullable;

/** A request that was not done, with the reason by which a program can decide what to do next. */
public final class XcronException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What the caller may conclude. */
  public enum Reason {
    /** The definition or an argument is wrong; {@link XcronException#field} may say where. */
    INVALID,
    /** There is no such task. */
    NOT_FOUND,
    /** What is there stands against it: a task of this id, or a run that is not the last. */
    CONFLICT,
    /** The task has another version than the one expected. */
    STALE_VERSION,
    /** The idempotency key came with another definition within the last 24 hours. */
    IDEMPOTENCY_MISMATCH,
    /** The token, a setting or the policy of addresses forbids it. */
    FORBIDDEN,
    /** Surely not stored; the same may be asked again later. */
    NOT_ACCEPTED,
    /**
     * It may be stored, and nobody knows. Ask again with {@link XcronTasks#find}, or repeat what
     * may be repeated: {@link XcronTasks#createOnce}, {@link XcronTasks#replace} and {@link
     * XcronTasks#delete}.
     */
    UNKNOWN
  }

  private final Reason reason;
  private final @Nullable String field;

  XcronException(Reason reason, String message, @Nullable String field, @Nullable Throwable cause) {
    super(message, cause);
    this.reason = reason;
    this.field = field;
  }

  /** By a code of the HTTP API. */
  static XcronException ofCode(
      String code, String message, @Nullable String field, @Nullable Throwable cause) {
    Reason reason =
        switch (code) {
          case "malformed", "invalid", "too-large" -> Reason.INVALID;
          case "not-found" -> Reason.NOT_FOUND;
          case "conflict" -> Reason.CONFLICT;
          case "stale-version" -> Reason.STALE_VERSION;
          case "idempotency-mismatch" -> Reason.IDEMPOTENCY_MISMATCH;
          case "unauthorized", "forbidden", "target-denied" -> Reason.FORBIDDEN;
          case "rate-limited", "not-accepted", "no-owner" -> Reason.NOT_ACCEPTED;
          default -> Reason.UNKNOWN;
        };
    return new XcronException(reason, message, field, cause);
  }

  /** What the caller may conclude. */
  public Reason reason() {
    return reason;
  }

  /** The field of the definition that is wrong, as the HTTP API names it; null for none. */
  public @Nullable String field() {
    return field;
  }
}
