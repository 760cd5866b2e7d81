package io.xcron.journal;

/** Where the journal's threads tell what no caller can be told. */
final class Log {
  private static final System.Logger LOGGER = System.getLogger("io.xcron.journal");

  private Log() {}

  static void info(String message) {
    LOGGER.log(System.Logger.Level.INFO, message);
  }

  static void warning(String message, Throwable cause) {
    LOGGER.log(System.Logger.Level.WARNING, message, cause);
  }
}
