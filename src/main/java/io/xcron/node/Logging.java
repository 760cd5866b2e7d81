package io.xcron.node;

import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * All logs go through {@code java.util.logging} to standard error; standard output is for the ready
 * line alone.
 */
final class Logging {
  /** Kept, because the log manager forgets the level of a logger that nobody refers to. */
  private static final List<Logger> QUIET =
      List.of(
          Logger.getLogger("com.hazelcast"),
          Logger.getLogger("io.helidon"),
          Logger.getLogger("io.netty"),
          Logger.getLogger("io.vertx"),
          Logger.getLogger("com.cronutils"));

  /** They warn at each start of what a member that runs alone intends: no Raft, no join. */
  private static final List<Logger> ALONE =
      List.of(
          Logger.getLogger("com.hazelcast.cp.CPSubsystem"),
          Logger.getLogger("com.hazelcast.instance.impl.Node"));

  private Logging() {}

  static void toStandardError() {
    if (System.getProperty("java.util.logging.config.file") == null) {
      System.setProperty(
          "java.util.logging.SimpleFormatter.format",
          "%1$tFT%1$tT.%1$tL%1$tz %4$-7s %3$s: %5$s%6$s%n");
      QUIET.forEach(logger -> logger.setLevel(Level.WARNING));
      ALONE.forEach(logger -> logger.setLevel(Level.SEVERE));
    }
  }
}
