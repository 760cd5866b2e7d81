package io.xcron.target;

import static io.xcron.target.Awaiting.pid;
import static io.xcron.target.Awaiting.runs;
import static io.xcron.target.Awaiting.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three members in this process, with real commands and handlers. */
@Timeout(60)
class MemberRunsTest {
  @TempDir Path directory;

  private final Map<String, Node> nodes = new ConcurrentHashMap<>();

  private final class Node implements MemberLink {
    final Peer self;
    final Map<String, HandlerCode> codes = new ConcurrentHashMap<>();
    final MemberRuns runs;

    Node(String name, boolean shell, Set<String> groups) {
      self = new Peer(name, shell, groups);
      runs =
          new MemberRuns(
              this,
              codes::get,
              new ShellTargets.Bounds(2, 10),
              new HandlerTargets.Bounds(2, 10, Duration.ofMillis(200)));
      nodes.put(name, this);
    }

    @Override
    public Peer self() {
      return self;
    }

    @Override
    public List<Peer> members() {
      return nodes.values().stream()
          .map(node -> node.self)
          .sorted(Comparator.comparing(Peer::name))
          .toList();
    }

    @Override
    public void send(String member, byte[] message) {
      Node there = nodes.get(member);
      if (there != null) {
        there.runs.received(self.name(), message);
      }
    }

    Try command(String command, Target.Place place) {
      return command(command, place, 42);
    }

    Try command(String command, Target.Place place, long run) {
      Try attempt = Try.of(new Target.Shell(command, Map.of(), place, Duration.ofSeconds(30)));
      attempt.runNumber = run;
      assertTrue(runs.shell().start(attempt));
      return attempt;
    }

    Try handler(String name) {
      Try attempt = Try.of(new Target.Handler(name, "given"));
      attempt.labels = Map.of("team", "pay");
      assertTrue(runs.handlers().start(attempt));
      return attempt;
    }
  }

  private final Node a = new Node("a:1", false, Set.of());
  private final Node b = new Node("b:1", true, Set.of("web"));
  private final Node c = new Node("c:1", true, Set.of("web", "db"));

  @AfterEach
  void close() {
    nodes.values().forEach(node -> node.runs.close());
  }

  private static Outcome exit(int status, String output) {
    return new Outcome.Exited(status, output, false);
  }

  @Test
  void aCommandRunsWhereItsPlaceSays() throws Exception {
    String who = "echo $XCRON_TASK_ID/$XCRON_RUN_NUMBER $XCRON_FENCING_TOKEN";
    Try named = a.command(who, new Target.Place.Member("b"));
    assertEquals(exit(0, "t1/42 9000000000000\n"), named.await());
    assertEquals("b:1", named.placed);
    Try group = a.command("true", new Target.Place.Group("db"));
    assertEquals(exit(0, ""), group.await());
    assertEquals("c:1", group.placed);
    Try any = a.command("true", new Target.Place.Any());
    assertEquals(exit(0, ""), any.await());
    assertTrue(Set.of("b:1", "c:1").contains(any.placed), any.placed);
    Try all = a.command("exit 3", new Target.Place.Broadcast());
    assertEquals(exit(3, "[b:1] exit status 3\n\n[c:1] exit status 3\n\n"), all.await());
    assertEquals("b:1,c:1", all.placed);
    assertEquals(1, all.asked.get());
    assertEquals(
        new Outcome.ConnectFailed("no member a:1 that runs shell commands is here"),
        a.command("true", new Target.Place.Member("a:1")).await());
  }

  @Test
  void aKillReachesTheChildrenOfACommandElsewhere() throws Exception {
    Path file = directory.resolve("child");
    Try attempt =
        a.command(
            "echo begun; (trap '' TERM; echo $BASHPID > "
                + file
                + "; while :; do sleep 0.2; done) & wait",
            new Target.Place.Member("b:1"));
    long child = pid(file);
    until(
        "its output on the owner",
        () -> {
          CommandOutput live = a.runs.shell().liveOutput("t1", 42);
          return live != null && live.read(0).text().equals("begun\n");
        });
    long before = System.nanoTime();
    a.runs.shell().kill(attempt);
    assertEquals(new Outcome.Killed("begun\n", false), attempt.await());
    until("the end of the child", () -> !runs(child));
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
    assertTrue(millis < 1_000, "the kill took " + millis + " ms");
  }

  @Test
  void aCommandIsHeardAgainByAnotherMemberAndByTheOneThatRunsIt() throws Exception {
    Path file = directory.resolve("command");
    Try attempt =
        a.command("echo $$ > " + file + "; exec sleep 30", new Target.Place.Member("c:1"));
    pid(file);
    Try onB = Try.of(attempt.target());
    Try onC = Try.of(attempt.target());
    assertTrue(b.runs.shell().rejoin(onB, "c:1"));
    assertTrue(c.runs.shell().rejoin(onC, "c:1"));
    c.runs.shell().kill(onC);
    assertInstanceOf(Outcome.Killed.class, onC.await());
    assertInstanceOf(Outcome.Killed.class, onB.await());
    assertInstanceOf(Outcome.Killed.class, attempt.await());
  }

  @Test
  void aMemberThatIsFullOrStopsIsPassedOver() throws Exception {
    Path file = directory.resolve("busy");
    Try[] busy = new Try[2];
    for (int i = 0; i < busy.length; i++) {
      Path own = directory.resolve("busy" + i);
      busy[i] =
          b.command("echo $$ > " + own + "; exec sleep 30", new Target.Place.Member("b:1"), i);
      pid(own);
    }
    Try attempt = a.command("true", new Target.Place.Member("b:1"));
    assertEquals(new Outcome.Withdrawn(), attempt.await(), "there may be room later");
    assertEquals(0, attempt.asked.get());
    Try other = a.command("true", new Target.Place.Group("web"));
    assertEquals(exit(0, ""), other.await());
    assertEquals("c:1", other.placed);

    Try going = a.command("echo $$ > " + file + "; exec sleep 0.3", new Target.Place.Member("c:1"));
    pid(file);
    c.runs.takeNoMore();
    assertTrue(c.runs.drain(Duration.ofSeconds(20)), "what ran has ended");
    assertEquals(exit(0, ""), going.await());
    Outcome refused = a.command("true", new Target.Place.Member("c:1")).await();
    assertEquals(new Outcome.ConnectFailed("c:1 stops"), refused);
    for (Try one : busy) {
      b.runs.shell().kill(one);
      one.await();
    }
  }

  @Test
  void aHandlerIsCalledOnTheMemberThatHasIt() throws Exception {
    c.codes.put(
        "settle",
        call -> call.print(call.idempotencyKey() + " " + call.arg() + " " + call.label("team")));
    Try attempt = a.handler("settle");
    assertEquals(exit(0, "t1/3/42 given pay\n"), attempt.await());
    assertEquals("c:1", attempt.placed);
    assertEquals(1, attempt.asked.get());
    Try missing = a.handler("other");
    assertEquals(
        new Outcome.ConnectFailed("no handler other here, nor on any of the 2 other members"),
        missing.await());
    assertEquals(0, missing.asked.get());
    c.codes.put(
        "settle",
        call -> {
          throw new IllegalStateException("no");
        });
    assertEquals(1, assertInstanceOf(Outcome.Exited.class, a.handler("settle").await()).status());
    Try no = new Try(new Target.Handler("settle", null), () -> false);
    assertTrue(a.runs.handlers().start(no));
    assertEquals(new Outcome.Withdrawn(), no.await());
  }

  @Test
  void aHandlerElsewhereIsKilledAndIsHeardAgain() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    b.codes.put(
        "wait",
        call -> {
          call.print("begun");
          entered.countDown();
          new CountDownLatch(1).await();
        });
    Try attempt = a.handler("wait");
    assertTrue(entered.await(20, TimeUnit.SECONDS));
    Try again = Try.of(attempt.target());
    assertTrue(c.runs.handlers().rejoin(again, "b:1"));
    c.runs.handlers().kill(again);
    assertEquals(new Outcome.Killed("begun\n", false), again.await());
    assertEquals(new Outcome.Killed("begun\n", false), attempt.await());
  }

  @Test
  void whatAMemberRunsEndsWhenTheOthersHaveGivenItUp() throws Exception {
    Path file = directory.resolve("lost");
    Try attempt =
        a.command("echo $$ > " + file + "; exec sleep 30", new Target.Place.Member("b:1"));
    long command = pid(file);
    nodes.remove("b:1");
    assertEquals(
        new Outcome.Broken("b:1 is no member any more, and the run is lost with it"),
        attempt.await());
    assertTrue(runs(command));
    b.runs.abandonAll();
    until("the end of the command", () -> !runs(command));
    b.runs.close();
  }
}
