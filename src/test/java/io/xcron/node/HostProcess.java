package io.xcron.node;

import io.xcron.target.HandlerCode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * A member as {@link Main} starts it, that has the handlers which the environment names: {@code
 * said} prints, {@code waits} does so and waits for ever.
 */
final class HostProcess {
  static final String HANDLERS = "TEST_HANDLERS";

  private static final Map<String, HandlerCode> CODES =
      Map.of(
          "said",
          call -> call.print(call.arg() + " of " + call.taskId() + " run " + call.runNumber()),
          "waits",
          call -> {
            call.print("begun");
            new CountDownLatch(1).await();
          });

  private HostProcess() {}

  public static void main(String[] arguments) {
    Logging.toStandardError();
    String names = System.getenv().getOrDefault(HANDLERS, "");
    XcronNode node =
        XcronNode.start(
            NodeConfig.load(),
            new Embedding(true, name -> names.contains(name) ? CODES.get(name) : null));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> node.stop(Duration.ofSeconds(20))));
    System.out.println("xcron " + Main.version() + " ready: " + node.address());
    System.out.flush();
  }
}
