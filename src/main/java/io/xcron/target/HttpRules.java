package io.xcron.target;

import io.xcron.model.HeaderValue;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Limits;
import io.xcron.model.Target;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What makes a callback a legal request. The API asks when a task is created; the sender asks
 * again, since records outlive rules.
 */
public final class HttpRules {
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  /**
   * Those that frame the message or belong to the connection, and those that every attempt carries
   * by contract.
   */
  private static final Set<String> RESERVED =
      Set.of(
          "host",
          "content-length",
          "transfer-encoding",
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authorization",
          "upgrade",
          "http2-settings",
          "te",
          "trailer",
          "expect",
          "idempotency-key",
          "traceparent",
          "webhook-id",
          "webhook-timestamp",
          "webhook-signature");

  private HttpRules() {}

  /**
   * Checks a definition. Asks no resolver: whether the address may be called is known at each
   * attempt only.
   *
   * @throws InvalidTaskException naming the first field that is not legal
   */
  public static void check(Target.Http target) {
    Url.parse(target.url());
    checkMethod(target.method());
    Set<String> seen = new HashSet<>();
    for (Map.Entry<String, HeaderValue> header : target.headers().entrySet()) {
      String name = header.getKey();
      checkName(name);
      if (!seen.add(name.toLowerCase(Locale.ROOT))) {
        throw bad(name, "must be given once");
      }
      switch (header.getValue()) {
        case HeaderValue.Plain plain -> checkValue(name, plain.text());
        case HeaderValue.Secret secret -> {
          if (secret.name().isBlank()) {
            throw bad(name, "must name a secret");
          }
        }
      }
    }
  }

  static void checkMethod(String method) {
    if (!METHODS.contains(method)) {
      throw new InvalidTaskException(
          "target.http.method", "must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
  }

  static void checkName(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!alphanumeric && TOKEN_MARKS.indexOf(c) < 0) {
        throw new InvalidTaskException("target.http.headers", "must have legal names");
      }
    }
    if (name.isEmpty() || name.length() > Limits.MAX_HEADER_LENGTH) {
      throw new InvalidTaskException(
          "target.http.headers",
          "must have names of 1 to " + Limits.MAX_HEADER_LENGTH + " characters");
    }
    if (RESERVED.contains(name.toLowerCase(Locale.ROOT))
        || name.regionMatches(true, 0, "x-xcron-", 0, 8)) {
      throw bad(name, "must not be given: xcron sets it itself");
    }
  }

  static void checkValue(String name, @Nullable String value) {
    if (value == null || value.length() > Limits.MAX_HEADER_LENGTH) {
      throw bad(name, "must have at most " + Limits.MAX_HEADER_LENGTH + " characters");
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if ((c < ' ' && c != '\t') || c > '~') {
        throw bad(name, "must have printable ASCII characters only");
      }
    }
  }

  private static InvalidTaskException bad(String name, String reason) {
    return new InvalidTaskException("target.http.headers." + name, reason);
  }
}
