package io.xcron.slice;

import io.xcron.model.Grant;
import io.xcron.model.Seats;
import io.xcron.model.Title;
import io.xcron.slice.Ledger.Entry;
import io.xcron.slice.Ledger.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One start of a member as it keeps to the rules of the grant (docs/slices.md): a state machine
 * without threads and clocks. Its driver reads the store, hands in the answer with the times of
 * question and answer, carries out the change that comes back, if any, and tells how that ended. An
 * answer that never came needs no telling: the next read shows what has become of the change.
 *
 * <p>Everybody makes its own requests come true by a change of its own; the leader makes those that
 * follow from who lives. All that is to be changed goes into one compare-and-set.
 *
 * <p>One thread drives it. {@link #grant}, {@link #title} and {@link #requests} are for any thread.
 */
final class SliceProtocol {
  /** A leader that is not heard for this long is replaced, whether it lives or not. */
  private static final long STALE_NANOS = 3 * SliceKeeper.SLICE.toNanos();

  private final SliceConfig config;
  private final UUID self;
  private final ClusterSight sight;
  private final Rules rules;
  private final Requests requests;
  private final Reservations reservations;
  private final FirstLedger firstLedger;

  /** When this owner may act, for the epoch beside it. */
  private final long[] fromNanos;

  private final long[] namedEpoch;

  private volatile @Nullable Ledger ledger;
  private volatile Holding holding = Holding.NOTHING;
  private Holding lapsed = Holding.NOTHING;
  private boolean unreserved;
  private volatile boolean ended;
  private Requests.@Nullable SizeWish noticed;
  private long noticedNanos;
  private volatile Seats seats;
  private volatile boolean noLedger;
  private long highestSlice;
  private long heardNanos;

  /** The moments of one call of the store; both times of day were read when it was issued. */
  record Call(long issuedNanos, long issuedWallMillis, long clusterMillis, long answeredNanos) {}

  /** A compare-and-set to be made now. */
  record Move(@Nullable Ledger expected, Ledger next) {}

  SliceProtocol(SliceConfig config, ClusterSight sight, Rules rules, Reservations reservations) {
    this.config = config;
    this.self = config.member();
    this.seats = config.seats();
    this.sight = sight;
    this.rules = rules;
    this.requests = new Requests(config.partitionCount());
    this.reservations = reservations;
    this.firstLedger = new FirstLedger(config, rules);
    this.fromNanos = new long[config.partitionCount()];
    this.namedEpoch = new long[config.partitionCount()];
    Arrays.fill(namedEpoch, -1);
  }

  Requests requests() {
    return requests;
  }

  Reservations reservations() {
    return reservations;
  }

  /** The ledger that was read last. */
  @Nullable Ledger ledger() {
    return ledger;
  }

  /** When the read was issued that the present grants come from. */
  long heldSinceNanos() {
    return holding.issuedNanos();
  }

  /** How far cluster time is ahead of this member's wall clock. */
  long aheadMillis() {
    Ledger now = ledger;
    Row row = now == null ? null : now.row(self);
    return row == null ? 0 : row.aheadMillis();
  }

  @Nullable Grant grant(int partition, long nowNanos, long wallMillis) {
    Grant grant = holding.grant(partition, nowNanos, wallMillis);
    return grant == null || requests.released(partition, grant.epoch()) ? null : grant;
  }

  @Nullable Title title(int partition) {
    Ledger now = ledger;
    if (now == null) {
      return null;
    }
    Entry entry = now.partitions().get(partition);
    return entry.owner().equals(Ledger.NOBODY)
        ? null
        : new Title(partition, entry.owner(), entry.epoch(), entry.clean(), entry.inSync());
  }

  /** Why there is no ledger yet, in words; null if there is one, or nobody knows. */
  @Nullable String waitsFor() {
    return noLedger ? firstLedger.waitsFor() : null;
  }

  /** See {@link FirstLedger#giveUpMissing}. */
  void giveUpMissing() {
    firstLedger.giveUpMissing();
  }

  /** The seats by the ledger that was read last; before the first, those found in the journal. */
  Seats seats() {
    return seats;
  }

  /**
   * Whether grants have run out, by time or because it is not reserved, which is told once. For the
   * driver's thread.
   */
  boolean lapsed(long nowNanos, long wallMillis) {
    Holding now = holding;
    boolean ranOut = !now.equals(lapsed) && now.ranOut(nowNanos, wallMillis);
    if (ranOut) {
      lapsed = now;
    }
    boolean told = ranOut || unreserved;
    unreserved = false;
    return told;
  }

  /** Gives up everything. */
  void end() {
    ended = true;
    holding = Holding.NOTHING;
  }

  /** What is to be reserved in the journal now, null for nothing. */
  Reservations.@Nullable Wanted toReserve(long nowNanos, long clusterMillis) {
    Ledger now = ledger;
    if (now != null) {
      return reservations.wanted(now.slice(), now.seats(), nowNanos, clusterMillis);
    }
    if (!noLedger && config.members() > 1) {
      return null;
    }
    Map<UUID, Peer> living = living();
    Long first = firstLedger.begin(living, firstLimits(living), highestSlice + 1, sight);
    return first == null ? null : reservations.wanted(first, seats, nowNanos, clusterMillis);
  }

  /** A read was answered: takes its grants, and says what is to be changed; null for nothing. */
  @Nullable Move read(@Nullable Ledger answer, Call call) {
    if (answer == null) {
      noLedger = true;
      ledger = null;
      return begin(call);
    }
    return accept(answer, call) ? change(answer, call) : null;
  }

  /**
   * A change was made: it was the ledger when its answer came, at the latest. One that failed is
   * not told; read again.
   */
  void moved(Move move, Call call) {
    boolean unused = accept(move.next(), call);
  }

  private @Nullable Move begin(Call call) {
    Map<UUID, Peer> living = living();
    List<Long> limits = firstLimits(living);
    Long slice = firstLedger.begin(living, limits, highestSlice + 1, sight);
    if (slice == null) {
      return null;
    }
    Ledger made = firstLedger.make(slice, call.clusterMillis(), living, limits, sight);
    return made == null ? null : new Move(null, made);
  }

  /** Takes what a ledger grants; false if it is older than one that was read before. */
  private boolean accept(Ledger now, Call call) {
    if (now.slice() < highestSlice) {
      return false;
    }
    Ledger before = ledger;
    if (before == null || now.beat() != before.beat()) {
      heardNanos = call.answeredNanos();
    }
    for (int p = 0; p < namedEpoch.length; p++) {
      Entry entry = now.partitions().get(p);
      if (entry.owner().equals(self) && namedEpoch[p] != entry.epoch()) {
        namedEpoch[p] = entry.epoch();
        fromNanos[p] = rules.actsFrom(entry.clean(), call.answeredNanos());
      }
    }
    noLedger = false;
    highestSlice = now.slice();
    firstLedger.exists(now.seats());
    // In this order: whoever withdraws a wish and then sees an older slice knows that no change
    // with
    // that wish can be made any more.
    ledger = now;
    seats = now.seats();
    holding = holding(now, call);
    if (ended) {
      holding = Holding.NOTHING;
    }
    requests.compare(now, self);
    return true;
  }

  private Holding holding(Ledger now, Call call) {
    long from = rules.grantedFrom(call.issuedNanos(), call.answeredNanos());
    long expires = from + SliceKeeper.GRANT.toNanos();
    @Nullable Grant[] grants = new @Nullable Grant[namedEpoch.length];
    if (!mayFireUntil(call.clusterMillis() + SliceKeeper.GRANT.toMillis())) {
      unreserved |= holding.grantsAny();
    } else {
      for (int p = 0; p < grants.length; p++) {
        Entry entry = now.partitions().get(p);
        if (entry.owner().equals(self) && !entry.released()) {
          grants[p] = new Grant(p, now.slice(), entry.epoch(), expires);
        }
      }
    }
    long wallMillis = call.issuedWallMillis();
    return new Holding(call.issuedNanos(), wallMillis, expires, grants, fromNanos.clone());
  }

  /** What this member has to change in the ledger now. */
  private @Nullable Move change(Ledger from, Call call) {
    long slice = rules.nextSlice(from.slice());
    Map<UUID, Peer> living = living();
    boolean leads = from.leader().equals(self);
    boolean takesOver = !leads && mayTakeOver(from, living, call.answeredNanos());
    Owners owners = new Owners(from, slice, living, sight, rules);
    Map<UUID, Long> versions = versions(living);
    Predicate<UUID> mayJoin = mayJoin(from.seats(), living, versions);
    List<Entry> entries = new ArrayList<>(from.partitions());
    boolean changed = false;
    for (int p = 0; p < entries.size(); p++) {
      Entry entry = entries.get(p);
      Entry next = entry.owner().equals(self) ? asked(p, entry, mayJoin, owners, call) : entry;
      if (leads || takesOver) {
        next = owners.choose(p, next);
      }
      if (!next.equals(entry)) {
        entries.set(p, next);
        changed = true;
      }
    }
    Seating seating = new Seating(from, entries, slice, living, versions, rules);
    Seats next = seats(seating, from.seats(), leads || takesOver, call);
    changed |= !next.equals(from.seats());
    boolean edge = leads && call.issuedNanos() - heardNanos >= SliceKeeper.SLICE.toNanos();
    if (!(changed || edge || takesOver)
        || !rules.reserved(slice, limits(living, from.seats()), reservers(from.seats()))) {
      return null;
    }
    boolean beats = leads || takesOver;
    return new Move(
        from,
        new Ledger(
            takesOver ? slice : from.term(),
            beats ? self : from.leader(),
            beats ? slice : from.beat(),
            slice,
            beats ? call.clusterMillis() : from.clusterMillis(),
            rows(from, entries, living, beats, call),
            next,
            entries));
  }

  /** Those of the next ledger: as this member was asked to have them, or as the leader chooses. */
  private Seats seats(Seating seating, Seats before, boolean leads, Call call) {
    Requests.SizeWish wish = requests.size();
    if (wish != null && !wish.equals(noticed)) {
      // What was read before the wish tells nothing of it: it may be older by any pause.
      noticed = wish;
      noticedNanos = call.answeredNanos();
    }
    if (wish == null || call.issuedNanos() - noticedNanos < 0) {
      return leads && config.members() > 1 ? seating.admit() : before;
    }
    if (wish.size() == before.size()) {
      if (seating.everybodyKnows()) {
        wish.refused().complete(null);
      }
    } else {
      Seating.Resized resized = seating.resized(wish.size());
      if (resized.refused() == null) {
        return resized.seats();
      }
      wish.refused().complete(resized.refused());
    }
    return leads && config.members() > 1 ? seating.admit() : before;
  }

  private Predicate<UUID> mayJoin(Seats all, Map<UUID, Peer> living, Map<UUID, Long> versions) {
    boolean inForce = Seating.inForce(all, versions, rules);
    return member -> {
      Peer peer = living.get(member);
      return peer != null
          && rules.maySync(
              all.seats().stream()
                  .anyMatch(
                      seat ->
                          seat.journal().equals(peer.journal())
                              && (inForce || seat.since() < all.version())));
    };
  }

  /** The entry of a partition that this member owns, as it wishes it to be. */
  private Entry asked(
      int partition, Entry entry, Predicate<UUID> mayJoin, Owners owners, Call call) {
    if (entry.released()) {
      return entry;
    }
    if (requests.released(partition, entry.epoch())) {
      boolean may = rules.mayRelease(fromNanos[partition], call.answeredNanos());
      return may ? owners.handOver(partition, entry) : entry;
    }
    List<UUID> inSync = requests.wanted(partition, entry, mayJoin);
    return inSync.equals(entry.inSync()) ? entry : entry.with(inSync);
  }

  /**
   * Being no member is not enough: that would make leaders flap when members see different ones.
   */
  private boolean mayTakeOver(Ledger from, Map<UUID, Peer> living, long nowNanos) {
    long silentNanos = nowNanos - heardNanos;
    return silentNanos >= STALE_NANOS
        || (!living.containsKey(from.leader()) && silentNanos >= SliceKeeper.SLICE.toNanos());
  }

  private List<Row> rows(
      Ledger from, List<Entry> entries, Map<UUID, Peer> living, boolean beats, Call call) {
    Map<UUID, Row> rows = new LinkedHashMap<>();
    from.members().forEach(row -> rows.put(row.member(), row));
    living.forEach((member, peer) -> rows.putIfAbsent(member, new Row(member, peer.journal(), 0)));
    if (!beats) {
      return List.copyOf(rows.values());
    }
    rows.keySet().removeIf(member -> !living.containsKey(member) && !named(member, entries));
    Median median =
        Median.of(living.values(), self, call.clusterMillis() - call.issuedWallMillis());
    rows.replaceAll((member, row) -> median.row(row, living.get(member)));
    return List.copyOf(rows.values());
  }

  private static boolean named(UUID member, List<Entry> entries) {
    for (Entry entry : entries) {
      if (entry.inSync().contains(member)) {
        return true;
      }
    }
    return false;
  }

  private Map<UUID, Peer> living() {
    Map<UUID, Peer> living = new LinkedHashMap<>();
    living.put(self, new Peer(self, config.journal(), null));
    for (Peer peer : sight.peers()) {
      living.putIfAbsent(peer.member(), peer);
    }
    return living;
  }

  /** The slice limits that living members have durable in journals with a seat. */
  private List<Long> limits(Map<UUID, Peer> living, Seats seats) {
    return FirstLedger.counting(limits(living), seats);
  }

  private List<Long> firstLimits(Map<UUID, Peer> living) {
    return firstLedger.counting(limits(living), sight, living);
  }

  /** By journal, as far as it is known here. */
  private Map<UUID, Long> limits(Map<UUID, Peer> living) {
    Map<UUID, Long> limits = new HashMap<>();
    for (Peer peer : living.values()) {
      if (peer.member().equals(self)) {
        limits.put(peer.journal(), reservations.sliceLimit());
      } else if (peer.told() != null) {
        limits.merge(peer.journal(), peer.told().sliceLimit(), Math::max);
      }
    }
    return limits;
  }

  /** The versions of the seats that living members have durable, likewise. */
  private Map<UUID, Long> versions(Map<UUID, Peer> living) {
    Map<UUID, Long> versions = new HashMap<>();
    for (Peer peer : living.values()) {
      if (peer.member().equals(self)) {
        versions.put(peer.journal(), reservations.seatsVersion());
      } else if (peer.told() != null) {
        versions.merge(peer.journal(), peer.told().seatsVersion(), Math::max);
      }
    }
    return versions;
  }

  private static int reservers(Seats seats) {
    return Math.min(2, seats.count());
  }

  /** Whether enough journals, this one among them, have reserved the time. */
  private boolean mayFireUntil(long clusterMillis) {
    if (reservations.untilMillis() <= clusterMillis) {
      return false;
    }
    int enough = 1;
    for (Peer peer : sight.peers()) {
      Peer.Told told = peer.told();
      if (!Objects.equals(peer.member(), self)
          && told != null
          && told.untilMillis() > clusterMillis) {
        enough++;
      }
    }
    return enough >= config.reservers();
  }
}
