package io.xcron.node;

import com.hazelcast.client.Client;
import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.client.impl.clientside.HazelcastClientInstanceImpl;
import com.hazelcast.client.impl.clientside.HazelcastClientProxy;
import com.hazelcast.client.impl.management.ManagementCenterService;
import com.hazelcast.client.impl.protocol.codec.MCReadMetricsCodec;
import com.hazelcast.client.impl.spi.impl.ClientInvocation;
import com.hazelcast.cluster.Address;
import com.hazelcast.cluster.Endpoint;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.internal.metrics.MetricConsumer;
import com.hazelcast.internal.metrics.MetricDescriptor;
import com.hazelcast.internal.metrics.impl.MetricsCompressor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A client that asks a member for its metrics as Management Center does, by its protocol. */
final class ManagementCenter implements AutoCloseable {
  private final HazelcastInstance client;

  private ManagementCenter(HazelcastInstance client) {
    this.client = client;
  }

  static ManagementCenter of(Address member) {
    return of(member, "xcron");
  }

  static ManagementCenter of(Address member, String cluster) {
    ClientConfig config = new ClientConfig().setClusterName(cluster);
    config.setProperty("hazelcast.logging.type", "jdk");
    config.setProperty(ManagementCenterService.MC_CLIENT_MODE_PROP.getName(), "true");
    config.getMetricsConfig().setEnabled(false);
    config.getNetworkConfig().addAddress(member.getHost() + ":" + member.getPort());
    config
        .getConnectionStrategyConfig()
        .getConnectionRetryConfig()
        .setClusterConnectTimeoutMillis(20_000);
    return new ManagementCenter(HazelcastClient.newHazelcastClient(config));
  }

  List<UUID> members() {
    return client.getCluster().getMembers().stream().map(Endpoint::getUuid).toList();
  }

  /** Reads on until our figures are as wished; each answer waits for the next collection. */
  Map<String, Long> await(Predicate<Map<String, Long>> wished) throws Exception {
    return await(members().getFirst(), wished);
  }

  /** The same of one member of a cluster. */
  Map<String, Long> await(UUID member, Predicate<Map<String, Long>> wished) throws Exception {
    HazelcastClientInstanceImpl inner = ((HazelcastClientProxy) client).client;
    long sequence = 0;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (System.nanoTime() < end) {
      MCReadMetricsCodec.ResponseParameters answer =
          MCReadMetricsCodec.decodeResponse(
              new ClientInvocation(
                      inner, MCReadMetricsCodec.encodeRequest(member, sequence), null, member)
                  .invoke()
                  .get(30, TimeUnit.SECONDS));
      sequence = answer.nextSequence;
      for (Map.Entry<Long, byte[]> collection : answer.elements) {
        Map<String, Long> figures = ours(collection.getValue());
        if (!figures.isEmpty() && wished.test(figures)) {
          return figures;
        }
      }
    }
    throw new AssertionError("Management Center never saw what was wished");
  }

  private static Map<String, Long> ours(byte[] collection) {
    Map<String, Long> found = new TreeMap<>();
    MetricsCompressor.extractMetrics(
        collection,
        new MetricConsumer() {
          @Override
          public void consumeLong(MetricDescriptor descriptor, long value) {
            if (HazelcastFigures.PREFIX.equals(descriptor.prefix())) {
              StringBuilder name = new StringBuilder(descriptor.metric());
              descriptor.readTags(
                  (tag, text) -> {
                    if (!tag.equals("metric-unit")) {
                      name.append(' ').append(tag).append('=').append(text);
                    }
                  });
              found.put(name.toString(), value);
            }
          }

          @Override
          public void consumeDouble(MetricDescriptor descriptor, double value) {
            if (HazelcastFigures.PREFIX.equals(descriptor.prefix())) {
              throw new AssertionError("not a whole number: " + descriptor + " " + value);
            }
          }
        });
    return found;
  }

  /** What the member takes this client for. */
  String typeSeenBy(Address member) {
    for (HazelcastInstance instance : Hazelcast.getAllHazelcastInstances()) {
      if (instance.getCluster().getLocalMember().getAddress().equals(member)) {
        return instance.getClientService().getConnectedClients().stream()
            .map(Client::getClientType)
            .findFirst()
            .orElse("none");
      }
    }
    throw new AssertionError("no member at " + member);
  }

  @Override
  public void close() {
    client.shutdown();
  }
}
