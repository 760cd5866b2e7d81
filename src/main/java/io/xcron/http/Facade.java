package io.xcron.http;

/** Paths whose answers have a form of their own, failures too. */
interface Facade {
  void addTo(Router router);

  /** Whether the path is one of these. */
  boolean answers(String path);

  /** Answers a problem that is not this path's own. */
  void fail(Exchange exchange, Problem problem);

  /** The path as it is written without a slash at its end. */
  static String trimmed(String path) {
    return path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
  }
}
