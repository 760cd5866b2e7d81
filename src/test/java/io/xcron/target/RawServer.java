package io.xcron.target;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A receiver that reads requests properly and answers as badly as a test wants. Each connection has
 * a virtual thread.
 */
final class RawServer implements AutoCloseable {
  /** What is done with one request. */
  @FunctionalInterface
  interface Script {
    void run(Exchange exchange) throws Exception;
  }

  /** One request: its head and body as text, and the socket. */
  record Exchange(int connection, int request, String head, String body, Socket socket) {
    void send(String text) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    void ok(String body) throws IOException {
      send("HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    }

    /** Until the sender closes. */
    void untilClosed() throws IOException {
      InputStream in = socket.getInputStream();
      while (in.read() >= 0) {
        // What else arrives is of no interest.
      }
    }
  }

  private final ServerSocket server;
  private final Script script;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  final ConcurrentLinkedQueue<Exchange> seen = new ConcurrentLinkedQueue<>();
  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger bytes = new AtomicInteger();

  RawServer(Script script) throws IOException {
    this("127.0.0.1", 0, script);
  }

  RawServer(String address, int port, Script script) throws IOException {
    this.server = new ServerSocket(port, 1_000, InetAddress.getByName(address));
    this.script = script;
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  String url() {
    return "http://127.0.0.1:" + port() + "/cb";
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = server.accept();
        sockets.add(socket);
        int number = connections.incrementAndGet();
        Thread.ofVirtual().start(() -> serve(socket, number));
      }
    } catch (IOException e) {
      // Closed: the test is over.
    }
  }

  private void serve(Socket socket, int connection) {
    try (socket) {
      InputStream in = new BufferedInputStream(socket.getInputStream());
      for (int request = 1; !socket.isClosed(); request++) {
        String head = head(in);
        if (head.isEmpty()) {
          return;
        }
        int length = length(head);
        String body = new String(in.readNBytes(length), StandardCharsets.UTF_8);
        bytes.addAndGet(length);
        Exchange exchange = new Exchange(connection, request, head, body, socket);
        seen.add(exchange);
        script.run(exchange);
      }
    } catch (Exception e) {
      // The sender broke off, or the script did: the socket is closed either way.
    }
  }

  private String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    for (int c = in.read(); c >= 0; c = in.read()) {
      bytes.incrementAndGet();
      head.append((char) c);
      if (c == '\n' && head.length() > 3 && head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
        return head.toString();
      }
    }
    return "";
  }

  private static int length(String head) {
    for (String line : head.split("\r\n", -1)) {
      if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
        return Integer.parseInt(line.substring(15).strip());
      }
    }
    return 0;
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
