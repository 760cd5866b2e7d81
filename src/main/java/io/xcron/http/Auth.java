package io.xcron.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in. Three doors: the health probes and the files of the console are open; with a
 * token everything else needs it, except that the seed's paths open to trusted networks; and a page
 * of another site in somebody's browser is sent away always, because the browser would lend it the
 * network position of its user.
 */
final class Auth {
  private static final HeaderName FETCH_SITE = HeaderNames.create("Sec-Fetch-Site");

  /** What the token of the environment is called in the audit log. */
  static final String API_TOKEN = "api-token";

  private record Key(ByteBuffer digest, Caller caller) {}

  private final List<Key> keys;
  private final List<Network> trusted;
  private final boolean loopbackOnly;

  /** Nobody shows a token, and a task may hold commands: only these networks may change tasks. */
  private final boolean writesFromTrustedOnly;

  /**
   * The doors of this configuration.
   *
   * @param shellEnabled whether who may write may run commands here
   */
  Auth(HttpConfig config, boolean shellEnabled) {
    List<Key> all = new ArrayList<>();
    String text = config.token();
    if (text != null) {
      all.add(new Key(digest(text), new Caller(API_TOKEN, Role.ADMIN, Set.of())));
    }
    for (ApiToken token : config.security().tokens()) {
      all.add(
          new Key(
              ByteBuffer.wrap(token.digest()),
              new Caller(token.name(), token.role(), token.namespaces())));
    }
    keys = List.copyOf(all);
    trusted = config.trustedNetworks().stream().map(Network::parse).toList();
    loopbackOnly = isLoopback(config.host());
    writesFromTrustedOnly = shellEnabled && keys.isEmpty() && !loopbackOnly;
  }

  /** Who it is that may come in. */
  Caller admit(Exchange exchange, boolean seedPath) {
    if (exchange.path().startsWith("/health/") || ConsoleResource.answers(exchange.path())) {
      return Caller.PASSER_BY;
    }
    refuseForeignPages(exchange);
    boolean trustedSeed = seedPath && isTrusted(exchange.client());
    if ((trustedSeed || writesFromTrustedOnly) && !exchange.reads()) {
      refusePagesOfOtherNames(exchange);
    }
    if (writesFromTrustedOnly && !exchange.reads() && !isNear(exchange.client())) {
      throw Problem.of(
          Code.FORBIDDEN, "this member runs commands and asks for no token: trusted networks only");
    }
    if (keys.isEmpty() || trustedSeed) {
      return Caller.ANYBODY;
    }
    String given = exchange.header(HeaderNames.AUTHORIZATION);
    if (given == null || !given.regionMatches(true, 0, "Bearer ", 0, 7)) {
      throw Problem.of(Code.UNAUTHORIZED, "send Authorization: Bearer <token>");
    }
    Caller caller = callerWith(given.substring(7).strip());
    if (caller == null) {
      throw Problem.of(Code.UNAUTHORIZED, "this is not the token");
    }
    return caller;
  }

  /** Takes as long for a wrong token as for any right one. */
  private @Nullable Caller callerWith(String token) {
    byte[] digest = digest(token).array();
    Caller found = null;
    for (Key key : keys) {
      if (MessageDigest.isEqual(key.digest().array(), digest)) {
        found = key.caller();
      }
    }
    return found;
  }

  private static ByteBuffer digest(String token) {
    return ByteBuffer.wrap(Idempotency.sha256(token.getBytes(StandardCharsets.UTF_8)));
  }

  private boolean isNear(@Nullable InetAddress client) {
    return client != null && (client.isLoopbackAddress() || isTrusted(client));
  }

  private void refuseForeignPages(Exchange exchange) {
    String host = exchange.header(HeaderNames.HOST);
    if (keys.isEmpty() && loopbackOnly && host != null && !isLocalName(hostOf(host))) {
      // A name that a foreign page has made to point here (DNS rebinding).
      throw Problem.of(Code.FORBIDDEN, "without a token the Host must be an address or localhost");
    }
    String site = exchange.header(FETCH_SITE);
    if (site != null && (site.equals("cross-site") || site.equals("same-site"))) {
      throw Problem.of(Code.FORBIDDEN, "pages of other sites may not call");
    }
    String origin = exchange.header(HeaderNames.ORIGIN);
    if (origin != null && !authorityOf(origin).equalsIgnoreCase(host)) {
      throw Problem.of(Code.FORBIDDEN, "pages of other sites may not call");
    }
  }

  /**
   * Who is let in for his address must not lend that to a page. A name that a foreign page has made
   * to point here (DNS rebinding) makes the page one of ours to its browser, which says Origin
   * then.
   */
  private static void refusePagesOfOtherNames(Exchange exchange) {
    String host = exchange.header(HeaderNames.HOST);
    if (exchange.header(HeaderNames.ORIGIN) != null && host != null && !isLocalName(hostOf(host))) {
      throw Problem.of(
          Code.FORBIDDEN,
          "pages may write without a token only to an address or localhost, not to the name of a host");
    }
  }

  private boolean isTrusted(@Nullable InetAddress client) {
    return client != null && trusted.stream().anyMatch(network -> network.contains(client));
  }

  private static String authorityOf(String origin) {
    try {
      String authority = new URI(origin).getRawAuthority();
      return authority == null ? "" : authority;
    } catch (URISyntaxException e) {
      return "";
    }
  }

  private static String hostOf(String hostHeader) {
    if (hostHeader.startsWith("[")) {
      int end = hostHeader.indexOf(']');
      return end < 0 ? hostHeader : hostHeader.substring(0, end + 1);
    }
    int colon = hostHeader.indexOf(':');
    return colon < 0 ? hostHeader : hostHeader.substring(0, colon);
  }

  private static boolean isLocalName(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    return name.startsWith("[")
        || name.equals("localhost")
        || name.endsWith(".localhost")
        || name.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.equals("[::1]")
        || host.startsWith("127.");
  }
}
