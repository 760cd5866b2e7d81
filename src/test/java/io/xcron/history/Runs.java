package io.xcron.history;

import io.xcron.model.RunOutcome;
import io.xcron.model.RunRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Records for tests. */
final class Runs {
  static final long DUE = 1_795_248_000_000L;

  private Runs() {}

  static RunRecord run(String id, long generation, long number) {
    return run(id, generation, number, RunOutcome.SUCCESS, 3, 40, null);
  }

  static RunRecord run(
      String id,
      long generation,
      long number,
      RunOutcome outcome,
      long lagMillis,
      long durationMillis,
      @Nullable String output) {
    long due = DUE + number * 1_000;
    long start = due + lagMillis;
    long end = start + durationMillis;
    boolean called = outcome.delivered();
    return new RunRecord(
        id,
        generation,
        number,
        due,
        due,
        start,
        end,
        outcome,
        false,
        called ? List.of(new RunRecord.Try(1, start, end, "10.0.0.1:5701", 200, null)) : List.of(),
        "10.0.0.1:5701",
        called ? 77 : 0,
        output,
        called ? null : "let go");
  }
}
