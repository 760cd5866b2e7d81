package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.sun.net.httpserver.HttpServer;
import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole members: what they tell, what they remember, and what they never show. */
@Timeout(120)
class SafetyNodeTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SECRET = "s3cr3t-value-of-the-header";
  private static final String PASSWORD = "m4il-password-of-the-server";

  @TempDir Path directory;

  private static NodeConfig config(Path data, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("xcron.http.port", "0");
    settings.put("xcron.member.port", "0");
    settings.put("xcron.warm-up", "0");
    settings.put("xcron.data.dir", data.toString());
    settings.putAll(more);
    return NodeConfig.read(Config.just(ConfigSources.create(settings)));
  }

  private static HttpResponse<String> send(
      HttpClient client, String url, String method, String body, @Nullable String token)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(Duration.ofSeconds(20))
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(body));
    if (token != null) {
      request.header("Authorization", "Bearer " + token);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** A check that may talk to a member. */
  private interface Check {
    boolean holds() throws Exception;
  }

  private static void until(String what, Check check) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!check.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(5_000_000);
    }
  }

  /** All that is logged while it is open. */
  private static final class Listening extends Handler {
    private final Queue<String> lines = new ConcurrentLinkedQueue<>();
    private final SimpleFormatter formatter = new SimpleFormatter();

    Listening() {
      setLevel(Level.ALL);
      Logger.getLogger("").addHandler(this);
    }

    @Override
    public void publish(LogRecord record) {
      lines.add(formatter.format(record));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
      Logger.getLogger("").removeHandler(this);
    }
  }

  @Test
  void aFailedRunIsMailedTheAuditOutlivesTheProcessAndNoSecretIsEverShown() throws Exception {
    GreenMail mails = new GreenMail(new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP));
    mails.setUser("xcron@example.com", "xcron", PASSWORD);
    mails.start();
    Queue<String> seen = new ConcurrentLinkedQueue<>();
    HttpServer receiver =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        exchange -> {
          seen.add(exchange.getRequestHeaders().getFirst("Authorization"));
          exchange.sendResponseHeaders(500, -1);
          exchange.close();
        });
    receiver.start();
    Listening log = new Listening();
    Map<String, String> settings =
        Map.of(
            "xcron.secrets.pay-token", SECRET,
            "xcron.secrets.mail-password", PASSWORD,
            "xcron.smtp.host", "127.0.0.1",
            "xcron.smtp.port", Integer.toString(mails.getSmtp().getPort()),
            "xcron.smtp.user", "xcron",
            "xcron.smtp.password-secret", "mail-password",
            "xcron.smtp.from", "xcron@example.com");
    StringBuilder shown = new StringBuilder();
    try (HttpClient client = HttpClient.newHttpClient()) {
      XcronNode node = XcronNode.start(config(directory, settings));
      String base = "http://127.0.0.1:" + node.httpPort();
      try {
        String task =
            """
            {"name":"settle","owner":{"email":"ann@example.com"},"schedule":{"every":"1h"},
             "target":{"http":{"url":"http://127.0.0.1:%d/x",
               "headers":{"Authorization":{"secret":"pay-token"},"X-Other":{"secret":"none"}}}},
             "policy":{"retry":{"attempts":1}},"alert":{"on":["failure"]}}"""
                .formatted(receiver.getAddress().getPort());
        String path = base + "/api/v1/tasks/settle";
        HttpResponse<String> made = send(client, path, "PUT", task, null);
        assertEquals(201, made.statusCode(), made.body());
        shown.append(made.body());
        // One that cannot be sent, because a secret is missing; then one that fails at the
        // receiver.
        assertEquals(202, send(client, path + "/run", "POST", "", null).statusCode());
        assertTrue(mails.waitForIncomingEmail(20_000, 1));
        String fixed = "{\"target\":{\"http\":{\"headers\":{\"X-Other\":null}}}}";
        assertEquals(200, send(client, path, "PATCH", fixed, null).statusCode());
        assertEquals(202, send(client, path + "/run", "POST", "", null).statusCode());
        until("the receiver to be called", () -> !seen.isEmpty());
        assertEquals(SECRET, seen.peek());
        until(
            "both runs to be recorded",
            () ->
                JSON.readTree(send(client, path + "/runs", "GET", "", null).body())
                        .path("runs")
                        .size()
                    == 2);
        for (String question :
            new String[] {
              "/tasks/settle", "/tasks", "/tasks/export", "/tasks/settle/runs", "/runs/settle/1",
              "/runs/settle/2", "/tasks/settle/explain", "/audit", "/stats", "/cluster"
            }) {
          HttpResponse<String> answer = send(client, base + "/api/v1" + question, "GET", "", null);
          assertEquals(200, answer.statusCode(), question);
          shown.append(answer.body());
        }
        shown.append(send(client, base + "/metrics", "GET", "", null).body());
        assertTrue(shown.toString().contains("xcron_alerts_sent"), "metrics of alerts");
      } finally {
        node.stop(Duration.ofSeconds(5));
      }
      String mail = String.valueOf(mails.getReceivedMessages()[0].getContent());
      assertTrue(mail.contains("settle"), mail);
      shown.append(mail).append(String.join("\n", log.lines));
      assertFalse(shown.toString().contains(SECRET), "the secret is shown");
      assertFalse(shown.toString().contains(PASSWORD), "the mail password is shown");
      assertFalse(onDisk(SECRET), "the secret is on the disk");

      XcronNode again = XcronNode.start(config(directory, settings));
      try {
        String audit = "http://127.0.0.1:" + again.httpPort() + "/api/v1/audit";
        JsonNode lines = JSON.readTree(send(client, audit, "GET", "", null).body()).path("audit");
        assertEquals("run patch run create", String.join(" ", lines.findValuesAsText("action")));
      } finally {
        again.stop(Duration.ofSeconds(5));
      }
    } finally {
      log.close();
      receiver.stop(0);
      mails.stop();
    }
  }

  private boolean onDisk(String text) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        if (new String(bytes, StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }

  private static void keytool(String... arguments) throws Exception {
    String[] command = new String[arguments.length + 1];
    command[0] = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }

  @Test
  void theApiIsEncryptedAndTokensComeFromTheConfiguration() throws Exception {
    Path store = directory.resolve("tls.p12");
    keytool(
        "-genkeypair",
        "-alias",
        "api",
        "-keyalg",
        "EC",
        "-dname",
        "CN=localhost",
        "-ext",
        "SAN=ip:127.0.0.1,dns:localhost",
        "-storetype",
        "PKCS12",
        "-keystore",
        store.toString(),
        "-storepass",
        "changeit");
    String sha256 =
        HexFormat.of()
            .formatHex(
                MessageDigest.getInstance("SHA-256")
                    .digest("dash".getBytes(StandardCharsets.UTF_8)));
    Map<String, String> settings =
        Map.of(
            "server.tls.private-key.keystore.resource.path", store.toString(),
            "server.tls.private-key.keystore.passphrase", "changeit",
            "server.tls.private-key.keystore.key.alias", "api",
            "xcron.security.tokens.0.name", "dashboard",
            "xcron.security.tokens.0.role", "read",
            "xcron.security.tokens.0.sha256", sha256,
            "xcron.security.tokens.0.namespaces", "pay, ship");
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      trusted.load(in, "changeit".toCharArray());
    }
    KeyStore certificates = KeyStore.getInstance("PKCS12");
    certificates.load(null, null);
    certificates.setCertificateEntry("api", trusted.getCertificate("api"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(certificates);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, trust.getTrustManagers(), null);
    XcronNode node = XcronNode.start(config(directory.resolve("data"), settings));
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
        HttpClient plain = HttpClient.newHttpClient()) {
      assertTrue(node.address().startsWith("https://"));
      String tasks = "https://127.0.0.1:" + node.httpPort() + "/api/v1/tasks";
      assertEquals(401, send(client, tasks, "GET", "", null).statusCode());
      assertEquals(200, send(client, tasks, "GET", "", "dash").statusCode());
      assertEquals(403, send(client, tasks, "POST", "{}", "dash").statusCode());
      assertThrows(
          IOException.class, () -> send(plain, tasks.replace("https", "http"), "GET", "", "dash"));
      // Its certificate is its own: who does not trust it does not talk to it.
      assertThrows(IOException.class, () -> send(plain, tasks, "GET", "", "dash"));
    } finally {
      node.stop(Duration.ofSeconds(5));
    }
  }

  /** Named as in a file, and as the environment arrives, which has no dashes. */
  @ParameterizedTest
  @ValueSource(strings = {"password-secret", "password.secret"})
  void aHeaderCannotNameThePasswordsOfTheMailServerAndTheDatabase(String named) {
    NodeConfig config =
        config(
            directory,
            Map.of(
                "xcron.secrets.mail",
                PASSWORD,
                "xcron.secrets.database",
                "another password",
                "xcron.secrets.pay-token",
                SECRET,
                "xcron.smtp.host",
                "mail.test",
                "xcron.smtp.from",
                "xcron@example.com",
                "xcron.smtp.user",
                "xcron",
                "xcron.smtp." + named,
                "mail",
                "xcron.history.jdbc.url",
                "jdbc:postgresql://db.test/runs",
                "xcron.history.jdbc." + named,
                "database"));

    assertEquals(Map.of("pay-token", SECRET), config.secrets());
    assertEquals(PASSWORD, Objects.requireNonNull(config.safety().smtp()).password());
    assertEquals("another password", Objects.requireNonNull(config.history().sink()).password());
  }

  @Test
  void aWrongSettingIsNamed() {
    for (Map<String, String> wrong :
        List.of(
            Map.of("xcron.security.tokens.0.name", "x", "xcron.security.tokens.0.role", "king"),
            Map.of("xcron.smtp.host", "mail", "xcron.smtp.from", "nobody"),
            Map.of("xcron.smtp.host", "mail", "xcron.smtp.from", "a@b", "xcron.smtp.user", "u"),
            Map.of("xcron.audit.days", "0"),
            Map.of("server.tls.private-key.pem.key.resource.path", "/nowhere"))) {
      assertThrows(ConfigurationException.class, () -> config(directory, wrong), wrong::toString);
    }
  }
}
