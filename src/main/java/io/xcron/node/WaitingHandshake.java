package io.xcron.node;

import static com.hazelcast.internal.networking.ChannelOption.DIRECT_BUF;
import static com.hazelcast.internal.networking.ChannelOption.SO_KEEPALIVE;
import static com.hazelcast.internal.networking.ChannelOption.SO_LINGER;
import static com.hazelcast.internal.networking.ChannelOption.SO_RCVBUF;
import static com.hazelcast.internal.networking.ChannelOption.SO_SNDBUF;
import static com.hazelcast.internal.networking.ChannelOption.TCP_KEEPCOUNT;
import static com.hazelcast.internal.networking.ChannelOption.TCP_KEEPIDLE;
import static com.hazelcast.internal.networking.ChannelOption.TCP_KEEPINTERVAL;
import static com.hazelcast.internal.networking.ChannelOption.TCP_NODELAY;

import com.hazelcast.config.Config;
import com.hazelcast.config.ConfigAccessor;
import com.hazelcast.config.ServiceConfig;
import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.internal.networking.Channel;
import com.hazelcast.internal.networking.ChannelInitializer;
import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.server.ServerContext;
import com.hazelcast.internal.server.tcp.TcpServerConnectionManager;
import com.hazelcast.internal.server.tcp.UnifiedChannelInitializer;
import com.hazelcast.internal.server.tcp.UnifiedProtocolDecoder;
import com.hazelcast.internal.server.tcp.UnifiedProtocolEncoder;
import com.hazelcast.internal.services.ManagedService;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.NodeEngineImpl;
import com.hazelcast.spi.properties.ClusterProperty;
import com.hazelcast.spi.properties.HazelcastProperties;
import java.lang.reflect.Field;
import java.util.Properties;
import java.util.function.Function;

/**
 * Begins a connection as Hazelcast does, but lets it wait for the other side's first bytes without
 * a thread.
 *
 * <p>A member that hangs still accepts connections, for its kernel does, and never answers. What is
 * to be sent to it meanwhile makes Hazelcast 5.4.0 try again and again in the I/O thread of that
 * connection, which then serves no other: a core is lost, and with it, when they share that thread,
 * the messages to a healthy member, so that two survivors take each other for dead
 * (hazelcast/hazelcast issue 26473). Told that it is blocked instead of clean, the pipeline rests
 * until the decoder has heard something, which wakes it.
 *
 * <p>Written for 5.4.0 alone: one private field is set.
 */
final class WaitingHandshake implements ManagedService {
  private static final String NAME = "xcron:handshake";
  private static final int KILOBYTE = 1_024;

  private WaitingHandshake() {}

  /** Lets the instance of this configuration begin its connections so. */
  static void addTo(Config config) {
    ConfigAccessor.getServicesConfig(config)
        .addServiceConfig(
            new ServiceConfig()
                .setName(NAME)
                .setEnabled(true)
                .setImplementation(new WaitingHandshake()));
  }

  /**
   * Takes the place of Hazelcast's own way for all connections from now on; does nothing where the
   * member's endpoints have ways of their own (an advanced network, TLS). Before the first
   * connection, for Hazelcast starts its services before its network.
   *
   * @throws IllegalStateException if this Hazelcast is built otherwise; Hazelcast logs it and goes
   *     on with its own way
   */
  @Override
  public void init(NodeEngine engine, Properties properties) {
    if (!(((NodeEngineImpl) engine)
            .getNode()
            .getServer()
            .getConnectionManager(EndpointQualifier.MEMBER)
        instanceof TcpServerConnectionManager connections)) {
      return;
    }
    ServerContext server = connections.getServer().getContext();
    try {
      Field field = TcpServerConnectionManager.class.getDeclaredField("channelInitializerFn");
      field.setAccessible(true);
      Function<?, ?> present = (Function<?, ?>) field.get(connections);
      @SuppressWarnings("unchecked") // the type that the field is declared with
      Function<EndpointQualifier, ChannelInitializer> initializers =
          (Function<EndpointQualifier, ChannelInitializer>) present;
      if (initializers.apply(EndpointQualifier.MEMBER) instanceof UnifiedChannelInitializer) {
        Function<EndpointQualifier, ChannelInitializer> waiting =
            endpoint -> channel -> begin(channel, server);
        field.set(connections, waiting);
      }
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(
          "connections of this Hazelcast cannot be begun another way; 5.4.0 is needed", e);
    }
  }

  @Override
  public void reset() {}

  @Override
  public void shutdown(boolean terminate) {}

  private static void begin(Channel channel, ServerContext server) {
    HazelcastProperties properties = server.properties();
    channel
        .options()
        .setOption(DIRECT_BUF, properties.getBoolean(ClusterProperty.SOCKET_BUFFER_DIRECT))
        .setOption(TCP_NODELAY, properties.getBoolean(ClusterProperty.SOCKET_NO_DELAY))
        .setOption(SO_KEEPALIVE, properties.getBoolean(ClusterProperty.SOCKET_KEEP_ALIVE))
        .setOption(
            SO_SNDBUF, properties.getInteger(ClusterProperty.SOCKET_SEND_BUFFER_SIZE) * KILOBYTE)
        .setOption(
            SO_RCVBUF, properties.getInteger(ClusterProperty.SOCKET_RECEIVE_BUFFER_SIZE) * KILOBYTE)
        .setOption(SO_LINGER, properties.getSeconds(ClusterProperty.SOCKET_LINGER_SECONDS))
        .setOption(TCP_KEEPIDLE, properties.getInteger(ClusterProperty.SOCKET_KEEP_IDLE))
        .setOption(TCP_KEEPCOUNT, properties.getInteger(ClusterProperty.SOCKET_KEEP_COUNT))
        .setOption(TCP_KEEPINTERVAL, properties.getInteger(ClusterProperty.SOCKET_KEEP_INTERVAL));
    UnifiedProtocolEncoder encoder = new Encoder(server);
    channel.outboundPipeline().addLast(encoder);
    channel.inboundPipeline().addLast(new UnifiedProtocolDecoder(server, encoder));
  }

  private static final class Encoder extends UnifiedProtocolEncoder {
    Encoder(ServerContext server) {
      super(server);
    }

    /** What it says when it has just been replaced is not looked at: the pipeline begins anew. */
    @Override
    public HandlerStatus onWrite() {
      HandlerStatus status = super.onWrite();
      return status == HandlerStatus.CLEAN ? HandlerStatus.BLOCKED : status;
    }
  }
}
