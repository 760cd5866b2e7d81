package io.xcron.node;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.xcron.fire.ChainedGrid;
import io.xcron.grid.HazelcastGrid;
import io.xcron.history.AuditTrail;
import io.xcron.http.ClusterControl;
import io.xcron.http.HistoryParts;
import io.xcron.http.HttpConfig;
import io.xcron.http.HttpParts;
import io.xcron.http.HttpServer;
import io.xcron.http.Registered;
import io.xcron.http.ShellDoor;
import io.xcron.model.Calendars;
import io.xcron.model.HeaderValue;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import io.xcron.model.Time;
import io.xcron.target.AddressPolicy;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The API over a practice grid, on a free port of the loopback and behind a token that nobody else
 * knows. Practice tasks call it to create other practice tasks, so that the road of a request is
 * compiled with the road of a fire.
 */
final class PracticeDoor implements AutoCloseable {
  private static final int TOKEN_BYTES = 24;

  private final HttpServer server;
  private final Map<String, HeaderValue> headers;

  private PracticeDoor(HttpServer server, String token) {
    this.server = server;
    this.headers = Map.of("Authorization", new HeaderValue.Plain("Bearer " + token));
  }

  static PracticeDoor open(HazelcastGrid practice, AddressPolicy addresses, Time time) {
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    String token = HexFormat.of().formatHex(random);
    HttpServer server =
        new HttpServer(
            new HttpConfig(
                "127.0.0.1", 0, token, List.of(), ZoneOffset.UTC, false, HttpConfig.Limits.DEFAULT),
            new HttpParts(
                new ChainedGrid(practice),
                time,
                new TargetRules(addresses),
                () -> null,
                () -> "",
                JsonNodeFactory.instance::objectNode,
                Calendars.NONE,
                new Registered(practice.registry(), node -> true),
                ShellDoor.CLOSED,
                HistoryParts.NONE,
                AuditTrail.NONE,
                ClusterControl.NONE));
    server.start();
    return new PracticeDoor(server, token);
  }

  /** A task that creates another one by a request; that one calls a URL. */
  Task creating(String id, String other, String url, long dueMillis) {
    String request =
        """
        {"id":"%s","name":"practice","schedule":{"at":%d},
        "target":{"http":{"url":"%s","body":{"id":1,"due_ms":%d}}}}"""
            .formatted(other, dueMillis, url, dueMillis);
    return Task.of(
        id,
        null,
        Map.of(),
        new Schedule.At(Instant.ofEpochMilli(dueMillis)),
        new Target.Http(
            "http://127.0.0.1:" + server.port() + "/api/v1/tasks",
            "POST",
            headers,
            request,
            Target.Http.DEFAULT_TIMEOUT));
  }

  @Override
  public void close() {
    server.close();
  }
}
