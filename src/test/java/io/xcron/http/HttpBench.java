package io.xcron.http;

import io.xcron.model.Task;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Measures by hand: how fast import lines are read on one thread, and single creates over 64
 * connections. Not a test.
 */
final class HttpBench {
  private HttpBench() {}

  public static void main(String[] args) throws Exception {
    readLines();
    creates();
  }

  private static void readLines() throws IOException {
    String body = "{\"order\":\"" + "x".repeat(88) + "\"}";
    StringBuilder text = new StringBuilder();
    int lines = 100_000;
    for (int i = 0; i < lines; i++) {
      text.append("{\"labels\":{\"team\":\"pay\",\"tier\":\"gold\"},\"schedule\":{\"at\":")
          .append(1_795_300_000_000L + i)
          .append(
              "},\"target\":{\"http\":{\"url\":\"http://127.0.0.1:8080/callbacks/orders/settl\",\"body\":")
          .append(body)
          .append("}}}\n");
    }
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    Definitions definitions =
        new Definitions(
            task -> {},
            name -> null,
            new Registered(new FakeRegistry(), node -> true),
            false,
            () -> Caller.ANYBODY);
    long sum = 0;
    for (int round = 0; round < 12; round++) {
      long start = System.nanoTime();
      TaskReader reader = new TaskReader(ZoneId.of("UTC"), new Ids());
      Lines in = new Lines(new ByteArrayInputStream(bytes), 256 << 10);
      while (in.next()) {
        Task task = reader.read(in.buffer(), in.start(), in.length());
        sum += definitions.first(task, HttpTestServer.NOW);
      }
      long nanos = System.nanoTime() - start;
      System.out.printf("import lines read: %,d tasks/s%n", lines * 1_000_000_000L / nanos);
    }
    System.out.println(sum);
  }

  private static final int ROUNDS = 12;
  private static final int ROUND = 50_000;

  private static void creates() throws Exception {
    try (HttpTestServer server = new HttpTestServer()) {
      String body = HttpTestServer.task("").strip();
      byte[] request =
          ("POST /api/v1/tasks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body)
              .getBytes(StandardCharsets.UTF_8);
      AtomicLong done = new AtomicLong();
      Semaphore full = new Semaphore(0);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        clients.add(
            Thread.ofVirtual().start(() -> client(server.server.port(), request, done, full)));
      }
      for (int round = 0; round < ROUNDS; round++) {
        long begun = System.nanoTime();
        full.acquire();
        System.out.printf("creates: %,.0f/s%n", ROUND * 1e9 / (System.nanoTime() - begun));
        server.grid.clear();
      }
      clients.forEach(Thread::interrupt);
    }
  }

  private static void client(int port, byte[] request, AtomicLong done, Semaphore full) {
    byte[] answer = new byte[8_192];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      while (!Thread.currentThread().isInterrupted()) {
        out.write(request);
        int length = 0;
        // The answer's last characters.
        while (length < 12 || answer[length - 1] != '}' || answer[length - 2] != '1') {
          int count = in.read(answer, length, answer.length - length);
          if (count < 0) {
            return;
          }
          length += count;
        }
        if (done.incrementAndGet() % ROUND == 0) {
          full.release();
        }
      }
    } catch (IOException e) {
      System.out.println("a client ended: " + e.getMessage());
    }
  }
}
