package io.xcron.slice;

import io.xcron.model.Grant;
import io.xcron.model.Seats;
import io.xcron.slice.Ledger.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A simulated cluster: one thread, one seed, its own time. It holds the events, the store, the
 * machines and what is true of all of them; {@link SimMember} is one start of a member. Everything
 * that is promised is checked at the moment it could be broken.
 */
final class SimWorld {
  static final long MILLI = 1_000_000L;
  static final int PARTITIONS = 4;
  private static final boolean TRACE = Boolean.getBoolean("xcron.sim.trace");

  final Random random;

  /** Machines that there are; those that run at first are as many as are configured. */
  final int size;

  final int configured;
  final SimFaults faults;
  final Disk[] disks;
  final @Nullable SimMember[] running;
  final UUID[] table = new UUID[PARTITIONS];
  final Map<UUID, SimMember> starts = new HashMap<>();
  final List<Consumer<SimMember>> watchers = new ArrayList<>();

  /** In order of checks: who acted for a partition last and with which token. */
  final long[] lastToken = new long[PARTITIONS];

  final long[] ackedEpoch = new long[PARTITIONS];
  final long[] ackedSequence = new long[PARTITIONS];

  /**
   * In every second story wall clocks are of no use, so that the rules must do without them; then
   * no machine is suspended, for only a wall clock can tell that.
   */
  final boolean wallsStandStill;

  long now = 1_000 * MILLI;
  @Nullable Ledger ledger;
  long storeDownUntil;
  int store;
  boolean quiet;
  long acts;
  long acknowledged;
  long changes;

  /** The sizes that the ledger may have: the last that was acknowledged, and later wishes. */
  final Set<Integer> sizes = new HashSet<>();

  final Map<Requests.SizeWish, SimMember> wishes = new HashMap<>();
  int resized;
  private long highestSlice;
  private long highestTerm;
  private final List<List<Long>> epochs = new ArrayList<>();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long sequence;

  private record Event(long at, long order, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
    }
  }

  /** What survives a crash. */
  static final class Disk {
    UUID journal;
    long sliceLimit;
    Seats seats = Seats.NONE;
    final JournalReport.Copy[] copies = new JournalReport.Copy[PARTITIONS];

    /** It came in place of one that had a seat and was lost. */
    boolean replaces;

    Disk(UUID journal) {
      this.journal = journal;
      Arrays.fill(copies, JournalReport.Copy.NONE);
    }

    boolean used() {
      return Arrays.stream(copies).anyMatch(JournalReport.Copy::seen);
    }
  }

  static final class Violation extends RuntimeException {
    Violation(String what) {
      super(what);
    }
  }

  /** Machines that come later are started as members of the larger cluster. */
  int configuredOf(int machine) {
    return machine < configured ? configured : size;
  }

  SimWorld(long seed, int size, int configured, SimFaults faults) {
    this.random = new Random(seed);
    this.wallsStandStill = seed % 2 == 0;
    this.size = size;
    this.configured = configured;
    sizes.add(configured);
    this.faults = faults;
    this.disks = new Disk[size];
    this.running = new @Nullable SimMember[size];
    for (int i = 0; i < size; i++) {
      disks[i] = new Disk(uuid());
    }
    for (int p = 0; p < PARTITIONS; p++) {
      epochs.add(new ArrayList<>());
      table[p] = Ledger.NOBODY;
    }
  }

  UUID uuid() {
    return new UUID(random.nextLong(), random.nextLong());
  }

  void after(long nanos, Runnable action) {
    events.add(new Event(now + Math.max(0, nanos), sequence++, action));
  }

  void run(long nanos) {
    long end = now + nanos;
    for (Event next = events.peek(); next != null && next.at() <= end; next = events.peek()) {
      events.remove();
      now = Math.max(now, next.at());
      next.action().run();
    }
    now = end;
  }

  /** Uniform, in nanoseconds. */
  long between(long fromMillis, long toMillis) {
    return fromMillis * MILLI + (long) (random.nextDouble() * (toMillis - fromMillis) * MILLI);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /** Whether a member would be let in: those with a seat, and others up to the size. */
  boolean mayJoin(int machine) {
    UUID journal = disks[machine].journal;
    Seats known = ledger == null ? disks[machine].seats : ledger.seats();
    int others = 0;
    for (SimMember member : running) {
      if (member != null) {
        others++;
        Seats seats = member.disk.seats;
        known = ledger == null && seats.version() > known.version() ? seats : known;
      }
    }
    return known.has(journal) || others < (known.none() ? configured : known.size());
  }

  void start(int machine) {
    if (running[machine] != null || !mayJoin(machine)) {
      return;
    }
    SimMember member = new SimMember(this, machine);
    running[machine] = member;
    starts.put(member.start, member);
    trace(name(member.start) + " starts " + List.of(member.disk.copies));
    for (SimMember other : running) {
      if (other != null) {
        see(other, member.start, true, between(0, 200));
        member.view.add(other.start);
      }
    }
    rebalance();
    member.begin();
  }

  /** The process is gone at once; the others notice within half a second. */
  void crash(int machine) {
    SimMember member = running[machine];
    if (member == null) {
      return;
    }
    trace(name(member.start) + " crashes");
    member.alive = false;
    running[machine] = null;
    leave(member, 350, 450);
  }

  void leave(SimMember member, long fromMillis, long toMillis) {
    for (SimMember other : running) {
      if (other != null && other != member) {
        see(other, member.start, false, between(fromMillis, toMillis));
      }
    }
    after(fromMillis * MILLI, () -> rebalance(member, 0.3));
  }

  /** A start that there is or was. */
  SimMember start(UUID member) {
    return Objects.requireNonNull(starts.get(member), () -> "nobody started as " + member);
  }

  private void see(SimMember who, UUID whom, boolean alive, long delay) {
    after(
        delay,
        () -> {
          if (alive && start(whom).alive) {
            who.view.add(whom);
          } else if (!alive) {
            who.view.remove(whom);
          }
        });
  }

  /** Hazelcast's table: living members, as evenly as it happens to be. */
  void rebalance() {
    rebalance(null, 0.3);
  }

  void rebalance(@Nullable SimMember without, double moved) {
    List<UUID> living = new ArrayList<>();
    for (SimMember member : running) {
      if (member != null && member != without) {
        living.add(member.start);
      }
    }
    for (int p = 0; p < PARTITIONS && !living.isEmpty(); p++) {
      if (!living.contains(table[p]) || chance(moved)) {
        table[p] = living.get(random.nextInt(living.size()));
      }
    }
  }

  /** Not everybody keeps a copy of everything when there are more than three. */
  boolean replica(int p, SimMember member) {
    boolean all = size == configured;
    return all || (p + member.machine) % size < 3 || table[p].equals(member.start);
  }

  /** Everything dies, and the store forgets. */
  void fullStop() {
    for (int i = 0; i < size; i++) {
      crash(i);
    }
    ledger = null;
    store++;
    storeDownUntil = now;
  }

  /** A message that was sent to a store that is gone does not reach the new one. */
  void compareAndSet(SliceProtocol.Move move, UUID mover, int sentTo, Consumer<Boolean> answer) {
    if (sentTo != store) {
      return;
    }
    Ledger expected = move.expected();
    boolean same = expected == null ? ledger == null : expected.equals(ledger);
    if (same) {
      transition(ledger, move.next(), mover);
      ledger = Ledger.read(move.next().toBytes());
    }
    answer.accept(same);
  }

  /** What every change of the ledger must keep. */
  private void transition(@Nullable Ledger from, Ledger to, UUID mover) {
    changes++;
    check(to.slice() > highestSlice, "slice " + to.slice() + " is not above " + highestSlice);
    check(to.term() >= highestTerm, "the term went back");
    check(sizes.contains(to.seats().size()), "a size that was not agreed: " + to.seats());
    highestSlice = to.slice();
    highestTerm = to.term();
    traceSeats(from, to, mover);
    for (int p = 0; p < PARTITIONS; p++) {
      Entry next = to.partitions().get(p);
      Entry before = from == null ? null : from.partitions().get(p);
      check(!next.inSync().isEmpty(), "an empty in-sync set");
      if (before == null || next.epoch() != before.epoch()) {
        traceNamed(p, next, mover);
        named(p, from, before, to, next, mover);
        epochs.get(p).add(next.epoch());
      } else {
        if (!next.inSync().equals(before.inSync())) {
          traceNamed(p, next, mover);
        }
        check(next.owner().equals(before.owner()), "another owner in the same epoch");
        check(next.clean() == before.clean(), "the clean bit changed within an epoch");
        boolean grown = !before.inSync().containsAll(next.inSync());
        for (UUID added : next.inSync()) {
          check(
              before.inSync().contains(added) || to.seats().has(start(added).disk.journal),
              "in sync without a seat");
        }
        check(!grown || mover.equals(next.owner()), "a member was added by another than the owner");
      }
      holdsAcknowledged(p, next);
    }
  }

  private void traceSeats(@Nullable Ledger from, Ledger to, UUID mover) {
    if (TRACE && (from == null || !from.seats().equals(to.seats()))) {
      trace(name(mover) + " seats " + to.seats());
    }
  }

  private void traceNamed(int p, Entry next, UUID mover) {
    if (TRACE) {
      trace(
          name(mover)
              + " names for "
              + p
              + " "
              + name(next.owner())
              + (next.clean() ? " clean" : "")
              + " at "
              + next.epoch()
              + ", in sync "
              + next.inSync().stream().map(this::name).toList());
    }
  }

  private void named(
      int p, @Nullable Ledger from, @Nullable Entry before, Ledger to, Entry next, UUID mover) {
    check(next.epoch() == to.slice(), "an epoch that is not its slice");
    if (before == null || from == null) {
      check(!next.clean(), "clean without an owner before");
      return;
    }
    boolean own = before.inSync().contains(next.owner());
    if (!own) {
      UUID journal = start(next.owner()).disk.journal;
      boolean brought =
          before.inSync().stream()
              .map(from::row)
              .anyMatch(
                  row ->
                      row != null
                          && (row.journal().equals(journal)
                              || row.journal().equals(Ledger.NOBODY)));
      check(brought, "an owner that was not in sync: partition " + p);
    }
    check(
        !next.clean() || before.released() || mover.equals(before.owner()),
        "clean, and nobody has released");
  }

  /** No acknowledged write is missing in a copy that is in sync. */
  private void holdsAcknowledged(int p, Entry entry) {
    for (UUID member : entry.inSync()) {
      SimMember start = starts.get(member);
      if (start == null || ackedEpoch[p] == 0) {
        continue;
      }
      JournalReport.Copy copy = start.disk.copies[p];
      var acked = new JournalReport.Copy(true, ackedEpoch[p], ackedSequence[p], 0);
      check(
          copy.whole() && !acked.newerThan(copy),
          "partition " + p + ": in sync without an acknowledged write: " + copy);
    }
  }

  /** At no instant two members hold a grant for one partition. */
  void checkGrants() {
    for (int p = 0; p < PARTITIONS; p++) {
      SimMember holder = null;
      for (SimMember member : running) {
        if (member != null && member.grant(p) != null) {
          check(holder == null, "two members hold a grant for partition " + p);
          holder = member;
        }
      }
    }
  }

  /** A token was taken. Tokens never go down, whoever takes them. */
  void taken(Grant grant) {
    int p = grant.partition();
    check(grant.fencingToken() >= lastToken[p], "a token went down for partition " + p);
    check(grant.fencingToken() >= grant.epoch(), "a token below its epoch");
    lastToken[p] = grant.fencingToken();
  }

  /** The bytes of an attempt leave, however late. */
  void sent(int p, long epoch, long token) {
    acts++;
    for (long later : epochs.get(p)) {
      check(later <= epoch || token < later, "an act of an old owner carries a token of a new one");
    }
    Ledger present = ledger;
    if (present != null) {
      Entry entry = present.partitions().get(p);
      boolean over = entry.epoch() == epoch ? entry.released() : entry.epoch() > epoch;
      check(
          !over || !(entry.epoch() == epoch || entry.clean()) || !successorOf(p, epoch, entry),
          "an act after its owner had released");
    }
  }

  private boolean successorOf(int p, long epoch, Entry entry) {
    List<Long> all = epochs.get(p);
    int at = all.indexOf(epoch);
    return entry.epoch() == epoch
        || (at >= 0 && at + 1 < all.size() && all.get(at + 1) == entry.epoch());
  }

  /** Whether a living member has a copy in sync. */
  boolean livingCopy(int p) {
    Ledger present = ledger;
    return present != null
        && present.partitions().get(p).inSync().stream()
            .anyMatch(member -> starts.containsKey(member) && start(member).alive);
  }

  /** How many could act now. */
  int holders(int p) {
    int holders = 0;
    for (SimMember member : running) {
      if (member != null && !member.paused() && member.grant(p) != null) {
        holders++;
      }
    }
    return holders;
  }

  /** With {@code -Dxcron.sim.trace=true} a story of one seed tells itself. */
  void trace(String what) {
    if (TRACE) {
      System.out.println(now / MILLI + " " + what);
    }
  }

  /** Short enough for a trace. */
  String name(UUID member) {
    SimMember start = starts.get(member);
    return start == null ? "nobody" : "m" + start.machine + "." + member.toString().substring(0, 4);
  }

  static void check(boolean held, String what) {
    if (!held) {
      throw new Violation(what);
    }
  }
}
