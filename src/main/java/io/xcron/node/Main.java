package io.xcron.node;

import io.xcron.cli.CommandLineTool;
import io.xcron.journal.JournalException;
import java.nio.file.Path;
import java.time.Duration;

/**
 * {@code java -jar xcron.jar}: one member, until SIGTERM. With arguments it is the command-line
 * tool instead, which starts as it is: another JVM in its place would cost more than its cache
 * saves.
 */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    if (arguments.length > 0) {
      System.exit(CommandLineTool.run(version(), arguments));
    }
    String training = System.getProperty("xcron.training");
    if (training == null) {
      AheadOfTime.startAgainWithCache();
    }
    Logging.toStandardError();
    if (training != null) {
      AotTraining.run(Path.of(training));
      return;
    }
    XcronNode node;
    try {
      node = XcronNode.start(NodeConfig.load());
    } catch (ConfigurationException | JournalException e) {
      fail(String.valueOf(e.getMessage()));
      return;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node), "xcron-stop"));
    System.out.println("xcron " + version() + " ready: " + node.address());
    System.out.flush();
  }

  /**
   * A JVM that ends by a signal exits with 128 and its number; what stopped in order exits with 0.
   */
  private static void stop(XcronNode node) {
    node.stop(Duration.ofSeconds(20));
    Runtime.getRuntime().halt(0);
  }

  private static void fail(String message) {
    System.err.println("xcron does not start: " + message);
    System.exit(1);
  }

  static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
