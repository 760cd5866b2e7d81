package io.xcron.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A receiver on a free port of the loopback, for practice: it answers each request with 200, in the
 * ways that receivers do. What only ever saw one way of answering is compiled for that way alone,
 * and thrown away at the first answer of another kind.
 */
final class PracticeReceiver implements AutoCloseable {
  private static final Logger LOG = System.getLogger(PracticeReceiver.class.getName());

  private static final byte[] JSON =
      answer(
          List.of("Content-Type: application/json", "Content-Length: 19"), "{\"is_success\":true}");
  private static final byte[] NOTHING = answer(List.of("Content-Length: 0"), "");
  private static final byte[] CHUNKED =
      answer(
          List.of(
              "Date: Thu, 01 Jan 1970 00:00:00 GMT",
              "Content-Type: application/json",
              "Transfer-Encoding: chunked"),
          "2\r\n{}\r\n0\r\n\r\n");
  private static final byte[] TEXT =
      answer(
          List.of(
              "Server: practice",
              "Content-Type: text/plain;charset=utf-8",
              "Connection: keep-alive",
              "Content-Length: 200"),
          "practice. ".repeat(20));

  /** Most receivers answer with a little JSON. */
  private static final byte[][] ANSWERS = {JSON, JSON, JSON, JSON, JSON, NOTHING, CHUNKED, TEXT};

  private final ServerSocket socket;
  private final Runnable onRequest;

  private PracticeReceiver(ServerSocket socket, Runnable onRequest) {
    this.socket = socket;
    this.onRequest = onRequest;
  }

  /**
   * Opens a receiver.
   *
   * @param onRequest called for each request after its answer was sent, by any thread
   */
  static PracticeReceiver open(Runnable onRequest) throws IOException {
    PracticeReceiver receiver =
        new PracticeReceiver(
            new ServerSocket(0, 1_000, InetAddress.getLoopbackAddress()), onRequest);
    Thread.ofVirtual().name("xcron-practice-receiver").start(receiver::accept);
    return receiver;
  }

  String url() {
    return "http://127.0.0.1:" + socket.getLocalPort() + "/practice";
  }

  private static byte[] answer(List<String> headers, String body) {
    String head = "HTTP/1.1 200 OK\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    return (head + body).getBytes(StandardCharsets.US_ASCII);
  }

  private void accept() {
    try {
      while (true) {
        Socket connection = socket.accept();
        Thread.ofVirtual().name("xcron-practice-receiver").start(() -> serve(connection));
      }
    } catch (IOException closed) {
      LOG.log(Logger.Level.DEBUG, "practice", closed);
    }
  }

  /** A request ends with the brace of its body, and the next comes only after the answer. */
  private void serve(Socket connection) {
    try (connection) {
      InputStream in = connection.getInputStream();
      OutputStream out = connection.getOutputStream();
      byte[] buffer = new byte[8_192];
      for (int read = in.read(buffer); read > 0; read = in.read(buffer)) {
        if (buffer[read - 1] == '}') {
          out.write(ANSWERS[ThreadLocalRandom.current().nextInt(ANSWERS.length)]);
          onRequest.run();
        }
      }
    } catch (IOException closed) {
      LOG.log(Logger.Level.DEBUG, "practice", closed);
    }
  }

  /** No more connections are taken; those that are open end with the sender's. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
