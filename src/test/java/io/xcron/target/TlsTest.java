package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.JksOptions;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** https, with a certificate for {@code hooks.test} that only the sender of the test trusts. */
@Timeout(60)
class TlsTest {
  private static final String PASSWORD = "changeit";

  @TempDir private Path folder;
  private final ConcurrentLinkedQueue<String> names = new ConcurrentLinkedQueue<>();
  private HttpsServer server;
  private Path store;

  TlsTest() throws Exception {
    server = HttpsServer.create();
    store = Path.of("unset");
  }

  @BeforeEach
  void serve() throws Exception {
    store = folder.resolve("keys.p12");
    makeCertificate(store);
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD.toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          ExtendedSSLSession session =
              (ExtendedSSLSession)
                  ((com.sun.net.httpserver.HttpsExchange) exchange).getSSLSession();
          session.getRequestedServerNames().forEach(name -> names.add(name.toString()));
          exchange.getRequestBody().readAllBytes();
          byte[] body =
              exchange.getRequestHeaders().getFirst("Host").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private static void makeCertificate(Path store) throws Exception {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder(
                keytool,
                "-genkeypair",
                "-alias",
                "k",
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=hooks.test",
                "-ext",
                "SAN=dns:hooks.test",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
  }

  private Outcome run(String host, ClientSSLOptions tls) throws Exception {
    AddressPolicy policy = AddressPolicy.parse(true, "", "");
    Resolver resolver = name -> List.of(InetAddress.getLoopbackAddress());
    HttpTargets.Config config =
        HttpTargets.Config.of(policy, name -> null, null).withResolver(resolver);
    try (HttpTargets targets = new HttpTargets(config, tls)) {
      Try attempt =
          Try.of(Try.post("https://" + host + ":" + server.getAddress().getPort() + "/cb"));
      assertTrue(targets.start(attempt));
      return attempt.await();
    }
  }

  private ClientSSLOptions trusting() {
    return new ClientSSLOptions()
        .setTrustOptions(new JksOptions().setPath(store.toString()).setPassword(PASSWORD));
  }

  @Test
  void aTrustedCertificateForTheNameIsAcceptedAndTheNameIsIndicated() throws Exception {
    ClientSSLOptions tls =
        new ClientSSLOptions()
            .setTrustOptions(
                new io.vertx.core.net.PfxOptions().setPath(store.toString()).setPassword(PASSWORD));
    Outcome outcome = run("hooks.test", tls);
    String authority = "hooks.test:" + server.getAddress().getPort();
    assertEquals(new Outcome.Answered(200, authority, false), outcome);
    assertEquals("type=host_name (0), value=hooks.test", names.element());
  }

  @Test
  void aCertificateForAnotherNameIsRefusedBeforeAnyByteOfTheRequest() throws Exception {
    Outcome outcome = run("other.test", trusting());
    assertInstanceOf(Outcome.ConnectFailed.class, outcome);
    assertTrue(names.isEmpty());
  }

  @Test
  void anUntrustedCertificateIsRefused() throws Exception {
    assertInstanceOf(Outcome.ConnectFailed.class, run("hooks.test", new ClientSSLOptions()));
    assertTrue(names.isEmpty());
  }
}
