package io.xcron.http;

import io.helidon.common.tls.Tls;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the door is set up.
 *
 * @param host the address to bind
 * @param port the port to bind; 0 takes any free one
 * @param token the bearer token that every API asks for; null asks for none
 * @param trustedNetworks ranges such as {@code 10.0.0.0/8} whose requests to the seed's own paths
 *     need no token
 * @param zone whose local time a cron text speaks of when the task names none
 * @param typeFromFormat whether on {@code /xcron/createTask} the format decides what the task is,
 *     and not the type
 * @param limits see there
 * @param security see there
 */
public record HttpConfig(
    String host,
    int port,
    @Nullable String token,
    List<String> trustedNetworks,
    ZoneId zone,
    boolean typeFromFormat,
    Limits limits,
    Security security) {

  public HttpConfig {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "XCRON_HTTP_PORT: must lie between 0 and 65535, not " + port);
    }
    if (token != null && token.isBlank()) {
      throw new IllegalArgumentException("the API token must not be blank");
    }
    trustedNetworks = List.copyOf(trustedNetworks);
    trustedNetworks.forEach(HttpConfig::checkNetwork);
  }

  private static void checkNetwork(String text) {
    try {
      var unused = Network.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("XCRON_TRUSTED_NETWORKS: " + e.getMessage(), e);
    }
  }

  /** With no more than one token, and without TLS. */
  public HttpConfig(
      String host,
      int port,
      @Nullable String token,
      List<String> trustedNetworks,
      ZoneId zone,
      boolean typeFromFormat,
      Limits limits) {
    this(host, port, token, trustedNetworks, zone, typeFromFormat, limits, Security.NONE);
  }

  /**
   * More than one token, and encryption.
   *
   * @param tokens beside the one of {@link HttpConfig}, which is an admin's
   * @param tls null for plain HTTP
   */
  public record Security(List<ApiToken> tokens, @Nullable Tls tls) {
    public static final Security NONE = new Security(List.of(), null);

    public Security {
      tokens = List.copyOf(tokens);
      if (tokens.stream().map(ApiToken::name).distinct().count() < tokens.size()) {
        throw new IllegalArgumentException("two tokens have the same name");
      }
    }
  }

  /** Loopback, the contract's defaults, any free port. */
  public static HttpConfig local() {
    return new HttpConfig(
        "127.0.0.1", 0, null, List.of(), ZoneId.systemDefault(), false, Limits.DEFAULT);
  }

  /**
   * What one client, and all together, may take.
   *
   * @param maxBodyBytes of a JSON request; a larger one is answered 413. Below 1 KiB no task fits;
   *     above some megabytes a few clients can fill the heap
   * @param maxLineBytes of one line of an import; a longer one is skipped and named. It must be
   *     well above {@code maxBodyBytes}: an exported line has what the request had, and the
   *     defaults
   * @param requestsPerSecond of one client address, with bursts of as many; 0 for no bound. Beyond
   *     it: 429
   * @param maxConcurrent requests at work; one more is answered 503. Too small refuses what the
   *     grid could take, too large lets requests wait for the grid until their deadline
   * @param maxConnections open connections; one more waits in the kernel's backlog
   * @param deadline within which a request is answered, whatever the grid does
   * @param readTimeout how long a connection may be silent in the middle of a request, and a whole
   *     JSON body may take; an idle connection is closed after it too
   */
  public record Limits(
      int maxBodyBytes,
      int maxLineBytes,
      int requestsPerSecond,
      int maxConcurrent,
      int maxConnections,
      Duration deadline,
      Duration readTimeout) {
    public static final Limits DEFAULT =
        new Limits(
            1 << 20, 2 << 20, 0, 1_024, 10_000, Duration.ofSeconds(5), Duration.ofSeconds(60));

    public Limits {
      if (maxBodyBytes < 1_024 || maxLineBytes < 1_024) {
        throw new IllegalArgumentException("a body and a line must be allowed at least 1 KiB");
      }
      if (requestsPerSecond < 0 || maxConcurrent < 1 || maxConnections < 1) {
        throw new IllegalArgumentException(
            "the numbers of requests and connections must be positive");
      }
      if (deadline.toMillis() < 100 || readTimeout.toMillis() < 100) {
        throw new IllegalArgumentException("deadline and read timeout must be at least 100 ms");
      }
    }
  }
}
