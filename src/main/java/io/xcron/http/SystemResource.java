package io.xcron.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How this member and its cluster are. */
final class SystemResource {
  private static final Header PROMETHEUS =
      HeaderValues.createCached(
          HeaderNames.CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8");

  private final HttpParts parts;

  SystemResource(HttpParts parts) {
    this.parts = parts;
  }

  void addTo(Router router) {
    router
        .on("GET", "/health/live", exchange -> sendHealth(exchange, null))
        .on("GET", "/health/ready", exchange -> sendHealth(exchange, parts.readiness().notReady()))
        .on("GET", "/metrics", this::metrics)
        .on(
            "GET",
            "/api/v1/cluster",
            exchange ->
                exchange.send(Status.OK_200, Exchange.JSON, Json.bytes(parts.cluster().get())));
  }

  private static void sendHealth(Exchange exchange, @Nullable String reason) {
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeStringField("status", reason == null ? "up" : "down");
              if (reason != null) {
                json.writeStringField("reason", reason);
              }
              json.writeEndObject();
            });
    exchange.send(
        reason == null ? Status.OK_200 : Status.SERVICE_UNAVAILABLE_503, Exchange.JSON, answer);
  }

  private void metrics(Exchange exchange) {
    exchange.caller().requireEverywhere("/metrics");
    exchange.send(
        Status.OK_200, PROMETHEUS, parts.metrics().get().getBytes(StandardCharsets.UTF_8));
  }
}
