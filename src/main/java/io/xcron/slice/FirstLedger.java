package io.xcron.slice;

import io.xcron.slice.JournalReport.Copy;
import io.xcron.slice.Ledger.Entry;
import io.xcron.slice.Ledger.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The ledger of a cluster whose store has none: after a full restart, or at the first start of all.
 *
 * <p>After a full restart it is made when one journal less than the cluster has members is present,
 * not counting those that have seen no partition: an empty replacement knows nothing. A write was
 * acknowledged only with two copies, and a slice was used only when two journals had reserved it,
 * so such a quorum knows both; but each partition must have been seen by two of them, because a
 * replacement that has begun to get copies knows only those. At the first start all journals must
 * be present and have reserved, and when all are present again that have, it is made too: a crash
 * in the first second of a cluster's life finds partitions in one journal only.
 */
final class FirstLedger {
  private static final long UNKNOWN = -1;

  private final SliceConfig config;
  private final Rules rules;
  private long firstSlice = UNKNOWN;

  FirstLedger(SliceConfig config, Rules rules) {
    this.config = config;
    this.rules = rules;
  }

  /**
   * The slice with which the ledger would begin, above every slice that was ever used; null while
   * too few journals are known. Nothing is reserved before that, for it would make an empty journal
   * pass for one that took part.
   */
  @Nullable Long begin(
      Map<UUID, Peer> living, Collection<Long> limits, long atLeast, ClusterSight sight) {
    List<JournalReport> reports = present(living, sight);
    if (config.members() > 1 && !decides(reports)) {
      return null;
    }
    if (firstSlice == UNKNOWN) {
      long first = Math.max(Math.max(1, atLeast), config.sliceLimit());
      for (long limit : limits) {
        first = Math.max(first, limit);
      }
      for (JournalReport report : reports) {
        first = Math.max(first, report.sliceLimit());
      }
      firstSlice = first;
    }
    return firstSlice;
  }

  /** There is a ledger: should it ever be lost, the slices must be counted anew. */
  void exists() {
    firstSlice = UNKNOWN;
  }

  /** The first ledger, led by this member; null while its slice is not reserved. */
  @Nullable Ledger make(
      long slice,
      long clusterMillis,
      Map<UUID, Peer> living,
      List<Long> limits,
      ClusterSight sight) {
    List<JournalReport> reports = present(living, sight);
    boolean empty = isEmpty(reports);
    int reservers = empty ? config.members() : config.reservers();
    if (!rules.reserved(slice, limits, reservers)) {
      return null;
    }
    if (config.members() == 1) {
      return Ledger.alone(
          config.member(), config.journal(), slice, clusterMillis, config.partitionCount());
    }
    List<Entry> entries = new ArrayList<>(config.partitionCount());
    boolean lost = false;
    for (int p = 0; p < config.partitionCount(); p++) {
      UUID owner = owner(p, reports, living, sight);
      lost |= owner.equals(Ledger.NOBODY);
      entries.add(new Entry(owner, slice, false, false, List.of(owner)));
    }
    List<Row> rows = new ArrayList<>();
    living.values().forEach(peer -> rows.add(new Row(peer.member(), peer.journal(), 0)));
    if (lost) {
      rows.add(new Row(Ledger.NOBODY, Ledger.NOBODY, 0));
    }
    return new Ledger(slice, config.member(), slice, slice, clusterMillis, rows, entries);
  }

  /** The newest whole copy wins. A partition that was seen and is nowhere whole waits. */
  private UUID owner(
      int partition, List<JournalReport> reports, Map<UUID, Peer> living, ClusterSight sight) {
    UUID table = sight.tableOwner(partition);
    JournalReport best = null;
    boolean seen = false;
    for (JournalReport report : reports) {
      Copy copy = report.copies().get(partition);
      seen |= copy.seen();
      if (!copy.whole()) {
        continue;
      }
      Copy bestCopy = best == null ? null : best.copies().get(partition);
      boolean asGood = bestCopy != null && !bestCopy.newerThan(copy);
      if (bestCopy == null
          || copy.newerThan(bestCopy)
          || (asGood && report.member().equals(table))) {
        best = report;
      }
    }
    if (best != null) {
      return best.member();
    }
    if (seen) {
      return Ledger.NOBODY;
    }
    return table != null && living.containsKey(table) ? table : config.member();
  }

  private boolean decides(List<JournalReport> reports) {
    int used = (int) reports.stream().filter(JournalReport::used).count();
    boolean allTookPart =
        reports.size() >= config.members()
            && reports.stream().allMatch(report -> report.sliceLimit() > 0);
    boolean enough =
        rules.quorum(used, config) && (reports.size() >= config.members() || witnessed(reports));
    return enough || allTookPart || isEmpty(reports);
  }

  /**
   * Whether each partition was seen by two of the present journals. A replacement that has seen
   * some partitions says nothing about the others: beside it the missing journal may be the only
   * one that has every write. When nobody is missing, there is nothing to wait for.
   */
  private boolean witnessed(List<JournalReport> reports) {
    for (int p = 0; p < config.partitionCount(); p++) {
      int partition = p;
      long seen = reports.stream().filter(r -> r.copies().get(partition).seen()).count();
      if (!rules.witnessed(seen)) {
        return false;
      }
    }
    return true;
  }

  private boolean isEmpty(List<JournalReport> reports) {
    return reports.size() >= config.members()
        && reports.stream().flatMap(report -> report.copies().stream()).noneMatch(Copy::seen);
  }

  /** One report for each journal, of living members. */
  private static List<JournalReport> present(Map<UUID, Peer> living, ClusterSight sight) {
    Map<UUID, JournalReport> present = new HashMap<>();
    Set<UUID> twice = new HashSet<>();
    for (JournalReport report : sight.reports()) {
      if (living.containsKey(report.member()) && present.put(report.journal(), report) != null) {
        twice.add(report.journal());
      }
    }
    // Two living starts of one journal: one of them is about to be seen as dead. Wait for that.
    twice.forEach(present::remove);
    return List.copyOf(present.values());
  }
}
