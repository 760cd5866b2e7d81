package io.xcron.node;

import com.hazelcast.cluster.Member;
import com.hazelcast.config.Config;
import java.net.URI;
import java.util.Optional;

/**
 * Where a member's HTTP API is reached, as an attribute of the Hazelcast member: so a Hazelcast
 * client finds it. Attributes are fixed before an instance starts, so an API on any free port has
 * none.
 */
public final class HttpAddress {
  private static final String ATTRIBUTE = "xcron.http";

  private HttpAddress() {}

  /** Tells it in the configuration of an instance that is not started yet. */
  static void tell(Config config, NodeConfig node, Embedding embedding) {
    if (!embedding.http() || node.httpPort() == 0) {
      return;
    }
    String host = node.listensEverywhere() ? node.memberHost() : node.httpHost();
    config.getMemberAttributeConfig().setAttribute(ATTRIBUTE, url(node, host, node.httpPort()));
  }

  /** The URL of the API at a host, which may be an IPv6 address with or without its brackets. */
  static String url(NodeConfig node, String host, int port) {
    String scheme = node.safety().security().tls() == null ? "http" : "https";
    boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
    return scheme + "://" + (bare ? "[" + host + "]" : host) + ":" + port;
  }

  /** Where this member has its API; empty if it has none, or on a port that nobody could know. */
  public static Optional<URI> of(Member member) {
    return Optional.ofNullable(member.getAttribute(ATTRIBUTE)).map(URI::create);
  }
}
