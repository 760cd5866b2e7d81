package io.xcron.http;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;

/**
 * Finds the handler of a path and method. A route added earlier goes before one added later.
 * Read-only once built.
 */
final class Router {
  /** What answers a request. */
  interface Handler {
    void handle(Exchange exchange) throws IOException;
  }

  private record Route(
      String method, List<String> segments, Role role, boolean begins, Handler handler) {
    boolean fits(List<String> path) {
      if (path.size() != segments.size()) {
        return false;
      }
      for (int i = 0; i < path.size(); i++) {
        if (!segments.get(i).equals("{}") && !segments.get(i).equals(path.get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  /** What helps a run to its end is taken until the last moment. */
  private static final Set<String> ENDING =
      Set.of("/confirm_task", "/job/kill", "/api/v1/tasks/{}/kill");

  private final List<Route> routes = new ArrayList<>();
  private final BooleanSupplier draining;

  /**
   * @param draining whether no change of a task or definition is taken any more
   */
  Router(BooleanSupplier draining) {
    this.draining = draining;
  }

  /** Adds a route; {@code {}} in the pattern stands for one variable part. */
  Router on(String method, String pattern, Handler handler) {
    Role role = Role.neededFor(method, pattern);
    boolean begins =
        role != Role.READ
            && !method.equals("GET")
            && !ENDING.contains(pattern)
            && !pattern.startsWith("/api/v1/cluster/");
    routes.add(new Route(method, split(pattern), role, begins, handler));
    return this;
  }

  /** All that was added, each as method, space, pattern. */
  List<String> routes() {
    return routes.stream()
        .map(route -> route.method + " /" + String.join("/", route.segments))
        .toList();
  }

  /**
   * Hands the exchange to its handler; 404 when the path is unknown, 405 when only the method is,
   * 403 when the caller's role is too small, 503 for a change while this member drains.
   */
  void route(Exchange exchange) throws IOException {
    List<String> path = split(exchange.path());
    String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
    boolean known = false;
    for (Route route : routes) {
      if (route.fits(path)) {
        known = true;
        if (route.method.equals(method)) {
          exchange.caller().require(route.role);
          if (route.begins && draining.getAsBoolean()) {
            throw Problem.of(
                Code.NOT_ACCEPTED, "this member is stopping; nothing was stored, try again");
          }
          exchange.parameters(variables(route, path));
          route.handler.handle(exchange);
          return;
        }
      }
    }
    if (!known) {
      throw Problem.of(Code.NOT_FOUND, "there is no such path");
    }
    TreeSet<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      if (route.fits(path)) {
        allowed.add(route.method);
        if (route.method.equals("GET")) {
          allowed.add("HEAD");
        }
      }
    }
    throw Problem.methodNotAllowed(String.join(", ", allowed));
  }

  private static String[] variables(Route route, List<String> path) {
    String[] found = new String[path.size()];
    int count = 0;
    for (int i = 0; i < path.size(); i++) {
      if (route.segments.get(i).equals("{}")) {
        found[count++] = Query.decode(path.get(i), false);
      }
    }
    return found;
  }

  private static List<String> split(String path) {
    int end = path.length() > 1 && path.endsWith("/") ? path.length() - 1 : path.length();
    List<String> segments = new ArrayList<>(6);
    int start = path.startsWith("/") ? 1 : 0;
    while (start <= end) {
      int slash = path.indexOf('/', start);
      int stop = slash < 0 || slash > end ? end : slash;
      segments.add(path.substring(start, stop));
      start = stop + 1;
    }
    return segments;
  }
}
