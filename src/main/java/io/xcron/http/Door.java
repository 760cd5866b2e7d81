package io.xcron.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.xcron.grid.TaskGrid;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.Time;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** Every request comes through here, and whatever goes wrong in it ends here as one answer. */
final class Door implements Handler {
  private static final System.Logger LOG = System.getLogger(Door.class.getName());

  private final Time time;
  private final HttpConfig.Limits limits;
  private final Semaphore permits;
  private final Auth auth;
  private final ReadWatch watch;
  private final @Nullable RateLimit rateLimit;
  private final Router router;
  private final List<Facade> facades;

  Door(HttpConfig config, HttpParts parts, ReadWatch watch) {
    this.watch = watch;
    router = new Router(parts.readiness()::draining);
    time = parts.time();
    limits = config.limits();
    permits = new Semaphore(limits.maxConcurrent());
    auth = new Auth(config, parts.shell().enabled());
    rateLimit = limits.requestsPerSecond() == 0 ? null : new RateLimit(limits.requestsPerSecond());
    Audit audit = new Audit(parts.audit());
    TaskGrid grid = new GuardedGrid(parts.grid(), audit);
    HistoryParts history = GuardedHistory.of(parts.history(), grid);
    Registered registered =
        new Registered(
            new AuditedRegistry(parts.registered().registry(), audit),
            parts.registered().healthy());
    Definitions definitions =
        new Definitions(
            parts.checks(),
            parts.calendars(),
            registered,
            parts.shell().enabled(),
            Current::caller);
    ServiceStore services = new ServiceStore(registered, parts.checks());
    facades =
        List.of(
            new XcronFacade(grid, definitions, config),
            new CrontabFacade(grid, definitions, config.zone(), parts.shell(), history.runs()),
            new EasytaskFacade(grid, definitions, services, config));
    facades.forEach(facade -> facade.addTo(router));
    new ServiceResource(services).addTo(router);
    new CalendarResource(registered, config).addTo(router);
    new ImportResource(grid, definitions, config, audit).addTo(router);
    new ExportResource(grid).addTo(router);
    new ListResource(grid, definitions, audit).addTo(router);
    new TaskResource(grid, definitions, config).addTo(router);
    new PatchResource(grid, definitions, config).addTo(router);
    new ScheduleResource(grid, definitions, config).addTo(router);
    new GroupsResource(parts.shell()).addTo(router);
    new SystemResource(parts).addTo(router);
    new ClusterResource(parts.control(), audit).addTo(router);
    new RunResource(grid, history).addTo(router);
    new RunOutputResource(history, parts.time()).addTo(router);
    new ExplainResource(grid, definitions, history).addTo(router);
    new StatsResource(history).addTo(router);
    new ForecastResource(grid, definitions).addTo(router);
    new AuditResource(parts.audit()).addTo(router);
    new OpenApiResource().addTo(router);
    new ConsoleResource().addTo(router);
  }

  /** All routes that there are; see {@link Router#routes}. */
  List<String> routes() {
    return router.routes();
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Exchange exchange = new Exchange(request, response, time, limits, watch);
    boolean probe = exchange.path().startsWith("/health/");
    if (probe || permits.tryAcquire()) {
      try {
        answer(exchange);
      } finally {
        if (!probe) {
          permits.release();
        }
      }
    } else {
      fail(exchange, Problem.of(Code.NOT_ACCEPTED, "too many requests are at work"));
    }
    exchange.end();
  }

  private void answer(Exchange exchange) {
    try {
      InetAddress client = rateLimit == null ? null : exchange.client();
      if (rateLimit != null && client != null && !rateLimit.take(client, time.nanoTime())) {
        throw Problem.of(Code.RATE_LIMITED, "at most " + limits.requestsPerSecond() + " a second");
      }
      exchange.caller(auth.admit(exchange, isSeedPath(exchange.path())));
      route(exchange);
    } catch (Problem e) {
      fail(exchange, e);
    } catch (InvalidTaskException e) {
      fail(exchange, Problem.invalid(e));
    } catch (TargetDeniedException e) {
      fail(exchange, Problem.of(Code.TARGET_DENIED, String.valueOf(e.getMessage())));
    } catch (IOException e) {
      // The connection broke, or an answer had to be cut off: there is nobody to tell.
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      if (exchange.begun()) {
        throw e;
      }
      LOG.log(
          System.Logger.Level.ERROR,
          "a request failed: " + exchange.method() + " " + Texts.clip(exchange.path()),
          e);
      fail(
          exchange,
          Problem.withStatus(
              Code.UNKNOWN,
              Status.INTERNAL_SERVER_ERROR_500,
              "an error of this server, logged there"));
    }
  }

  private void route(Exchange exchange) throws IOException {
    ScopedValue.where(Current.EXCHANGE, exchange)
        .call(
            () -> {
              router.route(exchange);
              return true;
            });
  }

  /** The seeds' clients know no tokens, so networks may be trusted to use these without. */
  private boolean isSeedPath(String path) {
    return path.startsWith("/xcron/")
        || path.startsWith("/job/")
        || path.startsWith("/worker/")
        || facadeOf(path) != null;
  }

  private @Nullable Facade facadeOf(String path) {
    for (Facade facade : facades) {
      if (facade.answers(path)) {
        return facade;
      }
    }
    return null;
  }

  private void fail(Exchange exchange, Problem problem) {
    if (exchange.begun()) {
      throw problem;
    }
    Facade facade = facadeOf(exchange.path());
    switch (problem.code()) {
      case RATE_LIMITED, NOT_ACCEPTED, NO_OWNER -> exchange.set(HeaderNames.RETRY_AFTER, "1");
      case UNAUTHORIZED -> {
        if (facade == null) {
          exchange.set(HeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"xcron\"");
        }
      }
      case MALFORMED,
          INVALID,
          NOT_FOUND,
          CONFLICT,
          STALE_VERSION,
          IDEMPOTENCY_MISMATCH,
          TOO_LARGE,
          FORBIDDEN,
          TARGET_DENIED,
          UNKNOWN -> {}
    }
    String allow = problem.allow();
    if (allow != null) {
      exchange.set(HeaderNames.ALLOW, allow);
    }
    if (facade != null) {
      facade.fail(exchange, problem);
    } else {
      exchange.send(problem.status(), Exchange.PROBLEM, problem.document());
    }
  }
}
