package io.xcron.slice;

import io.xcron.slice.Ledger.Entry;
import io.xcron.slice.Ledger.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who owns a partition next. All choices of one change: they differ from those of another member's
 * change only in what the two see of the cluster.
 */
final class Owners {
  private final Ledger from;
  private final long slice;
  private final Map<UUID, Peer> living;
  private final ClusterSight sight;
  private final Rules rules;
  private @Nullable List<JournalReport> reports;

  Owners(Ledger from, long slice, Map<UUID, Peer> living, ClusterSight sight, Rules rules) {
    this.from = from;
    this.slice = slice;
    this.living = living;
    this.sight = sight;
    this.rules = rules;
  }

  /** The leader's choice: the entry itself if nothing is to be changed. */
  Entry choose(int partition, Entry entry) {
    List<UUID> livingInSync = living(entry.inSync());
    if (livingInSync.isEmpty()) {
      return returned(partition, entry);
    }
    if (entry.released() || !living.containsKey(entry.owner())) {
      return successor(partition, entry, livingInSync);
    }
    return livingInSync.size() == entry.inSync().size() ? entry : entry.with(livingInSync);
  }

  /** An owner that releases names its successor in the same change, if there is one to name. */
  Entry handOver(int partition, Entry entry) {
    Entry released = entry.asReleased();
    List<UUID> livingInSync = living(entry.inSync());
    livingInSync.remove(entry.owner());
    return livingInSync.isEmpty()
        ? released
        : successor(partition, released, living(entry.inSync()));
  }

  /** Rule 7: Hazelcast's choice if its copy is in sync, else another one that is. */
  private Entry successor(int partition, Entry entry, List<UUID> livingInSync) {
    UUID table = sight.tableOwner(partition);
    UUID next;
    if (table != null && living.containsKey(table) && rules.mayOwn(table, livingInSync)) {
      next = table;
    } else {
      List<UUID> others = new ArrayList<>(livingInSync);
      others.remove(entry.owner());
      next = others.isEmpty() ? livingInSync.getFirst() : others.get(partition % others.size());
    }
    List<UUID> inSync = livingInSync;
    if (!inSync.contains(next)) {
      inSync = new ArrayList<>(livingInSync);
      inSync.add(next);
    }
    return new Entry(next, slice, entry.released(), false, inSync);
  }

  /**
   * No copy in sync is alive. The partition waits until a member starts with the journal of one of
   * them; every write that was ever acknowledged is there.
   */
  private Entry returned(int partition, Entry entry) {
    if (reports == null) {
      reports = sight.reports();
    }
    JournalReport best = null;
    for (JournalReport report : reports) {
      JournalReport.Copy copy = report.copies().get(partition);
      if (living.containsKey(report.member())
          && copy.whole()
          && copy.epoch() <= entry.epoch()
          && wasInSync(report, entry)
          && (best == null || copy.newerThan(best.copies().get(partition)))) {
        best = report;
      }
    }
    return best == null
        ? entry
        : new Entry(best.member(), slice, false, false, List.of(best.member()));
  }

  private boolean wasInSync(JournalReport report, Entry entry) {
    for (UUID member : entry.inSync()) {
      Row row = from.row(member);
      if (member.equals(Ledger.NOBODY) || (row != null && row.journal().equals(report.journal()))) {
        return true;
      }
    }
    return false;
  }

  private List<UUID> living(List<UUID> inSync) {
    List<UUID> alive = new ArrayList<>(inSync.size());
    for (UUID member : inSync) {
      if (living.containsKey(member)) {
        alive.add(member);
      }
    }
    return alive;
  }
}
