package io.xcron.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The web console: static files from the jar, and one page for each of its addresses, which the
 * script in the page tells apart. Files hold no data, so they are served without a token; the calls
 * that the script makes need it like any other.
 *
 * <p>The content security policy allows nothing inline and nothing from elsewhere: a text of a task
 * that got into the page as markup could still run nothing.
 */
final class ConsoleResource {
  private static final String FILES = "console";

  /** The addresses of the console; each first part is taken by the console alone. */
  private static final List<String> PAGES =
      List.of(
          "/",
          "/login",
          "/new",
          "/tasks",
          "/tasks/{}",
          "/tasks/{}/edit",
          "/tasks/{}/runs/{}",
          "/services",
          "/groups",
          "/calendars",
          "/cluster",
          "/forecast",
          "/audit");

  private static final Set<String> FIRST_PARTS =
      Set.of(
          "",
          FILES,
          "favicon.ico",
          "login",
          "new",
          "tasks",
          "services",
          "groups",
          "calendars",
          "cluster",
          "forecast",
          "audit");

  private static final List<Header> GUARDS =
      List.of(
          header(
              "Content-Security-Policy",
              "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
                  + " connect-src 'self'; base-uri 'none'; form-action 'none';"
                  + " frame-ancestors 'none'"),
          header("X-Content-Type-Options", "nosniff"),
          header("Referrer-Policy", "same-origin"),
          header("Cross-Origin-Opener-Policy", "same-origin"),
          // Asked again each time, which costs an answer without a body: names carry no version.
          header("Cache-Control", "no-cache"),
          header("Vary", "Accept-Encoding"));

  private static final HeaderName ENCODING = HeaderNames.CONTENT_ENCODING;

  private final ConsoleFiles files = new ConsoleFiles();

  private static Header header(String name, String value) {
    return HeaderValues.createCached(HeaderNames.create(name), value);
  }

  /** Whether a path belongs to the console, whatever comes of it. */
  static boolean answers(String path) {
    int end = path.indexOf('/', 1);
    return path.startsWith("/")
        && FIRST_PARTS.contains(path.substring(1, end < 0 ? path.length() : end));
  }

  void addTo(Router router) {
    PAGES.forEach(page -> router.on("GET", page, exchange -> send(exchange, "index.html")));
    router
        .on("GET", "/favicon.ico", exchange -> send(exchange, "icon.svg"))
        .on("GET", "/console/{}", exchange -> send(exchange, exchange.parameter(0)))
        .on(
            "GET",
            "/console/{}/{}",
            exchange -> send(exchange, exchange.parameter(0) + "/" + exchange.parameter(1)));
  }

  private void send(Exchange exchange, String name) {
    ConsoleFiles.StaticFile file = files.find(name);
    if (file == null) {
      throw Problem.of(Code.NOT_FOUND, "the console has no such file");
    }
    GUARDS.forEach(exchange::set);
    exchange.set(HeaderNames.ETAG, file.tag());
    String known = exchange.header(HeaderNames.IF_NONE_MATCH);
    if (known != null && (known.equals("*") || known.contains(file.tag()))) {
      exchange.send(Status.NOT_MODIFIED_304);
      return;
    }
    String accepted = exchange.header(HeaderNames.ACCEPT_ENCODING);
    if (accepted != null && accepted.toLowerCase(Locale.ROOT).contains("gzip")) {
      exchange.set(ENCODING, "gzip");
      exchange.send(Status.OK_200, file.type(), file.zipped());
    } else {
      exchange.send(Status.OK_200, file.type(), file.plain());
    }
  }
}
