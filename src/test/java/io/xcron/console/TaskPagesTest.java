package io.xcron.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What can be done with tasks and their runs on the pages of the console. */
class TaskPagesTest extends InBrowser {
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
    // A task of another test may have an instant there too.
    Pattern told = Pattern.compile("1[2-9] other fires are due at");
    Browser.await("the crowd", () -> told.matcher(browser().text()).find());
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
}
