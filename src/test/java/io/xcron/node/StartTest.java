package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a member says when it starts, stops, or does not start; in processes of their own. */
class StartTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "XCRON_HTTP_HOST=0.0.0.0 | set XCRON_API_TOKEN",
        "XCRON_CLUSTER_SIZE=2 | take 1 or 3",
        "XCRON_CLUSTER_SIZE=3 | XCRON_MEMBERS: names no member",
        "XCRON_CLUSTER_SIZE=0 | must be 1, or 3 and more",
        "XCRON_MEMBERS=127.0.0.1:1,127.0.0.1:2,127.0.0.1:3 | XCRON_MEMBERS: must name this member too",
        "XCRON_MEMBERS=127.0.0.1:1,127.0.0.1:2 | take 1 or 3",
        "XCRON_MEMBERS=127.0.0.1 | XCRON_MEMBERS: must be host:port",
        "XCRON_MEMBERS=127.0.0.1:1,127.0.0.1:1,127.0.0.1:2 | XCRON_MEMBERS: names 127.0.0.1:1 twice",
        "XCRON_HTTP_PORT=eighty | XCRON_HTTP_PORT: must be a whole number",
        "XCRON_ALLOW_ANONYMOUS=yes | XCRON_ALLOW_ANONYMOUS: must be true or false",
        "XCRON_JOURNAL_SYNC=never | XCRON_JOURNAL_SYNC: must be always or interval",
        "XCRON_TARGET_DENY=10.0.0.0/99 | XCRON_TARGET_DENY",
        "XCRON_TRUSTED_NETWORKS=hello | XCRON_TRUSTED_NETWORKS: not a range of addresses: hello",
        "XCRON_HTTP_PORT=70000 | XCRON_HTTP_PORT: must lie between 0 and 65535",
        "XCRON_MEMBER_HOST=203.0.113.5 | XCRON_MEMBER_HOST: 203.0.113.5 is no address of this machine",
        "XCRON_ZONE=Mars/Olympus | XCRON_ZONE: must be a zone",
      })
  void aWrongSettingIsNamedWithItsRemedy(String setting, String told) throws Exception {
    int equals = setting.indexOf('=');
    Map<String, String> environment =
        Map.of(setting.substring(0, equals), setting.substring(equals + 1));
    String log = refusal(directory.resolve("data"), environment);

    assertTrue(log.contains(told), log);
    assertTrue(log.lines().count() < 12, () -> "too much is said: " + log);
  }

  @Test
  void aPortThatSomebodyElseHasIsNamed() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      String log = refusal(directory.resolve("data"), Map.of("XCRON_HTTP_PORT", port));

      assertTrue(log.contains("XCRON_HTTP_PORT: 127.0.0.1:" + port + " is in use"), log);
    }
  }

  @Test
  void theReadyLineOfAnIpv6HostIsAUrl() {
    NodeConfig config = NodeConfig.of(Map.of());

    assertEquals("http://127.0.0.1:8000", HttpAddress.url(config, "127.0.0.1", 8_000));
    assertEquals("http://[::1]:8000", HttpAddress.url(config, "::1", 8_000));
    assertEquals("http://[::1]:8000", HttpAddress.url(config, "[::1]", 8_000));
  }

  /** As compose files and units pass on what is not set. */
  @Test
  void anEmptyVariableIsAsGoodAsNone() {
    NodeConfig config =
        NodeConfig.of(Map.of("cluster.name", "", "journal.sync", "", "zone", "", "api.token", ""));

    assertEquals("xcron", config.clusterName());
    assertNull(config.apiToken());
  }

  @Test
  void whoServesEverybodyIsWarned() throws Exception {
    Map<String, String> open =
        Map.of("XCRON_HTTP_HOST", "0.0.0.0", "XCRON_ALLOW_ANONYMOUS", "true");
    try (MemberProcess member = MemberProcess.start(directory.resolve("data"), open)) {
      assertTrue(
          member.logText().lines().anyMatch(line -> line.contains("XCRON_ALLOW_ANONYMOUS")),
          member::logText);
    }
  }

  @Test
  void aMemberThatWaitsForOthersStopsInOrder() throws Exception {
    List<Integer> ports = Ports.free(4);
    Path log = Files.createTempFile(directory, "waiting", ".log");
    Map<String, String> environment =
        Map.of(
            "XCRON_CLUSTER_SIZE", "3",
            "XCRON_MEMBER_PORT", ports.get(0).toString(),
            "XCRON_HTTP_PORT", ports.get(3).toString(),
            "XCRON_MEMBERS",
                "127.0.0.1:%d,127.0.0.1:%d,127.0.0.1:%d"
                    .formatted(ports.get(0), ports.get(1), ports.get(2)));
    Process process = MemberProcess.launch(directory.resolve("data"), environment, log);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest live =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + ports.get(3) + "/health/live"))
              .build();
      ProbeProcess.awaitAny(
          "the door is open",
          60,
          () ->
              client
                      .sendAsync(live, HttpResponse.BodyHandlers.ofString())
                      .handle((answer, failure) -> failure == null ? answer.statusCode() : 0)
                      .join()
                  == 200);
      process.destroy();
      assertTrue(process.waitFor(30, TimeUnit.SECONDS), () -> "it goes on");
      assertEquals(0, process.exitValue(), Files.readString(log));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void aSecondProcessOnTheSameDataIsRefused() throws Exception {
    Path data = directory.resolve("data");
    try (MemberProcess member = MemberProcess.start(data, Map.of())) {
      String log = refusal(data, Map.of());

      assertTrue(log.contains(data.toString()) && log.contains("another process"), log);
      assertEquals(200, member.get("/health/ready").status());
    }
  }

  @Test
  void aDataDirectoryOfAnotherClusterIsRefused() throws Exception {
    Path data = directory.resolve("data");
    MemberProcess member = MemberProcess.start(data, Map.of());
    assertEquals(0, member.stop(), member::logText);
    String log = refusal(data, Map.of("XCRON_CLUSTER_NAME", "other"));

    assertTrue(log.contains("xcron") && log.contains("other"), log);
  }

  private String refusal(Path data, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path log = Files.createTempFile(directory, "refused", ".log");
    Process process = MemberProcess.launch(data, environment, log);
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it started although it must not:\n" + Files.readString(log));
    }
    assertEquals(1, process.exitValue());
    return Files.readString(log);
  }
}
