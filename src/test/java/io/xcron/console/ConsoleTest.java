package io.xcron.console;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  private record Look(String language, String theme, String width) {}

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
        ConsoleTest.class.getResourceAsStream(
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

  private static Browser browser() {
    return Objects.requireNonNull(open);
  }

  private static World world() {
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

  private static void look(Look look) {
    browser().size(look.width.equals("wide") ? 1_280 : 390, look.width.equals("wide") ? 860 : 844);
    browser().prefer(look.theme);
    browser().go(world().url("/login"));
    browser().script("localStorage.setItem('xcron.lang', arguments[0])", look.language);
  }

  private static void show(String path) {
    browser().go(world().url(path));
    browser().awaitLoaded();
  }

  private static String button(String text) {
    return "//main//button[normalize-space()='" + text + "'][not(@hidden)]";
  }

  private static String named(String name) {
    return "//main//*[@name='" + name + "']";
  }

  private static void confirm(String text) {
    browser().click("//dialog//button[@type='submit'][normalize-space()='" + text + "']");
  }

  @Test
  void everyPageIsReadableInEachLookWithoutSeriousFindings() {
    List<String> findings = new ArrayList<>();
    for (Look look : LOOKS) {
      look(look);
      PAGES.forEach(
          (name, path) -> {
            show(path);
            String shot = name + "-" + look.language + "-" + look.theme + "-" + look.width;
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

  /** What axe-core calls serious or critical. */
  private static List<String> seriousFindings() {
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
  void aTaskIsWrittenInTheFormWithItsFireTimesBesideIt() {
    show("/new");
    browser().type(named("name"), "Nightly <b>backup</b>");
    browser().type(named("id"), "nightly-backup");
    browser().type(named("schedule.cron"), "30 2 * * *");
    browser().type(named("schedule.zone"), "Europe/Berlin");
    browser().awaitText("At 02:30");
    browser().awaitText("Fires planned in the minute of");
    browser().awaitText("Clocks go forward on");
    browser().awaitText("03:00:00");
    browser().click("//select[@name='schedule.dst.gap']/option[@value='skip']");
    browser().awaitText("No fire around the change.");
    browser().screenshot("new-filled");
    browser().click(button("Create"));
    browser().awaitText("target.http.url");
    browser().type(named("target.http.url"), world().receiver("/ok"));
    browser().click(button("Create"));
    browser().awaitPath("/tasks/nightly-backup");
    browser().awaitText("Nightly <b>backup</b>");
    browser().awaitLoaded();
    JsonNode stored = world().call("GET", "/tasks/nightly-backup", "");
    assertEquals("skip", stored.path("schedule").path("dst").path("gap").asText());
  }

  @Test
  void whoWouldJoinACrowdedSecondIsTold() {
    for (int i = 0; i < 12; i++) {
      world().put("crowd-" + i, "Crowd", "{\"cron\":\"17 17 * * *\",\"zone\":\"UTC\"}", "", "/ok");
    }
    // The answer of a moment ago is kept for some seconds.
    Browser.await(
        "the forecast",
        () -> world().call("GET", "/forecast?hours=24", "").at("/crowded/0/fires").asLong() >= 12);
    show("/new");
    browser().type(named("schedule.zone"), "UTC");
    browser().type(named("schedule.cron"), "17 17 * * *");
    browser().awaitText("12 other fires are due at");
  }

  @Test
  void aWrongCronTextIsNamedAtItsField() {
    show("/new");
    browser().type(named("schedule.cron"), "61 * * * *");
    browser().awaitText("Not valid");
    assertEquals(
        "true",
        browser()
            .script(
                "return document.querySelector('[name=\"schedule.cron\"]').getAttribute('aria-invalid')")
            .asText());
  }

  @Test
  void aTaskIsRunPausedResumedEditedAndDeleted() {
    world().put("to-handle", "To handle", "{\"every\":\"1h\"}", "", "/ok");
    show("/tasks/to-handle");
    browser().click(button("Run now"));
    browser().type("//dialog//textarea", "{\"x\":1}");
    browser().screenshot("run-dialog");
    assertEquals(List.of(), seriousFindings());
    confirm("Run now");
    browser().awaitText("Accepted");
    browser().click(button("Pause"));
    browser().awaitText("paused");
    browser().click(button("Resume"));
    browser().awaitText("scheduled");
    browser().click("//main//a[normalize-space()='Edit']");
    browser().awaitPath("/tasks/to-handle/edit");
    browser().type(named("name"), "Handled");
    browser().type(named("schedule.every"), "2h");
    browser().click(button("Save"));
    browser().awaitPath("/tasks/to-handle");
    browser().awaitText("Handled");
    browser().click(button("Delete"));
    browser().awaitText("Delete Handled?");
    browser().click("//dialog//button[normalize-space()='Cancel']");
    browser().click(button("Delete"));
    confirm("Delete");
    browser().awaitPath("/tasks");
    browser().go(world().url("/tasks/to-handle"));
    browser().awaitText("Not found");
  }

  @Test
  void aTasksRunsAreListedAndEachHasItsPage() {
    world().put("fired", "Fired", "{\"every\":\"24h\"}", "", "/ok");
    world().run("fired", 1);
    show("/tasks/fired");
    browser().awaitText("success");
    browser().click("//main//td//a[normalize-space()='1']");
    browser().awaitPath("/tasks/fired/runs/1");
    browser().awaitText("Fencing token");
    browser().awaitText("200");
    browser().awaitText("There is no log.");
    show("/");
    browser().awaitText("Busiest in ten minutes");
    browser().click("//main//td//a[normalize-space()='fired']");
    browser().awaitPath("/tasks/fired");
  }

  @Test
  void aRunningCommandIsFollowedAndKilled(@TempDir Path files) throws IOException {
    Path more = files.resolve("more");
    world()
        .putCommand(
            "long-command",
            "echo begun; while [ ! -e " + more + " ]; do sleep 0.05; done; echo more; sleep 60");
    show("/tasks/long-command");
    browser().click(button("Run now"));
    confirm("Run now");
    browser().awaitText("running");
    show("/tasks/long-command/runs/1");
    browser().awaitText("begun");
    browser().awaitText("Not ended");
    Files.createFile(more);
    browser().awaitText("begun\nmore");
    browser().screenshot("run-live");
    assertEquals(List.of(), seriousFindings());
    browser().click(button("Kill"));
    confirm("Kill");
    browser().awaitText("killed");
    browser().awaitText("The log has ended.");
    assertEquals(
        "begun\nmore\n", world().awaitRun("long-command", 1).path("output").asText(), "the record");
    assertEquals(
        "begun\nmore\n",
        browser().script("return document.querySelector('pre.log').textContent").asText(),
        "nothing is shown twice");
  }

  @Test
  void aFailedTaskIsExplainedAndRunAgain() {
    String now = "{\"at\":" + System.currentTimeMillis() + "}";
    world().put("moody", "Moody", now, ",\"policy\":{\"retry\":{\"attempts\":1}}", "/moody");
    assertEquals("failure", world().awaitRun("moody", 1).path("outcome").asText());
    show("/tasks/moody");
    browser().awaitText("dead");
    browser()
        .script(
            "const at = document.querySelector('input[type=datetime-local]');"
                + "const due = new Date(arguments[0]);"
                + "at.value = new Date(due - due.getTimezoneOffset() * 60000).toISOString().slice(0, 19);",
            world().call("GET", "/runs/moody/1", "").path("end").asText());
    browser().click(button("Explain"));
    browser().awaitText("Run 1 was due at");
    browser().screenshot("explained");
    assertEquals(List.of(), seriousFindings());
    browser().click("//main//a[normalize-space()='#1']");
    browser().awaitPath("/tasks/moody/runs/1");
    world().setMood(200);
    browser().click(button("Run again"));
    browser().awaitText("Accepted");
    browser().click("//main//a[normalize-space()='To the task']");
    browser().awaitPath("/tasks/moody");
    browser().awaitText("finished");
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
  void aStaleEditIsRefused() {
    world().put("edited-twice", "Edited twice", "{\"every\":\"1h\"}", "", "/ok");
    show("/tasks/edited-twice/edit");
    world().put("edited-twice", "By somebody else", "{\"every\":\"3h\"}", "", "/ok");
    browser().click(button("Save"));
    browser().awaitText("Somebody changed this task meanwhile");
  }

  @Test
  void tasksAreFoundPagedAndChangedTogether() {
    show("/tasks?label=team%3Ashop");
    browser().awaitText("50 on this page");
    browser().click(button("Next"));
    browser().awaitText("Previous");
    browser().click(button("Previous"));
    browser().awaitText("50 on this page");
    JsonNode limits =
        browser()
            .script(
                "return performance.getEntriesByType('resource').map((e) => e.name)"
                    + ".filter((n) => n.includes('/api/v1/tasks?') && !n.includes('limit=50'))");
    assertEquals("[]", limits.toString(), "a list is asked for by pages only");

    browser().press("/");
    browser().press("shop-01");
    browser().press("\uE007");
    browser().awaitPath("/tasks?q=shop-01&label=team%3Ashop");
    browser().awaitText("10 on this page");
    browser().click("//input[@aria-label='Choose Price check of shop 12']");
    browser().awaitText("1 chosen:");
    browser().click(button("Pause"));
    browser().awaitText("Pause 1 tasks?");
    confirm("Pause");
    browser().awaitText("1 changed");
    browser().click("//main//select/option[@value='paused']");
    browser().awaitText("1 on this page");
    browser().click(button("Resume"));
    browser().awaitText("Resume all that fit?");
    confirm("Resume");
    browser().awaitText("No task fits this filter.");
    for (int i = 0; i < 3; i++) {
      world().put("waste-" + i, "Waste", "{\"every\":\"1h\"}", "", "/ok");
    }
    show("/tasks?q=waste");
    browser().awaitText("3 on this page");
    browser().click(button("Delete"));
    browser().type("//dialog//input", "delete");
    confirm("Delete");
    browser().awaitText("3 changed");
    browser().awaitText("No task fits this filter.");
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
