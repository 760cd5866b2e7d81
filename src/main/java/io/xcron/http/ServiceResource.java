package io.xcron.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.helidon.http.Status;
import io.xcron.model.CallbackService;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Registered services: the nodes that are called for each. */
final class ServiceResource {
  private final ServiceStore services;

  ServiceResource(ServiceStore services) {
    this.services = services;
  }

  void addTo(Router router) {
    router
        .on("GET", "/api/v1/services", this::list)
        .on("GET", "/api/v1/services/{}", this::get)
        .on("PUT", "/api/v1/services/{}", this::put)
        .on("DELETE", "/api/v1/services/{}", this::delete);
  }

  private void list(Exchange exchange) {
    exchange.query().allowOnly("stale");
    Map<String, CallbackService> all = services.all(exchange, exchange.query().flag("stale"));
    byte[] answer =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeArrayFieldStart("services");
              for (CallbackService service : all.values()) {
                json.writeStartObject();
                json.writeStringField("name", service.name());
                writeNodes(json, service);
                json.writeEndObject();
              }
              json.writeEndArray();
              json.writeNullField("next_cursor");
              json.writeEndObject();
            });
    exchange.send(Status.OK_200, Exchange.JSON, answer);
  }

  private void get(Exchange exchange) {
    exchange.query().allowOnly("stale");
    String name = exchange.parameter(0);
    CallbackService service = services.get(exchange, name, exchange.query().flag("stale"));
    if (service == null) {
      throw notFound(name);
    }
    exchange.send(Status.OK_200, Exchange.JSON, document(service));
  }

  private void put(Exchange exchange) {
    exchange.query().allowOnly();
    exchange.requireJson(false);
    String name = Registered.requireName(exchange.parameter(0));
    CallbackService service =
        new CallbackService(name, Json.object(exchange.body(), json -> read(json, name)));
    boolean created = services.put(exchange, service);
    exchange.send(created ? Status.CREATED_201 : Status.OK_200, Exchange.JSON, document(service));
  }

  private void delete(Exchange exchange) {
    exchange.query().allowOnly();
    String name = exchange.parameter(0);
    if (!services.remove(exchange, name)) {
      throw notFound(name);
    }
    exchange.send(Status.NO_CONTENT_204);
  }

  private static Problem notFound(String name) {
    return Problem.of(Code.NOT_FOUND, "there is no service " + Texts.clip(name));
  }

  private static List<CallbackService.Node> read(JsonParser json, String name) throws IOException {
    List<CallbackService.Node> nodes = null;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      json.nextToken();
      switch (field) {
        case "name" -> requireSame(name, In.text(json, field));
        case "nodes" -> nodes = readNodes(json);
        default -> throw In.unknown(field);
      }
    }
    if (nodes == null) {
      throw new InvalidTaskException("nodes", "is missing");
    }
    return nodes;
  }

  static void requireSame(String name, String given) {
    if (!given.equals(name)) {
      throw new InvalidTaskException("name", "must be the one in the path, or absent");
    }
  }

  private static List<CallbackService.Node> readNodes(JsonParser json) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new InvalidTaskException("nodes", "must be an array of nodes");
    }
    List<CallbackService.Node> nodes = new ArrayList<>();
    Set<String> urls = new HashSet<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      String field = "nodes[" + nodes.size() + "]";
      CallbackService.Node node = readNode(json, field);
      if (!urls.add(node.url())) {
        throw new InvalidTaskException(field + ".url", "must be given once");
      }
      nodes.add(node);
      if (nodes.size() > CallbackService.MAX_NODES) {
        throw new InvalidTaskException("nodes", "must be at most " + CallbackService.MAX_NODES);
      }
    }
    return nodes;
  }

  private static CallbackService.Node readNode(JsonParser json, String at) throws IOException {
    In.requireObject(json, at);
    String url = null;
    Duration timeout = Target.Http.DEFAULT_TIMEOUT;
    boolean healthCheck = false;
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      boolean none = json.nextToken() == JsonToken.VALUE_NULL;
      String path = at + "." + field;
      switch (field) {
        case "url" -> url = none ? null : ServiceStore.rootOf(path, In.text(json, path));
        case "timeout" -> timeout = none ? timeout : timeout(json, path);
        case "health_check" -> healthCheck = !none && In.truth(json, path);
        // What a member has found out; passed over, so that what was read can be written again.
        case "healthy" -> json.skipChildren();
        default -> throw In.unknown(path);
      }
    }
    return new CallbackService.Node(requireUrl(at, url), timeout, healthCheck);
  }

  private static String requireUrl(String at, @Nullable String url) {
    if (url == null) {
      throw new InvalidTaskException(at + ".url", "is missing");
    }
    return url;
  }

  private static Duration timeout(JsonParser json, String path) throws IOException {
    Duration timeout = In.duration(json, path);
    if (timeout.isZero() || timeout.compareTo(Target.MAX_TIMEOUT) > 0) {
      throw new InvalidTaskException(path, "must lie between 1ms and 24h");
    }
    return timeout;
  }

  private byte[] document(CallbackService service) {
    return Json.bytes(
        json -> {
          json.writeStartObject();
          writeNodes(json, service);
          json.writeEndObject();
        });
  }

  private void writeNodes(JsonGenerator json, CallbackService service) throws IOException {
    json.writeArrayFieldStart("nodes");
    for (CallbackService.Node node : service.nodes()) {
      json.writeStartObject();
      json.writeStringField("url", node.url());
      json.writeStringField("timeout", Texts.duration(node.timeout()));
      json.writeBooleanField("health_check", node.healthCheck());
      json.writeBooleanField("healthy", services.healthy(node));
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
