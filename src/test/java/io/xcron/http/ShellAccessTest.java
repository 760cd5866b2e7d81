package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A member that everybody reaches, that asks for no token, and that runs commands. */
class ShellAccessTest {
  private static final String TASK =
      "{\"schedule\":{\"every\":\"1h\"},\"target\":{\"shell\":{\"command\":\"true\"}}}";

  /** An address of this machine under which it is not its own neighbour. */
  private static Optional<InetAddress> outer() throws Exception {
    return NetworkInterface.networkInterfaces()
        .flatMap(NetworkInterface::inetAddresses)
        .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
        .findFirst();
  }

  private static int status(String method, String host, int port, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + host + ":" + port + path))
              .header("Content-Type", "application/json")
              .method(method, HttpRequest.BodyPublishers.ofString(TASK))
              .build();
      return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }
  }

  private static HttpTestServer server(String trusted) {
    HttpConfig config =
        new HttpConfig(
            "0.0.0.0",
            0,
            null,
            List.of(trusted),
            ZoneId.of("UTC"),
            false,
            HttpConfig.Limits.DEFAULT);
    return new HttpTestServer(config, new ShellDoor(true, Map::of, List::of), null);
  }

  @Test
  void onlyTrustedNetworksAndThisMachineMayWrite() throws Exception {
    Optional<InetAddress> address = outer();
    assumeTrue(address.isPresent(), "this machine has loopback only");
    String outer = address.get().getHostAddress();
    try (HttpTestServer server = server("198.51.100.0/24")) {
      int port = server.server.port();
      assertEquals(403, status("POST", outer, port, "/api/v1/tasks"));
      assertEquals(403, status("DELETE", outer, port, "/api/v1/tasks/x"));
      assertEquals(200, status("GET", outer, port, "/api/v1/tasks"));
      assertEquals(201, status("POST", "127.0.0.1", port, "/api/v1/tasks"));
      assertEquals(1, server.grid.size());
    }
    try (HttpTestServer server = server(outer + "/32")) {
      assertEquals(201, status("POST", outer, server.server.port(), "/api/v1/tasks"));
      assertEquals(1, server.grid.size());
    }
  }
}
