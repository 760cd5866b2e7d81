package io.xcron.fire;

import io.xcron.model.RunRecord;
import io.xcron.target.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a run's record will say of the tries that this owner has made: told one after the other as
 * they end, but for the last, which the end of the run tells. Guarded as the run is.
 */
final class Tries {
  private final Run run;
  private @Nullable List<RunRecord.Try> told;

  /** The last try that is told, or is a former owner's. */
  private int toldThrough;

  Tries(Run run) {
    this.run = run;
  }

  /** Those up to this one were a former owner's, and are not known here. */
  void beginAfter(int attempt) {
    toldThrough = attempt;
  }

  /** Remembers what became of the latest try; once for each. */
  void tell(long endMillis, @Nullable String error) {
    if (run.attempted <= toldThrough) {
      return;
    }
    List<RunRecord.Try> all = told;
    if (all == null) {
      all = new ArrayList<>(1);
      told = all;
    } else if (all.size() == RunRecord.MAX_ATTEMPTS) {
      all.removeFirst();
    }
    all.add(latest(endMillis, error));
    toldThrough = run.attempted;
  }

  /** All of them, when the run has ended. */
  List<RunRecord.Try> all(long endMillis) {
    if (run.attempted > toldThrough) {
      Outcome outcome = run.outcome();
      // What was withdrawn has not started here: a former owner has made this try.
      String error =
          outcome == null || outcome instanceof Outcome.Withdrawn
              ? "nobody knows what became of it"
              : RunRecords.error(outcome);
      if (told == null) {
        return List.of(latest(endMillis, error));
      }
      tell(endMillis, error);
    }
    List<RunRecord.Try> all = told;
    return all == null ? List.of() : all;
  }

  private RunRecord.Try latest(long endMillis, @Nullable String error) {
    String where = run.placed();
    return new RunRecord.Try(
        run.attempted,
        run.startMillis,
        endMillis,
        where == null ? run.home().member() : where,
        RunRecords.status(run.outcome()),
        error);
  }
}
