package io.xcron.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What an owner and the member that runs for it say to each other, over links that fail. */
class RunsElsewhereTest {
  private static final long GRANT = TimeUnit.MILLISECONDS.toNanos(900);
  private static final Outcome DONE = new Outcome.Exited(0, "done", false);

  private final FakeMembers world = new FakeMembers("a", "b", "m");

  private static AttemptKey key(long run) {
    return new AttemptKey("t", 1, run, 1);
  }

  private static ShellCommand command(AttemptKey key) {
    return new ShellCommand(
        key, 1, 2, 3, "00-1-2-01", "arg", "true", Map.of("A", "ä"), Duration.ofSeconds(5));
  }

  /** One attempt as an owner makes it. */
  private final class Try {
    final String owner;
    final AttemptKey key;
    final List<Outcome> told = new ArrayList<>();
    @Nullable String refusal;
    long permittedUntilNanos;
    boolean asked;

    Try(String owner, AttemptKey key) {
      this.owner = owner;
      this.key = key;
    }

    Try start() {
      RunsElsewhere elsewhere = world.member(owner).elsewhere;
      elsewhere.reserve(
          "m",
          key,
          null,
          word -> {
            if (word instanceof MemberMessage.Refused refused) {
              refusal = refused.reason();
            } else {
              asked = true;
              permittedUntilNanos = world.nowNanos + GRANT;
              elsewhere.start("m", command(key), GRANT, told::add, world.nowNanos);
            }
          },
          world.nowNanos);
      return this;
    }

    Try rejoin() {
      world.member(owner).elsewhere.rejoin("m", key, told::add, world.nowNanos);
      return this;
    }

    void kill() {
      world.member(owner).elsewhere.kill("m", key);
    }

    Outcome only() {
      assertEquals(1, told.size(), told::toString);
      return told.getFirst();
    }
  }

  private FakeMembers.Member m() {
    return world.member("m");
  }

  private void lose(Class<? extends MemberMessage> kind) {
    world.weather = (from, to, message) -> kind.isInstance(message) ? -1 : 1_000_000;
  }

  private void clear() {
    world.weather = (from, to, message) -> 1_000_000;
  }

  @Test
  void aPlaceIsAskedForThenTheEngineThenItStartsAndItsEndIsTold() {
    Try one = new Try("a", key(1)).start();
    world.pass(10);
    assertEquals(command(key(1)), m().all.getFirst().work);
    assertTrue(one.told.isEmpty());
    m().all.getFirst().end(DONE);
    world.pass(10);
    assertEquals(DONE, one.only());
    world.pass(5_000);
    assertEquals(4, world.sent.size(), world.sent::toString);
    assertTrue(world.member("a").elsewhere.isEmpty());
    assertEquals(0, m().forOthers.size());
  }

  @Test
  void whatItWritesIsSeenByTheOwnerHalfASecondLater() {
    new Try("a", key(1)).start();
    world.pass(100);
    byte[] text = "grüße\n".getBytes(StandardCharsets.UTF_8);
    m().all.getFirst().output.append(text, text.length);
    world.pass(600);
    CommandOutput live = world.member("a").elsewhere.liveOutput("t", 1);
    assertNotNull(live);
    assertEquals("grüße\n", live.read(0).text());
    m().all.getFirst().output.append(new byte[100_000], 100_000);
    world.pass(2_000);
    CommandOutput there = m().all.getFirst().output;
    assertEquals(there.read(0), live.read(0));
    assertEquals(there.read(90_000), live.read(90_000));
    m().all.getFirst().end(DONE);
    world.pass(10);
    assertNull(world.member("a").elsewhere.liveOutput("t", 1));
  }

  @Test
  void nothingStartsWhenThePermissionHasRunOutOnTheWay() {
    world.weather =
        (from, to, message) ->
            message instanceof MemberMessage.Go ? TimeUnit.MILLISECONDS.toNanos(901) : 1_000_000;
    Try late = new Try("a", key(1)).start();
    world.pass(2_000);
    assertEquals(new Outcome.Withdrawn(), late.only());
    assertTrue(m().all.isEmpty());
    assertTrue(m().held.isEmpty());

    // The time counts from when the member has made its stamp, which is before the engine was
    // asked.
    world.weather =
        (from, to, message) ->
            message instanceof MemberMessage.Ready || message instanceof MemberMessage.Go
                ? TimeUnit.MILLISECONDS.toNanos(message instanceof MemberMessage.Go ? 601 : 300)
                : 1_000_000;
    Try later = new Try("a", key(2)).start();
    world.pass(2_000);
    assertEquals(new Outcome.Withdrawn(), later.only());
    assertTrue(m().all.isEmpty());
  }

  @Test
  void aMemberThatDoesNotAnswerInTimeHasNoPlace() {
    world.weather =
        (from, to, message) ->
            message instanceof MemberMessage.Ready ? TimeUnit.MILLISECONDS.toNanos(700) : 1_000_000;
    Try one = new Try("a", key(1)).start();
    world.pass(550);
    assertEquals("m does not answer", one.refusal);
    world.pass(1_000);
    assertFalse(one.asked);
    assertTrue(m().held.isEmpty(), "the place was given back");
    m().room = 0;
    clear();
    Try full = new Try("a", key(2)).start();
    world.pass(10);
    assertEquals("m has no room", full.refusal);
  }

  @Test
  void aStartThatWasLostIsWithdrawnAndNeverComesLate() {
    long[] way = {TimeUnit.SECONDS.toNanos(3)};
    world.weather = (from, to, message) -> message instanceof MemberMessage.Go ? way[0] : 1_000_000;
    Try one = new Try("a", key(1)).start();
    world.pass(700);
    assertEquals(new Outcome.Withdrawn(), one.only());
    world.pass(5_000);
    assertTrue(m().all.isEmpty());
    assertEquals(1, one.told.size());
  }

  @Test
  void aLateWordAboutTheFirstPlaceIsNotTakenForOneAboutTheSecond() {
    world.weather =
        (from, to, message) ->
            message instanceof MemberMessage.Go
                ? TimeUnit.SECONDS.toNanos(2)
                : message instanceof MemberMessage.NotStarted
                    ? TimeUnit.MILLISECONDS.toNanos(100)
                    : 1_000_000;
    Try first = new Try("a", key(1)).start();
    world.pass(750);
    assertEquals(new Outcome.Withdrawn(), first.only());
    world.weather =
        (from, to, message) ->
            message instanceof MemberMessage.NotStarted ? 800_000_000 : 1_000_000;
    world.pass(1_250);
    Try second = new Try("a", key(1)).start();
    world.pass(5_000);
    assertEquals(1, m().all.size());
    assertTrue(second.told.isEmpty(), "it runs, though the first start was refused meanwhile");
  }

  @Test
  void anEndThatWasLostIsToldAgain() {
    Try one = new Try("a", key(1)).start();
    world.pass(10);
    lose(MemberMessage.Ended.class);
    m().all.getFirst().end(DONE);
    world.pass(1_200);
    assertTrue(one.told.isEmpty());
    clear();
    world.pass(600);
    assertEquals(DONE, one.only());
  }

  @Test
  void aKillIsRepeatedUntilItIsHeard() {
    Try one = new Try("a", key(1)).start();
    world.pass(10);
    lose(MemberMessage.Kill.class);
    one.kill();
    world.pass(600);
    assertTrue(one.told.isEmpty());
    clear();
    world.pass(600);
    assertEquals(new Outcome.Killed("so far", false), one.only());
  }

  @Test
  void theDeathOfTheMemberBreaksWhatItRuns() {
    Try one = new Try("a", key(1)).start();
    Try other = new Try("a", key(2)).start();
    world.pass(10);
    world.die("m");
    world.pass(150);
    assertInstanceOf(Outcome.Broken.class, one.only());
    assertInstanceOf(Outcome.Broken.class, other.only());
    world.startAnew("m");
    Try again = new Try("a", key(3)).start();
    world.pass(10);
    world.startAnew("m");
    world.pass(600);
    assertInstanceOf(
        Outcome.Broken.class, again.only(), "it came back so fast that nobody missed it");
  }

  @Test
  void theNextOwnerHearsOfWhatGoesOnAndOfWhatHasEndedMeanwhile() {
    new Try("a", key(1)).start();
    new Try("a", key(2)).start();
    world.pass(10);
    world.die("a");
    m().all.get(1).end(DONE);
    world.pass(7_000);
    Try one = new Try("b", key(1)).rejoin();
    Try two = new Try("b", key(2)).rejoin();
    Try unknown = new Try("b", key(3)).rejoin();
    world.pass(200);
    assertTrue(one.told.isEmpty());
    assertEquals(DONE, two.only());
    assertInstanceOf(Outcome.Broken.class, unknown.only());
    world.pass(100_000);
    assertTrue(one.told.isEmpty(), "it is asked for, so it goes on");
    m().all.getFirst().end(new Outcome.Exited(3, "", false));
    world.pass(10);
    assertEquals(new Outcome.Exited(3, "", false), one.only());
    world.pass(61_000);
    Try late = new Try("b", key(2)).rejoin();
    world.pass(10);
    assertInstanceOf(Outcome.Broken.class, late.only());
  }

  @Test
  void whatAMemberRunsOfItsOwnIsHeardByTheNextOwnerToo() {
    m().ownRuns = Set.of(key(1));
    Try one = new Try("b", key(1)).rejoin();
    world.pass(3_000);
    assertTrue(one.told.isEmpty());
    Objects.requireNonNull(m().heard.get(key(1))).accept(DONE);
    world.pass(10);
    assertEquals(DONE, one.only());
  }

  @Test
  void whatNoOwnerAsksForIsEndedBeforeAnOwnerGivesItUp() {
    Try one = new Try("a", key(1)).start();
    world.pass(10);
    world.weather = (from, to, message) -> -1;
    world.pass(59_000);
    assertFalse(m().all.getFirst().over);
    world.pass(2_000);
    assertTrue(m().all.getFirst().abandoned);
    assertTrue(one.told.isEmpty());
    world.pass(5_000);
    assertInstanceOf(Outcome.Broken.class, one.only());
  }

  @Test
  void aMemberRunsNoMoreThanSoManyForOthersAndTakesNoneWhenItStops() {
    List<Try> all = new ArrayList<>();
    for (int i = 0; i <= RunsForOthers.MOST; i++) {
      all.add(new Try("a", key(i)).start());
    }
    world.pass(10);
    assertEquals(RunsForOthers.MOST, m().all.size());
    assertEquals("m runs too much for others", all.getLast().refusal);
    m().forOthers.close();
    Try late = new Try("a", key(9_999)).start();
    world.pass(10);
    assertEquals("m stops", late.refusal);
    m().forOthers.abandonAll();
    world.pass(10);
    assertEquals(new Outcome.Broken("abandoned"), all.getFirst().only());
  }

  @Test
  void aMemberThatStopsLeavesWhatRunsElsewhere() {
    Try one = new Try("a", key(1)).start();
    world.pass(10);
    world.member("a").elsewhere.close();
    assertEquals(new Outcome.Broken("this member stops"), one.only());
    world.die("a");
    world.pass(2_000);
    assertFalse(m().all.getFirst().over);
  }

  /**
   * Links that lose and delay, members that die and come back, kills and other owners, by chance:
   * nothing starts without a permission, or twice on one; each end is told once; in the end nothing
   * is left.
   */
  @Test
  void whateverTheLinksDoNothingStartsTooLateAndEachEndIsToldOnce() {
    long seed = Long.getLong("xcron.seed", System.nanoTime());
    Random seeds = new Random(seed);
    for (int life = 0; life < 300; life++) {
      troubledLife(new Random(seeds.nextLong()), "seed " + seed + ", life " + life);
    }
  }

  /** One that may be offered again under its key, as the engine does. */
  private @Nullable Try withdrawn(List<Try> tries, Random random) {
    if (tries.isEmpty()) {
      return null;
    }
    Try one = tries.get(random.nextInt(tries.size()));
    boolean latest =
        tries.stream().filter(other -> other.key.equals(one.key)).toList().getLast() == one;
    return latest && one.told.contains(new Outcome.Withdrawn()) ? one : null;
  }

  private void troubledLife(Random random, String seed) {
    world.startAnew("m");
    world.startAnew("a");
    world.startAnew("b");
    List<FakeMembers.Running> started = new ArrayList<>();
    double lost = random.nextDouble() * 0.3;
    world.weather =
        (from, to, message) ->
            random.nextDouble() < lost
                ? -1
                : random.nextInt(10) == 0
                    ? TimeUnit.MILLISECONDS.toNanos(random.nextInt(2_500))
                    : 1_000_000L * (1 + random.nextInt(5));
    List<Try> tries = new ArrayList<>();
    Map<AttemptKey, Try> byKey = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      switch (random.nextInt(8)) {
        case 0 -> {
          if (!tries.isEmpty()) {
            tries.get(random.nextInt(tries.size())).kill();
          }
        }
        case 1 -> {
          List<FakeMembers.Running> going = List.copyOf(m().running.values());
          if (!going.isEmpty()) {
            going.get(random.nextInt(going.size())).end(DONE);
          }
        }
        case 2 -> {
          if (random.nextInt(4) == 0) {
            started.addAll(m().all);
            world.startAnew("m");
          }
        }
        case 4 -> {
          Try again = withdrawn(tries, random);
          if (again != null) {
            Try one = new Try("a", again.key).start();
            tries.add(one);
            byKey.put(one.key, one);
          }
        }
        case 3 -> {
          if (!tries.isEmpty()) {
            Try old = tries.get(random.nextInt(tries.size()));
            if (old.asked && old.owner.equals("a")) {
              tries.add(new Try("b", old.key).rejoin());
            }
          }
        }
        default -> {
          Try one = new Try("a", key(i)).start();
          tries.add(one);
          byKey.put(one.key, one);
        }
      }
      world.pass(random.nextInt(400));
    }
    clear();
    world.pass(3_000);
    List.copyOf(m().running.values()).forEach(one -> one.end(DONE));
    world.pass(70_000);
    started.addAll(m().all);
    Map<AttemptKey, Integer> starts = new HashMap<>();
    for (FakeMembers.Running one : started) {
      starts.merge(one.work.key(), 1, Integer::sum);
      Try of = byKey.get(one.work.key());
      assertNotNull(of, seed);
      assertTrue(one.startedNanos <= of.permittedUntilNanos, seed + ": started too late");
    }
    starts.forEach((key, times) -> assertEquals(1, times, seed + ": " + key));
    for (Try one : tries) {
      boolean none = one.refusal != null;
      assertEquals(none ? 0 : 1, one.told.size(), () -> seed + ": " + one.key + one.told);
      boolean withdrawn = one.told.contains(new Outcome.Withdrawn()) && byKey.get(one.key) == one;
      assertFalse(
          withdrawn && starts.containsKey(one.key), seed + ": " + one.key + " was said not to run");
    }
    assertEquals(0, m().forOthers.size(), seed);
    assertTrue(m().held.isEmpty(), seed);
    assertTrue(world.member("a").elsewhere.isEmpty(), seed);
  }
}
