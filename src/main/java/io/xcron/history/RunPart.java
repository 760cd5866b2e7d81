package io.xcron.history;

import io.xcron.history.RunHistory.Page;
import io.xcron.journal.StoredRun;
import io.xcron.model.RunCodec;
import io.xcron.model.RunRecord;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one member has of a page of a task's runs: the newest ones from a place on, newest first.
 *
 * @param more whether it has older ones too
 */
record RunPart(List<StoredRun> runs, boolean more) {
  /** The parts of a page may have so many bytes together, and one run at least. */
  static final int MAX_BYTES = 4 << 20;

  private static final Comparator<StoredRun> NEWEST_FIRST =
      Comparator.comparingLong(StoredRun::generation)
          .thenComparingLong(StoredRun::number)
          .thenComparingLong(StoredRun::sequence)
          .reversed();

  /** The first so many of the runs that were found. */
  static RunPart of(List<StoredRun> found, int limit) {
    int bytes = 0;
    int fit = 0;
    while (fit < Math.min(limit, found.size())
        && (fit == 0 || bytes + found.get(fit).length() <= MAX_BYTES)) {
      bytes += found.get(fit).length();
      fit++;
    }
    return new RunPart(List.copyOf(found.subList(0, fit)), fit < found.size());
  }

  /** A page, put together. */
  record Merged(List<StoredRun> runs, @Nullable String nextCursor) {}

  /**
   * Puts the parts of several members together: each run once, as it was recorded last. A part that
   * has more ends the page at its last run, as what it left out may be newer than what others have.
   */
  static Merged merged(int limit, List<RunPart> parts) {
    List<StoredRun> all = new ArrayList<>();
    Place horizon = new Place(Long.MIN_VALUE, Long.MIN_VALUE);
    boolean more = false;
    for (RunPart part : parts) {
      all.addAll(part.runs());
      if (part.more() && !part.runs().isEmpty()) {
        Place last = placeOf(part.runs().getLast());
        horizon = last.isNewerThan(horizon) ? last : horizon;
        more = true;
      }
    }
    all.sort(NEWEST_FIRST);
    List<StoredRun> merged = new ArrayList<>();
    Place before = null;
    for (StoredRun one : all) {
      Place place = placeOf(one);
      if (place.equals(before)) {
        continue;
      }
      if (merged.size() == limit || horizon.isNewerThan(place)) {
        more = true;
        break;
      }
      before = place;
      merged.add(one);
    }
    return new Merged(merged, more && before != null ? before.text() : null);
  }

  private static Place placeOf(StoredRun run) {
    return new Place(run.generation(), run.number());
  }

  /** A page of a task's runs; its hash may be that of another task too. */
  static Page page(String taskId, int limit, List<RunPart> parts, List<String> missing) {
    Merged merged = merged(limit, parts);
    List<RunRecord> runs =
        merged.runs().stream()
            .map(one -> RunCodec.decode(one.payload(), 0).run())
            .filter(run -> run.taskId().equals(taskId))
            .toList();
    return new Page(runs, merged.nextCursor(), missing);
  }

  /** The newest of some runs; null without any. */
  static @Nullable StoredRun newest(List<StoredRun> found) {
    return found.stream().min(NEWEST_FIRST).orElse(null);
  }

  void write(DataOutputStream out) throws IOException {
    out.writeBoolean(more);
    Messages.writeRuns(out, runs);
  }

  static RunPart read(DataInputStream in) throws IOException {
    boolean more = in.readBoolean();
    return new RunPart(Messages.readRuns(in), more);
  }
}
