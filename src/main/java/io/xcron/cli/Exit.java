package io.xcron.cli;

/** How a command ended, for scripts. The numbers are part of the tool's contract. */
enum Exit {
  /** Done. */
  OK(0),
  /** An error of this tool, or an answer that it does not understand. */
  FAILED(1),
  /** The command line is wrong, or a file that it names cannot be read. */
  USAGE(2),
  /** There is no such task, run, service or calendar. */
  NOT_FOUND(3),
  /** The request is wrong, or conflicts with what is there; trying again does not help. */
  REFUSED(4),
  /** The token is missing or wrong, or does not allow this. */
  UNAUTHORIZED(5),
  /** Not accepted now and surely not stored: try again. */
  NOT_ACCEPTED(6),
  /** It may have been done or not: look before trying again. */
  UNKNOWN(7),
  /** No member answers at the URL. */
  UNREACHABLE(8);

  private final int code;

  Exit(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** What the status of an answer means. */
  static Exit ofStatus(int status) {
    return switch (status) {
      case 401, 403 -> UNAUTHORIZED;
      case 404 -> NOT_FOUND;
      case 429, 503 -> NOT_ACCEPTED;
      case 504 -> UNKNOWN;
      default -> status >= 400 && status < 500 ? REFUSED : FAILED;
    };
  }
}
