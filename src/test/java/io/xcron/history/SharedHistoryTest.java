package io.xcron.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.grid.GridException;
import io.xcron.history.RunFigures.Window;
import io.xcron.history.SimulatedMembers.Member;
import io.xcron.journal.StoredRun;
import io.xcron.model.MachineTime;
import io.xcron.model.RunCodec;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Time;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The past as several members keep it, on real files, while they come and go. */
class SharedHistoryTest {
  private static final Time TIME = new MachineTime();
  private static final List<RunOutcome> OUTCOMES = List.of(RunOutcome.values());

  @TempDir Path directory;
  private final long seed = System.nanoTime();
  private final Random random = new Random(seed);
  private long number;

  private static RunRecord run(String id, long number, RunOutcome outcome, long endMillis) {
    List<RunRecord.Try> tries =
        outcome.delivered()
            ? List.of(new RunRecord.Try(1, endMillis - number % 90, endMillis, "a:1", 200, null))
            : List.of();
    return new RunRecord(
        id,
        1,
        number,
        endMillis - 100,
        endMillis - 100,
        endMillis - number % 90,
        endMillis,
        outcome,
        number % 7 == 0,
        tries,
        "a:1",
        7,
        null,
        null,
        "host" + number % 5);
  }

  private void record(Member member, String id, RunOutcome outcome) {
    // Some a good while ago, as a clock or a slow end may have it.
    long ago = random.nextInt(10) == 0 ? random.nextInt(7_200_000) : random.nextInt(2_000);
    RunRecord run = run(id, ++number, outcome, TIME.nowMillis() - ago);
    RunJournal journal = member.history().local();
    journal.ended(journal.partitionOf(id), "n" + id.length() % 3, run);
  }

  private void record(Member member, int count) {
    for (int i = 0; i < count; i++) {
      record(member, "t" + random.nextInt(20), OUTCOMES.get(random.nextInt(OUTCOMES.size())));
    }
  }

  /** What one counts who looks at every record that there is anywhere, each once. */
  private static RunFigures recount(SimulatedMembers members, Window window, long nowMillis) {
    RunStatistics statistics = new RunStatistics();
    Set<String> seen = new HashSet<>();
    for (Member member : members.living()) {
      member
          .history()
          .local()
          .store()
          .scan(
              0,
              run -> {
                RunCodec.Glance glance = RunCodec.glance(run.payload(), 0);
                if (seen.add(glance.origin() + "/" + run.partition() + "/" + run.sequence())) {
                  statistics.add(glance, nowMillis);
                }
              });
    }
    RunSums all = new RunSums();
    statistics.sums(window, nowMillis).forEach(one -> all.add(one.sums()));
    return all.figures(RunStatistics.fromMillis(window, nowMillis), nowMillis, List.of());
  }

  private void checkFigures(SimulatedMembers members, String when) throws Exception {
    members.settle();
    long now = TIME.nowMillis();
    for (Window window : Window.values()) {
      RunFigures expected = recount(members, window, now);
      for (Member member : members.living()) {
        RunFigures told = member.history().figures(window, now);
        String where = when + ", " + window + ", seed " + seed;
        assertEquals(expected.all(), told.all(), where);
        assertEquals(expected, told, where);
      }
    }
  }

  @Test
  void theFiguresEqualARecountOfTheRecordsAfterTwentyRandomKills() throws Exception {
    long lostForGood = 0;
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 4)) {
      members.lose(10);
      for (int kill = 1; kill <= 20; kill++) {
        for (Member member : members.living()) {
          record(member, random.nextInt(200));
        }
        int victim = random.nextInt(4);
        if (members.living().size() > 2 && members.lives(victim)) {
          // The others go on at the moment of the kill, with copies on their way.
          boolean withDisk = random.nextInt(5) == 0;
          lostForGood += withDisk ? 1 : 0;
          members.kill(victim, withDisk);
        } else if (!members.lives(victim)) {
          members.start(victim);
          kill--;
        } else {
          kill--;
        }
        for (Member member : members.living()) {
          record(member, random.nextInt(50));
        }
        if (random.nextInt(5) == 0) {
          members.lose(0);
          checkFigures(members, "after kill " + kill);
          members.lose(10);
        }
      }
      members.lose(0);
      for (int i = 0; i < 4; i++) {
        if (!members.lives(i)) {
          members.start(i);
        }
      }
      checkFigures(members, "at the end, with " + lostForGood + " disks lost");
      RunFigures end = members.member(0).history().figures(Window.DAY, TIME.nowMillis());
      assertTrue(end.all().runs() > number / 10, end.all().runs() + " of " + number);
      assertEquals(4, members.living().size());
    }
  }

  @Test
  void aMembersRecordsAreFoundWhereverOneAsksThoughItIsLostForGood() throws Exception {
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 3)) {
      for (int i = 0; i < 40; i++) {
        record(members.member(i % 3), "pay", RunOutcome.SUCCESS);
      }
      members.settle();
      members.kill(1, true);
      for (Member member : members.living()) {
        assertEquals(numbersDownFrom(40), numbers(member, "pay", 7), "seed " + seed);
        assertNotNull(member.history().runs().run("pay", 2).get(5, TimeUnit.SECONDS));
        assertNull(member.history().runs().run("pay", 41).get(5, TimeUnit.SECONDS));
      }
      assertEquals(
          40, members.member(0).history().figures(Window.DAY, TIME.nowMillis()).all().runs());
    }
  }

  @Test
  void aCursorStaysGoodWhileMembersComeAndGo() throws Exception {
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 3)) {
      for (int i = 0; i < 60; i++) {
        record(members.member(i % 3), "pay", RunOutcome.SUCCESS);
      }
      members.settle();
      List<Long> found = new ArrayList<>();
      String cursor = null;
      for (int page = 0; page < 6; page++) {
        if (page == 2) {
          members.kill(0, false);
        } else if (page == 4) {
          members.start(0);
          members.kill(2, true);
        }
        Member asked = members.living().get(page % 2);
        RunHistory.Page next =
            asked.history().runs().runs("pay", cursor, 10).get(5, TimeUnit.SECONDS);
        assertEquals(List.of(), next.missing());
        next.runs().forEach(run -> found.add(run.number()));
        cursor = next.nextCursor();
        record(members.member(1), "pay", RunOutcome.SUCCESS);
      }
      assertEquals(numbersDownFrom(60), found, "seed " + seed);
      assertNull(cursor);
    }
  }

  @Test
  void whoDoesNotAnswerIsNamedAndNothingIsSaidToBeMissingForCertain() throws Exception {
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 3)) {
      record(members.member(0), "pay", RunOutcome.SUCCESS);
      members.member(0).history().audit().append(5, "{}");
      members.settle();
      members.lose(100);
      HistoryCluster asked = members.member(0).history();
      List<String> others = List.of("10.0.0.1:5701", "10.0.0.2:5701");
      RunHistory.Page page = asked.runs().runs("pay", null, 10).get(5, TimeUnit.SECONDS);
      assertEquals(1, page.runs().size());
      assertEquals(others, page.missing());
      assertEquals(others, asked.audit().page(null, 10).get(5, TimeUnit.SECONDS).missing());
      assertEquals(others, asked.figures(Window.DAY, TIME.nowMillis()).missing());
      assertNotNull(asked.runs().run("pay", 1).get(5, TimeUnit.SECONDS));
      ExecutionException unknown =
          assertThrows(
              ExecutionException.class, () -> asked.runs().run("pay", 2).get(5, TimeUnit.SECONDS));
      assertTrue(unknown.getCause() instanceof GridException, () -> unknown.toString());
    }
  }

  @Test
  void linesOfTheAuditTrailAreThoseOfAllNewestFirstAndOutliveTheirMember() throws Exception {
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 3)) {
      for (int i = 1; i <= 30; i++) {
        members.member(i % 3).history().audit().append(1_000L + i / 3, Integer.toString(i));
      }
      members.settle();
      members.kill(2, true);
      Set<String> seen = new HashSet<>();
      long before = Long.MAX_VALUE;
      String cursor = null;
      do {
        AuditTrail.Page page =
            members.member(0).history().audit().page(cursor, 7).get(5, TimeUnit.SECONDS);
        for (AuditTrail.Line line : page.lines()) {
          assertTrue(seen.add(line.text()), line.text());
          long at = 1_000 + Long.parseLong(line.text()) / 3;
          assertTrue(at <= before, "newest first");
          before = at;
        }
        cursor = page.nextCursor();
      } while (cursor != null);
      assertEquals(30, seen.size());
    }
  }

  @Test
  void aRecordHasOneCopyThoughAcknowledgementsAreLost() throws Exception {
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 3)) {
      members.lose(40);
      for (int batch = 0; batch < 10; batch++) {
        record(members.member(0), 20);
        members.member(0).history().local().store().flush().get(5, TimeUnit.SECONDS);
      }
      members.settle();
      members.lose(0);
      members.settle();
      List<String> copies = copies(members);
      assertEquals(200, copies.size(), "seed " + seed);
      assertEquals(200, new HashSet<>(copies).size(), "seed " + seed);
      assertEquals(0, members.member(0).history().uncopied());
    }
  }

  @Test
  @Timeout(60)
  void aBatchThatMayHaveBeenTakenGoesToNobodyElseWhenItsMemberLeaves() throws Exception {
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 3)) {
      members.loseAnswers(100);
      record(members.member(0), 50);
      members.member(0).history().local().store().flush().get(5, TimeUnit.SECONDS);
      while (copies(members).size() < 50) {
        Thread.onSpinWait();
      }
      members.rejoin(1);
      members.rejoin(2);
      members.loseAnswers(0);
      members.settle();
      assertEquals(50, copies(members).size(), "seed " + seed);
      members.kill(0, true);
      long now = TIME.nowMillis();
      assertEquals(50, members.member(1).history().figures(Window.DAY, now).all().runs());
    }
  }

  /** Of member 0, on the others. */
  private static List<String> copies(SimulatedMembers members) {
    List<String> copies = new ArrayList<>();
    for (int i = 1; i <= 2; i++) {
      members
          .member(i)
          .history()
          .local()
          .store()
          .scan(0, run -> copies.add(run.partition() + "/" + run.sequence()));
    }
    return copies;
  }

  @Test
  void whatTheDiskOfAKilledMemberLacksComesBackFromItsCopies() throws Exception {
    try (SimulatedMembers members = new SimulatedMembers(directory, TIME, seed, 3)) {
      record(members.member(0), 150);
      members.settle();
      long origin = members.member(0).history().local().store().origin();
      List<StoredRun> copies = new ArrayList<>();
      members.member(1).history().local().store().scan(0, copies::add);
      assertFalse(copies.isEmpty());
      // The kill finds records in memory that are on their way to the disk: there are some nearly
      // always, and whether there were is seen in what comes back.
      record(members.member(0), 99);
      members.member(0).history().handOver(java.time.Duration.ofSeconds(5));
      members.kill(0, false);
      members.start(0);
      members.settle();
      assertEquals(origin, members.member(0).history().local().store().origin());
      List<StoredRun> own = new ArrayList<>();
      members.member(0).history().local().store().scan(0, own::add);
      assertEquals(249, own.size(), "seed " + seed);
      assertEquals(
          249, members.member(0).statistics().figures(Window.DAY, TIME.nowMillis()).all().runs());
    }
  }

  private static List<Long> numbers(Member member, String id, int limit) throws Exception {
    List<Long> numbers = new ArrayList<>();
    @Nullable String cursor = null;
    do {
      RunHistory.Page page =
          member.history().runs().runs(id, cursor, limit).get(5, TimeUnit.SECONDS);
      page.runs().forEach(run -> numbers.add(run.number()));
      cursor = page.nextCursor();
    } while (cursor != null);
    return numbers;
  }

  private static List<Long> numbersDownFrom(long newest) {
    List<Long> numbers = new ArrayList<>();
    for (long number = newest; number > 0; number--) {
      numbers.add(number);
    }
    return numbers;
  }
}
