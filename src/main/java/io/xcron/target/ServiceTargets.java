package io.xcron.target;

import io.xcron.model.CallbackService;
import io.xcron.model.CallbackServices;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Target;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;

/**
 * Attempts at registered services, in the manner of easytask: a healthy node is chosen by chance,
 * the next one is tried when a node lets no connection be made, and the answer says whether the
 * service works on by itself, has succeeded or has failed.
 *
 * <p>Everything else (connections, bounds, rules of addresses, timeouts) is that of {@link
 * HttpTargets}, which gets an attempt at one node after the other. Bounded by the attempts that the
 * engine has under way.
 */
public final class ServiceTargets implements Targets {
  private final HttpTargets http;
  private final CallbackServices services;
  private final Predicate<CallbackService.Node> healthy;
  private final ServiceCommands commands;
  private final ConcurrentMap<Attempt, ServiceCall> calls = new ConcurrentHashMap<>();

  /**
   * Over one sender, which its owner closes.
   *
   * @param healthy whether a node may be chosen; asked by any thread, must not block
   */
  public ServiceTargets(
      HttpTargets http,
      CallbackServices services,
      Predicate<CallbackService.Node> healthy,
      ServiceCommands commands) {
    this.http = http;
    this.services = services;
    this.healthy = healthy;
    this.commands = commands;
  }

  HttpTargets http() {
    return http;
  }

  ServiceCommands commands() {
    return commands;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException when the target is of another kind
   */
  @Override
  public boolean start(Attempt attempt) {
    if (!(attempt.target() instanceof Target.Service target)) {
      throw new IllegalArgumentException("not a service: " + attempt.target());
    }
    if (http.isClosed()) {
      return false;
    }
    CallbackService service = services.service(target.name());
    if (service == null) {
      return refuse(attempt, "there is no service " + target.name());
    }
    List<CallbackService.Node> nodes = new ArrayList<>(service.nodes().size());
    for (CallbackService.Node node : service.nodes()) {
      if (!node.healthCheck() || healthy.test(node)) {
        nodes.add(node);
      }
    }
    if (nodes.isEmpty()) {
      return refuse(
          attempt,
          "none of the "
              + service.nodes().size()
              + " nodes of service "
              + target.name()
              + " is healthy");
    }
    Collections.shuffle(nodes, ThreadLocalRandom.current());
    ServiceCall call = new ServiceCall(this, attempt, target, nodes);
    calls.put(attempt, call);
    boolean started;
    try {
      started = call.startNext();
    } catch (InvalidTaskException e) {
      calls.remove(attempt, call);
      tell(attempt, new Outcome.Unsendable(e.field() + " " + e.reason()));
      return true;
    }
    if (!started) {
      calls.remove(attempt, call);
    }
    return started;
  }

  /** No byte was sent, and another try may find the service in a better state. */
  private boolean refuse(Attempt attempt, String reason) {
    tell(attempt, new Outcome.ConnectFailed(reason));
    return true;
  }

  private void tell(Attempt attempt, Outcome outcome) {
    http.later(() -> Loop.tell(attempt, outcome));
  }

  /** The call is over; on an event loop. */
  void ended(ServiceCall call, Outcome outcome) {
    calls.remove(call.outer(), call);
    Loop.tell(call.outer(), outcome);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The answer of the service is not awaited any more; its connection is free when it has come
   * or the node's timeout is over.
   */
  @Override
  public void kill(Attempt attempt) {
    ServiceCall call = calls.get(attempt);
    if (call != null) {
      call.kill();
    }
  }

  /** Does nothing: the sender below tells each attempt when it is closed. */
  @Override
  public void close() {}
}
