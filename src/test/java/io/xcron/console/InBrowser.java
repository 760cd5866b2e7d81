package io.xcron.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A browser that stands before a filled member, and what the tests of the console do with it. */
abstract class InBrowser {
  record Look(String language, String theme, String width) {}

  @TempDir static Path directory;
  private static @Nullable Browser open;
  private static @Nullable World filled;
  private static String axe = "";

  @BeforeAll
  static void start() throws IOException {
    open = Browser.open("en-GB");
    assertTrue(
        open != null || !Boolean.parseBoolean(System.getenv("BROWSER_REQUIRED")),
        "there must be chromium and chromedriver on the PATH");
    Assumptions.assumeTrue(
        open != null, "no chromium and chromedriver on the PATH: the console is not tested");
    try (InputStream in =
        InBrowser.class.getResourceAsStream(
            "/META-INF/resources/webjars/axe-core/4.6.3/axe.min.js")) {
      axe = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
    filled = new World(directory, Map.of("shell.enabled", "true", "groups", "web, batch"));
    filled.fill();
  }

  @AfterAll
  static void stop() {
    if (open != null) {
      open.close();
    }
    if (filled != null) {
      filled.close();
    }
  }

  static Browser browser() {
    return Objects.requireNonNull(open);
  }

  static World world() {
    return Objects.requireNonNull(filled);
  }

  @BeforeEach
  void plainLook() {
    look(new Look("en", "light", "wide"));
  }

  /** A refused call of the API is shown calmly by the page; the browser itself notes each. */
  @AfterEach
  void nothingIsWrongInTheBrowsersConsole() {
    List<String> complaints =
        browser().complaints().stream()
            .filter(text -> !text.matches("(?s).*/api/v1/.*status of (404|400|401|412|422).*"))
            // Of axe-core, which reads colours from a canvas.
            .filter(text -> !text.contains("willReadFrequently"))
            .toList();
    assertEquals(List.of(), complaints);
  }

  static void look(Look look) {
    browser()
        .size(look.width().equals("wide") ? 1_280 : 390, look.width().equals("wide") ? 860 : 844);
    browser().prefer(look.theme());
    browser().go(world().url("/login"));
    browser().script("localStorage.setItem('xcron.lang', arguments[0])", look.language());
  }

  static void show(String path) {
    browser().go(world().url(path));
    browser().awaitLoaded();
  }

  static String button(String text) {
    return "//main//button[normalize-space()='" + text + "'][not(@hidden)]";
  }

  static String named(String name) {
    return "//main//*[@name='" + name + "']";
  }

  static void confirm(String text) {
    browser().click("//dialog//button[@type='submit'][normalize-space()='" + text + "']");
  }

  /** What axe-core calls serious or critical. */
  static List<String> seriousFindings() {
    browser().script(axe);
    JsonNode violations =
        browser()
            .script(
                true,
                "const done = arguments[arguments.length - 1];"
                    + "axe.run(document, {resultTypes: ['violations']})"
                    + ".then((r) => done(r.violations.map((v) => ({impact: v.impact, id: v.id,"
                    + " where: v.nodes.map((n) => n.html + n.any.map((c) => c.message)).slice(0, 3)}))));");
    List<String> found = new ArrayList<>();
    violations.forEach(
        one -> {
          String impact = one.path("impact").asText();
          if (impact.equals("serious") || impact.equals("critical")) {
            found.add(one.path("id") + " " + one.path("where"));
          }
        });
    return found;
  }
}
