package io.xcron;

import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Map;
import java.util.TreeMap;

/**
 * How a member inside a host application is set up. Each method gives new settings; nothing is read
 * from files or the environment. What is wrong shows when the member is prepared or started.
 */
public final class XcronSettings {
  private final Map<String, String> settings;
  private final Map<String, XcronHandler> handlers;
  private final boolean http;
  private final Duration drain;

  private XcronSettings(
      Map<String, String> settings,
      Map<String, XcronHandler> handlers,
      boolean http,
      Duration drain) {
    this.settings = Map.copyOf(settings);
    this.handlers = Map.copyOf(handlers);
    this.http = http;
    this.drain = drain;
  }

  /**
   * The defaults of a member that keeps its tasks in this directory: its HTTP API on 127.0.0.1 and
   * a free port, no warm-up.
   *
   * @param dataDirectory is made if it is missing; one member at a time may use it
   */
  public static XcronSettings in(Path dataDirectory) {
    return new XcronSettings(
        Map.of(
            "data.dir", dataDirectory.toString(),
            "http.port", "0",
            "member.port", "0",
            "warm-up", "0"),
        Map.of(),
        true,
        Duration.ofSeconds(20));
  }

  /**
   * Any setting of the member, by its name in {@code helidon.yaml} without the leading {@code
   * xcron.}: {@code with("http.port", "8000")}, {@code with("secrets.key", "…")}.
   */
  public XcronSettings with(String name, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(name, value);
    return new XcronSettings(more, handlers, http, drain);
  }

  /** The zone of cron texts that name none. Without it, that of this machine. */
  public XcronSettings withZone(ZoneId zone) {
    return with("zone", zone.getId());
  }

  /** No HTTP API and no console: only this process can ask for anything. */
  public XcronSettings withoutHttp() {
    return new XcronSettings(settings, handlers, false, drain);
  }

  /**
   * So many practice runs at the start, so that the first ones are not late because the JVM is
   * cold; 0 for none. Needs a socket on the loopback address while it goes on.
   */
  public XcronSettings withWarmUp(int runs) {
    return with("warm-up", Integer.toString(runs));
  }

  /** How long {@link Xcron#close} waits for what runs; what is left is repeated after the start. */
  public XcronSettings withDrain(Duration atMost) {
    return new XcronSettings(settings, handlers, http, atMost);
  }

  /** A handler that is there before the first task can fire, see {@link Xcron#handler}. */
  public XcronSettings withHandler(String name, XcronHandler handler) {
    Map<String, XcronHandler> more = new TreeMap<>(handlers);
    more.put(name, handler);
    return new XcronSettings(settings, more, http, drain);
  }

  Map<String, String> settings() {
    return settings;
  }

  Map<String, XcronHandler> handlers() {
    return handlers;
  }

  boolean http() {
    return http;
  }

  Duration drain() {
    return drain;
  }
}
