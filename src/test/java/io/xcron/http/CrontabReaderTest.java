package io.xcron.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.xcron.model.InvalidTaskException;
import io.xcron.model.Policy;
import io.xcron.model.Schedule;
import io.xcron.model.Target;
import io.xcron.model.Task;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrontabReaderTest {
  private final CrontabReader reader = new CrontabReader(ZoneId.of("Asia/Shanghai"));

  private Task read(String line) {
    Task task = reader.read(line);
    assertNotNull(task, line);
    return task;
  }

  private static Target.Shell shell(Task task) {
    return (Target.Shell) task.target();
  }

  private static String expression(Task task) {
    return ((Schedule.Cron) task.schedule()).expression();
  }

  private void setting(String line) {
    assertNull(reader.read(line), line);
  }

  @Test
  void aLineIsFiveFieldsAndACommand() {
    Task task = read("*/5 0-6\t* * mon-fri  /usr/bin/backup  --all 'a b' > /dev/null 2>&1");
    assertEquals("*/5 0-6\t* * mon-fri", expression(task));
    assertEquals("/usr/bin/backup  --all 'a b' > /dev/null 2>&1", shell(task).command());
    assertEquals(Policy.Overlap.ALLOW, task.policy().overlap());
    assertEquals(1, task.policy().retry().attempts());
    assertEquals("@daily", expression(read("@daily echo 1")));
    for (String every : List.of("@every 5m", "@every  1h30m", "@Every\t90s")) {
      Task often = read(every + "  echo every 5m");
      assertEquals(every, expression(often));
      assertEquals("echo every 5m", shell(often).command());
    }
    assertEquals("@every 1d", expression(read("TZ=UTC @every 1d echo 1")));
    assertEquals("0 1 * * *", expression(read("-0 1 * * * quiet")));
    setting("# m h dom mon dow command");
    assertEquals("A=b c", shell(read("* * * * * A=b c")).command());
  }

  @Test
  void settingsHoldForTheLinesAfterThem() {
    assertEquals(Map.of(), shell(read("* * * * * a")).env());
    setting("PATH=/usr/bin:/bin");
    setting("  GREETING = \"hello you\"".strip());
    setting("'QUOTED'='x'");
    setting("MAILTO=ops@example.org");
    setting("CRON_TZ=Europe/Zurich");
    setting("RANDOM_DELAY=7");
    Task task = read("0 1 * * * b");
    assertEquals(
        Map.of("PATH", "/usr/bin:/bin", "GREETING", "hello you", "QUOTED", "x"), shell(task).env());
    assertNotNull(task.owner());
    assertEquals("ops@example.org", task.owner().email());
    assertEquals(ZoneId.of("Europe/Zurich"), ((Schedule.Cron) task.schedule()).zone());
    assertEquals(Duration.ofMinutes(7), task.jitter());
    setting("MAILTO=\"\"");
    setting("CRON_TZ=");
    Task later = read("0 1 * * * b");
    assertNull(later.owner());
    assertEquals(ZoneId.of("Asia/Shanghai"), ((Schedule.Cron) later.schedule()).zone());
  }

  /** What bash prints for the command, with nothing on its standard input. */
  private static String run(String command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("/bin/bash", "-c", "--", command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return output;
  }

  @Test
  void percentSignsAreInputAsForCron() throws Exception {
    assertEquals("100%\n", run(shell(read("* * * * * echo 100\\%")).command()));
    assertEquals("one\ntwo\n", run(shell(read("* * * * * cat%one%two")).command()));
    assertEquals(
        "a%b\n$HOME\n", run(shell(read("* * * * * cat # all of it%a\\%b%$HOME")).command()));
    assertEquals(
        "XCRON_INPUT\nXCRON_INPUT_\nend\n",
        run(shell(read("* * * * * cat%XCRON_INPUT%XCRON_INPUT_%end")).command()));
    assertEquals("\n", run(shell(read("* * * * * cat%")).command()));
  }

  @Test
  void anotherShellIsCalled() throws Exception {
    setting("SHELL=/bin/sh");
    assertEquals("echo 1", shell(read("* * * * * echo 1")).command());
    setting("SHELL=/usr/bin/env");
    // env has no -c of this kind, but says what it was given.
    String command = shell(read("* * * * * it's%in")).command();
    assertEquals(
        "{ exec '/usr/bin/env' -c 'it'\\''s'\n} <<'XCRON_INPUT'\nin\nXCRON_INPUT", command);
  }

  @Test
  void theSameLineHasTheSameIdInEveryReading() {
    String first = read("* * * * * a").id();
    String again = read("* * * * * a").id();
    assertNotEquals(first, again, "twice in one file are two tasks");
    CrontabReader other = new CrontabReader(ZoneId.of("Asia/Shanghai"));
    Task task = other.read("* * * * * a");
    assertNotNull(task);
    assertEquals(first, task.id());
    Task second = other.read("* * * * * a");
    assertNotNull(second);
    assertEquals(again, second.id());
  }

  @ParameterizedTest
  @CsvSource({
    "@reboot start, schedule.cron",
    "* * * * *, target.shell.command",
    "* * * *, schedule.cron",
    "hello, schedule.cron",
    "@daily, target.shell.command",
    "@every 5m, target.shell.command",
    "CRON_TZ=Mars, schedule.zone",
    "RANDOM_DELAY=x, jitter",
    "RANDOM_DELAY=-1, jitter",
    "9X=1, target.shell.env",
    "XCRON_TASK_ID=1, target.shell.env"
  })
  void whatIsNoLineOfACrontabIsRefusedByName(String line, String field) {
    InvalidTaskException refused =
        assertThrows(InvalidTaskException.class, () -> reader.read(line));
    assertEquals(field, refused.field());
  }

  @Test
  void aJobMayBeginWithAZoneOfItsOwn() {
    setting("CRON_TZ=Europe/Zurich");
    for (String line :
        List.of("CRON_TZ=America/New_York 0 1 * * * echo q", "TZ=America/New_York @daily echo q")) {
      Task own = read(line);
      assertEquals(ZoneId.of("America/New_York"), ((Schedule.Cron) own.schedule()).zone(), line);
      assertEquals(Map.of(), shell(own).env());
    }
    assertThrows(InvalidTaskException.class, () -> reader.read("CRON_TZ=Mars 0 1 * * * echo q"));
    Task later = read("0 1 * * * b");
    assertEquals(ZoneId.of("Europe/Zurich"), ((Schedule.Cron) later.schedule()).zone());
  }

  @Test
  void afterAZoneThatIsNoneNoLineIsTaken() {
    assertThrows(InvalidTaskException.class, () -> reader.read("CRON_TZ=Mars/Base"));
    assertThrows(InvalidTaskException.class, () -> reader.read("* * * * * a"));
    setting("CRON_TZ=UTC");
    assertNotNull(read("* * * * * a"));
  }
}
