package io.xcron.http;

import io.helidon.http.Status;

/** The codes of a problem, with the status each is answered with. */
enum Code {
  MALFORMED("malformed", 400, "The request cannot be read"),
  INVALID("invalid", 400, "The request asks for something that cannot be"),
  NOT_FOUND("not-found", 404, "There is nothing here"),
  CONFLICT("conflict", 409, "What is there stands against it"),
  STALE_VERSION("stale-version", 412, "The task has changed meanwhile"),
  IDEMPOTENCY_MISMATCH(
      "idempotency-mismatch", 422, "The idempotency key was used with another body"),
  TOO_LARGE("too-large", 413, "The request is too large"),
  RATE_LIMITED("rate-limited", 429, "Too many requests from this address"),
  UNAUTHORIZED("unauthorized", 401, "A token is needed"),
  FORBIDDEN("forbidden", 403, "This is not allowed"),
  TARGET_DENIED("target-denied", 403, "The target may not be called from here"),
  NOT_ACCEPTED("not-accepted", 503, "Not accepted now, and surely not stored"),
  UNKNOWN("unknown", 504, "It may be stored, and nobody knows"),
  NO_OWNER("no-owner", 503, "Nobody can answer for this part of the tasks now");

  private final String text;
  private final int status;
  private final String title;

  Code(String text, int status, String title) {
    this.text = text;
    this.status = status;
    this.title = title;
  }

  String text() {
    return text;
  }

  Status status() {
    return Status.create(status);
  }

  String title() {
    return title;
  }
}
