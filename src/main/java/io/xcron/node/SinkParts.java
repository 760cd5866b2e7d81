package io.xcron.node;

import io.helidon.config.Config;
import io.xcron.journal.RunStore;
import io.xcron.sink.RunSink;
import io.xcron.sink.SinkConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The way of a member's run records into a database, where one is set. */
final class SinkParts {
  /** A database may be away for as long before an operator is told. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private SinkParts() {}

  /**
   * Reads {@code xcron.history.jdbc}.
   *
   * @return null when no database is set
   */
  static @Nullable SinkConfig read(
      Config xcron, Map<String, String> secrets, String cluster, String member) {
    String url = NodeConfig.text(xcron, "history.jdbc.url", "").strip();
    String user = NodeConfig.text(xcron, "history.jdbc.user", "");
    String secret = NodeConfig.text(xcron, "history.jdbc.password-secret", "");
    if (url.isEmpty()) {
      return null;
    }
    String password = secret.isEmpty() ? null : secrets.get(secret);
    if (!secret.isEmpty() && password == null) {
      throw new ConfigurationException(
          "XCRON_HISTORY_JDBC_PASSWORD_SECRET: there is no secret "
              + secret
              + "; set xcron.secrets."
              + secret);
    }
    try {
      return SinkConfig.of(url, user.isEmpty() ? null : user, password, cluster, member);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException("XCRON_HISTORY_JDBC_URL: " + e.getMessage());
    }
  }

  /** Begins to send; null when no database is set. */
  static @Nullable RunSink open(
      @Nullable SinkConfig config, RunStore store, Path runs, NodeMetrics metrics) {
    if (config == null) {
      return null;
    }
    RunSink sink = RunSink.open(store, runs, config);
    metrics.counter(
        "xcron.sink.rows",
        "Run records that the database took; one that was sent again counts again",
        sink,
        it -> it.stats().rows());
    metrics.counter(
        "xcron.sink.refused",
        "Run records that the database did not take for what is in them",
        sink,
        it -> it.stats().refused());
    metrics.counter(
        "xcron.sink.dropped",
        "Run records that went by retention before they reached the database",
        sink,
        it -> it.stats().dropped());
    metrics.counter(
        "xcron.sink.failures",
        "Tries to reach the database, or to write to it, that failed",
        sink,
        it -> it.stats().failures());
    metrics.gauge(
        "xcron.sink.behind.seconds",
        "For how long there have been run records that the database has not; 0 when it has all",
        sink,
        it -> it.stats().behind().toMillis() / 1e3);
    return sink;
  }

  /** What an operator must know of it; null when all is well, or there is none. */
  static @Nullable String warning(@Nullable RunSink sink) {
    return sink == null ? null : sink.warning(PATIENCE);
  }
}
