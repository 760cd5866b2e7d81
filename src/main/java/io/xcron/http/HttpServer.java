package io.xcron.http;

import io.helidon.common.mapper.MapperManager;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.service.registry.Services;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http1.Http1Config;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.time.Duration;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server of a member. One listener, HTTP/1.1; each request has a virtual thread of its
 * own. Not to be started again once stopped.
 */
public final class HttpServer implements AutoCloseable {
  private static final int MAX_REQUEST_LINE = 8 << 10;
  private static final int MAX_HEADERS = 16 << 10;

  /** Held here: a logger that nobody holds forgets its level. */
  private static final Logger MAPPERS_LOG =
      Logger.getLogger("io.helidon.common.mapper.GlobalManager");

  private final WebServer server;
  private final ReadWatch watch;
  private final Door door;

  public HttpServer(HttpConfig config, HttpParts parts) {
    HttpConfig.Limits limits = config.limits();
    watch = new ReadWatch(limits.readTimeout().toNanos());
    keepMappersAtHand();
    door = new Door(config, parts, watch);
    Tls tls = config.security().tls();
    WebServerConfig.Builder builder = WebServer.builder();
    if (tls != null) {
      builder.tls(tls);
    }
    server =
        builder
            .host(config.host())
            .port(config.port())
            // Nothing that lies on the class path opens a path here by itself.
            .featuresDiscoverServices(false)
            .protocolsDiscoverServices(false)
            .shutdownHook(false)
            .shutdownGracePeriod(Duration.ofSeconds(5))
            .maxTcpConnections(limits.maxConnections())
            .idleConnectionTimeout(limits.readTimeout())
            .idleConnectionPeriod(limits.readTimeout().dividedBy(4))
            .connectionOptions(socket -> socket.tcpNoDelay(true))
            .addProtocol(
                Http1Config.builder()
                    .maxPrologueLength(MAX_REQUEST_LINE)
                    .maxHeadersSize(MAX_HEADERS)
                    .validateRequestHeaders(true)
                    .log(log -> log.receiveLog(false).sendLog(false))
                    .addReceiveListener(watch.heads())
                    .build())
            .directHandlers(directHandlers())
            .routing(routing -> routing.any(door))
            .build();
  }

  /**
   * Helidon asks its service registry for the mappers each time that a header is read as a number,
   * which took a third of the time of a request. Set once, they are found at once.
   */
  @SuppressWarnings("removal") // There is no other way to set them in Helidon 4.
  private static void keepMappersAtHand() {
    // The registry has these mappers already and says so at length.
    MAPPERS_LOG.setLevel(Level.OFF);
    MapperManager.global(Services.get(MapperManager.class));
  }

  /** All routes, each as method, space, pattern; {@code {}} stands for a variable part. */
  List<String> routes() {
    return door.routes();
  }

  /**
   * Binds and serves; the port is known when this returns.
   *
   * @throws UncheckedIOException with a {@link BindException} when the port cannot be had
   */
  public void start() {
    watch.start();
    server.start();
    if (!server.isRunning()) {
      // Helidon logs why and returns.
      watch.close();
      throw new UncheckedIOException(new BindException("the port could not be bound"));
    }
  }

  /** The port that is bound. */
  public int port() {
    return server.port();
  }

  /** Takes no new connections, lets requests at work finish for a few seconds, and closes. */
  public void stop() {
    server.stop();
    watch.close();
  }

  @Override
  public void close() {
    stop();
  }

  /** What Helidon finds wrong before a request reaches the door is answered in the same form. */
  private static DirectHandlers directHandlers() {
    DirectHandlers.Builder handlers = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      handlers.addHandler(
          type,
          (request, event, status, headers, message) -> refused(event, status, headers, message));
    }
    return handlers.build();
  }

  private static DirectHandler.TransportResponse refused(
      DirectHandler.EventType event,
      Status status,
      ServerResponseHeaders headers,
      @Nullable String message) {
    Problem problem =
        switch (event) {
          case PAYLOAD_TOO_LARGE -> Problem.of(Code.TOO_LARGE, "the request is too large");
          case FORBIDDEN -> Problem.of(Code.FORBIDDEN, "this is not allowed");
          // The door catches all that goes wrong behind it: what is left is a request that broke
          // off.
          case INTERNAL_ERROR -> Problem.of(Code.MALFORMED, "the request ended early");
          case BAD_REQUEST, HTTP_VERSION_NOT_SUPPORTED, OTHER ->
              Problem.withStatus(
                  status.code() == 413 || status.code() == 414 || status.code() == 431
                      ? Code.TOO_LARGE
                      : Code.MALFORMED,
                  status,
                  "this is not a request that can be read"
                      + (message == null ? "" : ": " + Texts.clip(message)));
        };
    headers.set(HeaderNames.CONTENT_TYPE, "application/problem+json");
    return DirectHandler.TransportResponse.builder()
        .status(problem.status())
        .headers(headers)
        .keepAlive(false)
        .entity(problem.document())
        .build();
  }
}
