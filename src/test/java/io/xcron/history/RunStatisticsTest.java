package io.xcron.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.xcron.history.RunFigures.Window;
import io.xcron.model.RunCodec;
import io.xcron.model.RunOutcome;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RunStatisticsTest {
  private static final long START = Runs.DUE;
  private static final List<RunOutcome> ALL = List.of(RunOutcome.values());

  private static RunCodec.Glance glance(
      String namespace, String id, RunOutcome outcome, long lag, long duration, long endMillis) {
    long start = endMillis - duration;
    return new RunCodec.Glance(
        namespace, id, outcome, false, start - lag, start, endMillis, 1, "host", 0);
  }

  private static void add(RunStatistics statistics, RunCodec.Glance run) {
    statistics.add(run, run.endMillis());
  }

  @Test
  void aWindowCountsWhatLiesInItAndNothingOlder() {
    RunStatistics statistics = new RunStatistics();
    for (int minute = 0; minute < 120; minute++) {
      add(
          statistics,
          glance("default", "t" + minute, RunOutcome.SUCCESS, 1, 5, START + minute * 60_000L));
    }
    long now = START + 119 * 60_000L + 30_000;
    assertEquals(1, statistics.figures(Window.MINUTE, now).all().runs());
    assertEquals(11, statistics.figures(Window.TEN_MINUTES, now).all().runs());
    assertEquals(61, statistics.figures(Window.HOUR, now).all().runs());
    assertEquals(120, statistics.figures(Window.DAY, now).all().runs());
    long later = now + 3_600_000L;
    assertEquals(0, statistics.figures(Window.TEN_MINUTES, later).all().runs());
  }

  @Test
  void countsAndPercentilesAreThoseOfTheRuns() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    RunStatistics statistics = new RunStatistics();
    long[] outcomes = new long[16];
    int n = 20_000;
    for (int i = 0; i < n; i++) {
      RunOutcome outcome = ALL.get(random.nextInt(ALL.size()));
      outcomes[outcome.code()]++;
      add(statistics, glance("n" + i % 3, "t", outcome, i % 100, i % 1_000, START + i % 50_000L));
    }
    RunFigures figures = statistics.figures(Window.MINUTE, START + 50_000);
    for (RunOutcome outcome : RunOutcome.values()) {
      assertEquals(outcomes[outcome.code()], figures.all().outcomes().get(outcome), "seed " + seed);
    }
    assertEquals(n, figures.all().runs());
    assertEquals(50, (double) figures.all().lag().p50(), 1.0);
    assertEquals(990, (double) figures.all().duration().p99(), 10.0);
    assertEquals(3, figures.namespaces().size());
    assertEquals(n, figures.namespaces().stream().mapToLong(RunFigures.Part::runs).sum());
    assertEquals(n, figures.tasks().getFirst().runs());
  }

  @Test
  void theBusiestTasksAreKnownAmongVeryMany() {
    RunStatistics statistics = new RunStatistics();
    for (int i = 0; i < 100_000; i++) {
      add(statistics, glance("default", "rare" + i, RunOutcome.SUCCESS, 1, 5, START));
      if (i % 10 == 0) {
        add(statistics, glance("default", "busy", RunOutcome.FAILURE, 1, 7, START));
      }
    }
    RunFigures figures = statistics.figures(Window.HOUR, START + 1);
    assertEquals("busy", figures.tasks().getFirst().id());
    assertEquals(10_000, figures.tasks().getFirst().failures());
    assertEquals(7, figures.tasks().getFirst().meanMillis());
    assertTrue(figures.tasks().size() <= 20);
    assertEquals(110_000, figures.all().runs());
  }

  @Test
  void namespacesAreBoundedAndTheSumIsNot() {
    RunStatistics statistics = new RunStatistics();
    for (int i = 0; i < 1_000; i++) {
      add(statistics, glance("n" + i, "t", RunOutcome.SUCCESS, 1, 5, START));
    }
    RunFigures figures = statistics.figures(Window.DAY, START + 1);
    assertEquals(RunStatistics.MAX_NAMESPACES, figures.namespaces().size());
    assertEquals(1_000, figures.all().runs());
  }
}
