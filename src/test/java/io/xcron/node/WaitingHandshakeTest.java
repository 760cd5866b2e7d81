package io.xcron.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigAccessor;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.networking.nio.NioChannel;
import com.hazelcast.internal.networking.nio.NioOutboundPipeline;
import com.hazelcast.internal.server.Server;
import com.hazelcast.internal.server.tcp.TcpServer;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WaitingHandshakeTest {
  /** With Hazelcast's own encoder the pipeline is never blocked: its thread runs it for ever. */
  @Test
  @Timeout(60)
  void aMemberThatAcceptsAndDoesNotAnswerTakesNoThread() throws Exception {
    HazelcastInstance hazelcast = Hazelcast.newHazelcastInstance(config());
    try (ServerSocket hung = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
      TcpServer server = server(hazelcast);

      server
          .getConnectionManager(EndpointQualifier.MEMBER)
          .getOrConnect(new Address(hung.getInetAddress(), hung.getLocalPort()));
      try (Socket accepted = hung.accept()) {
        byte[] protocol = accepted.getInputStream().readNBytes(3);

        assertEquals("HZC", new String(protocol, StandardCharsets.US_ASCII));
        awaitState(pipelineTo(server, hung.getLocalPort()), "BLOCKED");
        // What comes first wakes it: its own protocol is answered by what had waited.
        accepted.getOutputStream().write(protocol);
        assertTrue(accepted.getInputStream().read() >= 0, "the connection was closed");
      }
    } finally {
      hazelcast.getLifecycleService().terminate();
    }
  }

  @Test
  void membersOfAClusterBeginTheirConnectionsSoInHostsToo() {
    NodeConfig node =
        NodeConfig.of(Map.of("members", "127.0.0.1:5701,127.0.0.1:5702", "cluster.size", "3"));
    Config host = new Config();
    HostConfig.apply(host, node, 3);

    assertTrue(waits(host), "a host's member does not");
    assertTrue(waits(GridConfig.of(node)), "a member does not");
  }

  private static boolean waits(Config config) {
    return ConfigAccessor.getServicesConfig(config).getServiceConfigs().stream()
        .anyMatch(service -> service.getImplementation() instanceof WaitingHandshake);
  }

  private static Config config() {
    Config config = new Config("handshake-" + UUID.randomUUID());
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "none");
    config.getNetworkConfig().setPort(0).getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    WaitingHandshake.addTo(config);
    return config;
  }

  private static TcpServer server(HazelcastInstance hazelcast) {
    Server server = ((HazelcastInstanceProxy) hazelcast).getOriginal().node.getServer();
    return (TcpServer) server;
  }

  private static NioOutboundPipeline pipelineTo(TcpServer server, int port) throws Exception {
    for (Object channel : (Iterable<?>) field(server.getNetworking(), "channels")) {
      if (((Channel) channel).remoteSocketAddress().toString().endsWith(":" + port)) {
        return ((NioChannel) channel).outboundPipeline();
      }
    }
    throw new AssertionError("no channel to port " + port);
  }

  private static void awaitState(NioOutboundPipeline pipeline, String state) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!field(pipeline, "scheduled").toString().equals(state)) {
      assertTrue(System.nanoTime() - deadline < 0, "not " + state + " within 10 s");
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static Object field(Object of, String name) throws ReflectiveOperationException {
    Field field = of.getClass().getDeclaredField(name);
    field.setAccessible(true);
    return field.get(of);
  }
}
