package io.xcron.node;

import io.xcron.grid.TaskGrid;
import io.xcron.model.Target;
import io.xcron.target.AddressPolicy;
import io.xcron.target.Attempt;
import io.xcron.target.HttpTargets;
import io.xcron.target.Outcome;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Lets the JVM compile the road of a fire before a task needs it: a cold JVM sends its first
 * callbacks hundreds of milliseconds late, and a burst at a third of its speed.
 *
 * <p>Attempts of no task go to a receiver in this process, over a sender of their own, and each is
 * followed by a read of the grid. Nothing is stored, counted or sent to anybody else. It ends after
 * a number of attempts or a few seconds, and gives way as soon as there is real work.
 */
final class WarmUp {
  private static final Logger LOG = System.getLogger(WarmUp.class.getName());

  private static final int IN_FLIGHT = 16;
  private static final String ID = "~warm-up";
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final TaskGrid grid;
  private final Semaphore free = new Semaphore(IN_FLIGHT);

  private WarmUp(TaskGrid grid) {
    this.grid = grid;
  }

  /** Makes so many attempts, or fewer when the time is over or there is real work. */
  static void run(TaskGrid grid, BooleanSupplier realWork, int attempts, Duration atMost) {
    try (ServerSocket receiver = new ServerSocket(0, IN_FLIGHT, InetAddress.getLoopbackAddress());
        HttpTargets sender =
            new HttpTargets(
                HttpTargets.Config.of(AddressPolicy.parse(true, "", ""), name -> null, null))) {
      Thread.ofVirtual().name("xcron-warm-up-receiver").start(() -> receive(receiver));
      Target target =
          new Target.Http(
              "http://127.0.0.1:" + receiver.getLocalPort() + "/warm-up",
              "POST",
              Map.of(),
              "{}",
              atMost);
      new WarmUp(grid).attempt(sender, target, realWork, attempts, atMost);
    } catch (IOException e) {
      LOG.log(Logger.Level.INFO, "the member goes on cold: {0}", e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void attempt(
      HttpTargets sender, Target target, BooleanSupplier realWork, int attempts, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    for (int i = 0; i < attempts && !realWork.getAsBoolean(); i++) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || !free.tryAcquire(left, TimeUnit.NANOSECONDS)) {
        return;
      }
      if (!sender.start(new Practice(target, i))) {
        free.release();
      }
    }
    free.tryAcquire(IN_FLIGHT, Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  private static void receive(ServerSocket receiver) {
    try {
      while (true) {
        Socket socket = receiver.accept();
        Thread.ofVirtual().name("xcron-warm-up-receiver").start(() -> answer(socket));
      }
    } catch (IOException closed) {
      LOG.log(Logger.Level.DEBUG, "warm", closed);
    }
  }

  /** Each request ends with the two bytes of its body, and the next comes only after the answer. */
  private static void answer(Socket socket) {
    try (socket) {
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      byte[] buffer = new byte[4_096];
      for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
        if (buffer[read - 1] == '}') {
          out.write(ANSWER);
        }
      }
    } catch (IOException closed) {
      LOG.log(Logger.Level.DEBUG, "warm", closed);
    }
  }

  /** An attempt of no task. */
  private final class Practice implements Attempt {
    private final Target target;
    private final long number;

    Practice(Target target, long number) {
      this.target = target;
      this.number = number;
    }

    @Override
    public Target target() {
      return target;
    }

    @Override
    public String taskId() {
      return ID;
    }

    @Override
    public long generation() {
      return 1;
    }

    @Override
    public long runNumber() {
      return number;
    }

    @Override
    public int number() {
      return 1;
    }

    @Override
    public long dueMillis() {
      return 0;
    }

    @Override
    public boolean mayStart() {
      return true;
    }

    @Override
    public long startMillis() {
      return 0;
    }

    @Override
    public long fencingToken() {
      return 0;
    }

    @Override
    public long mutexToken() {
      return NO_MUTEX;
    }

    @Override
    public String traceparent() {
      return "00-00000000000000000000000000000001-0000000000000001-00";
    }

    @Override
    public void ended(Outcome outcome) {
      var unused = grid.read(ID + number, false).whenComplete((record, failure) -> free.release());
    }
  }
}
