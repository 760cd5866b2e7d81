package io.xcron.target;

import static io.xcron.target.Awaiting.pid;
import static io.xcron.target.Awaiting.runs;
import static io.xcron.target.Awaiting.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real commands of bash. */
@Timeout(60)
class ShellTargetsTest {
  static final String MEMBER = "127.0.0.1:5701";

  @TempDir Path directory;

  private final LocalShell local = new LocalShell(MEMBER, 4);
  private final ShellTargets targets =
      new ShellTargets(places("web"), local, new ShellTargets.Bounds(2, 3));

  private static ShellPlaces places(String... groups) {
    return ShellPlaces.among(MemberLink.alone(new MemberLink.Peer(MEMBER, true, Set.of(groups))));
  }

  @AfterEach
  void close() {
    targets.close();
    assertEquals(0, local.running());
  }

  static Target.Shell shell(String command, Duration timeout, String... env) {
    return new Target.Shell(
        command,
        env.length == 0 ? Map.of() : Map.of(env[0], env[1]),
        new Target.Place.Any(),
        timeout);
  }

  static Target.Shell shell(String command) {
    return shell(command, Duration.ofSeconds(30));
  }

  private Try start(Target.Shell target) {
    Try attempt = Try.of(target);
    assertTrue(targets.start(attempt));
    return attempt;
  }

  private Outcome run(String command) throws Exception {
    Try attempt = start(shell(command));
    Outcome outcome = attempt.await();
    assertEquals(1, attempt.told.get());
    return outcome;
  }

  private Path file(String name) {
    return directory.resolve(name);
  }

  @Test
  void outputAndErrorComeTogetherWithTheExitStatus() throws Exception {
    assertEquals(
        new Outcome.Exited(0, "one\ntwo\nthree\n", false),
        run("echo one; echo two >&2; echo three"));
    Outcome failed = run("echo before; nowhere/to/be/found 2>/dev/null; exit 3");
    assertEquals(new Outcome.Exited(3, "before\n", false), failed);
    assertFalse(failed.success());
    assertEquals(new Outcome.Exited(137, "", false), run("kill -KILL $$"));
    assertEquals(new Outcome.Exited(0, "grüße 時\n", false), run("echo 'grüße 時'"));
  }

  @Test
  void aCommandIsTheTextItIsAndNothingElse() throws Exception {
    assertEquals(
        new Outcome.Exited(127, "", false), run("-x 2>/dev/null"), "no options of bash's own");
    assertEquals(
        new Outcome.Exited(0, "a'b \"c\" $d\n", false), run("echo \"a'b \\\"c\\\" \\$d\""));
    assertEquals(new Outcome.Exited(0, "2\n", false), run("false\necho $(( 1 +\n 1 ))"));
  }

  @Test
  void theEnvironmentTellsOfTheRunAndNotOfTheMembersSettings() throws Exception {
    Try attempt =
        Try.of(
            shell(
                "env | grep -E '^(XCRON_|TRACE|OWN)' | sort",
                Duration.ofSeconds(30),
                "OWN",
                "x y"));
    attempt.mutexToken = 7;
    attempt.arg = "{\"n\":1}";
    assertTrue(targets.start(attempt));
    Outcome.Exited exited = assertInstanceOf(Outcome.Exited.class, attempt.await());
    assertEquals(
        """
        OWN=x y
        TRACEPARENT=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
        XCRON_ARG={"n":1}
        XCRON_ATTEMPT=2
        XCRON_DUE_TIME=1700000000123
        XCRON_FENCING_TOKEN=9000000000000
        XCRON_GENERATION=3
        XCRON_IDEMPOTENCY_KEY=t1/3/42
        XCRON_MUTEX_TOKEN=7
        XCRON_RUN_NUMBER=42
        XCRON_TASK_ID=t1
        """,
        exited.output());
    assertEquals(MEMBER, attempt.placed);
  }

  /** Bash tells of the end of a job that is over before its next command: one of a hundred is. */
  @Test
  void theOutputOfAQuickCommandIsItsOwnAlone() throws Exception {
    Set<Outcome> outcomes = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      outcomes.add(run("exit"));
    }
    assertEquals(Set.of(new Outcome.Exited(0, "", false)), outcomes);
  }

  @Test
  void standardInputIsEmpty() throws Exception {
    assertEquals(new Outcome.Exited(0, "0\n", false), run("wc -c"));
  }

  @Test
  void aKillEndsTheWholeGroupWithinASecondWhateverItIgnores() throws Exception {
    String stubborn = "trap '' TERM; echo $BASHPID > %s; while :; do sleep 0.2; done";
    Try attempt =
        start(
            shell(
                "echo begun; ("
                    + stubborn.formatted(file("a"))
                    + ") & (trap '' TERM; setsid -f bash -c 'echo $$ >"
                    + file("far")
                    + "; exec sleep 30') & "
                    + stubborn.formatted(file("b"))));
    long child = pid(file("a"));
    long leader = pid(file("b"));
    long escaped = pid(file("far"));
    long before = System.nanoTime();
    targets.kill(attempt);
    assertEquals(new Outcome.Killed("begun\n", false), attempt.await());
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    assertTrue(millis < 1_000, "the kill took " + millis + " ms");
    assertFalse(runs(child));
    assertFalse(runs(leader));
    assertTrue(runs(escaped), "who leaves the group is not reached");
    ProcessHandle.of(escaped).ifPresent(ProcessHandle::destroyForcibly);
    targets.kill(attempt);
    assertEquals(1, attempt.told.get());
  }

  @Test
  void aPoliteCommandMayTidyUpWhenItIsKilled() throws Exception {
    Try attempt =
        start(shell("trap 'echo bye; exit 0' TERM; echo $$ >" + file("p") + "; sleep 30 & wait"));
    pid(file("p"));
    targets.kill(attempt);
    assertEquals(new Outcome.Killed("bye\n", false), attempt.await());
  }

  @Test
  void aTimeoutKillsAndKeepsTheOutput() throws Exception {
    Try attempt =
        start(shell("echo $$ >" + file("p") + "; echo so far; sleep 30", Duration.ofMillis(300)));
    assertEquals(new Outcome.TimedOut("so far\n", false), attempt.await());
    assertTrue(System.nanoTime() - attempt.startNanos >= 300_000_000, "early");
    assertFalse(runs(pid(file("p"))));
  }

  @Test
  void whatACommandLeavesInTheBackgroundIsPartOfItWhileItHoldsTheOutput() throws Exception {
    Try attempt = start(shell("(read -r < " + fifo("go") + "; echo late) & echo early"));
    CommandOutput live = live(attempt);
    until("the early output", () -> live.read(0).text().equals("early\n"));
    assertFalse(attempt.end.isDone());
    Files.writeString(file("go"), "\n");
    assertEquals(new Outcome.Exited(0, "early\nlate\n", false), attempt.await());

    assertEquals(
        new Outcome.Exited(0, "", false),
        run("sleep 30 >/dev/null 2>&1 & echo $! > " + file("daemon")));
    long daemon = pid(file("daemon"));
    assertTrue(runs(daemon), "a daemon with its output elsewhere lives on");
    ProcessHandle.of(daemon).ifPresent(ProcessHandle::destroyForcibly);
  }

  private Path fifo(String name) throws Exception {
    new ProcessBuilder("mkfifo", file(name).toString()).start().waitFor();
    return file(name);
  }

  private CommandOutput live(Try attempt) {
    until("the run", () -> targets.liveOutput(attempt.taskId(), attempt.runNumber()) != null);
    CommandOutput live = targets.liveOutput(attempt.taskId(), attempt.runNumber());
    assertNotNull(live);
    return live;
  }

  @Test
  void outputCanBeFollowedWhileItIsWritten() throws Exception {
    Try attempt = start(shell("echo one; read -r < " + fifo("go") + "; echo two"));
    CommandOutput live = live(attempt);
    until("the first line", () -> live.read(0).text().equals("one\n"));
    CommandOutput.Chunk first = live.read(0);
    assertFalse(first.ended());
    Files.writeString(file("go"), "\n");
    attempt.await();
    assertEquals(new CommandOutput.Chunk("two\n", 0, 8, true), live.read(first.next()));
    assertNull(targets.liveOutput(attempt.taskId(), attempt.runNumber()));
  }

  @Test
  void beyondTheBoundsAttemptsWaitAndThenAreNotTaken() throws Exception {
    String command = "read -r < " + fifo("go");
    Try[] all = new Try[5];
    for (int i = 0; i < all.length; i++) {
      all[i] = Try.of(shell(command));
      all[i].taskId = "t" + i;
      assertTrue(targets.start(all[i]), "attempt " + i);
      int begun = Math.min(i + 1, 2);
      until("those that have room", () -> local.running() == begun);
    }
    assertFalse(targets.start(Try.of(shell("true"))), "two run and three wait");
    targets.kill(all[3]);
    assertEquals(new Outcome.Withdrawn(), all[3].await());
    assertEquals(0, all[3].asked.get());
    for (Try attempt : new Try[] {all[0], all[1], all[2], all[4]}) {
      targets.kill(attempt);
      Outcome outcome = attempt.await();
      assertTrue(
          outcome instanceof Outcome.Killed || outcome instanceof Outcome.Withdrawn,
          outcome::toString);
    }
  }

  @Test
  void aNoBeforeTheStartStartsNothing() throws Exception {
    Try attempt = new Try(shell("touch " + file("never")), () -> false);
    assertTrue(targets.start(attempt));
    assertEquals(new Outcome.Withdrawn(), attempt.await());
    assertFalse(Files.exists(file("never")));
  }

  @Test
  void aPlaceThatIsNotHereIsNamed() throws Exception {
    for (Target.Place place :
        new Target.Place[] {
          new Target.Place.Group("web"),
          new Target.Place.Member(MEMBER),
          new Target.Place.Member("127.0.0.1"),
          new Target.Place.Broadcast()
        }) {
      Try here = start(new Target.Shell("true", Map.of(), place, Duration.ofSeconds(30)));
      assertEquals(new Outcome.Exited(0, "", false), here.await(), place::toString);
    }
    Try elsewhere =
        start(
            new Target.Shell(
                "true", Map.of(), new Target.Place.Group("db"), Duration.ofSeconds(30)));
    assertEquals(
        new Outcome.ConnectFailed("no member of group db that runs shell commands is here"),
        elsewhere.await());
    assertEquals(0, elsewhere.asked.get());
  }

  @Test
  void anAttemptCanBeHeardAgain() throws Exception {
    Try first = start(shell("read -r < " + fifo("go") + "; echo done"));
    live(first);
    Try again = Try.of(first.target());
    assertTrue(targets.rejoin(again, MEMBER));
    Try unknown = Try.of(first.target());
    unknown.runNumber = 43;
    assertTrue(targets.rejoin(unknown, MEMBER));
    assertInstanceOf(Outcome.Broken.class, unknown.await());
    Files.writeString(file("go"), "\n");
    assertEquals(new Outcome.Exited(0, "done\n", false), again.await());
    assertEquals(first.await(), again.await());
    assertEquals(0, again.asked.get());
    Try late = Try.of(first.target());
    assertTrue(targets.rejoin(late, MEMBER));
    assertEquals(first.await(), late.await(), "it ended while nobody was the owner");
  }

  /** Also at once, before it has come to more than the start of the command. */
  @RepeatedTest(10)
  void whenItsKeeperIsKilledTheCommandEndsToo() throws Exception {
    Try attempt = start(shell("echo $$ > " + file("p") + "; sleep 30; true"));
    long command = pid(file("p"));
    ProcessHandle keeper = ProcessHandle.of(command).orElseThrow().parent().orElseThrow();
    assertTrue(keeper.destroyForcibly());
    assertInstanceOf(Outcome.Broken.class, attempt.await());
    until("the end of the command", () -> !runs(command));
  }

  @Test
  void closingEndsWhatRunsAndWhatWaits() throws Exception {
    ShellTargets closing =
        new ShellTargets(places(), new LocalShell(MEMBER, 1), new ShellTargets.Bounds(1, 5));
    Try running = Try.of(shell("echo $$ > " + file("p") + "; sleep 30; true"));
    Try waiting = Try.of(shell("true"));
    assertTrue(closing.start(running));
    long command = pid(file("p"));
    assertTrue(closing.start(waiting));
    closing.close();
    assertEquals(1, running.told.get());
    assertEquals(1, waiting.told.get());
    assertEquals(new Outcome.Broken("the member was stopped"), running.await());
    assertEquals(new Outcome.Withdrawn(), waiting.await());
    assertFalse(runs(command));
    assertFalse(closing.start(Try.of(shell("true"))));
  }

  /** A member that will be killed: runs one command for ever. */
  static final class Child {
    private Child() {}

    public static void main(String[] args) throws Exception {
      LocalShell shell = new LocalShell(MEMBER, 1);
      Try attempt = Try.of(shell(args[0]));
      attempt.mayStart();
      shell.reserve(
          MEMBER,
          AttemptKey.of(attempt),
          answer -> {
            if (answer instanceof ShellRunner.Answer.Held held) {
              held.place()
                  .start(ShellCommand.of(attempt, shell(args[0])), Long.MAX_VALUE, attempt::ended);
            }
          });
      System.out.println(attempt.end.get());
    }
  }

  @Test
  void aMemberThatIsKilledTakesItsCommandsAlong() throws Exception {
    Process member =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName(),
                "trap '' TERM; echo $$ > " + file("p") + "; while :; do sleep 0.2; done")
            .redirectErrorStream(true)
            .redirectOutput(file("log").toFile())
            .start();
    try {
      long command = pid(file("p"));
      assertTrue(runs(command));
      member.destroyForcibly().waitFor();
      until("the end of the command", () -> !runs(command));
    } finally {
      member.destroyForcibly();
    }
  }

  @Test
  void aCommandThatCannotBePlacedDoesNotKeepTheOthersFromStarting() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    ShellPlaces failing =
        place -> {
          if (asked.getAndIncrement() == 0) {
            throw new IllegalStateException("the members cannot be listed");
          }
          return List.of(MEMBER);
        };
    try (ShellTargets some = new ShellTargets(failing, local, new ShellTargets.Bounds(1, 3))) {
      Try first = Try.of(shell("true"));
      Try second = Try.of(shell("true"));
      assertTrue(some.start(first));
      assertInstanceOf(Outcome.Withdrawn.class, first.await());
      assertTrue(some.start(second));
      assertTrue(second.await().success());
      assertEquals(1, first.told.get());
    }
  }

  /** The thread that keeps the command, that ends it in time, or that reads what it writes. */
  @ParameterizedTest
  @ValueSource(strings = {"xcron-shell", "xcron-shell-timeouts", "xcron-shell-output"})
  void aCommandForWhichNoThreadIsLeftFailsAndTheNextOneRuns(String missing) throws Exception {
    AtomicBoolean failed = new AtomicBoolean();
    LocalShell exhausted =
        new LocalShell(
            MEMBER,
            1,
            (name, work) -> {
              if (name.equals(missing) && failed.compareAndSet(false, true)) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              return ShellProcess.unstarted(name, work);
            });
    try (ShellTargets some = new ShellTargets(places(), exhausted, new ShellTargets.Bounds(1, 3))) {
      Try first = Try.of(shell("true"));
      assertTrue(some.start(first));
      Class<? extends Outcome> end =
          missing.equals("xcron-shell") ? Outcome.ConnectFailed.class : Outcome.Broken.class;
      assertInstanceOf(end, first.await());
      assertEquals(0, exhausted.running());
      Try second = Try.of(shell("true"));
      assertTrue(some.start(second));
      assertEquals(new Outcome.Exited(0, "", false), second.await());
      assertEquals(1, first.told.get());
    }
  }

  @Test
  void aCommandThatTheSystemDoesNotTakeFailsAndTheNextOneRuns() throws Exception {
    Outcome refused = run("true ".repeat(40_000));
    assertInstanceOf(Outcome.ConnectFailed.class, refused);
    assertTrue(refused.toString().contains("Argument list too long"), refused::toString);
    assertEquals(new Outcome.Exited(0, "", false), run("true"));
  }

  /** The first command fails before anything of it has begun. */
  private final class FailingOnce implements ShellRunner {
    private final AtomicBoolean failed = new AtomicBoolean();

    @Override
    public void reserve(String member, AttemptKey key, Consumer<Answer> answer) {
      if (!failed.compareAndSet(false, true)) {
        local.reserve(member, key, answer);
        return;
      }
      answer.accept(
          new Answer.Held(
              new Place() {
                @Override
                public void start(ShellCommand command, long leftNanos, Consumer<Outcome> ended) {
                  throw new OutOfMemoryError("on purpose");
                }

                @Override
                public void giveBack() {}
              }));
    }

    @Override
    public void rejoin(String member, AttemptKey key, Consumer<Outcome> ended) {
      local.rejoin(member, key, ended);
    }

    @Override
    public void kill(String member, AttemptKey key) {
      local.kill(member, key);
    }

    @Override
    public @Nullable CommandOutput liveOutput(String taskId, long runNumber) {
      return local.liveOutput(taskId, runNumber);
    }

    @Override
    public void close() {}
  }

  @Test
  void aFaultAtTheStartOfACommandDoesNotKeepTheOthersFromStarting() throws Exception {
    try (ShellTargets some =
        new ShellTargets(places(), new FailingOnce(), new ShellTargets.Bounds(1, 3))) {
      Try first = Try.of(shell("true"));
      assertTrue(some.start(first));
      assertEquals(
          new Outcome.Broken("the command could not be started: java.lang.OutOfMemoryError"),
          first.await());
      Try second = Try.of(shell("true"));
      assertTrue(some.start(second));
      assertEquals(new Outcome.Exited(0, "", false), second.await());
      assertEquals(1, first.told.get());
    }
  }
}
