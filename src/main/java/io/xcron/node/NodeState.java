package io.xcron.node;

import io.xcron.grid.HazelcastGrid;
import io.xcron.journal.JournalState;
import java.lang.System.Logger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the parts tell the node while it runs. */
final class NodeState {
  private static final Logger LOG = System.getLogger(NodeState.class.getName());

  private final LongAdder lapses = new LongAdder();
  private volatile JournalState journal = JournalState.OPEN;
  private volatile boolean draining;
  private volatile @Nullable HazelcastGrid grid;
  private volatile Supplier<@Nullable String> warning = () -> null;

  void journalChanged(JournalState from, JournalState to) {
    journal = to;
    LOG.log(
        to == JournalState.OPEN || to == JournalState.SHUT
            ? Logger.Level.INFO
            : Logger.Level.WARNING,
        "the journal is {0}, it was {1}",
        to,
        from);
    HazelcastGrid mended = grid;
    if (to.accepts() && !from.accepts() && mended != null) {
      var unused =
          mended
              .mendJournal()
              .exceptionally(
                  failure -> {
                    LOG.log(Logger.Level.WARNING, "a partition could not be written anew", failure);
                    return null;
                  });
    }
  }

  /** Asks a part for what an operator must know; null when all is well there. */
  void warnOf(Supplier<@Nullable String> part) {
    warning = part;
  }

  @Nullable String warning() {
    return warning.get();
  }

  void mendWith(HazelcastGrid opened) {
    grid = opened;
  }

  /** The grants have run out, see {@link io.xcron.slice.SliceKeeper#onLapse}. */
  void lapsed() {
    lapses.increment();
  }

  void register(NodeMetrics metrics) {
    metrics.counter(
        "xcron.grants.lapsed",
        "Times that this member's grants ran out before they were renewed; without a fault never",
        lapses,
        LongAdder::sum);
  }

  void draining() {
    draining = true;
  }

  boolean isDraining() {
    return draining;
  }

  JournalState journal() {
    return journal;
  }
}
