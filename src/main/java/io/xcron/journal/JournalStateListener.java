package io.xcron.journal;

/**
 * Told of each change of state, from the journal's threads, in order, after {@link Journal#state()}
 * has changed. Must be short. After a return to OPEN or LOW ask {@link AppendLog#behind} for the
 * partitions that need a new copy.
 */
@FunctionalInterface
public interface JournalStateListener {
  void changed(JournalState from, JournalState to);
}
