package io.xcron.slice;

import io.xcron.model.Seats;
import io.xcron.slice.JournalReport.Copy;
import io.xcron.slice.Ledger.Entry;
import io.xcron.slice.Ledger.Row;
import java.util.ArrayList;
import java.util.Comparator;
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
 * <p>After a full restart it is made when all journals are present that had a seat, as the newest
 * {@link Seats} say that one of the present ones knows, or all but one, not counting those that
 * have seen no partition: an empty replacement knows nothing. A write was acknowledged only with
 * two copies, and a slice was used only when two journals had reserved it, so such a quorum knows
 * both; but each partition must have been seen by two of them, because a replacement that has begun
 * to get copies knows only those. Others that are present, as the old disk of a member that has
 * left, are not asked.
 *
 * <p>While nobody knows of seats, the configured size says how many there are. At the first start
 * all journals must be present and have reserved, and when all are present again that have, it is
 * made too: a crash in the first second of a cluster's life finds partitions in one journal only.
 *
 * <p>Journals that are gone for ever would be waited for without end. An operator may {@link
 * #giveUpMissing}: then those that are present decide, and what only the others held is lost.
 *
 * <p>A member that ran alone had the only seat, so its journal decides by itself, and the others
 * are seated once there is a ledger. But if another journal has seen partitions too, nobody can
 * tell whose tasks shall go on, and none is made.
 */
final class FirstLedger {
  private static final long UNKNOWN = -1;

  /** So far, days of slices, may a journal that decides alone be behind those that are lost. */
  private static final long UNHEARD = 1_000_000;

  private final SliceConfig config;
  private final Rules rules;
  private long firstSlice = UNKNOWN;
  private boolean existed;
  private Seats known;
  private volatile @Nullable String waitsFor;
  private volatile boolean missingGivenUp;

  FirstLedger(SliceConfig config, Rules rules) {
    this.config = config;
    this.rules = rules;
    this.known = config.seats();
  }

  /** Why there is no first ledger yet, in words; null if nothing is waited for. */
  @Nullable String waitsFor() {
    return waitsFor;
  }

  /**
   * The operator's word that the missing journals are gone for ever, until there is a ledger. Any
   * thread.
   */
  void giveUpMissing() {
    missingGivenUp = true;
  }

  /**
   * The slice with which the ledger would begin, above every slice that was ever used; null while
   * too few journals are known. Nothing is reserved before that, for it would make an empty journal
   * pass for one that took part.
   */
  @Nullable Long begin(
      Map<UUID, Peer> living, List<Long> limits, long atLeast, ClusterSight sight) {
    if (existed) {
      existed = false;
      sight.forgetReports();
    }
    List<JournalReport> reports = present(living, sight);
    boolean without = goesOnWithout(reports);
    if (config.members() > 1 && !decides(reports) && !without) {
      waitsFor = missing(reports);
      return null;
    }
    waitsFor = null;
    if (firstSlice == UNKNOWN) {
      long first = Math.max(Math.max(1, atLeast), config.sliceLimit());
      for (long limit : limits) {
        first = Math.max(first, limit);
      }
      for (JournalReport report : reports) {
        first = Math.max(first, report.sliceLimit());
      }
      firstSlice = without ? first + UNHEARD : first;
    }
    return firstSlice;
  }

  /** There is a ledger: should it ever be lost, all must be asked, and the slices counted, anew. */
  void exists(Seats seats) {
    existed = true;
    firstSlice = UNKNOWN;
    missingGivenUp = false;
    waitsFor = null;
    known = seats;
  }

  /** The first ledger, led by this member; null while its slice is not reserved. */
  @Nullable Ledger make(
      long slice,
      long clusterMillis,
      Map<UUID, Peer> living,
      List<Long> limits,
      ClusterSight sight) {
    List<JournalReport> reports = present(living, sight);
    Seats newest = newest(reports);
    boolean empty = newest.none() && isEmpty(reports);
    Seats seats = seats(newest, reports, slice);
    int reservers = empty ? config.members() : reservers(newest.none() ? newest : seats);
    if (!rules.reserved(slice, limits, reservers)) {
      return null;
    }
    if (config.members() == 1) {
      return Ledger.alone(
          config.member(), config.journal(), slice, clusterMillis, config.partitionCount());
    }
    List<JournalReport> seated = seated(reports, seats);
    List<Entry> entries = new ArrayList<>(config.partitionCount());
    boolean lost = false;
    for (int p = 0; p < config.partitionCount(); p++) {
      UUID owner = owner(p, seated, sight);
      lost |= owner.equals(Ledger.NOBODY);
      entries.add(new Entry(owner, slice, false, false, List.of(owner)));
    }
    List<Row> rows = new ArrayList<>();
    living.values().forEach(peer -> rows.add(new Row(peer.member(), peer.journal(), 0)));
    if (lost) {
      rows.add(new Row(Ledger.NOBODY, Ledger.NOBODY, 0));
    }
    return new Ledger(slice, config.member(), slice, slice, clusterMillis, rows, seats, entries);
  }

  /** The newest whole copy wins. A partition that was seen and is nowhere whole waits. */
  private static UUID owner(int partition, List<JournalReport> reports, ClusterSight sight) {
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
    boolean present = reports.stream().anyMatch(report -> report.member().equals(table));
    return table != null && present ? table : reports.getFirst().member();
  }

  /** How many journals must have reserved a slice before it is used, by what is known of seats. */
  private int reservers(Seats seats) {
    return seats.none() ? config.reservers() : Math.min(2, seats.count());
  }

  /**
   * The limits that count: of journals with a seat. Without any, of all that live.
   *
   * @param limits by journal
   */
  List<Long> counting(Map<UUID, Long> limits, ClusterSight sight, Map<UUID, Peer> living) {
    return counting(limits, newest(present(living, sight)));
  }

  static List<Long> counting(Map<UUID, Long> limits, Seats seats) {
    return limits.entrySet().stream()
        .filter(limit -> seats.none() || seats.has(limit.getKey()))
        .map(Map.Entry::getValue)
        .toList();
  }

  /** The newest seats that a present journal, or this member, knows. */
  private Seats newest(List<JournalReport> reports) {
    Seats newest = known;
    for (JournalReport report : reports) {
      if (newest.none() || report.seats().version() > newest.version()) {
        newest = report.seats();
      }
    }
    return newest;
  }

  /** The seats of the first ledger. */
  private Seats seats(Seats newest, List<JournalReport> reports, long slice) {
    if (newest.none()) {
      List<Seats.Seat> present =
          reports.stream()
              .map(report -> new Seats.Seat(report.journal(), slice))
              .sorted(Comparator.comparing(Seats.Seat::journal))
              .toList();
      return new Seats(config.members(), slice, present);
    }
    if (goesOnWithout(reports)) {
      Set<UUID> present = new HashSet<>();
      seated(reports, newest).forEach(report -> present.add(report.journal()));
      List<Seats.Seat> left =
          newest.seats().stream().filter(seat -> present.contains(seat.journal())).toList();
      return new Seats(newest.size(), slice, left);
    }
    return newest.single() ? new Seats(config.members(), slice, newest.seats()) : newest;
  }

  /** Whether the present journals decide because the missing ones are given up. */
  private boolean goesOnWithout(List<JournalReport> reports) {
    Seats newest = newest(reports);
    return missingGivenUp
        && !newest.single()
        && !seated(reports, newest).isEmpty()
        && !decides(reports);
  }

  private static List<JournalReport> seated(List<JournalReport> reports, Seats seats) {
    return reports.stream().filter(report -> seats.has(report.journal())).toList();
  }

  private boolean decides(List<JournalReport> reports) {
    Seats seats = newest(reports);
    return seats.none() ? decidesUnseated(reports) : decides(seats, reports);
  }

  private boolean decides(Seats seats, List<JournalReport> reports) {
    List<JournalReport> seated = seated(reports, seats);
    if (seated.isEmpty() || (seats.single() && strangers(seats, reports))) {
      return false;
    }
    int used = (int) seated.stream().filter(JournalReport::used).count();
    return seated.size() == seats.count()
        || (rules.quorum(used, seats.count()) && witnessed(seated));
  }

  /** Whether somebody else has seen partitions than the member that ran alone. */
  private static boolean strangers(Seats seats, List<JournalReport> reports) {
    return reports.stream().anyMatch(report -> report.used() && !seats.has(report.journal()));
  }

  private String missing(List<JournalReport> reports) {
    Seats seats = newest(reports);
    if (seats.none()) {
      return "the journals of "
          + reports.size()
          + " members are known, and the cluster begins with "
          + config.members();
    }
    if (seats.single() && strangers(seats, reports)) {
      return "a member that ran alone has tasks, and so has another: give all but the one that shall"
          + " go on an empty data directory";
    }
    return "of the "
        + seats.count()
        + " journals that may hold the newest copies "
        + seated(reports, seats).size()
        + " are known, and all but one must be";
  }

  private boolean decidesUnseated(List<JournalReport> reports) {
    int used = (int) reports.stream().filter(JournalReport::used).count();
    boolean allTookPart =
        reports.size() >= config.members()
            && reports.stream().allMatch(report -> report.sliceLimit() > 0);
    boolean enough =
        rules.quorum(used, config.members())
            && (reports.size() >= config.members() || witnessed(reports));
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
