package io.xcron.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** Every page of the console, and what can be done on it. */
class ConsoleTest {
  private static final Map<String, String> PAGES =
      Map.ofEntries(
          Map.entry("dashboard", "/"),
          Map.entry("tasks", "/tasks"),
          Map.entry("task", "/tasks/settle-accounts"),
          Map.entry("busy-task", "/tasks/heartbeat"),
          Map.entry("run", "/tasks/heartbeat/runs/1"),
          Map.entry("new", "/new"),
          Map.entry("edit", "/tasks/settle-accounts/edit"),
          Map.entry("services", "/services"),
          Map.entry("groups", "/groups"),
          Map.entry("calendars", "/calendars"),
          Map.entry("cluster", "/cluster"),
          Map.entry("forecast", "/forecast"),
          Map.entry("audit", "/audit"),
          Map.entry("login", "/login"));

  @TempDir static Path directory;
  private static @Nullable Browser open;
  private static @Nullable World filled;

  @BeforeAll
  static void start() {
    open = Browser.open("en-GB");
    Assumptions.assumeTrue(
        open != null, "no chromium and chromedriver on the PATH: the console is not tested");
    filled = new World(directory, Map.of());
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

  private static Browser browser() {
    return Objects.requireNonNull(open);
  }

  private static World world() {
    return Objects.requireNonNull(filled);
  }

  /** A 404 of the API is shown calmly by the page; the browser itself notes each. */
  @AfterEach
  void nothingIsWrongInTheBrowsersConsole() {
    List<String> complaints =
        browser().complaints().stream().filter(text -> !text.contains("status of 404")).toList();
    assertEquals(List.of(), complaints);
  }

  private static void show(String path) {
    browser().go(world().url(path));
    browser().awaitLoaded();
  }

  @Test
  void everyPageIsShownInBothLanguagesBothThemesAndOnAPhone() throws IOException {
    for (String language : List.of("en", "zh")) {
      for (String theme : List.of("light", "dark")) {
        for (String width : List.of("wide", "phone")) {
          browser().size(width.equals("wide") ? 1_280 : 390, width.equals("wide") ? 860 : 844);
          browser().prefer(theme);
          browser().go(world().url("/login"));
          browser().script("localStorage.setItem('xcron.lang', arguments[0])", language);
          for (Map.Entry<String, String> page : PAGES.entrySet()) {
            show(page.getValue());
            browser().screenshot(page.getKey() + "-" + language + "-" + theme + "-" + width);
          }
        }
      }
    }
  }
}
