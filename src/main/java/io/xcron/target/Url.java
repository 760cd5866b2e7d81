package io.xcron.target;

import io.xcron.model.InvalidTaskException;
import java.util.Locale;

/**
 * The parts of a callback's URL. Strict: what two parsers could understand in two ways is refused.
 *
 * @param host in lower case; an IPv6 address without its brackets, a name without a trailing dot
 * @param origin scheme, host and port in one spelling: who shares a queue and connections
 * @param requestUri path and query as written; what follows a {@code #} is not sent
 */
record Url(boolean tls, String host, int port, String origin, String requestUri) {
  private static final String FIELD = "target.http.url";
  private static final String OTHER_LEGAL = "-._~:/?[]@!$&'()*+,;=%";
  private static final boolean[] LEGAL = new boolean[128];

  static {
    for (int c = 0; c < LEGAL.length; c++) {
      boolean alphanumeric =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      LEGAL[c] = alphanumeric || OTHER_LEGAL.indexOf(c) >= 0;
    }
  }

  /**
   * Takes a URL apart.
   *
   * @throws InvalidTaskException when it is not an absolute http or https URL with a host
   */
  static Url parse(String url) {
    boolean tls = url.regionMatches(true, 0, "https://", 0, 8);
    if (!tls && !url.regionMatches(true, 0, "http://", 0, 7)) {
      throw bad("must begin with http:// or https://");
    }
    int from = tls ? 8 : 7;
    int pathFrom = from;
    while (pathFrom < url.length() && "/?#".indexOf(url.charAt(pathFrom)) < 0) {
      pathFrom++;
    }
    String authority = url.substring(from, pathFrom);
    if (authority.indexOf('@') >= 0) {
      throw bad("must not carry user-info; give a header instead");
    }
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > authority.lastIndexOf(']');
    String written = hasPort ? authority.substring(0, colon) : authority;
    int port = hasPort ? port(authority.substring(colon + 1)) : tls ? 443 : 80;
    String host = written.startsWith("[") ? address(written) : name(written);
    String origin = (tls ? "https://" : "http://") + host + ":" + port;
    return new Url(tls, host, port, origin, requestUri(url, pathFrom));
  }

  /** The value of the Host header: IPv6 addresses in brackets, no port that the scheme implies. */
  String authority() {
    String name = host.indexOf(':') < 0 ? host : "[" + host + "]";
    return port == (tls ? 443 : 80) ? name : name + ":" + port;
  }

  private static int port(String text) {
    int port = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || i > 4) {
        throw bad("must have a port between 1 and 65535");
      }
      port = port * 10 + digit;
    }
    if (port < 1 || port > 65_535) {
      throw bad("must have a port between 1 and 65535");
    }
    return port;
  }

  private static String address(String written) {
    String inner = written.endsWith("]") ? written.substring(1, written.length() - 1) : "";
    if (inner.indexOf(':') < 0 || Literals.parse(inner) == null) {
      throw bad("must have an IPv6 address, without a zone, between the brackets");
    }
    return inner.toLowerCase(Locale.ROOT);
  }

  private static String name(String written) {
    String name = written.endsWith(".") ? written.substring(0, written.length() - 1) : written;
    boolean upper = false;
    int label = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
      boolean digit = c >= '0' && c <= '9';
      boolean inside = label > 0 && (c == '-' || c == '.');
      if (!letter && !digit && !inside) {
        throw bad(
            "must have a host of ASCII letters, digits, dots and hyphens (other names in their xn-- form)");
      }
      upper |= c >= 'A' && c <= 'Z';
      label = c == '.' ? 0 : label + 1;
      if (label > 63) {
        throw bad("must have a host whose labels have at most 63 characters");
      }
    }
    if (label == 0 || name.length() > 253) {
      throw bad("must have a host of 1 to 253 characters");
    }
    char last = name.charAt(name.length() - 1);
    boolean mayBeNumber =
        (last >= '0' && last <= '9') || name.indexOf('x') >= 0 || name.indexOf('X') >= 0;
    if (mayBeNumber
        && Literals.endsInNumber(name)
        && (Literals.parse(name) == null || name.length() != written.length())) {
      throw bad("must write an IPv4 address as four decimal numbers");
    }
    return upper ? name.toLowerCase(Locale.ROOT) : name;
  }

  private static String requestUri(String url, int from) {
    int end = url.length();
    for (int i = from; i < url.length(); i++) {
      char c = url.charAt(i);
      if (c == '#' && end == url.length()) {
        end = i;
      } else if (c >= LEGAL.length || !LEGAL[c] || (c == '%' && !escape(url, i))) {
        throw bad("must have no illegal character (at " + i + "); write it as %xx");
      }
    }
    if (from == end) {
      return "/";
    }
    String path = url.substring(from, end);
    return path.charAt(0) == '/' ? path : "/" + path;
  }

  private static boolean escape(String url, int percent) {
    return percent + 2 < url.length()
        && Character.digit(url.charAt(percent + 1), 16) >= 0
        && Character.digit(url.charAt(percent + 2), 16) >= 0;
  }

  private static InvalidTaskException bad(String reason) {
    return new InvalidTaskException(FIELD, reason);
  }
}
