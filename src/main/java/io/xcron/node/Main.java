package io.xcron.node;

import io.xcron.journal.JournalException;
import java.nio.file.Path;
import java.time.Duration;

/** {@code java -jar xcron.jar}: one member, until SIGTERM. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) throws Exception {
    String training = System.getProperty("xcron.training");
    if (training == null) {
      AheadOfTime.startAgainWithCache();
    }
    Logging.toStandardError();
    if (training != null) {
      AotTraining.run(Path.of(training));
      return;
    }
    if (arguments.length > 0) {
      fail("xcron takes no arguments; its settings stand in helidon.yaml and in XCRON_* variables");
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
