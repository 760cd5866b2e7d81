package io.xcron.node;

import io.xcron.cli.CommandLineTool;
import io.xcron.journal.JournalException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@code java -jar xcron.jar}: one member, until SIGTERM. With arguments it is the command-line
 * tool instead, which starts as it is: another JVM in its place would cost more than its cache
 * saves.
 */
public final class Main {
  private static final Duration DRAIN = Duration.ofSeconds(20);

  private static volatile boolean stopping;

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
    // Before the start: a member of a cluster may wait for the others for as long as it takes.
    CompletableFuture<XcronNode> started = new CompletableFuture<>();
    Thread starting = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(starting, started), "xcron-stop"));
    XcronNode node;
    try {
      node = XcronNode.start(NodeConfig.load());
    } catch (ConfigurationException | JournalException e) {
      started.completeExceptionally(e);
      fail(String.valueOf(e.getMessage()));
      return;
    } catch (RuntimeException | Error e) {
      started.completeExceptionally(e);
      if (stopping) {
        // It has closed what it had opened.
        return;
      }
      throw e;
    }
    started.complete(node);
    System.out.println("xcron " + version() + " ready: " + node.address());
    System.out.flush();
  }

  /**
   * A JVM that ends by a signal exits with 128 and its number; what stopped in order exits with 0.
   */
  private static void stop(Thread starting, CompletableFuture<XcronNode> started) {
    if (started.isCompletedExceptionally()) {
      // It ends because it did not start, and its exit code says so.
      return;
    }
    stopping = true;
    if (!started.isDone()) {
      starting.interrupt();
    }
    try {
      started.get(DRAIN.toSeconds(), TimeUnit.SECONDS).stop(DRAIN);
    } catch (ExecutionException | TimeoutException e) {
      System.err.println("xcron was stopped before it was ready");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
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
