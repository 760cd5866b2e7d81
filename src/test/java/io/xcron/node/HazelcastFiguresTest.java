package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.Config;
import com.hazelcast.config.ManagementCenterConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.spi.properties.ClusterProperty;
import com.sun.tools.attach.VirtualMachine;
import io.xcron.target.Handlers;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Our figures as JMX and Management Center see them. */
class HazelcastFiguresTest {
  private static final MBeanServer BEANS = ManagementFactory.getPlatformMBeanServer();
  private static final Pattern MEMBER = Pattern.compile("member (.*):([0-9]+)$");
  private static final String[] SETTINGS = {
    ClusterProperty.METRICS_JMX_ENABLED.getName(), "true",
    ClusterProperty.METRICS_COLLECTION_FREQUENCY.getName(), "1"
  };

  @TempDir Path directory;

  private final CallbackSink sink = new CallbackSink();

  /** The members of this test read the shipped file; what is on the command line goes before it. */
  @BeforeEach
  void setProperties() {
    for (int i = 0; i < SETTINGS.length; i += 2) {
      System.setProperty(SETTINGS[i], SETTINGS[i + 1]);
    }
  }

  @AfterEach
  void clear() {
    for (int i = 0; i < SETTINGS.length; i += 2) {
      System.clearProperty(SETTINGS[i]);
    }
    sink.close();
  }

  @Test
  void jmxAndManagementCenterShowWhatHappens() throws Exception {
    XcronNode node = XcronNode.start(NodeConfig.local(directory));
    try (ManagementCenter center = ManagementCenter.of(member(node))) {
      create(node, "good");
      awaitBeans(beans -> beans.getOrDefault("runs outcome=success", 0L) == 1);
      sink.answer(500);
      create(node, "bad");
      Map<String, Long> jmx = awaitBeans(beans -> beans.getOrDefault("minuteFailures", 0L) == 1);

      assertEquals(2, value(jmx, "tasks"));
      assertEquals(4, value(jmx, "fires"));
      assertEquals(2, value(jmx, "retries"));
      assertEquals(1, value(jmx, "runs outcome=success"));
      assertEquals(1, value(jmx, "runs outcome=failure"));
      assertEquals(2, value(jmx, "minuteRuns"));
      assertEquals(2, value(jmx, "minuteRepeats"));
      assertEquals(4, value(jmx, "fireLagCount"));
      assertTrue(value(jmx, "fireLagTotalMillis") < 30_000, jmx::toString);
      assertTrue(value(jmx, "minuteLagP99Millis") < 10_000, jmx::toString);
      assertTrue(value(jmx, "slice") > 0);
      assertTrue(value(jmx, "grantAgeMillis") >= 0 && value(jmx, "grantAgeMillis") < 5_000);
      assertTrue(value(jmx, "journalQueuedBytes") >= 0);
      assertTrue(value(jmx, "journalCommitCount") > 0);
      assertEquals(1, value(jmx, "ready"));

      Map<String, Long> seen = center.await(figures -> value(figures, "minuteFailures") == 1);
      assertEquals(jmx.keySet(), seen.keySet());
      assertEquals(4, value(seen, "fires"));
      assertEquals(1, value(seen, "runs outcome=failure"));
      assertEquals(2, value(seen, "tasks"));
      assertEquals("MCJVM", center.typeSeenBy(member(node)));
    } finally {
      node.stop(Duration.ofSeconds(5));
    }
    assertEquals(Map.of(), beans());
  }

  @Test
  @SuppressWarnings("BanJNDI") // The address is that of a process of ours.
  void aConsoleOnThisMachineReadsAMembersBeans() throws Exception {
    try (MemberProcess member = MemberProcess.start(directory.resolve("data"), Map.of())) {
      VirtualMachine machine = VirtualMachine.attach(String.valueOf(member.pid()));
      String address = machine.startLocalManagementAgent();
      machine.detach();
      try (JMXConnector console = JMXConnectorFactory.connect(new JMXServiceURL(address))) {
        Set<ObjectName> found =
            console
                .getMBeanServerConnection()
                .queryNames(new ObjectName("java.lang:type=Runtime"), null);
        assertEquals(1, found.size());
      }
    }
  }

  @Test
  void aHostsInstanceLosesTheFiguresWithTheMemberAndItsTrustIsHeeded() throws Exception {
    Config config = new Config().setClusterName("host-" + System.nanoTime());
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.getNetworkConfig().setPort(0).setPortAutoIncrement(false);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    config.getManagementCenterConfig().addTrustedInterface("10.1.2.3");
    HostMember host =
        HostMember.prepare(
            NodeConfig.local(directory), new Embedding(false, Handlers.NONE), config);
    HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
    try (host) {
      host.start(instance, Duration.ofSeconds(5));
      awaitBeans(beans -> beans.containsKey("tasks"));
      try (ManagementCenter center =
          ManagementCenter.of(
              instance.getCluster().getLocalMember().getAddress(), config.getClusterName())) {
        ExecutionException refused =
            assertThrows(ExecutionException.class, () -> center.await(figures -> true));
        assertTrue(
            String.valueOf(refused.getMessage()).contains("is not allowed"), refused::toString);
      }
      host.close();
      awaitBeans(Map::isEmpty);
      assertTrue(instance.getLifecycleService().isRunning());
    } finally {
      instance.shutdown();
    }
  }

  @Test
  void eachMemberOfAClusterTellsItsOwn() throws Exception {
    try (MemberCluster cluster = new MemberCluster(directory, 3, Map.of())) {
      cluster.start();
      String address =
          cluster
              .member(0)
              .get("/api/v1/cluster")
              .json()
              .path("members")
              .path(0)
              .path("address")
              .asText();
      try (ManagementCenter center = ManagementCenter.of(address(address))) {
        assertEquals(3, center.members().size());
        for (UUID member : center.members()) {
          Map<String, Long> figures = center.await(member, seen -> value(seen, "ready") == 1);
          assertTrue(value(figures, "partitionsOwned") > 0, figures::toString);
          assertTrue(value(figures, "partitionsOwned") < 271, figures::toString);
        }
      }
    }
  }

  @Test
  void theShippedFileLetsManageFromThisMachineAlone() {
    ManagementCenterConfig shipped =
        GridConfig.of(NodeConfig.local(directory)).getManagementCenterConfig();
    assertEquals(Set.of("127.0.0.1"), shipped.getTrustedInterfaces());
    assertFalse(shipped.isConsoleEnabled());
    assertFalse(shipped.isScriptingEnabled());
    assertFalse(shipped.isDataAccessEnabled());
  }

  private static long value(Map<String, Long> figures, String name) {
    return Objects.requireNonNull(figures.get(name), name);
  }

  private static Address member(XcronNode node) throws Exception {
    Matcher address = MEMBER.matcher(node.address());
    assertTrue(address.find(), node.address());
    return address(address.group(1) + ":" + address.group(2));
  }

  private static Address address(String text) throws Exception {
    int colon = text.lastIndexOf(':');
    return new Address(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  private void create(XcronNode node, String id) throws Exception {
    String body =
        "{\"id\":\"%s\",\"schedule\":{\"at\":%d},\"target\":{\"http\":{\"url\":\"%s\"}},\"policy\":{\"retry\":{\"attempts\":3,\"backoff\":\"50ms\",\"max_backoff\":\"50ms\"}}}"
            .formatted(id, System.currentTimeMillis(), sink.url("/" + id));
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("http://127.0.0.1:" + node.httpPort() + "/api/v1/tasks"))
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertEquals(201, answer.statusCode(), answer.body());
    }
  }

  private Map<String, Long> awaitBeans(Predicate<Map<String, Long>> wished) throws Exception {
    AtomicReference<Map<String, Long>> last = new AtomicReference<>(Map.of());
    try {
      sink.await(
          "figures",
          40,
          () -> {
            last.set(beans());
            return wished.test(last.get());
          });
    } catch (AssertionError e) {
      throw new AssertionError("the beans said " + last.get(), e);
    }
    return last.get();
  }

  /** All of ours that any JMX client would see. */
  private static Map<String, Long> beans() {
    Map<String, Long> found = new TreeMap<>();
    try {
      for (ObjectName bean :
          BEANS.queryNames(new ObjectName("com.hazelcast:type=Metrics,prefix=xcron,*"), null)) {
        String tag = bean.getKeyProperty("tag0");
        for (MBeanAttributeInfo attribute : BEANS.getMBeanInfo(bean).getAttributes()) {
          found.put(
              tag == null ? attribute.getName() : attribute.getName() + " " + tag.replace("\"", ""),
              ((Number) BEANS.getAttribute(bean, attribute.getName())).longValue());
        }
      }
    } catch (JMException e) {
      throw new AssertionError("a bean that cannot be read", e);
    }
    return found;
  }
}
