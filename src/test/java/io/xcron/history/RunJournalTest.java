package io.xcron.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.journal.RunStoreConfig;
import io.xcron.model.InvalidTaskException;
import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import io.xcron.model.Time;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunJournalTest {
  private static final Time TIME =
      new Time() {
        @Override
        public long nowMillis() {
          return Runs.DUE;
        }

        @Override
        public long nanoTime() {
          return System.nanoTime();
        }
      };

  @TempDir Path directory;
  private final RunStatistics statistics = new RunStatistics();
  private RunJournal journal;

  @BeforeEach
  void open() {
    journal =
        RunJournal.open(RunStoreConfig.of(directory), TIME, id -> id.length(), 100, statistics);
  }

  @AfterEach
  void close() {
    journal.close();
  }

  private void ended(RunRecord run) {
    journal.ended(run.taskId().length(), "default", run);
  }

  @Test
  void aRunIsFoundAsSoonAsItWasRecordedAndAfterReopening() {
    RunRecord run = Runs.run("pay", 1, 1, RunOutcome.SUCCESS, 3, 40, "done");
    ended(run);
    assertEquals(run, journal.run("pay", 1).join());
    journal.close();
    open();
    assertEquals(run, journal.run("pay", 1).join());
    assertNull(journal.run("pay", 2).join());
    assertNull(journal.run("pax", 1).join());
  }

  @Test
  void pagesHaveEachRunOnceThoughOthersAreAddedMeanwhile() {
    for (int number = 1; number <= 25; number++) {
      ended(Runs.run("pay", 1, number));
      ended(Runs.run("other", 1, number));
    }
    List<Long> numbers = new ArrayList<>();
    RunHistory.Page page = journal.runs("pay", null, 10).join();
    page.runs().forEach(run -> numbers.add(run.number()));
    ended(Runs.run("pay", 1, 26));
    while (page.nextCursor() != null) {
      page = journal.runs("pay", page.nextCursor(), 10).join();
      page.runs().forEach(run -> numbers.add(run.number()));
    }
    assertEquals(25, numbers.size());
    for (int i = 0; i < 25; i++) {
      assertEquals(25 - i, numbers.get(i));
    }
  }

  @Test
  void aLastFullPageHasNoCursor() {
    ended(Runs.run("pay", 1, 1));
    ended(Runs.run("pay", 1, 2));
    assertNull(journal.runs("pay", null, 2).join().nextCursor());
    assertEquals(List.of(), journal.runs("nobody", null, 2).join().runs());
  }

  @Test
  void aNumberMeansTheNewestGenerationThatHasIt() {
    ended(Runs.run("pay", 100, 1));
    ended(Runs.run("pay", 100, 9));
    ended(Runs.run("pay", 200, 1));
    ended(Runs.run("pay", 200, 2));
    ended(Runs.run("pay", 300, 4));
    assertEquals(200, Objects.requireNonNull(journal.run("pay", 1).join()).generation());
    assertEquals(100, Objects.requireNonNull(journal.run("pay", 9).join()).generation());
    assertEquals(300, Objects.requireNonNull(journal.run("pay", 4).join()).generation());
    assertNull(journal.run("pay", 3).join());
  }

  @Test
  void aReplayedRunIsAnsweredAsItEndedLast() {
    ended(Runs.run("pay", 1, 1, RunOutcome.FAILURE, 3, 40, null));
    ended(Runs.run("pay", 1, 1, RunOutcome.SUCCESS, 3, 90, null));
    List<RunRecord> runs = journal.runs("pay", null, 10).join().runs();
    assertEquals(1, runs.size());
    assertEquals(RunOutcome.SUCCESS, runs.getFirst().outcome());
  }

  @Test
  void aLongOutputIsCutAtACharacter() {
    ended(Runs.run("pay", 1, 1, RunOutcome.SUCCESS, 3, 40, "é".repeat(400)));
    String output =
        Objects.requireNonNull(Objects.requireNonNull(journal.run("pay", 1).join()).output());
    assertEquals("é".repeat(48) + "…", output);
  }

  @Test
  void aCursorOfSomebodyElseIsRefusedByName() {
    for (String cursor : List.of("", "x", "1.", ".1", "1.-2", "é.é", "1.2.3")) {
      InvalidTaskException refused =
          assertThrows(InvalidTaskException.class, () -> journal.runs("pay", cursor, 5), cursor);
      assertEquals("cursor", refused.field());
    }
  }

  @Test
  void eachRecordIsCounted() {
    ended(Runs.run("pay", 1, 1));
    ended(Runs.run("pay", 1, 2, RunOutcome.MISFIRED, 0, 0, null));
    journal.run("pay", 1).join();
    RunFigures.Part all = statistics.figures(RunFigures.Window.HOUR, Runs.DUE).all();
    assertEquals(2, all.runs());
    assertEquals(1L, all.outcomes().get(RunOutcome.MISFIRED));
    assertTrue(all.lag().count() == 1 && all.duration().p50() == 40, all.toString());
  }
}
