package io.xcron.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A headless Chromium, driven by the WebDriver protocol (W3C) over HTTP: the few commands that
 * these tests need. Downloads nothing: it uses the driver that the system has.
 */
final class Browser implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ELEMENT = "element-6066-11e4-a52e-4f735466cecf";
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process driver;
  private final Path profile;
  private final String driverUrl;
  private final String session;

  private Browser(Path driverFile, Path chromium, String language) {
    try (ServerSocket free = new ServerSocket(0)) {
      driverUrl = "http://127.0.0.1:" + free.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      profile = Files.createTempDirectory("xcron-browser");
      String port = driverUrl.substring(driverUrl.lastIndexOf(':') + 1);
      driver =
          new ProcessBuilder(driverFile.toString(), "--port=" + port)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await("the driver", () -> driverIsReady());
    session = send("POST", "/session", capabilities(chromium, language)).path("sessionId").asText();
  }

  /** Null when there is no browser on this machine. */
  static @Nullable Browser open(String language) {
    Path driver = find("chromedriver");
    Path chromium = find("chromium", "google-chrome", "chrome");
    return driver == null || chromium == null ? null : new Browser(driver, chromium, language);
  }

  private static @Nullable Path find(String... names) {
    return Stream.of(names)
        .flatMap(
            name ->
                Stream.of(System.getenv("PATH").split(":", -1)).map(place -> Path.of(place, name)))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  private ObjectNode capabilities(Path chromium, String language) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode wanted = root.putObject("capabilities").putObject("alwaysMatch");
    wanted.put("browserName", "chrome");
    wanted.putObject("goog:loggingPrefs").put("browser", "ALL");
    ObjectNode options = wanted.putObject("goog:chromeOptions");
    options.put("binary", chromium.toString());
    options.putObject("prefs").put("intl.accept_languages", language);
    for (String flag :
        List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--lang=" + language,
            "--user-data-dir=" + profile)) {
      options.withArray("args").add(flag);
    }
    return root;
  }

  private boolean driverIsReady() {
    try {
      return send("GET", "/status", null).path("ready").asBoolean();
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private JsonNode send(String method, String path, @Nullable JsonNode body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(driverUrl + path))
            .timeout(Duration.ofSeconds(60))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      JsonNode value = JSON.readTree(answer.body()).path("value");
      if (answer.statusCode() != 200) {
        throw new AssertionError(
            method + " " + path + ": " + value.path("error") + " " + value.path("message"));
      }
      return value;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode command(String path, ObjectNode body) {
    return send("POST", "/session/" + session + path, body);
  }

  void go(String url) {
    command("/url", JSON.createObjectNode().put("url", url));
  }

  void size(int width, int height) {
    ObjectNode metrics = JSON.createObjectNode();
    metrics.put("width", width).put("height", height).put("deviceScaleFactor", 1);
    metrics.put("mobile", false);
    devtools("Emulation.setDeviceMetricsOverride", metrics);
  }

  /** What the system says that it prefers: {@code light} or {@code dark}. */
  void prefer(String scheme) {
    ObjectNode media = JSON.createObjectNode().put("media", "");
    media.putArray("features").addObject().put("name", "prefers-color-scheme").put("value", scheme);
    devtools("Emulation.setEmulatedMedia", media);
  }

  private void devtools(String name, ObjectNode parameters) {
    ObjectNode body = JSON.createObjectNode().put("cmd", name);
    body.set("params", parameters);
    command("/goog/cdp/execute", body);
  }

  /** Runs a function body; its last argument is a callback when it is asynchronous. */
  JsonNode script(boolean async, String text, String... arguments) {
    ObjectNode body = JSON.createObjectNode().put("script", text);
    var args = body.putArray("args");
    Stream.of(arguments).forEach(args::add);
    return command(async ? "/execute/async" : "/execute/sync", body);
  }

  JsonNode script(String text, String... arguments) {
    return script(false, text, arguments);
  }

  private String element(String xpath) {
    ObjectNode query = JSON.createObjectNode().put("using", "xpath").put("value", xpath);
    List<String> found = new ArrayList<>();
    await(
        xpath,
        () -> {
          JsonNode all = command("/elements", query);
          all.forEach(one -> found.add(one.path(ELEMENT).asText()));
          return !found.isEmpty();
        });
    return found.getFirst();
  }

  /** Clicks, again if the page has just drawn that part anew. */
  void click(String xpath) {
    await(
        "a click on " + xpath,
        () -> {
          try {
            command("/element/" + element(xpath) + "/click", JSON.createObjectNode());
            return true;
          } catch (AssertionError e) {
            if (String.valueOf(e.getMessage()).contains("stale")) {
              return false;
            }
            throw e;
          }
        });
  }

  /** Replaces what stands in an entry. */
  void type(String xpath, String text) {
    String id = element(xpath);
    command("/element/" + id + "/clear", JSON.createObjectNode());
    command("/element/" + id + "/value", JSON.createObjectNode().put("text", text));
  }

  void press(String keys) {
    ObjectNode body = JSON.createObjectNode();
    ObjectNode source = body.putArray("actions").addObject().put("type", "key").put("id", "keys");
    var actions = source.putArray("actions");
    keys.codePoints()
        .mapToObj(Character::toString)
        .forEach(
            key -> {
              actions.addObject().put("type", "keyDown").put("value", key);
              actions.addObject().put("type", "keyUp").put("value", key);
            });
    command("/actions", body);
  }

  String text() {
    return script("return document.body.innerText").asText();
  }

  String path() {
    return script("return location.pathname + location.search").asText();
  }

  void awaitText(String text) {
    await("the text \"" + text + "\" in: ", () -> text().contains(text), this::text);
  }

  void awaitPath(String path) {
    await("the address " + path + ", now ", () -> path().equals(path), this::path);
  }

  /** Until no part of the page is still loading. */
  void awaitLoaded() {
    await(
        "the page",
        () ->
            script(
                    "return document.querySelector('main h1, main .error, main form') !== null"
                        + " && document.querySelector('[aria-busy=true]') === null")
                .asBoolean());
  }

  /** Messages of the browser's console since the last call, from warnings up. */
  List<String> complaints() {
    List<String> found = new ArrayList<>();
    command("/se/log", JSON.createObjectNode().put("type", "browser"))
        .forEach(
            entry -> {
              String level = entry.path("level").asText();
              if (level.equals("SEVERE") || level.equals("WARNING")) {
                found.add(entry.path("message").asText());
              }
            });
    return found;
  }

  void screenshot(String name) {
    try {
      Path folder = Files.createDirectories(Path.of("target", "screenshots"));
      String png = send("GET", "/session/" + session + "/screenshot", null).asText();
      Files.write(folder.resolve(name + ".png"), Base64.getDecoder().decode(png));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void await(String what, Supplier<Boolean> done) {
    await(what, done, () -> "");
  }

  /** A browser tells of no changes, so it is asked each 50 ms. */
  private static void await(String what, Supplier<Boolean> done, Supplier<String> found) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!done.get()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited in vain for " + what + found.get());
      }
      java.util.concurrent.locks.LockSupport.parkNanos(50_000_000);
    }
  }

  @Override
  public void close() {
    try {
      send("DELETE", "/session/" + session, null);
    } finally {
      driver.destroy();
      client.close();
    }
    try {
      if (!driver.waitFor(10, TimeUnit.SECONDS)) {
        driver.destroyForcibly();
      }
      try (Stream<Path> files = Files.walk(profile)) {
        files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
