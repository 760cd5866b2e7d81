package io.xcron.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every page of the console, and what all of them share. */
class ConsoleTest extends InBrowser {
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
          Map.entry("forecast", "/forecast?hours=24"),
          Map.entry("audit", "/audit"),
          Map.entry("login", "/login"));

  /** Each language, theme and width with each other at least once in pairs. */
  private static final List<Look> LOOKS =
      List.of(
          new Look("en", "light", "wide"),
          new Look("en", "dark", "phone"),
          new Look("zh", "light", "phone"),
          new Look("zh", "dark", "wide"));

  @Test
  void everyPageIsReadableInEachLookWithoutSeriousFindings() {
    List<String> findings = new ArrayList<>();
    for (Look look : LOOKS) {
      look(look);
      PAGES.forEach(
          (name, path) -> {
            show(path);
            String shot = name + "-" + look.language() + "-" + look.theme() + "-" + look.width();
            browser().screenshot(shot);
            seriousFindings().forEach(finding -> findings.add(shot + ": " + finding));
            JsonNode wide =
                browser().script("return document.documentElement.scrollWidth > window.innerWidth");
            if (wide.asBoolean()) {
              findings.add(shot + ": wider than the window");
            }
          });
    }
    assertEquals(List.of(), findings);
  }

  @Test
  void theLanguagesHaveTheSameTextsAndNoKeyIsShown() {
    JsonNode differing =
        browser()
            .script(
                true,
                "const done = arguments[arguments.length - 1];"
                    + "Promise.all(['en', 'zh'].map((l) => import(`/console/lang/${l}.js`)))"
                    + ".then(([en, zh]) => { const a = Object.keys(en.default), b = Object.keys(zh.default);"
                    + " window.keys = a; done([...a.filter((k) => !b.includes(k)), ...b.filter((k) => !a.includes(k))]); });");
    assertEquals("[]", differing.toString());
    List<String> shown = new ArrayList<>();
    for (String path : PAGES.values()) {
      show(path);
      JsonNode keys =
          browser()
              .script(
                  true,
                  "const done = arguments[arguments.length - 1];"
                      + "import('/console/lang/en.js').then((en) => done(document.body.innerText.split(/\\s+/)"
                      + ".filter((w) => w.includes('.') && w in en.default || /\\{[a-z]+\\}/.test(w))));");
      keys.forEach(key -> shown.add(path + ": " + key.asText()));
    }
    assertEquals(List.of(), shown);
  }

  @Test
  void servicesAndCalendarsAreWrittenChangedAndDeletedAndGroupsAreSeen() {
    for (String page : List.of("/services", "/calendars")) {
      show(page);
      browser().click(button("New"));
      browser().type(named("name"), "own");
      browser().click(button("Save"));
      browser().awaitText("own");
      String row = "//main//tr[td//span[.='own']]";
      browser().click(row + "//button[normalize-space()='Edit']");
      browser().type(named("json"), "{\"zone\":");
      browser().click(button("Save"));
      browser().awaitText("JSON");
      String other =
          page.equals("/services")
              ? "{\"nodes\":[{\"url\":\"http://10.9.9.9:80\"}]}"
              : "{\"zone\":\"Pacific/Apia\",\"exclude_days\":[\"FRI\"]}";
      browser().type(named("json"), other);
      browser().click(button("Save"));
      browser().awaitText(page.equals("/services") ? "10.9.9.9" : "Pacific/Apia");
      browser().click(row + "//button[normalize-space()='Delete']");
      confirm("Delete");
      browser().awaitText("Deleted");
      Browser.await(
          "the row to go",
          () ->
              browser()
                  .script(
                      "return [...document.querySelectorAll('td .name')].every((n) => n.textContent !== 'own')")
                  .asBoolean());
    }
    show("/groups");
    browser().awaitText("batch");
    browser().awaitText("web");
  }

  @Test
  void themeAndLanguageAreSwitchedAndKept() {
    show("/");
    browser().click("//select[@aria-label='Colours']/option[@value='dark']");
    assertTrue(
        browser()
            .script("return getComputedStyle(document.body).backgroundColor === 'rgb(19, 22, 24)'")
            .asBoolean());
    browser().click("//select[@aria-label='Language']/option[@value='zh']");
    browser().awaitText("总览");
    assertEquals("zh-CN", browser().script("return document.documentElement.lang").asText());
    assertEquals(
        "dark", browser().script("return document.documentElement.dataset.theme").asText());
    show("/tasks/settle-accounts");
    browser().awaitText("2:30");
    browser().script("localStorage.clear()");
  }

  @Test
  void theKeyboardReachesEverything() {
    show("/");
    browser().press("n");
    browser().awaitPath("/new");
    show("/");
    browser().press("\uE004\uE007");
    assertEquals(
        "H1", browser().script("return document.activeElement.tagName").asText(), "the skip link");
    browser().size(390, 844);
    browser().click("//button[normalize-space()='Menu']");
    browser().click("//nav//a[@href='/cluster']");
    browser().awaitPath("/cluster");
    Browser.await(
        "the menu to close",
        () ->
            browser()
                .script(
                    "return document.querySelector('.menu').getAttribute('aria-expanded') === 'false'")
                .asBoolean());
  }

  @Test
  void withATokenTheReaderSignsInFirst(@TempDir Path other) {
    try (World closed = new World(other, Map.of("api.token", "a-token-of-the-test"))) {
      browser().go(closed.url("/forecast?hours=6"));
      browser().awaitPath("/login?next=%2Fforecast%3Fhours%3D6");
      browser().type("//input[@type='password']", "wrong");
      browser().click(button("Sign in"));
      browser().awaitText("This is not the token.");
      browser().type("//input[@type='password']", "a-token-of-the-test");
      browser().click(button("Sign in"));
      browser().awaitPath("/forecast?hours=6");
      browser().awaitLoaded();
      browser().click("//button[normalize-space()='Sign out']");
      browser().awaitPath("/login");
      assertTrue(browser().script("return sessionStorage.length === 0").asBoolean());
      browser().go(closed.url("/tasks"));
      browser().awaitPath("/login?next=%2Ftasks");
    }
  }
}
