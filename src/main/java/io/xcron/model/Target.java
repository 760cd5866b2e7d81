package io.xcron.model;

import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a run calls. */
public sealed interface Target {
  /** The longest an attempt may take. */
  Duration MAX_TIMEOUT = Duration.ofDays(1);

  /**
   * What is called, by which figures are kept apart: the host of a URL with its port if it has one,
   * {@code service/<name>}, {@code handler/<name>}, or {@code shell}.
   */
  default String host() {
    return switch (this) {
      case Http http -> authority(http.url());
      case Service service -> "service/" + service.name();
      case Shell shell -> "shell";
      case Handler handler -> "handler/" + handler.name();
    };
  }

  private static String authority(String url) {
    int begin = url.indexOf("://") + 3;
    int end = begin;
    while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) {
      end++;
    }
    String authority = url.substring(Math.min(begin, end), end);
    return authority.substring(authority.lastIndexOf('@') + 1).toLowerCase(Locale.ROOT);
  }

  /**
   * An HTTP callback.
   *
   * @param url absolute, http or https
   * @param body sent as it is; null sends <code>{}</code>
   * @param timeout from the first byte sent to the last byte received
   */
  record Http(
      String url,
      String method,
      Map<String, HeaderValue> headers,
      @Nullable String body,
      Duration timeout)
      implements Target {
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

    public Http {
      Limits.requireText("target.http.url", url, Limits.MAX_URL_LENGTH);
      if (headers.size() > Limits.MAX_HEADERS) {
        throw new InvalidTaskException(
            "target.http.headers", "must be at most " + Limits.MAX_HEADERS);
      }
      if (body != null && body.length() > Limits.MAX_BODY_BYTES) {
        throw new InvalidTaskException(
            "target.http.body", "must have at most " + Limits.MAX_BODY_BYTES + " bytes");
      }
      Limits.requireDuration("target.http.timeout", timeout, Duration.ofMillis(1), MAX_TIMEOUT);
      headers =
          headers.isEmpty() ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(headers));
    }
  }

  /** A registered callback service; a healthy node is chosen at each attempt. */
  record Service(String name, @Nullable String path, @Nullable String arg, Duration confirmTimeout)
      implements Target {
    public static final Duration DEFAULT_CONFIRM_TIMEOUT = Duration.ofHours(1);

    public Service {
      Limits.requireText("target.service.name", name, Limits.MAX_NAME_LENGTH);
      if (path != null && path.length() > Limits.MAX_URL_LENGTH) {
        throw new InvalidTaskException(
            "target.service.path", "must have at most " + Limits.MAX_URL_LENGTH + " characters");
      }
      if (arg != null && arg.length() > Limits.MAX_BODY_BYTES) {
        throw new InvalidTaskException(
            "target.service.arg", "must have at most " + Limits.MAX_BODY_BYTES + " characters");
      }
      Limits.requireDuration(
          "target.service.confirm_timeout",
          confirmTimeout,
          Duration.ofMillis(1),
          Limits.MAX_PERIOD);
    }
  }

  /** A command for {@code /bin/bash -c}. */
  record Shell(String command, Map<String, String> env, Place place, Duration timeout)
      implements Target {
    public Shell {
      env = Collections.unmodifiableMap(new LinkedHashMap<>(env));
    }
  }

  /** Java code of a host application. */
  record Handler(String name, @Nullable String arg) implements Target {
    public Handler {
      Limits.requireText("target.handler.name", name, Limits.MAX_NAME_LENGTH);
      if (arg != null && arg.length() > Limits.MAX_BODY_BYTES) {
        throw new InvalidTaskException(
            "target.handler.arg", "must have at most " + Limits.MAX_BODY_BYTES + " characters");
      }
    }
  }

  /** Where a shell command runs. */
  sealed interface Place {
    record Member(String name) implements Place {}

    record Group(String name) implements Place {}

    record Any() implements Place {}

    record Broadcast() implements Place {}
  }
}
