package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.model.Target;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several members, in the test's hand. */
@Timeout(30)
class ShellBroadcastTest {
  private record Started(String member, @Nullable ShellCommand command, Consumer<Outcome> ended) {}

  private static final class FakeRunner implements ShellRunner {
    final BlockingQueue<Started> started = new LinkedBlockingQueue<>();
    final BlockingQueue<Started> rejoined = new LinkedBlockingQueue<>();
    final Set<String> full = ConcurrentHashMap.newKeySet();
    final Set<String> ill = ConcurrentHashMap.newKeySet();
    final BlockingQueue<String> givenBack = new LinkedBlockingQueue<>();
    final BlockingQueue<String> killed = new LinkedBlockingQueue<>();

    @Override
    public void reserve(String member, AttemptKey key, Consumer<Answer> answer) {
      answer.accept(
          full.contains(member)
              ? new Answer.Refused(true, member + " has no room")
              : ill.contains(member)
                  ? new Answer.Refused(false, member + " does not answer")
                  : new Answer.Held(
                      new Place() {
                        @Override
                        public void start(
                            ShellCommand command, long leftNanos, Consumer<Outcome> ended) {
                          started.add(new Started(member, command, ended));
                        }

                        @Override
                        public void giveBack() {
                          givenBack.add(member);
                        }
                      }));
    }

    @Override
    public void rejoin(String member, AttemptKey key, Consumer<Outcome> ended) {
      rejoined.add(new Started(member, null, ended));
    }

    @Override
    public void kill(String member, AttemptKey key) {
      killed.add(member);
    }

    @Override
    public @Nullable CommandOutput liveOutput(String taskId, long runNumber) {
      return null;
    }

    @Override
    public void close() {}

    Started next() throws InterruptedException {
      Started next = started.poll(20, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("nothing was started");
      }
      return next;
    }
  }

  private final FakeRunner runner = new FakeRunner();
  private final ShellTargets targets =
      new ShellTargets(place -> List.of("a", "b", "c"), runner, new ShellTargets.Bounds(2, 10));

  @AfterEach
  void close() {
    targets.close();
  }

  private Try start(Target.Place place, long runNumber) {
    Try attempt = Try.of(new Target.Shell("true", Map.of(), place, Duration.ofSeconds(5)));
    attempt.runNumber = runNumber;
    assertTrue(targets.start(attempt));
    return attempt;
  }

  private static Outcome exit(int status, String output) {
    return new Outcome.Exited(status, output, false);
  }

  @Test
  void aBroadcastRunsOnEveryMemberAndSucceedsWhenAllHave() throws Exception {
    Try attempt = start(new Target.Place.Broadcast(), 1);
    for (int i = 0; i < 3; i++) {
      Started one = runner.next();
      assertFalse(attempt.end.isDone());
      one.ended().accept(exit(0, one.member() + "!\n"));
    }
    assertEquals(
        exit(0, "[a] exit status 0\na!\n\n[b] exit status 0\nb!\n\n[c] exit status 0\nc!\n\n"),
        attempt.await());
  }

  @Test
  void theFirstFailureIsTheBroadcastsOwn() throws Exception {
    runner.full.add("c");
    Try attempt = start(new Target.Place.Broadcast(), 1);
    Started first = runner.next();
    Started second = runner.next();
    second.ended().accept(exit(3, ""));
    first.ended().accept(exit(0, ""));
    Outcome.Exited exited = assertInstanceOf(Outcome.Exited.class, attempt.await());
    assertEquals(3, exited.status());
    assertTrue(exited.output().contains("[c] c has no room"), exited.output());

    Try again = start(new Target.Place.Broadcast(), 2);
    runner.next().ended().accept(exit(0, ""));
    runner.next().ended().accept(exit(0, ""));
    Outcome missed = again.await();
    assertInstanceOf(Outcome.Broken.class, missed);
    assertTrue(missed.bytesSent(), "two members have run it");
  }

  @Test
  void aKillReachesAllMembers() throws Exception {
    Try attempt = start(new Target.Place.Broadcast(), 1);
    List<Started> all = List.of(runner.next(), runner.next(), runner.next());
    targets.kill(attempt);
    assertEquals(Set.of("a", "b", "c"), new HashSet<>(runner.killed));
    all.forEach(one -> one.ended().accept(new Outcome.Killed("", false)));
    assertInstanceOf(Outcome.Killed.class, attempt.await());
  }

  @Test
  void runsTakeTurnsAndGoPastMembersWithoutRoom() throws Exception {
    Set<String> members = new HashSet<>();
    for (int run = 1; run <= 3; run++) {
      Try attempt = start(new Target.Place.Any(), run);
      Started started = runner.next();
      members.add(started.member());
      assertEquals(started.member(), attempt.placed);
      started.ended().accept(exit(0, ""));
      assertEquals(exit(0, ""), attempt.await());
    }
    assertEquals(Set.of("a", "b", "c"), members);

    runner.full.addAll(List.of("a", "b"));
    Try attempt = start(new Target.Place.Any(), 4);
    assertEquals("c", runner.next().member());
    assertEquals("c", attempt.placed);
    runner.full.add("c");
    Try none = start(new Target.Place.Any(), 5);
    assertEquals(new Outcome.Withdrawn(), none.await(), "it is offered again when there is room");
    assertEquals(0, none.asked.get());
    targets.kill(none);
    assertTrue(runner.killed.isEmpty());

    runner.full.clear();
    runner.ill.addAll(List.of("a", "b", "c"));
    Outcome failed = start(new Target.Place.Any(), 6).await();
    assertInstanceOf(Outcome.ConnectFailed.class, failed);
    assertTrue(failed.toString().contains("b does not answer"), failed::toString);
    assertInstanceOf(
        Outcome.ConnectFailed.class,
        start(new Target.Place.Broadcast(), 7).await(),
        "nothing has run anywhere");
  }

  @Test
  void aPlaceIsGivenBackWhenTheEngineSaysNo() throws Exception {
    Try attempt =
        new Try(
            new Target.Shell("true", Map.of(), new Target.Place.Broadcast(), Duration.ofSeconds(5)),
            () -> false);
    assertTrue(targets.start(attempt));
    assertEquals(new Outcome.Withdrawn(), attempt.await());
    assertEquals(Set.of("a", "b", "c"), new HashSet<>(runner.givenBack));
    assertTrue(runner.started.isEmpty());
  }

  @Test
  void aBroadcastIsHeardAgainOnAllItsMembers() throws Exception {
    Try attempt = start(new Target.Place.Broadcast(), 1);
    for (int i = 0; i < 3; i++) {
      runner.next().ended().accept(exit(0, ""));
    }
    attempt.await();
    String placed = Objects.requireNonNull(attempt.placed);
    assertEquals("a,b,c", placed);
    Try again = Try.of(attempt.target());
    assertTrue(targets.rejoin(again, placed));
    for (int i = 0; i < 3; i++) {
      Started one = runner.rejoined.take();
      assertFalse(again.end.isDone());
      one.ended().accept(exit(one.member().equals("b") ? 4 : 0, ""));
    }
    assertEquals(4, assertInstanceOf(Outcome.Exited.class, again.await()).status());
    assertEquals(0, again.asked.get());
  }
}
