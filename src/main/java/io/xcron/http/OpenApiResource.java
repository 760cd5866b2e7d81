package io.xcron.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The description of the API, written by hand in YAML, and held against the routes by a test in
 * both directions. Who accepts JSON gets the same as JSON. It is asked for so rarely that nothing
 * is kept of it.
 */
final class OpenApiResource {
  private static final Header YAML =
      HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/yaml; charset=utf-8");

  void addTo(Router router) {
    router.on("GET", "/openapi", this::describe);
  }

  private void describe(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.set(HeaderNames.VARY, "Accept");
    String accept = exchange.header(HeaderNames.ACCEPT);
    if (accept != null && accept.toLowerCase(Locale.ROOT).contains("json")) {
      exchange.send(Status.OK_200, Exchange.JSON, toJson(text()));
    } else {
      exchange.send(Status.OK_200, YAML, text());
    }
  }

  private static byte[] text() {
    try (InputStream in = OpenApiResource.class.getResourceAsStream("/openapi.yaml")) {
      return Objects.requireNonNull(in, "openapi.yaml is not in the jar").readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the API's description cannot be read", e);
    }
  }

  private static byte[] toJson(byte[] text) {
    Map<String, Object> tree =
        new Yaml(new SafeConstructor(new LoaderOptions()))
            .load(new String(text, StandardCharsets.UTF_8));
    return Json.bytes(new ObjectMapper().<JsonNode>valueToTree(tree));
  }
}
