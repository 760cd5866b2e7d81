package io.xcron.journal;

import org.jspecify.annotations.Nullable;

/**
 * The name of a file of the run store: {@code runs-<number>-<until>.mv} is a sealed segment whose
 * last record was taken by that epoch millisecond, so that its age is known without opening it;
 * {@code log-<number>.mv} the one being written.
 */
record RunStoreFile(long number, long untilMillis, boolean sealed) {
  private static final String SEALED = "runs-";
  private static final String LOG = "log-";
  private static final String SUFFIX = ".mv";

  static RunStoreFile sealed(long number, long untilMillis) {
    return new RunStoreFile(number, untilMillis, true);
  }

  static RunStoreFile log(long number) {
    return new RunStoreFile(number, 0, false);
  }

  String name() {
    String digits = Long.toString(number);
    String padded = "0".repeat(Math.max(0, 6 - digits.length())) + digits;
    return sealed ? SEALED + padded + "-" + untilMillis + SUFFIX : LOG + padded + SUFFIX;
  }

  /** Reads a name; null if it is none of these. */
  static @Nullable RunStoreFile parse(String name) {
    if (!name.endsWith(SUFFIX)) {
      return null;
    }
    String body = name.substring(0, name.length() - SUFFIX.length());
    try {
      if (body.startsWith(LOG)) {
        return log(Long.parseUnsignedLong(body.substring(LOG.length())));
      }
      int dash = body.lastIndexOf('-');
      if (body.startsWith(SEALED) && dash > SEALED.length()) {
        return sealed(
            Long.parseUnsignedLong(body.substring(SEALED.length(), dash)),
            Long.parseUnsignedLong(body.substring(dash + 1)));
      }
    } catch (NumberFormatException e) {
      return null; // somebody else's file
    }
    return null;
  }
}
