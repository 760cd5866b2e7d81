package io.xcron.http;

import io.xcron.grid.Registry;
import io.xcron.model.CallbackService;
import io.xcron.model.DefinitionCodec;
import io.xcron.model.InvalidTaskException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Services in the registry, as the REST API and the façade of easytask write them. */
final class ServiceStore {
  /** How often a change is tried again when others change the same service. */
  private static final int TRIES = 20;

  private final Registered registered;
  private final TaskChecks checks;

  ServiceStore(Registered registered, TaskChecks checks) {
    this.registered = registered;
    this.checks = checks;
  }

  @Nullable CallbackService get(Exchange exchange, String name, boolean stale) {
    registered.refresh(exchange, stale);
    byte[] bytes = registered.registry().get(Registry.Kind.SERVICE, name);
    return bytes == null ? null : DefinitionCodec.service(name, bytes);
  }

  Map<String, CallbackService> all(Exchange exchange, boolean stale) {
    registered.refresh(exchange, stale);
    Map<String, CallbackService> all = new TreeMap<>();
    registered
        .registry()
        .all(Registry.Kind.SERVICE)
        .forEach((name, bytes) -> all.put(name, DefinitionCodec.service(name, bytes)));
    return all;
  }

  /** Whether a service of this name is registered. */
  boolean knows(String name) {
    return registered.knows(Registry.Kind.SERVICE, name);
  }

  boolean healthy(CallbackService.Node node) {
    return registered.healthy().test(node);
  }

  /** Answers whether it is a new one. */
  boolean put(Exchange exchange, CallbackService service) {
    checks.check(service);
    registered.refresh(exchange, false);
    boolean created = registered.registry().get(Registry.Kind.SERVICE, service.name()) == null;
    byte[] content = DefinitionCodec.encode(service);
    Registered.done(
        registered.registry().put(Registry.Kind.SERVICE, service.name(), content), exchange);
    return created;
  }

  boolean remove(Exchange exchange, String name) {
    return Registered.written(registered.registry().remove(Registry.Kind.SERVICE, name), exchange);
  }

  /** Puts a node in the place of the one with its URL, or beside the others. */
  void addNode(Exchange exchange, String name, CallbackService.Node node) {
    checks.check(new CallbackService(name, List.of(node)));
    change(
        exchange,
        name,
        nodes -> {
          nodes.removeIf(known -> known.url().equals(node.url()));
          nodes.add(node);
          return nodes;
        });
  }

  /** Takes a node out; a service without nodes stays, for its tasks do. */
  void removeNode(Exchange exchange, String name, String url) {
    if (knows(name)) {
      change(
          exchange,
          name,
          nodes -> {
            nodes.removeIf(known -> known.url().equals(url));
            return nodes;
          });
    }
  }

  private void change(
      Exchange exchange, String name, UnaryOperator<List<CallbackService.Node>> change) {
    for (int i = 0; i < TRIES && !exchange.overdue(); i++) {
      registered.refresh(exchange, false);
      byte[] before = registered.registry().get(Registry.Kind.SERVICE, name);
      List<CallbackService.Node> nodes =
          before == null
              ? new ArrayList<>()
              : new ArrayList<>(DefinitionCodec.service(name, before).nodes());
      byte[] after = DefinitionCodec.encode(new CallbackService(name, change.apply(nodes)));
      if (Registered.written(
          registered.registry().replace(Registry.Kind.SERVICE, name, before, after), exchange)) {
        return;
      }
    }
    throw Problem.of(Code.NOT_ACCEPTED, "others change this service all the time");
  }

  /**
   * The root of a node in one spelling.
   *
   * @throws InvalidTaskException naming the field
   */
  static String rootOf(String field, String url) {
    Definitions.requireUrl(field, url);
    String root = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
    int authority = root.indexOf("://") + 3;
    for (int i = authority; i < root.length(); i++) {
      if ("/?#".indexOf(root.charAt(i)) >= 0) {
        throw new InvalidTaskException(
            field, "must be the root of a node, without a path; the task names the path");
      }
    }
    return root.substring(0, authority).toLowerCase(Locale.ROOT) + root.substring(authority);
  }
}
