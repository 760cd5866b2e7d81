package io.xcron.node;

import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A whole member in this process, for tests of other packages. */
public final class LocalNode implements AutoCloseable {
  private final XcronNode node;

  private LocalNode(XcronNode node) {
    this.node = node;
  }

  /** Starts one on free ports, with more settings than the defaults, such as {@code api.token}. */
  public static LocalNode start(Path directory, Map<String, String> more) {
    Map<String, String> settings = new HashMap<>();
    settings.put("xcron.http.port", "0");
    settings.put("xcron.member.port", "0");
    settings.put("xcron.warm-up", "0");
    settings.put("xcron.data.dir", directory.toString());
    more.forEach((name, value) -> settings.put("xcron." + name, value));
    return new LocalNode(
        XcronNode.start(NodeConfig.read(Config.just(ConfigSources.create(settings)))));
  }

  public String url(String path) {
    return "http://127.0.0.1:" + node.httpPort() + path;
  }

  @Override
  public void close() {
    node.stop(Duration.ofSeconds(5));
  }
}
